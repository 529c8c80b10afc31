"""`portico preview`: an operator's own pages, without any server; what no longer fits is said."""

import json
import lzma
import shutil
import socket
import sys
from argparse import Namespace
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from jinja2.meta import find_undeclared_variables
from werkzeug.test import Client

from app.cli import main
from app.preview.command import preview, serve
from app.preview.fits import misfits
from app.preview.operator import Operator
from app.preview.player import FILE, of_clients, shipped
from app.preview.site import Site
from tests.gallery.states import states
from tests.support.pages import parsed

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGUE = """msgid ""
msgstr "Content-Type: text/plain; charset=UTF-8"

msgid "Sign in"
msgstr "Hereinspaziert"

"""
UNDECLARED = cache(find_undeclared_variables)  # of a template, which each test would read anew
LOGOUT = ("logout/application", "logout/done")
PICTURES = ("light", "dark")
TOML = """
brand_dir = "brand"
templates_dir = "templates"
languages_dir = "languages"
secret_key = "short"
kratos_public_url = "https://kratos.example.org"
[brand]
name = "Analytical Engines"
logo = "logo.svg"
accent = "#7a1fa2"
[clients."billing".brand]
name = "Billing of Engines"
"""


@pytest.fixture
def operator(tmp_path, monkeypatch):
    """The folder of an operator with a brand, a template, a part of a language, and rules of a client."""
    for name in ("brand", "templates/selfservice", "languages"):
        tmp_path.joinpath(name).mkdir(parents=True)
    shutil.copy(ROOT / "tests/gallery/logos/example.svg", tmp_path / "brand/logo.svg")
    links = '{% block links %}{{ super() }}<p>{{ _("Call us.") }}</p>{% endblock %}'
    flow = '{% extends "portico/selfservice/flow.html" %}' + links
    tmp_path.joinpath("templates/selfservice/flow.html").write_text(flow)
    tmp_path.joinpath("languages/de.po").write_text(CATALOGUE)
    tmp_path.joinpath("portico.toml").write_text(TOML)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("app.preview.fits.find_undeclared_variables", UNDECLARED)
    return tmp_path


def previewed(misfits=None):
    """The site of the operator of this folder."""
    operator, states = Operator(), shipped()
    return Site(operator.player, [*states, *of_clients(states, operator.player.load({}).clients)], misfits)


def one_of_each():
    """The first state of each group, for what is about no single page; and of a logout all that it shows."""
    first = {state.group: state for state in reversed(shipped())}
    return [state for state in shipped() if state == first[state.group] or state.id in LOGOUT]


def listed():
    """What it says that does not fit."""
    return misfits(Operator(), one_of_each())


@pytest.fixture
def few(monkeypatch):
    """The command knows one state of each group: what it says of others is not what a test is about."""
    monkeypatch.setattr("app.preview.command.shipped", one_of_each)


@pytest.fixture
def unchecked(few, monkeypatch):
    """Nor does it look for what no longer fits, which takes longest."""
    monkeypatch.setattr("app.preview.command.misfits", lambda *_: [])


def test_the_states_it_brings_are_the_gallerys():
    """`make preview-states` makes them anew."""
    assert json.loads(lzma.decompress(FILE.read_bytes())) == states()


@pytest.mark.no_cover  # many pages, and other tests show some; see tests/stack/coverage_in_process.py
def test_every_page_is_shown_as_portico_sends_it(operator):
    site = previewed()
    visitor = Client(site)
    for state in site.states.values():
        if state.group != "messages":
            page = visitor.get(f"/page/{state.id}")
            assert page.status_code == state.status, state.id
            assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"], state.id


def test_no_web_site_reads_it(operator):
    """N27: a name of anybody's can lead to this machine, and then their page and the preview are one origin."""
    visitor = Client(previewed())
    for host in ("preview.evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""):
        for path in ("/", "/page/login/unified", "/static/app.css", "/elsewhere"):
            answer = visitor.get(path, headers={"Host": host})
            assert (answer.status_code, answer.text) == (400, "The preview is for this machine."), (host, path)


def test_what_is_the_operators_is_on_the_pages(operator):
    site = Client(previewed())
    page = site.get("/page/login/unified?lang=de").text
    assert all(text in page for text in ("Analytical Engines", "Call us.", "Hereinspaziert"))
    assert "Billing of Engines" in site.get("/page/client-1/consent-usual").text
    logo = parsed(site.get("/page/login/unified")).select_one("header img, .masthead img, img")["src"]
    assert site.get(logo).status_code == 200
    assert listed() == []


SETTINGS = """
public_url = "https://example.org/auth"
brand_dir = "brnad"
templates_dir = "templates"
languages_dir = "languages"
brnad = "brand"
[brand]
name = "Analytical Engines"
logo = "logo.svg"
accent = "#eeeeee"
privacy = "http://example.org"
[clients."https://app.example/x"]
max_session_age = -1
[clients."billing".brand]
accent = "#ffd400"
[clients."billing".brand.colours]
"""
# What its sentence begins with, or has in it after the name of the file.
WRONG_SETTINGS = [
    "'brnad' in portico.toml is no setting. Did you mean brand?",
    "PORTICO_BRAND (privacy) is not",
    "PORTICO_BRAND_DIR names a directory that does not exist; a relative path begins where Portico is started.",
    "PORTICO_CLIENTS (https://app.example/x.max_session_age) must be 0 or more.",
    "PORTICO_CLIENTS (billing.brand.colours) is no setting.",
    "PORTICO_BRAND (accent) has a contrast of",
    "PORTICO_CLIENTS (billing.brand.accent) has a contrast of",
    "PORTICO_LANGUAGES_DIR has a file that cannot be used: de.po is no gettext catalogue",
    "PORTICO_LANGUAGES_DIR has a file that cannot be used: xx.po is named after no language.",
]
UNUSABLE = "PORTICO_TEMPLATES_DIR has a template that cannot be used: "
UNUSABLE_TEMPLATES = {
    "account/home.html": ("<p>\n{{ 1 | nothing }}</p>", ", line 2: No filter named 'nothing'"),
    "base.html": ('{% extends "portico/base.html" %}{% block footer %}', ", line 1: Unexpected end of template"),
    "error.html": ('\n{% extends "" %}', ', line 2: "" is the name of no template; ours are called portico/base.html'),
    "oauth2/account.html": (
        '{% extends "portico/oauth2/account.html" %}{% include "portico/gone.html" %}',
        ", line 1: asks for portico/gone.html, which does not",
    ),
    "oauth2/consent.html": (
        '{% extends "oauth2/consent.html" %}',
        " extends itself; ours are called portico/base.html",
    ),
}
HOME, OUT = '{% extends "portico/account/home.html" %}', '{% extends "portico/oauth2/signed_out.html" %}'
CSS = """@import url("gone.css");
/* --old: 1px; .lost { } */
@font-face { font-family: Inter; src: url(inter.woff2#x) format("woff2"), url(https://fonts.example.org/inter.woff2); }
@layer theme {
  :root { --page: #fff; --old: 1px; --mine: 2px; margin: var(--mine) }
  main .lost:hover, .button-primary > b { background: url(logo.svg) 0.5s; }
  .aside { color: red } }
"""
BASE = '{% extends "portico/base.html" %}'
FLOW, OWN = '{% extends "portico/selfservice/flow.html" %}', '{% extends "mine.html" %}{% block aside %}{% endblock %}'
TEMPLATES = {
    "account/home.html": HOME + "\n{% block content %}\n{{ whoami.nick }}{% endblock %}",
    "account/left.html": OWN,
    "error.html": '{% extends "portico/error.html" %}{% block gone %}{% endblock %}',
    "macros/hosts.html": "<p></p>",
    "mine.html": BASE + '{% block content %}{% block aside %}<p class="aside"></p>{% endblock %}{% endblock %}',
    "oauth2/device_code.html": "<h1>{{ reasons if code == 'never' }}</h1>",
    "oauth2/logut.html": "<p></p>",
    "oauth2/signed_out.html": OUT + '{% block head %}{{ asset("gone.css") }}{% endblock %}',
    "selfservice/flow.html": FLOW + "\n{% block links %}{{ linkz }}{% endblock %}",
}
MISFITS = [
    "brand/site.css line 1: gone.css is not beside it.",
    "brand/site.css line 3: inter.woff2#x is not beside it.",
    "brand/site.css line 3: browsers load nothing from elsewhere: https://fonts.example.org/inter.woff2.",
    "brand/site.css line 5: nothing in this version uses --old.",
    "brand/site.css line 6: no page has the class lost.",
    "templates/error.html line 1: nothing that it extends has a block `gone`; it is not shown.",
    "templates/macros/hosts.html: lacks what Portico's has in this version: `",
    "templates/oauth2/device_code.html line 1: in this version `reasons` is not given to this template.",
    "templates/oauth2/device_code.html: lacks what Portico's has in this version: `content` `footer` `head` `masthead`",
    "templates/oauth2/logut.html: no page of this version is made of it; is it oauth2/logout.html?",
    "templates/selfservice/flow.html line 2: in this version `linkz` is not given to this template.",
    "languages/de.po line 7: no page says 'Log on' any more.",
    "languages/de.po line 10: no page says 'Sign in to %(name)s' any more.",
    "languages/de.po line 10: the translation lacks %(name)s.",
    "templates/account/home.html line 3: this version has no `nick` there (the page home/",
    "templates/oauth2/signed_out.html line 1: KeyError: 'gone.css' (the page logout/",
]


def write(folder, files):
    """These texts into files of this folder, whose own folders are made."""
    for name, text in files.items():
        folder.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
        folder.joinpath(name).write_text(text)


def missing(sentences):
    """The sentences that do not stand in the list of misfits, in this order; and what else does."""
    lines = listed()
    differing = [(line, words) for line, words in zip(lines, sentences, strict=False) if not line.startswith(words)]
    return differing, lines[len(sentences) :], sentences[len(lines) :]


def test_whatever_is_wrong_is_listed_at_once_with_its_place(operator):
    write(operator, {"portico.toml": SETTINGS, "languages/de.po": "msgid", "languages/xx.po": CATALOGUE})
    write(operator / "templates", {name: text for name, (text, _) in UNUSABLE_TEMPLATES.items()})
    unusable = [f"{UNUSABLE}{name}{words}" for name, (_, words) in UNUSABLE_TEMPLATES.items()]
    assert missing([*WRONG_SETTINGS, *unusable]) == ([], [], [])


def test_what_no_longer_fits_is_listed_with_its_place(operator):
    """A template that another one of theirs extends, and its blocks, are no mistakes."""
    shutil.rmtree(operator / "templates")
    write(operator / "templates", TEMPLATES)
    catalogue = CATALOGUE + 'msgid "Log on"\nmsgstr "Los"\n\nmsgid "Sign in to %(name)s"\nmsgstr "Los"\n'
    write(operator, {"languages/de.po": catalogue, "brand/site.css": CSS})
    assert missing(MISFITS) == ([], [], [])


def test_copies_of_ours_fit_and_so_does_what_a_template_sets_for_its_blocks(operator):
    shutil.copytree(ROOT / "templates", operator / "templates", dirs_exist_ok=True)
    own = '{% import "macros/forms.html" as made %}{% set phone, hours = "1", "2" %}{% set town %}Ulm{% endset %}'
    own += "{% macro line(text) %}{{ text }}{% endmacro %}{% block content %}{{ super() }}"
    own += "{{ line(phone ~ hours ~ town) }}{% if made %}{{ not_you() if application }}{% endif %}{% endblock %}"
    write(
        operator / "templates",
        {"selfservice/settings.html": f'{{% extends "portico/selfservice/settings.html" %}}{own}'},
    )
    assert listed() == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("languages/de.po", "msgid", "PORTICO_LANGUAGES_DIR has a file that cannot be used: de.po is no gettext"),
        ("templates/error.html", '{% extends "portico/error.html" %}\n{% block title %}{{ page.hue }}{% endblock %}',
         "templates/error.html line 2: this version has no `hue` there"),
    ],
)  # fmt: skip
def test_what_keeps_every_page_from_being_shown_is_listed_alone(operator, name, text, words):
    """An error page that raises has no page of its own; without this catalogue its language is none."""
    write(operator, {name: text, "portico.toml": TOML.replace("secret_key", 'default_language = "de"\nsecret_key')})
    [line] = listed()
    assert line.startswith(words)


def test_a_page_that_cannot_be_made_says_why_and_where(operator):
    write(
        operator,
        {"templates/error.html": '{% extends "portico/error.html" %}\n{% block title %}{{ hue }}{% endblock %}'},
    )

    page = Client(previewed()).get("/page/errors/status-404")
    assert (page.status_code, page.text.splitlines()[0]) == (
        500,
        "jinja2.exceptions.UndefinedError: 'hue' is undefined",
    )
    assert 'templates/error.html", line 2' in page.text


def test_settings_of_the_environment_have_no_place(operator, monkeypatch):
    monkeypatch.setenv("PORTICO_BRAND", '{"name": "Engines", "logo": "none.svg"}')
    assert listed() == [
        "PORTICO_BRAND (logo) names none.svg, but PORTICO_BRAND_DIR has no such picture, font or stylesheet."
    ]


def test_below_a_path_pages_are_whole(operator):
    write(operator, {"portico.toml": f'public_url = "https://example.org/auth"\n{TOML}'})
    site = Client(previewed())
    page = parsed(site.get("/page/application/first"))
    assert "Demo" in page.h1.text, "the way back is below the path, so it is known whose it is"
    assert page.find("a", href=True)["href"] == "#main"
    assert [site.get(sheet["href"]).status_code for sheet in page.find_all("link", rel="stylesheet")] == [200, 200]
    assert page.select("link[rel=stylesheet]")[0]["href"].startswith("/auth/static/")


def ended_by(monkeypatch, *words):
    """The exit status of the command with these options, in this process."""
    monkeypatch.setattr(sys, "argv", ["portico", "preview", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_a_check_ends_with_what_it_found(operator, capsys, monkeypatch, few):
    assert ended_by(monkeypatch, "--check") == 0
    assert capsys.readouterr().out == "Everything fits this version.\n"
    operator.joinpath("brand/logo.svg").unlink()
    assert ended_by(monkeypatch, "--check") == 1
    assert "PORTICO_BRAND (logo)" in capsys.readouterr().out


@pytest.mark.browser
def test_pictures_are_taken_where_a_browser_is(operator, monkeypatch, unchecked):
    monkeypatch.setenv("PATH", "/usr/local/bin:/usr/bin:/bin")
    for more in (["light"], ["dark", "--dark"]):
        assert ended_by(monkeypatch, "--only", "device", "--width", "375", "--screenshots", *more) == 0
    light, dark = ([path.read_bytes() for path in operator.glob(f"{scheme}/device/*.png")] for scheme in PICTURES)
    assert {int.from_bytes(picture[16:20], "big") for picture in light + dark} == {375}
    assert len(light) == len(dark) == 1
    assert not set(light) & set(dark)


def options(**differing):
    """Those of the command."""
    usual = {"listen": "127.0.0.1", "port": 0, "lang": "en", "check": False, "screenshots": None, "only": []}
    return Namespace(**usual | {"width": 640, "dark": False} | differing)


def test_a_port_that_is_taken_is_said(operator, capsys, unchecked):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert preview(options(port=port)) == 1
    assert f"Cannot listen at 127.0.0.1, port {port}: Address already in use." in capsys.readouterr().out


def test_a_port_there_is_not_is_refused(monkeypatch):
    for port in ("99999", "-1", "65536"):
        monkeypatch.setattr(sys, "argv", ["portico", "preview", f"--port={port}"])
        with pytest.raises(SystemExit, match="--port is a number from 0 to 65535"):
            main()


@pytest.mark.parametrize(
    ("host", "address", "is_open"),
    [("127.0.0.1", "127.0.0.1:3200", False), ("::1", "[::1]:3200", False), ("0.0.0.0", "0.0.0.0:3200", True)],
)
def test_where_it_listens_is_said_and_who_may_look(capsys, monkeypatch, host, address, is_open):
    """Nothing is begun here: whether there is IPv6 is the machine's business."""
    server = SimpleNamespace(server_port=3200, serve_forever=lambda: None)
    monkeypatch.setattr("app.preview.command.served", lambda site, *where: where == (host, 3200) and server)
    assert serve(Site(Operator().player, [], []), host, 3200) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"The preview is at http://{address}/ (Ctrl-C ends it)\n")
    assert ("Whoever reaches this address sees" in shown) == is_open


def test_what_is_no_group_of_pages_is_said(operator, capsys, unchecked):
    assert preview(options(screenshots=operator / "pictures", only=["consent", "konsent"])) == 1
    assert "No group of pages is called konsent; there are login, " in capsys.readouterr().out


def test_a_browser_that_cannot_start_is_said(operator, capsys, monkeypatch, unchecked):
    monkeypatch.setattr("app.preview.command.BROWSERS", ("false",))
    assert preview(options(screenshots=operator / "pictures", only=["consent"])) == 1
    assert "took no picture of consent/" in capsys.readouterr().out
