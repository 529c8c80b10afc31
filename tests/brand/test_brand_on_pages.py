"""Brands on pages: whose, made of what, and that the contract of docs/branding.md holds."""

import base64
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from flask import template_rendered

from app.brand.brands import PATH
from app.config.settings import Settings
from app.config.sources import SettingsError
from app.factory import create_app
from tests.gallery.entries import ENTRIES
from tests.gallery.entry import answer, served
from tests.selfservice.test_return_path import BODIES, opened
from tests.support.fixtures import SETTINGS, browser
from tests.support.pages import CheckedClient, parsed, words
from tests.support.upstream import BOB, authorize

SVG = "<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
LOGO = f"data:image/svg+xml;base64,{base64.b64encode(SVG.encode()).decode()}"
COMMON = {"name": "Example", "accent": "#7a1fa2"}
OWN = {"demo": {"brand": {"name": "Demo & Co", "logo": LOGO, "accent": "#0b6e4f"}}}
DOCS = Path("docs/branding.md").read_text()


def masthead(response):
    return parsed(response).find(class_="masthead")


def called(response):
    """Whose page it says it is."""
    logo = masthead(response).find("img")
    return logo["alt"] if logo else words(masthead(response))


def sheets(response):
    return [find_item["href"] for find_item in parsed(response).find_all("link", rel="stylesheet")]


# What everybody sees


def test_without_a_brand_a_page_loads_nothing_more(client):
    page = parsed(client.get("/error"))

    assert len(page.find_all("link")) == 2
    assert page.find_all("img") == []
    assert called(client.get("/error")) == "Portico"
    assert masthead(client.get("/error")).find("svg")


def test_a_name_stands_in_place_of_ours_and_our_mark(client_with):
    page = client_with(brand={"name": "Example"}).get("/error")

    assert called(page) == "Example"
    assert masthead(page).find("svg") is None
    assert len(sheets(page)) == 1


def test_a_logo_says_the_name_to_those_who_do_not_see_it(client_with):
    logo = masthead(client_with(brand={"name": "Example", "logo": LOGO}).get("/error")).find("img")

    assert logo["alt"] == "Example"
    assert logo["src"].startswith(f"{PATH}/")
    assert logo["height"], "the page must not jump when it arrives"


def test_a_dark_logo_is_for_dark_screens(client_with):
    page = client_with(brand={"name": "Example", "logo": LOGO, "logo_dark": LOGO}).get("/error")

    source = masthead(page).find("source")
    assert (source["media"], source["srcset"][: len(PATH)]) == ("(prefers-color-scheme: dark)", PATH)


def test_a_favicon_is_shown_with_its_type(client_with):
    [icon] = parsed(client_with(brand={"favicon": LOGO}).get("/error")).find_all("link", rel="icon")

    assert icon["type"] == "image/svg+xml"
    assert icon["href"].startswith(PATH)


def test_colours_come_as_a_stylesheet_after_ours(client_with):
    client = client_with(brand=COMMON)
    ours, brands = sheets(client.get("/error"))

    css = client.get(brands)
    assert ours.startswith("/static/app.css")
    assert css.mimetype == "text/css"
    assert "--accent:#7a1fa2" in css.text


def test_links_stand_below_every_page(client_with):
    links = {"privacy": "https://example.org/privacy", "status": "https://status.example.org/"}

    footer = parsed(client_with(brand=links).get("/error")).find("footer")
    found = {words(find_item): find_item["href"] for find_item in footer.find_all("a")}

    assert found == {"Privacy policy": links["privacy"], "Service status": links["status"]}


def test_a_page_names_no_other_site(client_with):
    """A brand is served by Portico: no browser tells anybody else where its person signs in."""
    page = parsed(client_with(brand=COMMON | {"logo": LOGO, "favicon": LOGO}).get("/error"))

    loaded = [find_item.get("src") or find_item.get("href") for find_item in page.find_all(["img", "link", "script"])]
    assert all(one.startswith("/static/") for one in loaded)


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", '"><img src=x>', "{{ 7 * 7 }}", "%(application)s"])
def test_a_name_is_text_whatever_it_holds(client_with, name):
    for brand in ({"name": name}, {"name": name, "logo": LOGO}):
        page = client_with(brand=brand).get("/error")

        assert called(page) == name
        assert len(parsed(page).find_all("script")) == 1


# Files


@pytest.fixture
def branded(client_with):
    return client_with(brand=COMMON | {"logo": LOGO})


def logo_of(client):
    return masthead(client.get("/error")).find("img")["src"]


def test_browsers_keep_a_file_for_as_long_as_it_is_the_same(branded):
    response = branded.get(logo_of(branded))

    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Type"].startswith("image/svg+xml")


def test_a_script_in_a_picture_is_never_run(branded):
    """An SVG picture opened by itself is a document of our origin."""
    policy = branded.get(logo_of(branded)).headers.getlist("Content-Security-Policy")

    [only] = policy
    assert only.startswith("default-src 'none'; ")
    assert "script-src" not in only
    assert only.endswith("; sandbox")


def test_another_replicas_address_works_while_they_are_changed_one_by_one(branded):
    address = logo_of(branded).split("/")
    address[3] = "0" * 12

    response = branded.get("/".join(address))

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    "name",
    ["nothing.svg", "../app.css", "..%2f..%2fpyproject.toml", "%2e%2e/portico.toml", "/etc/passwd", "logo.svg/", ""],
)
def test_no_other_file_is_served(branded, name):
    digest = logo_of(branded).split("/")[3]

    assert branded.get(f"{PATH}/{digest}/{name}").status_code in (404, 405)


def test_the_address_of_a_file_changes_with_any_of_them(client_with):
    one = logo_of(client_with(brand=COMMON | {"logo": LOGO}))
    other = logo_of(client_with(brand=COMMON | {"logo": LOGO, "accent": "#0b6e4f"}))

    assert one != other


# The operator's stylesheet


@pytest.fixture
def files(tmp_path):
    (tmp_path / "site.css").write_text("@font-face{font-family:Inter;src:url(inter.woff2)}")
    (tmp_path / "inter.woff2").write_bytes(b"wOF2")
    (tmp_path / "waves.svg").write_text(SVG)
    return tmp_path


def test_the_operators_stylesheet_is_the_last(client_with, files):
    client = client_with(brand=COMMON, extra_stylesheet=str(files / "site.css"))
    found = sheets(client.get("/error"))

    assert [one.rpartition("/")[2].partition("?")[0] for one in found] == ["app.css", "brand.css", "site.css"]
    assert client.get(found[-1]).text.startswith("@font-face")


def test_its_files_stand_beside_it(client_with, files):
    client = client_with(extra_stylesheet=str(files / "site.css"), extra_files=[str(files / "waves.svg")])
    beside = sheets(client.get("/error"))[-1].replace("site.css", "waves.svg")

    assert client.get(beside).text == SVG


def test_fonts_are_allowed_only_where_there_are_any(client_with, files):
    policies = []
    for settings in ({}, {"extra_files": [str(files / "inter.woff2")]}):
        client = client_with(**settings)
        client.checking = False
        policies.append(client.get("/error").headers["Content-Security-Policy"])

    without, with_fonts = policies
    assert "font-src" not in without
    assert "font-src 'self'" in with_fonts


# One application's own


@cache
def app_with_two_brands():
    app = create_app(Settings(**SETTINGS, brand=COMMON, clients=OWN))
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
    asked, who = upstream.asks("login"), upstream.nobody()
    shared.get("/login?login_challenge=c")
    upstream.mock.remove(asked)
    upstream.mock.remove(who)
    upstream.on("GET", upstream.url("login"), 404, {})

    assert called(opened(shared, upstream, "login/unified")) == "Demo & Co"


def test_who_comes_too_late_still_sees_the_applications_look(shared, upstream):
    asked, who = upstream.asks("login"), upstream.nobody()
    shared.get("/login?login_challenge=c")
    upstream.mock.remove(asked)
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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{% block footer %}", "base.html, line 1: Unexpected end of template"),
        ("\n{{ 1 | nothing }}", "base.html, line 2: No filter named 'nothing'"),
        ('{% extends "portico/bsae.html" %}', "base.html asks for portico/bsae.html, which does not exist"),
    ],
)
def test_a_template_that_cannot_be_used_is_told_at_start(client_with, tmp_path, text, told):
    with pytest.raises(SettingsError) as caught:
        with_templates(client_with, tmp_path, base=text)

    [sentence] = caught.value.mistakes
    assert sentence.startswith(f"PORTICO_TEMPLATES_DIR has a template that cannot be used: {told}")
    assert sentence.endswith(".")


def test_a_template_in_another_encoding_is_told_at_start(client_with, tmp_path):
    (tmp_path / "base.html").write_bytes(b"\xff\xfe")

    with pytest.raises(SettingsError, match=r"base\.html is not in UTF-8\."):
        client_with(templates_dir=str(tmp_path))


# The contract


@cache
def rendered():
    """What the gallery's pages gave their templates: by template, the entries, the names each was given."""
    found = {}
    entry = None

    def note(_, template, context, **__):
        names = frozenset(context) - {"g", "request"}  # Flask's own
        found.setdefault(template.name, []).append((entry, names))

    with template_rendered.connected_to(note):
        for entry in ENTRIES:
            answer(entry)
    return found


def rows(heading, columns):
    """The rows of a table below a heading, its backticked words by column."""
    table = DOCS.partition(f"\n### {heading}\n")[2].partition("\n##")[0]
    cells = [
        re.split(r" *\| *", line.strip("|").strip())[:columns] for line in table.splitlines() if line.startswith("| `")
    ]
    return [[re.findall(r"`([^`]+)`", cell) for cell in row] for row in cells if len(row) == columns]


BASE = {name for [[name], _] in rows("Blocks", 2)}
PROMISED = {name: (set(more), set(context)) for [[name], _, more, context] in rows("Templates", 4)}


def shipped():
    root = Path("templates")
    names = {str(path.relative_to(root)) for path in root.rglob("*.html")}
    return {name for name in names if not name.startswith("macros/")} - {"base.html"}


def environment():
    return served(ENTRIES[0])[0].jinja_env


def test_every_template_is_documented():
    assert shipped() == PROMISED.keys()


def test_the_blocks_of_every_page_are_those_documented():
    assert set(environment().get_template("base.html").blocks) == BASE


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_a_template_has_the_blocks_that_are_documented_and_no_others(name):
    found = set(environment().get_template(name).blocks) - BASE
    inherited = PROMISED["selfservice/flow.html"][0] if name == "selfservice/settings.html" else set()

    assert found - inherited == PROMISED[name][0]


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_a_template_is_always_given_what_is_documented(name):
    assert {context for _, context in rendered()[name]} == {frozenset(PROMISED[name][1])}


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_every_documented_block_can_be_overridden_alone(name, tmp_path):
    inherited = PROMISED["selfservice/flow.html"][0] if name == "selfservice/settings.html" else set()
    blocks = sorted(BASE | PROMISED[name][0] | inherited)
    text = "".join(f"{{% block {block} %}}@{block}@{{{{ super() }}}}{{% endblock %}}" for block in blocks)
    override = tmp_path / name
    override.parent.mkdir(exist_ok=True)
    override.write_text(f'{{% extends "portico/{name}" %}}{text}')
    entry = rendered()[name][0][0]

    page = answer(replace(entry, settings={**entry.settings, "templates_dir": str(tmp_path)}))

    assert [block for block in blocks if f"@{block}@" not in page.text] == []


def test_names_with_a_meaning_are_given_to_some_template():
    told = {name for [names, _] in rows("Templates", 2) for name in names} - PROMISED.keys()

    assert told
    assert told <= set().union(*(context for _, context in PROMISED.values()))
