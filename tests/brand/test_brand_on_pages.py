"""Brands on pages: whose, made of what, and that the contract of docs/branding.md holds."""

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from flask import template_rendered

from app.config.settings import Settings
from app.config.sources import SettingsError
from app.factory import create_app
from tests.gallery.brand import LOGOS
from tests.gallery.entries import ENTRIES
from tests.gallery.entry import answer, served
from tests.selfservice.test_return_path import BODIES, opened
from tests.support.cases import each_case
from tests.support.fixtures import SETTINGS, browser
from tests.support.pages import CheckedClient, parsed, words
from tests.support.upstream import BOB, EXPIRED, authorize

SVG = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
PATH = "/static/brand/"
COMMON = {"name": "Example", "accent": "#7a1fa2"}
OWN = {"demo": {"brand": {"name": "Demo & Co", "logo": "billing.svg", "accent": "#0b6e4f"}}}
DOCS = Path("docs/branding.md").read_text()


def masthead(response):
    return parsed(response).find(class_="masthead")


def called(response):
    """Whose page it says it is."""
    logo = masthead(response).find("img")
    return logo["alt"] if logo else words(masthead(response))


def sheets(response):
    return [link["href"] for link in parsed(response).find_all("link", rel="stylesheet")]


@pytest.fixture
def folder(tmp_path):
    """A folder of a brand's files."""
    (tmp_path / "logo.svg").write_text(SVG)
    (tmp_path / "site.css").write_text("@font-face{font-family:Inter;src:url(inter.woff2)}")
    (tmp_path / "waves.svg").write_text(SVG)
    return tmp_path


@pytest.fixture
def with_brand(client_with, folder):
    """A browser at a Portico with this brand, and the folder."""
    return lambda **brand: client_with(brand=brand, brand_dir=str(folder))


# What everybody sees


def test_without_a_brand_a_page_loads_nothing_more(client):
    page = parsed(client.get("/error"))
    assert len(page.find_all("link")) == 2
    assert page.find_all("img") == []
    assert called(client.get("/error")) == "Portico"
    assert masthead(client.get("/error")).find("svg")


def test_a_name_stands_in_place_of_ours_and_our_mark(with_brand):
    page = with_brand(name="Example").get("/error")
    assert called(page) == "Example"
    assert masthead(page).find("svg") is None
    assert len(sheets(page)) == 1


def test_a_logo_says_the_name_to_those_who_do_not_see_it(with_brand):
    logo = masthead(with_brand(name="Example", logo="logo.svg").get("/error")).find("img")
    assert logo["alt"] == "Example"
    assert logo["src"].startswith(f"{PATH}logo.svg?v=")
    assert logo["height"], "the page must not jump when it arrives"


def test_a_dark_logo_is_for_dark_screens(with_brand):
    page = with_brand(name="Example", logo="logo.svg", logo_dark="waves.svg").get("/error")
    source = masthead(page).find("source")
    assert source["media"] == "(prefers-color-scheme: dark)"
    assert source["srcset"].startswith(f"{PATH}waves.svg?v=")


def test_a_favicon_is_shown(with_brand):
    [icon] = parsed(with_brand(favicon="logo.svg").get("/error")).find_all("link", rel="icon")
    assert icon["href"].startswith(f"{PATH}logo.svg?v=")


def test_colours_and_the_operators_stylesheet_come_after_ours(with_brand):
    client = with_brand(**COMMON, stylesheet="site.css")
    ours, colours, operators = sheets(client.get("/error"))
    assert ours.startswith("/static/app.css")
    assert client.get(colours).mimetype == "text/css"
    assert "--accent:#7a1fa2" in client.get(colours).text
    assert client.get(operators).text.startswith("@font-face")


def test_links_stand_below_every_page(with_brand):
    links = {"privacy": "https://example.org/privacy", "status": "https://status.example.org/"}
    footer = parsed(with_brand(**links).get("/error")).find("footer")
    shown = {words(link): link["href"] for link in footer.find_all("a")}
    assert shown == {"Privacy policy": links["privacy"], "Service status": links["status"]}


def test_a_page_names_no_other_site(with_brand):
    """A brand is served by Portico: no browser tells anybody else where its person signs in."""
    page = parsed(with_brand(**COMMON, logo="logo.svg", favicon="logo.svg").get("/error"))
    loaded = [tag.get("src") or tag.get("href") for tag in page.find_all(["img", "link", "script"])]
    assert all(address.startswith("/static/") for address in loaded)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7 * 7 }}", "%(application)s"])
def test_a_name_is_text_whatever_it_holds(with_brand, name):
    for brand in ({"name": name}, {"name": name, "logo": "logo.svg"}):
        page = with_brand(**brand).get("/error")
        assert called(page) == name
        assert len(parsed(page).find_all("script")) == 1


# Files


@pytest.fixture
def branded(with_brand):
    return with_brand(**COMMON, logo="logo.svg")


def logo_of(client):
    return masthead(client.get("/error")).find("img")["src"]


def test_browsers_keep_a_file_for_as_long_as_it_is_the_same(branded):
    for address in (logo_of(branded), *sheets(branded.get("/error"))):
        response = branded.get(address)
        assert response.headers["Cache-Control"] == "public, max-age=31536000"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert branded.get(address, headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_a_script_in_a_picture_is_never_run(branded):
    """An SVG picture opened by itself is a document of our origin."""
    response = branded.get(logo_of(branded))
    [policy] = response.headers.getlist("Content-Security-Policy")
    assert response.headers["Content-Type"].startswith("image/svg+xml")
    assert policy.startswith("default-src 'none'; ")
    assert "script-src" not in policy
    assert policy.endswith("; sandbox")


@pytest.mark.parametrize(("query", "kept"), [("?v=000000000000", "no-cache"), ("", "public, max-age=3600")])
def test_what_another_replica_or_a_stylesheet_names_is_served_but_not_kept_for_good(branded, query, kept):
    """Replicas are changed one by one; a font is named by the operator's stylesheet."""
    response = branded.get(f"{PATH}logo.svg{query}")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == kept


@pytest.mark.parametrize(
    "name",
    ["nothing.svg", "../app.css", "..%2f..%2fpyproject.toml", "%2e%2e/portico.toml", "/etc/passwd", "logo.svg/", ""],
)
def test_no_other_file_is_served(branded, name):
    assert branded.get(f"{PATH}{name}").status_code in (404, 405)


def test_fonts_are_allowed_only_where_there_are_any(with_brand, folder):
    policies = []
    for name in ("waves.webp", "inter.woff2"):
        (folder / name).write_bytes(b"x")
        client = with_brand()
        client.checking = False
        policies.append(client.get("/error").headers["Content-Security-Policy"])
    without, with_fonts = policies
    assert "font-src" not in without
    assert "font-src 'self'" in with_fonts


def test_what_is_wrong_in_a_brand_is_told_at_start(with_brand):
    with pytest.raises(SettingsError) as caught:
        with_brand(accent="#ffd400", favicon="nowhere.svg")
    assert [sentence.split(")")[0] for sentence in caught.value.mistakes] == [
        "PORTICO_BRAND (favicon",
        "PORTICO_BRAND (accent",
    ]


# One application's own


@cache
def app_with_two_brands():
    app = create_app(Settings(**SETTINGS, brand=COMMON, brand_dir=LOGOS, clients=OWN))
    app.test_client_class = CheckedClient
    return app


@pytest.fixture
def shared():
    return browser(app_with_two_brands())


@pytest.mark.parametrize("name", BODIES)
def test_every_page_on_the_way_into_an_application_looks_like_it(shared, upstream, name):
    upstream.asks("login")
    page = opened(shared, upstream, name)
    assert called(page) == "Demo & Co"
    assert "--accent:#0b6e4f" in shared.get(sheets(page)[1]).text


def test_another_applications_page_does_not(shared, upstream):
    upstream.asks("login", client={"client_id": "other"})
    assert called(opened(shared, upstream, "login/unified")) == "Example"


def test_a_page_on_the_way_nowhere_does_not(shared, upstream):
    assert called(opened(shared, upstream, "login/unified", return_to="")) == "Example"


def test_an_answer_after_an_applications_page_is_everybodys_again(shared, upstream):
    upstream.asks("login")
    opened(shared, upstream, "login/unified")
    assert called(shared.get("/error")) == "Example"


def test_consent_looks_like_the_application_that_asks(shared, upstream):
    upstream.asks("consent")
    upstream.signed_in()
    assert called(shared.get("/consent?consent_challenge=c")) == "Demo & Co"


def test_a_consent_that_is_too_late_looks_like_it_too(shared, upstream):
    upstream.asks("consent")
    upstream.signed_in()
    shared.get("/consent?consent_challenge=c")
    upstream.mock.replace("GET", upstream.url("consent"), status=401, json=EXPIRED)
    assert called(shared.get("/consent?consent_challenge=c")) == "Demo & Co"


def test_a_consent_somebody_else_began_looks_like_it_too(shared, upstream):
    upstream.asks("consent")
    upstream.signed_in(BOB)
    assert called(shared.get("/consent?consent_challenge=c")) == "Demo & Co"


def test_choosing_an_account_looks_like_the_application(shared, upstream):
    upstream.asks("login", request_url=authorize(prompt="registration"))
    upstream.signed_in()
    assert called(shared.get("/login?login_challenge=c")) == "Demo & Co"


def test_an_applications_logout_looks_like_it(shared, upstream):
    upstream.asks("logout")
    upstream.signed_in()
    assert called(shared.get("/logout?logout_challenge=c")) == "Demo & Co"


def test_ones_own_logout_does_not(shared, upstream):
    upstream.asks("logout", client=None)
    upstream.signed_in()
    assert called(shared.get("/logout?logout_challenge=c")) == "Example"


def test_what_goes_wrong_in_an_applications_login_looks_like_it(shared, upstream):
    upstream.asks("login")
    upstream.whoami({}, 500)
    page = shared.get("/login?login_challenge=c")
    assert page.status_code >= 500
    assert called(page) == "Demo & Co"


def test_while_hydra_cannot_say_which_it_is_the_page_stays_as_it_was(shared, upstream):
    reply, who = upstream.asks("login"), upstream.nobody()
    shared.get("/login?login_challenge=c")
    upstream.mock.remove(reply)
    upstream.mock.remove(who)
    upstream.on("GET", upstream.url("login"), 404, {})
    assert called(opened(shared, upstream, "login/unified")) == "Demo & Co"


def test_who_comes_too_late_still_sees_the_applications_look(shared, upstream):
    reply, who = upstream.asks("login"), upstream.nobody()
    shared.get("/login?login_challenge=c")
    upstream.mock.remove(reply)
    upstream.mock.remove(who)
    upstream.on("GET", upstream.url("login"), 404, {})
    upstream.signed_in()

    page = shared.get("/login?login_challenge=c")

    assert page.status_code == 410
    assert called(page) == "Demo & Co"


def test_the_address_of_a_page_cannot_say_whose_it_is(shared, upstream):
    """Anybody could make a link that shows Example's login as another application's."""
    upstream.nobody()
    assert called(shared.get("/?client_id=demo&brand=demo")) == "Example"


# Templates of the operator's


def with_templates(client_with, directory, **templates):
    for name, text in templates.items():
        path = directory / f"{name}.html"
        path.write_text(text)
    return client_with(templates_dir=str(directory))


def test_a_template_of_the_same_name_can_change_one_block(client_with, tmp_path):
    override = '{% extends "portico/base.html" %}{% block footer %}<p>Ours</p>{{ super() }}{% endblock %}'
    page = parsed(with_templates(client_with, tmp_path, base=override).get("/error"))
    assert "Ours" in words(page.footer)
    assert page.h1, "the rest is as it was"


def test_what_a_template_prints_is_escaped(client_with, tmp_path):
    override = '{% extends "portico/error.html" %}{% block content %}{{ super() }}{{ "<i>" }}{% endblock %}'
    assert "&lt;i&gt;" in with_templates(client_with, tmp_path, error=override).get("/error").text


def test_characters_for_private_use_are_left_alone(client_with, tmp_path):
    """Icon fonts have their pictures there."""
    override = (
        '{% extends "portico/error.html" %}{% block content %}{{ super() }}\ue000or\ue001{{ _("or") }}{% endblock %}'
    )
    client = with_templates(client_with, tmp_path, error=override)
    client.checking = False  # the strict parser takes them for mistakes
    page = client.get("/error", headers={"Accept-Language": "de"})
    assert "\ue000or\ue001oder" in page.text


@pytest.mark.parametrize("nothing", ['""', '"" if true else "or"', 'request.args.get("no", "")'])
def test_a_translation_of_nothing_is_nothing(client_with, tmp_path, nothing):
    """gettext would give the head of the catalogue, with its authors."""
    override = '{% extends "portico/error.html" %}{% block content %}{{ super() }}[{{ _(NOTHING) }}]{% endblock %}'
    override = override.replace("NOTHING", nothing)
    page = with_templates(client_with, tmp_path, error=override).get("/error", headers={"Accept-Language": "de"})
    assert "[]" in page.text


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("{% block footer %}", "base.html, line 1: Unexpected end of template"),
        ("\n{{ 1 | nothing }}", "base.html, line 2: No filter named 'nothing'"),
        ('{% extends "base.html" %}', "base.html extends itself; ours are called portico/base.html and so on"),
        ('{% extends "error.html" %}', "base.html extends itself"),
        ('{% extends "portico/bsae.html" %}', "base.html, line 1: asks for portico/bsae.html, which does not exist"),
    ],
)
def test_a_template_that_cannot_be_used_is_told_at_start(client_with, tmp_path, text, mistake):
    """N96."""
    with pytest.raises(SettingsError) as caught:
        with_templates(client_with, tmp_path, base=text)
    [sentence] = caught.value.mistakes
    assert sentence.startswith(f"PORTICO_TEMPLATES_DIR has a template that cannot be used: {mistake}")
    assert sentence.endswith(".")


def test_a_template_in_another_encoding_is_told_at_start(client_with, tmp_path):
    (tmp_path / "base.html").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match=r"base\.html is not in UTF-8\."):
        client_with(templates_dir=str(tmp_path))


# The contract


@cache
def rendered():
    """What the gallery's pages gave their templates: by template, the entries, the names each was given."""
    contexts = {}
    entry = None

    def note(_, template, context, **__):
        names = frozenset(context) - {"g", "request"}  # Flask's own
        contexts.setdefault(template.name, []).append((entry, names))

    with template_rendered.connected_to(note):
        for entry in ENTRIES:
            answer(entry)
    return contexts


def rows(heading, columns):
    """The rows of a table below a heading, its backticked words by column."""
    table = DOCS.partition(f"\n### {heading}\n")[2].partition("\n##")[0]
    cells = [
        re.split(r" *\| *", line.strip("|").strip())[:columns] for line in table.splitlines() if line.startswith("| `")
    ]
    return [[re.findall(r"`([^`]+)`", cell) for cell in row] for row in cells if len(row) == columns]


BASE = {name for [[name], _] in rows("Blocks", 2)}
OF_FLOW = ("selfservice/settings.html", "selfservice/offer.html")  # extend selfservice/flow.html
PROMISED = {name: (set(more), set(context)) for [[name], _, more, context] in rows("Templates", 4)}


def shipped():
    root = Path("templates")
    names = {str(path.relative_to(root)) for path in root.rglob("*.html")}
    return {name for name in names if not name.startswith("macros/")} - {"base.html"}


def environment():
    return served(ENTRIES[0]).jinja_env


def test_every_template_is_documented():
    assert shipped() == PROMISED.keys()


def test_the_blocks_of_every_page_are_those_documented():
    assert set(environment().get_template("base.html").blocks) == BASE


@each_case("name", sorted(PROMISED))
def test_a_template_has_the_blocks_that_are_documented_and_no_others(name):
    blocks = set(environment().get_template(name).blocks) - BASE
    inherited = PROMISED["selfservice/flow.html"][0] if name in OF_FLOW else set()
    assert blocks - inherited == PROMISED[name][0]


@pytest.mark.no_cover  # tracing these pages is slower than making them; see tests/stack/coverage_in_process.py
@each_case("name", sorted(PROMISED))
def test_a_template_is_always_given_what_is_documented(name):
    contexts = {context for _, context in rendered()[name]}
    assert contexts == {frozenset(PROMISED[name][1])}, "not the row of docs/branding.md, or not always the same"


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_every_documented_block_can_be_overridden_alone(name, tmp_path):
    inherited = PROMISED["selfservice/flow.html"][0] if name in OF_FLOW else set()
    blocks = sorted(BASE | PROMISED[name][0] | inherited)
    text = "".join(f"{{% block {block} %}}@{block}@{{{{ super() }}}}{{% endblock %}}" for block in blocks)
    override = tmp_path / name
    override.parent.mkdir(exist_ok=True)
    override.write_text(f'{{% extends "portico/{name}" %}}{text}')
    entry = rendered()[name][0][0]

    page = answer(replace(entry, settings={**entry.settings, "templates_dir": str(tmp_path)}))

    assert [block for block in blocks if f"@{block}@" not in page.text] == []


def test_names_with_a_meaning_are_given_to_some_template():
    documented = {name for [names, _] in rows("Templates", 2) for name in names} - PROMISED.keys()
    assert documented
    assert documented <= set().union(*(context for _, context in PROMISED.values()))
