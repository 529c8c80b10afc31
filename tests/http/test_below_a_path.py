"""Portico below a path of a host that it shares with others (docs/decisions/0009-where-it-lives.md)."""

import json
import re
from dataclasses import replace
from urllib.parse import urljoin, urlsplit

import pytest

from tests.gallery.entries import ENTRIES
from tests.gallery.entry import answer, bodies, served
from tests.support.pages import check_headers, fields, heading, parsed
from tests.support.upstream import BROWSER_KRATOS, KRATOS, PUBLIC, query

ROOT = "/auth"
HERE = PUBLIC + ROOT
OF_A_SCHEMA = f"{PUBLIC}/privacy"  # an operator's own link
POINTING = ("href", "src", "action", "srcset", "formaction", "poster", "data", "content")


def moved(entry):
    """The same page, below the path."""
    return replace(entry, settings={**entry.settings, "public_url": HERE})


def addresses(page):
    """What a page points to that is on its host, as a browser reads it."""
    tags = parsed(page).find_all(True)
    named = [str(tag[name]).strip() for tag in tags for name in POINTING if name in tag.attrs and tag.name != "meta"]
    whole = [urljoin(HERE + page.request.path, address) for address in named]
    return {address for address in whole if address.startswith(f"{PUBLIC}/")}


@pytest.mark.no_cover  # tracing these pages is slower than making them; see tests/stack/coverage_in_process.py
@pytest.mark.parametrize("group", sorted({entry.group for entry in ENTRIES}))
def test_all_that_a_page_points_to_is_below_the_path_and_is_there(group):
    """Links, forms, files: of every page in every state; the fields that lead back, too.

    Pages of Kratos' messages differ in words: every tenth of them.
    """
    entries = [entry for entry in ENTRIES if entry.group == group]
    for entry in map(moved, entries[:: 10 if group == "messages" else 1]):
        page = answer(entry)

        assert page.status_code == entry.status, entry.id
        check_headers(page, HERE, set())
        there, own = served(entry).url_map.bind(""), {entry.path.partition("?")[0], ""}
        kratos_says = json.dumps(bodies(entry)).replace(PUBLIC, HERE)
        pointed = {address for address in addresses(page) - {OF_A_SCHEMA} if address not in kratos_says}
        paths = {urlsplit(address).path.removeprefix(ROOT) for address in pointed} - own
        assert paths, entry.id
        assert [address for address in pointed if not f"{address}/".startswith(f"{HERE}/")] == [], entry.id
        assert [path for path in paths if not any(there.test(path, method) for method in ("GET", "POST"))] == []
        backs = parsed(page).find_all("input", {"name": "back"})
        paths = {urlsplit(str(back["value"])).path for back in backs} - own  # added to our address, they are not below
        assert [path for path in paths if not there.test(path)] == []


@pytest.fixture
def client(client_with):
    return client_with(public_url=HERE)


def sent_as(path):
    """A request as a server hands it on: the whole path, whatever it is."""
    return {"path": "/", "base_url": PUBLIC, "environ_overrides": {"PATH_INFO": path, "SCRIPT_NAME": ""}}


@pytest.mark.parametrize(
    "path", ["/", "/login", "/consent", "/static/app.css", "/robots.txt", "/authx/login", "/auth2", "//auth/login"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_what_is_not_below_the_path_is_nowhere(client, path, method):
    """A proxy that strips the path would find out at its first request."""
    page = client.open(**sent_as(path), method=method)
    assert page.status_code in ((404,) if method != "POST" else (400, 404))
    assert "Location" not in page.headers
    if method == "GET":
        assert heading(page) == "Page not found"
        assert addresses(page)
        assert all(address.startswith(f"{HERE}/") for address in addresses(page))


@pytest.mark.parametrize("path", ["/health/alive", "/auth/health/alive"])
def test_health_is_in_both_places(client, path):
    """Probes come by address and know no path; what asks through the proxy knows nothing else."""
    assert client.get(**sent_as(path)).json == {"status": "ok"}


@pytest.mark.parametrize(("path", "status"), [("/health", 404), ("/health/", 404), ("/healthy", 404)])
def test_nothing_else_of_health_is_at_the_root(client, path, status):
    assert client.get(**sent_as(path)).status_code == status


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/auth/login/", f"{HERE}/login"),
        ("/auth//login", f"{HERE}/login"),
        ("/auth//evil.example/", None),
        ("/auth/..//login", None),
    ],
)
def test_a_slash_too_many_leads_to_the_page_below_the_path(client, path, target):
    assert client.get(**sent_as(path)).headers.get("Location") == target


@pytest.mark.parametrize("path", ["/auth", "/auth/"])
def test_the_path_itself_is_the_account(client, upstream, path):
    upstream.nobody()
    assert parsed(client.get(**sent_as(path))).find("a", href="/auth/login")


def test_a_way_back_beside_the_path_is_asked_about_as_one_elsewhere(client, upstream):
    """Kratos, which allows addresses by path, refuses a verification's in JSON."""
    refused = {"error": {"id": "self_service_flow_return_to_forbidden", "code": 400}}
    upstream.on("GET", f"{KRATOS}/self-service/verification/browser", 400, refused)
    for return_to, status in ((f"{PUBLIC}/other", 400), (f"{HERE}/settings", 303)):
        page = client.get("/verification", base_url=HERE, query_string={"return_to": return_to})
        assert page.status_code == status


def test_a_server_that_knows_the_path_itself_may_say_so(client):
    """WSGI's own way, which gunicorn takes from its environment."""
    answer = client.get("/login", base_url=HERE)
    assert answer.headers["Location"] == f"{BROWSER_KRATOS}/self-service/login/browser"


@pytest.mark.parametrize("back", ["/../kratos", "/..", "/./../x", "/%2e%2E/x", "/..%2fx", "/x/%5c..%5C"])
def test_a_choice_of_language_leads_to_no_neighbour(client, back):
    """N20: a browser reads the dots before it asks, and a link can lead to a page of ours that is not found."""
    form, headers = {"language": "de", "back": back}, {"Origin": PUBLIC}
    answer = client.post("/language", base_url=HERE, data=form, headers=headers)
    assert answer.status_code == 400
    assert "Location" not in answer.headers


class TestTheWayBack:
    def test_kratos_is_told_where_we_live(self, client, upstream):
        upstream.asks("login")
        upstream.nobody()
        answer = client.get("/login?login_challenge=c")
        assert query(answer.headers["Location"])["return_to"] == f"{HERE}/login?login_challenge=c&n=1"

    @pytest.mark.parametrize(
        ("return_to", "title"),
        [
            (f"{HERE}/login?login_challenge=c", "Sign in to continue to Demo"),
            (f"{PUBLIC}/login?login_challenge=c", "Sign in"),
            (f"{PUBLIC}/authx/login?login_challenge=c", "Sign in"),
            (f"{PUBLIC}/auth/../login?login_challenge=c", "Sign in"),
        ],
    )
    def test_only_our_own_login_is_an_applications(self, client, upstream, return_to, title):
        """A neighbour on the host has a /login as well."""
        upstream.flow("login/choose_method", return_to=return_to)
        if "Demo" in title:
            upstream.asks("login")
        assert heading(client.get("/login?flow=flow-1")) == title

    def test_a_page_of_the_account_is_shown_after_the_login_that_it_needs(self, client, upstream):
        upstream.nobody()
        assert query(client.get("/sessions").headers["Location"])["return_to"] == f"{HERE}/sessions?n=1"

    def test_a_challenge_at_the_wrong_page_is_led_to_its_own(self, client):
        assert client.get("/login?consent_challenge=c").headers["Location"] == f"{HERE}/consent?consent_challenge=c"

    def test_what_browsers_ask_for_leads_here(self, client):
        """The origin's owner has to map it to us (docs/operators.md)."""
        assert client.get("/.well-known/change-password").headers["Location"] == f"{HERE}/settings#password"
        assert client.get("/.well-known/passkey-endpoints").json["enroll"] == f"{HERE}/settings#passkey"


class TestCookies:
    """`__Host-` wants Path=/, so the path is in the name: two Porticos of one host do not take each other's."""

    def test_they_are_called_by_the_path(self, client, upstream):
        upstream.asks("login")
        upstream.nobody()
        names = {
            header.partition("=")[0] for header in client.get("/login?login_challenge=c").headers.getlist("Set-Cookie")
        }
        client.send("/language", [("language", "de"), ("back", "/login")])
        assert names == {"portico.auth", "portico.auth-way0"}
        assert client.get_cookie("language.auth", domain="localhost").value == "de"

    def test_on_https_no_subdomain_can_plant_one(self, client_with):
        client = client_with(public_url="https://example.org/auth/sign-in", allowed_hosts=["example.org"])
        client.send("/language", [("language", "de"), ("back", "/login")])
        assert client.get_cookie("__Host-language.auth.sign-in", domain="example.org").secure

    def test_a_neighbours_is_not_ours(self, client, upstream):
        upstream.nobody()
        client.set_cookie("language", "de", domain="localhost")
        assert parsed(client.get("/")).html["lang"] == "en"


def test_the_choice_of_a_language_leads_back_to_the_page(client, upstream):
    upstream.nobody()
    back = dict(fields(client.get("/"), f"{ROOT}/language"))["back"]
    assert client.send("/language", [("language", "de"), ("back", back)]).headers["Location"] == f"{HERE}/"


def test_a_form_of_the_same_origin_is_taken_and_another_is_not(client, upstream):
    """An Origin has no path."""
    upstream.signed_in()
    body = [*fields(client.get("/logout"), f"{ROOT}/logout"), ("action", "deny")]
    assert client.send("/logout", body).headers["Location"] == f"{HERE}/"
    assert client.send("/logout", body, headers={"Origin": "https://evil.example"}).status_code == 400


def test_files_may_be_kept_for_good_at_their_address(client, upstream):
    upstream.nobody()
    [sheet] = [
        link["href"] for link in parsed(client.get("/")).find_all("link", rel="stylesheet") if "app.css" in link["href"]
    ]
    answer = client.get(sheet.removeprefix(ROOT))
    assert re.match(r"/auth/static/app\.css\?v=", sheet)
    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_under_load_the_same_is_spared_as_at_a_root(client):
    is_exempt = client.application.extensions["refusals"].is_exempt
    spared = ["/health/ready", "/auth/health/ready", "/auth/static/app.css"]
    assert all(is_exempt({"PATH_INFO": path, "REQUEST_METHOD": "GET"}) for path in spared)
    assert not any(
        is_exempt({"PATH_INFO": path, "REQUEST_METHOD": "GET"}) for path in ("/static/app.css", "/auth/login")
    )


def test_the_log_has_the_routes_that_it_has_everywhere(client, logs):
    client.get(**sent_as("/auth/robots.txt"))
    assert '"route": "/robots.txt"' in logs.getvalue()


class TestServersOfTheSameHost:
    """Kratos and Hydra below paths of their own: an address of this origin that is not theirs is nobody's."""

    @pytest.fixture
    def client(self, client_with):
        return client_with(public_url=HERE, kratos_browser_url=f"{PUBLIC}/kratos", hydra_public_url=f"{PUBLIC}/hydra")

    @pytest.mark.parametrize(
        ("kratos", "status"),
        [("/kratos", 200), ("/other", 502), ("/kratosx", 502), ("/kratos/../other", 502), ("/kratos/%2E%2e/x", 502)],
    )
    def test_a_password_goes_to_kratos_alone(self, client, upstream, kratos, status):
        upstream.flow("login/choose_method", public_url=PUBLIC + kratos)
        assert client.get("/login?flow=flow-1").status_code == status

    @pytest.mark.parametrize(("hydra", "status"), [("/hydra", 303), ("/other", 502), ("", 502)])
    def test_hydra_sends_browsers_to_hydra_alone(self, client, upstream, hydra, status):
        upstream.asks("login")
        upstream.signed_in()
        upstream.takes("login", "accept", to=f"{PUBLIC}{hydra}/oauth2/auth?login_verifier=v")
        client.checking = False  # it knows one host of Hydra's
        assert client.get("/login?login_challenge=c").status_code == status

    def test_where_kratos_steps_up_is_below_its_path(self, client, upstream):
        more = {
            "error": {"id": "session_aal2_required", "code": 403},
            "redirect_browser_to": f"{PUBLIC}/other?aal=aal2",
        }
        upstream.on("GET", f"{KRATOS}/self-service/settings/flows", 403, more)
        assert client.get("/settings?flow=flow-1").status_code == 502
