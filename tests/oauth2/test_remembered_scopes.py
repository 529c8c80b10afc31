"""Where the consent page starts from, and when an earlier decision answers it."""

from app.oauth2.consent_policy import can_be_remembered, declined_scopes, remembered_scopes
from app.ory.challenges import Grant
from app.ory.models import SECOND
from tests.support.builders import CLIENT, NOW, authorize_url, consent_request, rfc3339
from tests.support.cases import each_case

API = "https://api.example.org"
DEVICE = "http://localhost:4444/oauth2/device/verify?client_id=demo"


def before(
    requested="openid profile email", granted="openid profile", ago=100, remember=True, remember_for=0, audience=()
):
    """A consent of so many seconds ago."""
    grant = Grant.parse(
        {
            "consent_request": {"client": CLIENT, "request_url": authorize_url(), "requested_scope": requested.split()},
            "grant_scope": granted.split(),
            "grant_access_token_audience": list(audience),
            "remember": remember,
            "remember_for": remember_for,
            "handled_at": rfc3339(NOW - ago * SECOND),
        }
    )
    assert grant
    return grant


def asking(scope="openid profile email", **more):
    return consent_request(scope=scope, **more)


def test_the_same_request_gets_the_same_decision():
    assert remembered_scopes(asking(), [before()], NOW) == ("openid", "profile")


def test_a_part_of_it_too():
    assert remembered_scopes(asking("openid email"), [before()], NOW) == ("openid",)


@each_case(
    "request_, grants",
    [
        (asking(), []),
        (asking(), [before(remember=False)]),
        (asking("openid profile email phone"), [before()]),
        (asking(), [before(requested="openid profile")]),
        (asking(), [before(remember_for=99)]),
        (asking(), [before(remember_for=100)]),
        (asking(requested_access_token_audience=[API]), [before()]),
        (asking(query={"prompt": "consent"}), [before()]),
        (asking(query={"prompt": "login consent"}), [before()]),
        (asking(query={"request_uri": "urn:x"}), [before()]),
        (asking(request_url="http://localhost:4444/oauth2/auth"), [before()]),
        (asking(request_url=DEVICE), [before()]),
        (asking(client={"token_endpoint_auth_method": "none", "redirect_uris": ["app:/cb"]}), [before()]),
        (
            asking(
                client={"token_endpoint_auth_method": "none", "redirect_uris": ["https://demo.example.org/", "a:/"]}
            ),
            [before()],
        ),
    ],
)
def test_everything_else_is_asked(request_, grants):
    """N79."""
    assert remembered_scopes(request_, grants, NOW) is None


@each_case("more", [{"client": {"token_endpoint_auth_method": "none"}}, {"query": {"prompt": "login"}}])
def test_who_can_only_be_that_application_need_not_ask(more):
    assert remembered_scopes(asking(**more), [before()], NOW) == ("openid", "profile")


def test_within_the_time_it_was_remembered_for():
    assert remembered_scopes(asking(), [before(remember_for=101)], NOW) == ("openid", "profile")


def test_the_audience_it_was_said_of():
    request = asking(requested_access_token_audience=[API])
    assert remembered_scopes(request, [before(audience=[API])], NOW) == ("openid", "profile")


def test_the_newest_remembered_decision_counts():
    grants = [before(ago=50), before(granted="openid", ago=10), before(granted="openid email", ago=30)]
    assert remembered_scopes(asking(), grants, NOW) == ("openid",)
    assert remembered_scopes(asking(), [before(), before(granted="openid email", ago=1, remember=False)], NOW) == (
        "openid",
        "profile",
    )


def test_of_the_decisions_about_as_much_as_is_asked_for():
    """An application that asks for one service, then for another, is not asked about again and again."""
    grants = [before(audience=[API], ago=30), before(granted="openid email", audience=["https://other"], ago=10)]
    assert remembered_scopes(asking(requested_access_token_audience=[API]), grants, NOW) == ("openid", "profile")
    assert remembered_scopes(asking(requested_access_token_audience=[API, "https://other"]), grants, NOW) is None


def test_what_the_operator_requires_by_now_is_asked_for():
    assert remembered_scopes(asking(), [before()], NOW, required=["email"]) is None
    assert remembered_scopes(asking(), [before()], NOW, required=["profile", "phone"]) == ("openid", "profile")


def test_the_page_starts_from_the_last_choice_remembered_or_not():
    assert declined_scopes([]) == set()
    assert declined_scopes([before(ago=9), before(granted="openid email", ago=1, remember=False)]) == {"profile"}


def test_what_was_left_out_stays_so_when_less_was_asked_for_since():
    """What is granted silently to a request for less is a consent to Hydra too, and the newest."""
    assert declined_scopes(
        [before(requested="openid profile", granted="openid", ago=1), before(granted="openid", ago=9)]
    ) == {"profile", "email"}
    assert declined_scopes(
        [before(requested="openid email", granted="openid email", ago=1), before(granted="openid", ago=9)]
    ) == {"profile"}


@each_case(
    "more, can",
    [
        ({}, True),
        ({"request_url": DEVICE}, False),
        ({"client": {"token_endpoint_auth_method": "none"}}, True),
        ({"client": {"token_endpoint_auth_method": "none", "redirect_uris": ["app:/cb"]}}, False),
        ({"client": {"redirect_uris": ["app:/cb"]}}, True),
    ],
)
def test_remember_is_offered_where_it_means_something(more, can):
    assert can_be_remembered(asking(**more)) is can
