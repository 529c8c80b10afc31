"""The consent page starts from the last choice; answered once, it says so; too late, it says for whom it was."""

import pytest

from tests.support.cases import each_case
from tests.support.pages import fields, heading, parsed, words
from tests.support.upstream import BROWSER_HYDRA, EXPIRED, GRANTS, HYDRA, KRATOS, authorize

CONSENT = "/consent?consent_challenge=c"
VERIFIER = f"{BROWSER_HYDRA}/oauth2/auth?consent_verifier=v"
ALLOW, DENY = ("action", "accept"), ("action", "deny")
SCOPES = ["openid", "email", "photos"]
HOME = "https://demo.example.org/"
DEVICE = f"{BROWSER_HYDRA}/oauth2/device/verify?client_id=demo"


def chose(granted=("openid", "email"), client_id="demo", **more):
    return {
        "consent_request": {"client": {"client_id": client_id}, "requested_scope": SCOPES, "request_url": authorize()},
        "grant_scope": list(granted),
        "remember": True,
        "remember_for": 0,
        "handled_at": "2026-11-20T10:00:00Z",
    } | more


def asking(upstream, *before, **fields):
    upstream.chose(*before)
    upstream.asks("consent", **({"requested_scope": SCOPES} | fields))
    upstream.signed_in()


def links(page):
    return [link["href"] for link in parsed(page).find_all("a", href=True)]


def ticked(page):
    scopes = parsed(page).select("fieldset [name=grant_scope]")
    return [scope["value"] for scope in scopes if scope["type"] == "hidden" or scope.has_attr("checked")]


def test_the_same_request_is_not_asked_again_and_gets_the_same(client, upstream):
    asking(upstream, chose())
    upstream.takes("consent", "accept", VERIFIER)
    assert client.get(CONSENT).headers["Location"] == VERIFIER
    accept = upstream.body("consent/accept")
    assert accept["grant_scope"] == ["openid", "email"]
    assert accept["remember"] is False, "or the time it was remembered for would begin anew"
    assert accept["remember_for"] == 1, "or Hydra's list would grow with every sign-in"
    assert "subject=ada-identity" in str(upstream.sent("GET", GRANTS)[0].url)


@each_case(
    "before, fields, boxes",
    [
        ([], {}, SCOPES),
        ([chose(remember=False)], {}, ["openid", "email"]),
        ([chose(client_id="other")], {}, SCOPES),
        ([chose(remember_for=60)], {}, ["openid", "email"]),
        ([chose()], {"requested_scope": [*SCOPES, "new"]}, ["openid", "email", "new"]),
        ([chose()], {"request_url": authorize(prompt="consent")}, ["openid", "email"]),
        ([chose()], {"request_url": DEVICE}, ["openid", "email"]),
        ([chose()], {"request_url": authorize(request_uri="https://app.example.org/r")}, ["openid", "email"]),
    ],
)
def test_else_the_page_starts_from_it(client, upstream, before, fields, boxes):
    asking(upstream, *before, **fields)
    assert ticked(client.get(CONSENT)) == boxes


def test_what_is_required_is_ticked_whatever_was_chosen(client_with, upstream):
    asking(upstream, chose())
    assert ticked(client_with(clients={"demo": {"required_scopes": ["photos"]}}).get(CONSENT)) == [
        "openid",
        "photos",
        "email",
    ]


@each_case("status", [500, 404, 429])
def test_where_hydra_does_not_tell_the_person_is_asked(client, upstream, status):
    asking(upstream)
    upstream.mock.replace("GET", GRANTS, status=status, json={})
    assert ticked(client.get(CONSENT)) == SCOPES


def test_where_hydra_tells_too_much_the_person_is_asked(client, upstream):
    """The consents come in no order: a stricter one may be among those that were not read."""
    asking(upstream)
    more = {"Link": f'<{GRANTS}?page_token=more>; rel="next"'}
    upstream.mock.replace("GET", GRANTS, json=[chose()], headers=more)
    assert heading(client.get(CONSENT)) == "Allow Demo to access your account?"


def test_a_consent_that_hydra_skips_is_not_looked_up(client, upstream):
    asking(upstream, skip=True)
    upstream.takes("consent", "accept", VERIFIER)
    client.get(CONSENT)
    assert not upstream.sent("GET", GRANTS)


@each_case(
    "about, offered",
    [
        ({}, True),
        ({"token_endpoint_auth_method": "none"}, True),
        ({"token_endpoint_auth_method": "none", "redirect_uris": ["com.example.app:/cb"]}, False),
    ],
)
def test_remember_is_offered_where_it_means_something_else_it_says_so(client, upstream, about, offered):
    asking(upstream, client=about)
    page = client.get(CONSENT)
    assert bool(parsed(page).find("input", {"name": "remember"})) is offered
    assert ("You're asked each time" in page.text) is not offered


def test_a_posted_remember_means_nothing_there(client, upstream):
    asking(upstream, client={"token_endpoint_auth_method": "none", "redirect_uris": ["com.example.app:/cb"]})
    upstream.takes("consent", "accept", VERIFIER)
    client.send("/consent", [*fields(client.get(CONSENT), "/consent"), ("remember", "true"), ALLOW])
    assert upstream.body("consent/accept")["remember"] is False


class TestAnswered:
    """N80."""

    @pytest.fixture(params=[ALLOW, DENY], ids=["allowed", "denied"])
    def page(self, request, client, upstream):
        """A consent page that was answered."""
        asking(upstream, client={"client_uri": HOME})
        page = client.get(CONSENT)
        upstream.takes("consent", "accept" if request.param == ALLOW else "reject", VERIFIER)
        assert client.submit(page, "/consent", request.param).headers["Location"] == VERIFIER
        return page

    def test_back_says_that_it_is_answered_and_leads_to_the_application(self, client, page):
        again = client.get(CONSENT)
        assert (again.status_code, heading(again)) == (410, "You've already answered")
        assert HOME in links(again)

    @pytest.mark.parametrize("action", [ALLOW, DENY])
    def test_a_second_press_sends_nothing_and_is_in_the_log(self, client, upstream, page, action, logs):
        again = client.submit(page, "/consent", action)
        assert heading(again) == "You've already answered"
        assert len(upstream.sent("PUT")) == 1
        assert '"reason": "answered_before"' in logs.getvalue()

    def test_also_when_it_has_expired_since(self, client, upstream, page):
        upstream.mock.replace("GET", upstream.url("consent"), status=401, json=EXPIRED)
        answered = client.get(CONSENT)
        assert heading(answered) == "You've already answered"
        assert "Demo already has your answer" in words(parsed(answered))

    def test_also_when_its_login_was_opened_and_accepted_once_more(self, client, upstream):
        """Hydra takes a second accept and makes another challenge of it, but refuses what becomes of that."""
        asking(upstream, login_challenge="0123abcd")
        upstream.takes("consent", "accept", VERIFIER)
        client.submit(client.get(CONSENT), "/consent", ALLOW)
        assert heading(client.get("/consent?consent_challenge=d")) == "You've already answered"

    def test_another_one_is_asked_as_ever(self, client, page):
        assert heading(client.get("/consent?consent_challenge=d")) == "Allow Demo to access your account?"


def test_an_answer_that_hydra_did_not_take_can_be_given_again(client, upstream):
    """F02."""
    asking(upstream)
    page = client.get(CONSENT)
    upstream.on("PUT", f"{upstream.url('consent')}/accept", 503)
    assert client.submit(page, "/consent", ALLOW).status_code == 503
    assert heading(client.get(CONSENT)) == "Allow Demo to access your account?"


def test_many_answers_do_not_fill_the_cookie(client, upstream):
    asking(upstream)
    upstream.takes("consent", "accept", VERIFIER)
    for number in range(30):
        address = f"/consent?consent_challenge=c{number}"
        client.submit(client.get(address), "/consent", ALLOW)

    assert client.get("/consent?consent_challenge=c29").status_code == 410
    assert client.get("/consent?consent_challenge=c0").status_code == 200
    cookie = client.get_cookie("portico")
    assert cookie
    assert len(cookie.value) < 1000


class TestTooLate:
    @pytest.fixture
    def page(self, client, upstream):
        """A consent page that was open for too long."""
        asking(upstream, client={"client_uri": HOME})
        page = client.get(CONSENT)
        upstream.mock.replace("GET", upstream.url("consent"), status=401, json=EXPIRED)
        return page

    @pytest.mark.parametrize("how", ["reload", "allow"])
    def test_it_names_the_application_and_leads_back(self, client, page, how):
        late = client.get(CONSENT) if how == "reload" else client.submit(page, "/consent", ALLOW)
        assert late.status_code == 410
        assert "This took too long. Open Demo again" in words(parsed(late))
        assert HOME in links(late)

    def test_one_that_was_used_goes_on_where_hydra_says(self, client, upstream, page):
        upstream.mock.replace("GET", upstream.url("consent"), status=410, json={"redirect_to": VERIFIER})
        assert client.get(CONSENT).headers["Location"] == VERIFIER

    def test_of_another_challenge_nothing_is_known(self, client, page):
        assert "Demo" not in client.get("/consent?consent_challenge=d").text

    def test_where_nobody_is_signed_in_any_more_nothing_is_told(self, client, upstream, page):
        upstream.mock.remove("GET", f"{HYDRA.replace('hydra', 'kratos').replace('4445', '4433')}/sessions/whoami")
        upstream.nobody()
        assert "Demo" not in client.get(CONSENT).text


def test_a_page_that_is_too_late_while_kratos_fails_says_that_first(client, upstream):
    asking(upstream)
    client.get(CONSENT)
    upstream.mock.replace("GET", upstream.url("consent"), status=401, json=EXPIRED)
    upstream.mock.remove("GET", f"{KRATOS}/sessions/whoami")
    upstream.whoami({}, 500)
    assert client.get(CONSENT).status_code == 503
