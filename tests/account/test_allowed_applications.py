"""Hydra's consent sessions as the applications a person allowed."""

from typing import Any

from app.account.allowed_applications import AllowedApplication, applications
from app.ory.challenges import Grant
from tests.support.builders import CLIENT, authorize_url, jwt
from tests.support.cases import each_case

DAY = 86_400  # seconds
AT = "2026-11-21T09:00:00Z"


def row(client: Any = CLIENT, request_url: Any = None, **about: Any) -> dict[str, Any]:
    """A consent session as Hydra tells it."""
    request = {"client": client, "request_url": authorize_url() if request_url is None else request_url}
    body = {"grant_scope": ["openid"], "remember": False, "remember_for": 0, "handled_at": AT}
    return body | {"consent_request": request} | about


def listed(*rows: Any, **words: str) -> tuple[AllowedApplication, ...]:
    """The entries of the page."""
    return applications([grant for row in rows if (grant := Grant.parse(row))], words, {}, "en")


def entry(**about: Any) -> AllowedApplication:
    """The entry of one consent session."""
    [application] = listed(row(**about))
    return application


def remembered(seconds: Any = 0, **about: Any) -> dict[str, Any]:
    return row(remember=True, remember_for=seconds, **about)


def test_name_id_host_and_time_are_told():
    application = entry()
    assert (application.id, application.title, application.hosts) == ("demo", "Demo", ("demo.example.org",))
    assert str(application.since) == "2026-11-21 09:00:00+00:00"


def test_an_application_without_a_name_is_called_by_its_id():
    assert entry(client={"client_id": "demo"}).title == "demo"


@each_case(
    "request_url",
    [
        "",
        "http://localhost:4444/oauth2/auth?request_uri=urn:x",
        5,
        {},
        authorize_url(redirect_uri="https://accounts.bank.example/"),
        authorize_url(request=jwt({"redirect_uri": "https://accounts.bank.example/"})),
    ],
)
def test_where_the_request_names_no_registered_address_every_registered_one_is_told(request_url):
    """Whatever the request says: what is not registered is not where an answer went."""
    client = CLIENT | {"redirect_uris": ["https://demo.example.org/callback", "com.example.app:/cb"]}
    assert entry(client=client, request_url=request_url).hosts == ("demo.example.org", "")


def test_where_there_is_no_address_at_all_no_host_is_told():
    assert entry(client={"client_id": "television"}, request_url="").hosts == ()


def test_scopes_are_told_in_the_words_of_the_consent_page_lasting_access_last():
    [application] = listed(
        row(grant_scope=["offline_access", "email", "invoices.read", "raw"]), **{"invoices.read": "Pay"}
    )
    assert [words.split(",")[0] for words in application.may] == [
        "See your email address",
        "Pay",
        "raw",
        "Keep its access when you're not using it",
    ]


class TestRemembered:
    def test_a_consent_of_one_time_asks_at_every_sign_in(self):
        application = entry()
        assert (application.asks, application.until) == (True, None)

    def test_one_for_ever_does_not_ask_again(self):
        [application] = listed(remembered())
        assert (application.asks, application.until) == (False, None)

    def test_one_with_an_end_says_until_when(self):
        [application] = listed(remembered(DAY))
        assert (application.asks, str(application.until)) == (False, "2026-11-22 09:00:00+00:00")

    @each_case("seconds", [None, "x", -5, 10**30])
    def test_an_odd_end_is_none(self, seconds):
        [application] = listed(remembered(seconds))
        assert (application.asks, application.until) == (False, None)

    @each_case("odd", [None, "true", 1])
    def test_only_true_is_remembered(self, odd):
        assert entry(remember=odd).asks is True

    def test_without_a_time_there_is_no_end_to_tell(self):
        [application] = listed(remembered(DAY, handled_at=None))
        assert (application.since, application.asks, application.until) == (None, False, None)


class TestSeveralConsents:
    def test_of_one_application_are_one_entry_with_all_scopes_since_the_first(self):
        older = row(grant_scope=["openid", "email"], handled_at="2026-11-01T08:00:00Z")
        [application] = listed(older, row(grant_scope=["openid", "photos"]))
        assert [words.split(":")[0][:15] for words in application.may] == [
            "See your accoun",
            "photos",
            "See your email ",
        ]
        assert str(application.since) == "2026-11-01 08:00:00+00:00"

    def test_the_one_remembered_longest_counts(self):
        [application] = listed(row(), remembered(DAY), remembered(2 * DAY))
        assert str(application.until) == "2026-11-23 09:00:00+00:00"

    def test_the_newest_says_what_the_application_is_called_and_where_it_is(self):
        old = row(client=CLIENT | {"client_name": "Old"}, handled_at="2026-11-01T08:00:00Z")
        assert [application.title for application in listed(old, row())] == ["Demo"]

    def test_applications_come_with_the_newest_first(self):
        old = row(client={"client_id": "old"}, handled_at="2026-11-01T08:00:00Z")
        unknown = row(client={"client_id": "unknown"}, handled_at="soon")
        assert [application.id for application in listed(unknown, old, row())] == ["demo", "old", "unknown"]


@each_case("skips, by_operator", [(True, True), (False, False), ("true", False), (None, False)])
def test_what_the_operator_allowed_is_told_as_that(skips, by_operator):
    assert entry(client=CLIENT | {"skip_consent": skips}).by_operator is by_operator


def test_a_public_application_that_anybody_could_be_is_asked_about_whatever_the_operator_allows():
    client = CLIENT | {"skip_consent": True, "token_endpoint_auth_method": "none"}
    assert entry(client=client).by_operator
    assert not entry(client=client | {"redirect_uris": ["com.example.app:/cb"]}).by_operator


@each_case("odd", [None, 5, "x", [], {}, {"consent_request": None}, {"consent_request": {"client": []}}])
def test_what_names_no_application_is_left_out(odd):
    assert listed(odd) == ()
