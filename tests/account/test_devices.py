"""A person's sessions in words."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.account.devices import METHODS, RECENT, SignIn
from app.ory.models import Session, micros
from tests.support.cases import each_case

NOW = micros("2026-11-21T12:00:00Z") or 0
AGENTS = {
    ("Firefox", "Linux"): "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    (
        "Firefox",
        "iPhone",
    ): "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "FxiOS/140.0 Mobile/15E148 Safari/605.1.15",
    ("Chrome", "Windows"): "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36",
    ("Chrome", "Android"): "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
    "Mobile Safari/537.36",
    ("Chrome", "ChromeOS"): "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36",
    ("Chrome", "iPad"): "Mozilla/5.0 (iPad; CPU OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "CriOS/142.0.0.0 Mobile/15E148 Safari/604.1",
    ("Edge", "Windows"): "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
    ("Opera", "macOS"): "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36 OPR/126.0.0.0",
    ("Samsung Internet", "Android"): "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile Safari/537.36",
    ("Safari", "macOS"): "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/26.0 Safari/605.1.15",
    (
        "Safari",
        "iPhone",
    ): "Mozilla/5.0 (iPhone; CPU iPhone OS 18_7 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/26.0 Mobile/15E148 Safari/604.1",
    ("DuckDuckGo", "Android"): "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/142.0.0.0 Mobile DuckDuckGo/5 Safari/537.36",
    ("Vivaldi", "Linux"): "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 "
    "Safari/537.36 Vivaldi/7.6.3797.63",
    ("", ""): "curl/8.5.0",
    ("", "macOS"): "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)",
}


def read(**more: Any) -> SignIn:
    """A session as a row of the page; issued an hour ago."""
    raw = {
        "id": "session-1",
        "active": True,
        "issued_at": "2026-11-21T11:00:00Z",
        "authenticated_at": "2026-11-21T11:30:00Z",
        "authentication_methods": [{"method": "password", "aal": "aal1"}],
        "identity": {"id": "ada"},
    }
    session = Session.parse(raw | more)
    assert session
    return SignIn.of(session, NOW)


def of_device(**about: Any) -> SignIn:
    """A session whose only device this is."""
    return read(devices=[about])


@each_case("expected", AGENTS)
def test_the_usual_browsers_are_recognised(expected):
    sign_in = of_device(user_agent=AGENTS[expected])
    assert (sign_in.browser, sign_in.system) == expected


@given(st.text())
def test_no_user_agent_is_too_odd(agent):
    assert isinstance(of_device(user_agent=agent).browser, str)


@each_case("devices", [None, [], [None], "x", {}, [{"user_agent": None, "ip_address": 5, "location": []}]])
def test_missing_devices_are_unknown_ones(devices):
    sign_in = read(devices=devices)
    assert (sign_in.browser, sign_in.system, sign_in.place, sign_in.address) == ("", "", "", "")


@each_case(
    "address, shown",
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:58474", "192.0.2.7"),
        ("2001:db8::7", "2001:db8::7"),
        ("[2001:db8::7]:58474", "2001:db8::7"),
    ],
)
def test_an_address_is_shown_without_its_port(address, shown):
    """Kratos keeps the port where no proxy tells it the address."""
    assert of_device(ip_address=address).address == shown


def test_a_place_is_what_kratos_was_told_and_no_longer_than_a_line():
    assert of_device(location="Leipzig, DE").place == "Leipzig, DE"
    assert len(of_device(location="x" * 999).place) == 60


def test_a_session_began_when_it_was_issued():
    """`authenticated_at` moves with every "confirm it is you"."""
    sign_in = read()
    assert str(sign_in.since) == "2026-11-21 11:00:00+00:00"
    assert sign_in.age == timedelta(hours=1)


def test_without_a_time_of_issue_the_last_proof_counts():
    assert str(read(issued_at=None).since) == "2026-11-21 11:30:00+00:00"


def test_without_any_time_nothing_is_said_of_it():
    sign_in = read(issued_at="soon", authenticated_at=None)
    assert (sign_in.since, sign_in.age) == (None, None)


@each_case(
    "began, age",
    [(NOW, timedelta(0)), (NOW - 31 * 86_400_000_000 + 1_000_000, RECENT), (NOW - 31 * 86_400_000_000, None)],
)
def test_how_long_ago_is_told_of_the_last_month_only(began, age):
    """A date tells more of what is longer ago."""
    shown = read(issued_at=datetime.fromtimestamp(began / 1_000_000, UTC).isoformat()).age
    assert shown == (age and age - timedelta(seconds=age == RECENT))


@each_case("name", METHODS)
def test_every_method_of_kratos_has_words(name):
    assert read(authentication_methods=[{"method": name}]).methods == ((METHODS[name], ""),)


def test_an_unknown_method_is_told_as_one():
    assert read(authentication_methods=[{"method": "telepathy"}, {}, None]).methods == (("another method", ""),)


def test_methods_come_once_each_and_in_order():
    proofs = [{"method": "password"}, {"method": "totp"}, {"method": "password"}]
    assert read(authentication_methods=proofs).methods == (("password", ""), ("authenticator app", ""))


def test_a_social_sign_in_names_its_provider():
    proofs = [{"method": "oidc", "provider": "demo-id"}, {"method": "oidc", "provider": "other"}]
    assert read(authentication_methods=proofs).methods == ((METHODS["oidc"], "demo-id"), (METHODS["oidc"], "other"))


@each_case("aal, two", [("aal1", False), ("aal2", True), ("aal0", False), (None, False)])
def test_two_factors_are_what_kratos_calls_aal2(aal, two):
    assert read(authenticator_assurance_level=aal).two_factors is two
