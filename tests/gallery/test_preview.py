"""`portico preview`: an operator's own pages, without any server; what no longer fits is said."""

import json
import lzma
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from werkzeug.test import Client

from app.preview import player
from app.preview.command import preview
from app.preview.fits import misfits
from app.preview.site import Site
from tests.gallery.states import states
from tests.support.pages import parsed

ROOT = Path(__file__).resolve().parent.parent.parent
CATALOGUE = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8"\n\n'
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
    flow = '{% extends "portico/selfservice/flow.html" %}{% block links %}{{ super() }}<p>Call us.</p>{% endblock %}'
    tmp_path.joinpath("templates/selfservice/flow.html").write_text(flow)
    tmp_path.joinpath("languages/de.po").write_text(CATALOGUE + 'msgid "Sign in"\nmsgstr "Hereinspaziert"\n')
    tmp_path.joinpath("portico.toml").write_text(TOML)
    monkeypatch.chdir(tmp_path)
    _forget()
    yield tmp_path
    _forget()


def _forget():
    player.states.cache_clear()
    player.portico.cache_clear()


def test_the_states_it_brings_are_the_gallerys():
    """`make preview-states` makes them anew."""
    assert json.loads(lzma.decompress(player.FILE.read_bytes())) == states()


def test_every_page_is_shown_as_portico_sends_it(operator):
    site = Client(Site([]))

    for state in player.states().values():
        if state.group != "messages":
            page = site.get(f"/page/{state.id}")
            assert page.status_code == state.status, state.id
            assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"], state.id


@pytest.mark.parametrize("host", ["preview.evil.example", "evil.example:8000", "127.0.0.1.evil.example", ""])
@pytest.mark.parametrize("path", ["/", "/page/login/unified", "/static/app.css", "/elsewhere"])
def test_no_web_site_reads_it(operator, host, path):
    """N27: a name of anybody's can lead to this machine, and then their page and the preview are one origin."""
    answer = Client(Site([])).get(path, headers={"Host": host})

    assert (answer.status_code, answer.text) == (400, "The preview is for this machine.")


def test_what_is_the_operators_is_on_the_pages(operator):
    site = Client(Site([]))

    page = site.get("/page/login/unified?lang=de").text
    assert all(text in page for text in ("Analytical Engines", "Call us.", "Hereinspaziert"))
    assert "Billing of Engines" in site.get("/page/client-1/consent-usual").text
    logo = parsed(site.get("/page/login/unified")).select_one("header img, .masthead img, img")["src"]
    assert site.get(logo).status_code == 200
    assert misfits() == []


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("templates/error.html", '{% extends "portico/error.html" %}{% block gone %}{% endblock %}', "block `gone`"),
        ("templates/error.html", "<h1>{{ page.title }}</h1>", "lacks the block `content`"),
        ("templates/error.html", "{% if page.never %}{{ reasons }}{% endif %}", "is given `reasons`"),
        ("templates/error.html", "{{ page.colour }}", "error.html raises"),
        ("languages/de.po", CATALOGUE + 'msgid "Log on"\nmsgstr "Los"\n', "no page says 'Log on' any more"),
        ("languages/de.po", CATALOGUE + 'msgid "Sign in to %(name)s"\nmsgstr "Los"\n', "%(name)s is missing"),
        ("portico.toml", 'brand_dir = "brand"\n[brand]\nname = "A"\nlogo = "none.svg"', "PORTICO_BRAND (logo)"),
    ],
)
def test_what_no_longer_fits_is_listed(operator, file, content, words):
    operator.joinpath(file).write_text(content)

    assert any(words in line for line in misfits()), misfits()


def test_a_check_ends_with_what_it_found(operator):
    command = [sys.executable, "-m", "app", "preview", "--check"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    fits = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    operator.joinpath("brand/logo.svg").unlink()
    misses = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert (fits.returncode, fits.stdout) == (0, "Everything fits this version.\n"), fits.stderr
    assert misses.returncode == 1
    assert "PORTICO_BRAND (logo)" in misses.stdout


@pytest.mark.browser
def test_pictures_are_taken_where_a_browser_is(operator):
    command = [sys.executable, "-m", "app", "preview", "--screenshots", "pictures", "--only", "client-1"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert len(list(operator.glob("pictures/client-1/*.png"))) == 3


def test_a_port_that_is_taken_is_said(operator, capsys):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        assert preview(port, "", False, None, []) == 1

    assert f"Port {port} is taken" in capsys.readouterr().out


def test_a_browser_that_cannot_start_is_said(operator, capsys, monkeypatch):
    monkeypatch.setattr("app.preview.command.BROWSERS", ("false",))

    assert preview(0, "en", False, operator / "pictures", ["consent"]) == 1
    assert "took no picture of consent/" in capsys.readouterr().out
