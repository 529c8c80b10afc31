"""Audiences are shown, bound in the page's ticket and granted only then (Hydra grants whatever it is told)."""

from tests.support.cases import each_case
from tests.support.pages import fields, heading, parsed, words
from tests.support.upstream import BROWSER_HYDRA, GRANTS, authorize

CONSENT = "/consent?consent_challenge=c"
VERIFIER = f"{BROWSER_HYDRA}/oauth2/auth?consent_verifier=v"
ALLOW = ("action", "accept")
API, MCP = "https://api.example.org", "https://mcp.example.org/mcp"
REGISTERED = {"audience": [API, MCP]}


def asking(upstream, **fields):
    upstream.asks("consent", **({"client": REGISTERED} | fields))
    upstream.signed_in()


def items(page):
    return [words(item) for item in parsed(page).find("dl", class_="facts").find_all("li")]


def test_every_audience_is_shown(client, upstream):
    asking(upstream, requested_access_token_audience=[API], request_url=authorize(resource=MCP))
    assert items(client.get(CONSENT)) == [API, MCP]


def test_in_the_operators_words(client_with, upstream):
    asking(upstream, requested_access_token_audience=[API])
    assert items(client_with(audiences={API: "Your invoices at Example"}).get(CONSENT)) == ["Your invoices at Example"]


@each_case("scheme", ["https", "javascript"])
def test_hostile_audiences_stay_words(client, upstream, scheme):
    asking(
        upstream, requested_access_token_audience=[f"{scheme}://\u202e<script>alert(1)</script>{'x' * 5000}", "\u200b"]
    )
    hostile, blank = items(client.get(CONSENT))
    assert hostile.startswith("%E2%80%AE%3Cscript%3E" if scheme == "https" else "javascript://<script>")
    assert len(hostile) <= 160
    assert blank == "%E2%80%8B"


def test_what_was_shown_is_granted(client, upstream):
    """N78."""
    asking(upstream, requested_access_token_audience=[API], request_url=authorize(resource=MCP))
    upstream.takes("consent", "accept", VERIFIER)
    client.submit(client.get(CONSENT), "/consent", ALLOW)
    assert upstream.body("consent/accept")["grant_access_token_audience"] == [API, MCP]


def test_nothing_is_granted_where_the_page_showed_another_audience(client, upstream):
    """N78: the ticket is for this audience: a form may come from another page."""
    asking(upstream)
    body = fields(client.get(CONSENT), "/consent")
    upstream.mock.replace("GET", upstream.url("consent"), json=consent_with([API]))
    assert client.send("/consent", [*body, ALLOW]).status_code == 403


def consent_with(audience):
    return {
        "challenge": "c",
        "subject": "ada-identity",
        "client": {"client_id": "demo"},
        "request_url": authorize(),
        "requested_scope": ["openid"],
        "requested_access_token_audience": audience,
        "context": {"kratos_session": "session-1"},
    }


@each_case("more", [{}, {"skip": True}, {"client": REGISTERED | {"skip_consent": True}}])
@each_case("resource", ["https://other.example.org", MCP + "#x", "mcp"])
def test_a_resource_that_is_not_registered_is_told_to_the_application(client, upstream, more, resource):
    asking(upstream, **more, request_url=authorize(resource=resource))
    upstream.takes("consent", "reject", VERIFIER)
    assert client.get(CONSENT).headers["Location"] == VERIFIER
    assert upstream.body("consent/reject")["error"] == "invalid_target"


def test_a_remembered_consent_does_not_cover_an_audience_nobody_listed(client, upstream):
    """N79."""
    asking(upstream, skip=True, requested_access_token_audience=[API])
    page = client.get(CONSENT)
    assert heading(page) == "Allow Demo to access your account?"
    assert items(page) == [API]


@each_case("by_resource", [True, False])
def test_nor_one_that_came_as_resource(client_with, upstream, by_resource):
    """Listed is every one, or the person is asked."""
    extra = {"request_url": authorize(resource=MCP)} if by_resource else {"requested_access_token_audience": [API, MCP]}
    asking(upstream, skip=True, **extra)
    assert client_with(audiences={API: "Invoices"}).get(CONSENT).status_code == 200


def test_it_covers_what_the_operator_lists(client_with, upstream):
    asking(upstream, skip=True, requested_access_token_audience=[API])
    upstream.takes("consent", "accept", VERIFIER)
    client_with(audiences={API: "Your invoices"}).get(CONSENT)
    assert upstream.body("consent/accept")["grant_access_token_audience"] == [API]


def test_and_what_the_same_decision_was_about(client, upstream):
    asking(upstream, skip=True, requested_access_token_audience=[API])
    upstream.chose(
        {
            "consent_request": {"client": {"client_id": "demo"}, "requested_scope": ["openid"]},
            "grant_scope": ["openid"],
            "grant_access_token_audience": [API],
            "remember": True,
            "handled_at": "2026-11-20T10:00:00Z",
        }
    )
    upstream.takes("consent", "accept", VERIFIER)

    client.get(CONSENT)

    accept = upstream.body("consent/accept")
    assert (accept["grant_scope"], accept["grant_access_token_audience"]) == (["openid"], [API])


def test_with_prompt_none_the_application_learns_that_somebody_has_to_be_asked(client, upstream):
    asking(upstream, skip=True, requested_access_token_audience=[API], request_url=authorize(prompt="none"))
    upstream.takes("consent", "reject", VERIFIER)
    client.get(CONSENT)
    assert upstream.body("consent/reject")["error"] == "consent_required"


def test_a_client_the_operator_trusts_gets_what_is_registered(client, upstream):
    asking(upstream, client=REGISTERED | {"skip_consent": True}, request_url=authorize(resource=MCP))
    upstream.takes("consent", "accept", VERIFIER)
    client.get(CONSENT)
    assert upstream.body("consent/accept")["grant_access_token_audience"] == [MCP]
    assert not upstream.sent("GET", GRANTS)
