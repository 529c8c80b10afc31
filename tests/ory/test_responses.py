"""Statuses and error ids become named exceptions (contract B5 and C5)."""

import json
from datetime import UTC, datetime

import pytest
import responses

from app import errors
from app.ory import responses as outcomes
from app.ory.kratos import Kratos
from app.ory.transport import Reply, Transport
from tests.support.cases import each_case

BASE = "http://kratos.internal:1"


def reply(status, body=None, **headers):
    return Reply(status, headers, json.dumps({} if body is None else body).encode())


HYDRA = [
    (301, errors.UpstreamRefused),
    (400, errors.UpstreamRefused),
    (401, errors.NotLetIn),
    (403, errors.NotLetIn),
    (404, errors.ChallengeGone),
    (409, errors.UpstreamRefused),
    (410, errors.ChallengeUsed),
    (429, errors.UpstreamBusy),
    (500, errors.UpstreamUnavailable),
    (504, errors.UpstreamUnavailable),
]
KRATOS = [
    (400, {}, errors.UpstreamRefused),
    (401, {}, errors.NotSignedIn),
    (403, {}, errors.UpstreamRefused),
    (403, {"error": {"id": "security_csrf_violation"}}, errors.FlowGone),
    (403, {"error": {"id": "security_identity_mismatch"}}, errors.FlowGone),
    (403, {"error": {"id": "session_aal2_required"}}, errors.UpstreamRefused),
    (403, {"redirect_browser_to": "http://x"}, errors.FlowElsewhere),
    (403, {"error": {"details": {"redirect_browser_to": "http://x"}}}, errors.FlowElsewhere),
    (403, {"redirect_browser_to": 7}, errors.UpstreamRefused),
    (404, {}, errors.FlowGone),
    (410, {}, errors.FlowGone),
    (422, {}, errors.UpstreamRefused),
    (422, {"redirect_browser_to": "http://x"}, errors.FlowElsewhere),
    (400, {"redirect_browser_to": "http://x"}, errors.UpstreamRefused),
    (429, {}, errors.UpstreamBusy),
    (502, {}, errors.UpstreamUnavailable),
]


@each_case("status, error", HYDRA)
def test_a_status_of_hydra_has_a_name(status, error):
    with pytest.raises(errors.PorticoError) as raised:
        outcomes.hydra(reply(status))
    assert type(raised.value) is error


EXPIRED = {"error": "request_unauthorized", "error_description": "... The login request has expired, ..."}


def test_only_hydras_own_words_mean_an_expired_challenge():
    """What guards an admin API answers 401 too, to every challenge."""
    with pytest.raises(errors.ChallengeExpired):
        outcomes.hydra(reply(401, EXPIRED))


@each_case("body", [b"", b"Unauthorized", b"[]", b'{"error":{"code":401,"status":"Unauthorized"}}'])
@each_case("status", [401, 403])
def test_any_other_401_or_403_names_the_setting_and_nothing_of_the_body(status, body):
    with pytest.raises(errors.NotLetIn) as raised:
        outcomes.hydra(Reply(status, {}, body))
    assert str(raised.value) == f"Hydra: does not let Portico in: see PORTICO_HYDRA_ADMIN_TOKEN ({status})"


@each_case("status, body, error", KRATOS)
def test_a_status_of_kratos_has_a_name(status, body, error):
    """F12."""
    with pytest.raises(errors.PorticoError) as raised:
        outcomes.kratos_flow(reply(status, body))
    assert type(raised.value) is error


@each_case(
    "status, error",
    [
        *((401, errors.NotSignedIn), (403, errors.UpstreamRefused), (404, errors.FlowGone), (410, errors.FlowGone)),
        *((422, errors.UpstreamRefused), (429, errors.UpstreamBusy), (503, errors.UpstreamUnavailable)),
    ],
)
def test_a_status_of_kratos_has_its_name_also_when_a_proxy_words_it(status, error):
    """In front of Kratos stands a proxy that has pages of its own."""
    with pytest.raises(errors.PorticoError) as raised:
        outcomes.kratos_flow(Reply(status, {}, b"<html>Sorry</html>"))
    assert type(raised.value) is error


@each_case("body", [{"redirect_browser_to": "http://x"}, {"details": {"redirect_browser_to": "http://x"}}])
def test_another_page_that_comes_first_is_named(body):
    """Kratos tells it beside the error, or in the error's details."""
    with pytest.raises(errors.FlowElsewhere) as raised:
        outcomes.kratos_flow(reply(403, {"error": body} if "details" in body else body))
    assert raised.value.redirect_to == "http://x"


@each_case("body", [{"use_flow_id": "next"}, {"error": {"details": {"use_flow_id": "next"}}}])
def test_the_flow_that_took_the_place_of_another_is_named(body):
    """F12: Kratos tells it beside the error."""
    with pytest.raises(errors.FlowGone) as raised:
        outcomes.kratos_flow(reply(410, body))
    assert raised.value.successor == "next"


@each_case("status", [200, 201])
def test_a_good_answer_is_its_body(status):
    assert outcomes.hydra(reply(status, {"a": 1})) == {"a": 1}


def test_no_content_is_no_body():
    assert outcomes.hydra(Reply(204, {}, b"")) == {}


def test_a_used_challenge_says_where_to_go_on():
    with pytest.raises(errors.ChallengeUsed) as raised:
        outcomes.hydra(reply(410, {"redirect_to": "http://x"}))
    assert raised.value.redirect_to == "http://x"


@each_case(
    "body, reason, back",
    [
        ({"error": {"details": {"return_to": "http://x"}}}, "expired", "http://x"),
        ({"error": {"details": None}}, "expired", ""),
        ({"error": "x"}, "expired", ""),
        ([], "expired", ""),
    ],
)
def test_an_expired_flow_says_where_it_led(body, reason, back):
    with pytest.raises(errors.FlowGone) as raised:
        outcomes.kratos_flow(reply(410, body))
    assert (raised.value.reason, raised.value.return_to) == (reason, back)


@each_case("retry_after, seconds", [("7", 7), ("", None), ("soon", None), ("-7", None), ("1e3", None), ("٣", None)])
def test_how_long_to_wait_is_a_whole_number(retry_after, seconds):
    with pytest.raises(errors.UpstreamBusy) as raised:
        outcomes.hydra(Reply(429, {"Retry-After": retry_after}, b"{}"))
    assert raised.value.retry_after == seconds


def test_a_refusal_carries_the_id_and_nothing_of_the_text():
    with pytest.raises(errors.UpstreamRefused) as raised:
        outcomes.hydra(reply(400, {"error": "invalid_request", "error_description": "ada@example.org"}))
    assert raised.value.error_id == "invalid_request"
    assert "ada" not in str(raised.value)


@each_case("body", [b"", b"<html>", b"[" * 100_000, b"\xff"])
def test_an_error_without_a_readable_body_is_still_an_error(body):
    with pytest.raises(errors.UpstreamUnavailable):
        outcomes.hydra(Reply(500, {}, body))


def whoami(status, body, date):
    with responses.RequestsMock() as mock:
        headers = {} if date is None else {"Date": date}
        mock.add("GET", f"{BASE}/sessions/whoami", json=body, status=status, headers=headers)
        return Kratos(Transport(), BASE).whoami("a=b")


class TestNow:
    """Kratos' own clock: no other is compared with its times (F13)."""

    MOMENT = int(datetime(2026, 11, 21, 12, 0, 5, tzinfo=UTC).timestamp()) * 1_000_000

    def test_a_session_that_is_none_is_not_surely_nobody(self):
        """Found by the machine (I1): the next answer may tell of a proof that was given just before this one."""
        now = "Sat, 21 Nov 2026 12:00:05 GMT"
        assert whoami(200, {"active": True, "identity": None}, now).session_unusable
        assert not whoami(401, {}, now).session_unusable

    @each_case("status", [200, 401])
    def test_it_is_the_date_of_the_answer(self, status):
        assert whoami(status, {"active": False}, "Sat, 21 Nov 2026 12:00:05 GMT").now == self.MOMENT

    def test_also_when_a_second_factor_is_owed(self):
        answer = whoami(403, {"error": {"id": "session_aal2_required"}}, "Sat, 21 Nov 2026 12:00:05 GMT")
        assert (answer.now, answer.aal2_required) == (self.MOMENT, True)

    @each_case(
        "date",
        [
            *(None, "", "now", "2026-11-21T12:00:05Z", "Sat, 99 Nov 2026 12:00:05 GMT"),
            *("Sat, 21 Nov 2026 99:00:05 GMT", "Sat, 21 Nov 99999999999 12:00:05 GMT"),
            "Sat, 21 Nov 2026 12:00:05 +99999999999999",
        ],
    )
    def test_without_one_nothing_can_be_decided(self, date):
        with pytest.raises(errors.UpstreamBadReply):
            whoami(401, {}, date)

    def test_another_zone_is_the_same_moment(self):
        assert whoami(401, {}, "Sat, 21 Nov 2026 13:00:05 +0100").now == self.MOMENT


@each_case("error", [{}, {"id": "security_csrf_violation"}, {"id": None}])
def test_a_403_for_another_reason_is_nobody_who_owes_a_factor(error):
    with pytest.raises(errors.UpstreamRefused):
        whoami(403, {"error": error}, "Sat, 21 Nov 2026 12:00:05 GMT")


@each_case("status", [400, 403, 500])
def test_a_sign_out_that_kratos_refuses_is_an_error(status):
    with responses.RequestsMock() as mock:
        mock.add("GET", f"{BASE}/self-service/logout/browser", json={"logout_token": "t"})
        mock.add("GET", f"{BASE}/self-service/logout", json={}, status=status)
        with pytest.raises(errors.UpstreamError):
            Kratos(Transport(), BASE).sign_out("a=b")


def test_signing_out_nobody_is_no_error():
    with responses.RequestsMock() as mock:
        mock.add("GET", f"{BASE}/self-service/logout/browser", json={}, status=401)
        Kratos(Transport(), BASE).sign_out("a=b")
        assert len(mock.calls) == 1
