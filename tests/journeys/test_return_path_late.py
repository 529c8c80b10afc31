"""The return way of somebody slow: flows that are over, and settings that want to be sure who is there.

A site of its own, where flows and a recent sign-in do not last, and Demo demands two factors.
"""

import itertools
import json
from collections.abc import Callable, Iterator

import pytest

from tests.journeys.journey import Journey, authenticator_key, totp
from tests.journeys.site import Person, Site, site_of
from tests.stack.clock import later
from tests.stack.stack import Stack

# Seconds, which a busy machine needs from a page to its answer; a stand-in's clock is set ahead.
LIFESPAN, RECENT = {"real": 15, "sandbox": 600}, {"real": 5, "sandbox": 300}
ACTS = ["reloaded", "sent"]
PAGES = ["login", "registration", "recovery", "verification", "settings"]
FRESH = "The page expired, so here's a new one. Nothing else has changed."


@pytest.fixture(scope="module")
def hurried(kind: str) -> Iterator[Site]:
    lifespans = {f"selfservice.flows.{page}.lifespan": f"{LIFESPAN[kind]}s" for page in PAGES}
    recent = {"selfservice.flows.settings.privileged_session_max_age": f"{RECENT[kind]}s"}
    demands = {"PORTICO_CLIENTS": json.dumps({"demo": {"required_aal": "aal2"}})}
    with site_of(Stack(kind, portico_env=demands, kratos=lifespans | recent)) as site:
        yield site


def begin(journey: Journey, nora: Person, page: str) -> None:
    """From the application's button to this page."""
    journey.begin("demo" if page == "settings" else "first-party")
    if page in ("registration", "verification"):
        journey.follow("Create account")
    if page == "verification":
        journey.press("Create account", {"Email": nora.email})
        journey.press("Create account", {"Password": nora.password})
    if page == "recovery":
        journey.follow("Forgot your password?")
    if page == "settings":
        journey.sign_in(nora)


def send(journey: Journey, nora: Person, page: str) -> None:
    """Press the button of this page."""
    match page:
        case "login":
            journey.sign_in(nora)
        case "registration":
            journey.press("Create account", {"Email": nora.email})
        case "recovery":
            journey.press("Send me a code", {"Email": nora.email})
        case "verification":
            journey.press("Continue", {"Code": "123456"})
        case "settings":
            journey.press("Turn on", {"Code from your authenticator app": totp(authenticator_key(journey))})


def finish(site: Site, journey: Journey, nora: Person, page: str) -> None:
    """From the fresh page into the application."""
    if page == "verification":
        return journey.follow("Continue to First Party and verify later")
    send(journey, nora, page)
    if page == "registration":
        journey.press("Create account", {"Password": nora.password})
        journey.follow("Continue to First Party and verify later")
    if page == "recovery":
        journey.press("Continue", {"Code": site.mailed_code(nora)})
        journey.follow("Continue to First Party without changing")
    if page == "settings":  # long after the sign-in
        confirm(journey, nora)
        journey.press("Allow")


def confirm(journey: Journey, nora: Person) -> None:
    """Prove once more who it is, as Kratos wants it before it changes a way to sign in."""
    assert journey.page == "Verify it's you to continue to Demo"
    journey.press("Sign in", {"Password": nora.password})


@pytest.fixture(scope="module")
def late(hurried: Site) -> Iterator[dict[tuple[str, str], tuple[Journey, Person]]]:
    """Per page, and what is done with it: somebody who has had that page open for longer than it lives."""
    journeys = {}
    for page, act in itertools.product(PAGES, ACTS):
        journey = Journey(hurried)
        nora = hurried.stranger() if page in ("registration", "verification") else hurried.person("Nora")
        begin(journey, nora, page)
        journeys[page, act] = journey, nora
    with later(hurried.urls["kratos_admin"], LIFESPAN[hurried.stack.kind] + 0.2):
        yield journeys
    for journey, _ in journeys.values():
        journey.visitor.close()


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_was_open_for_too_long(
    hurried: Site, late: dict[tuple[str, str], tuple[Journey, Person]], page: str, act: str
) -> None:
    """Reloaded, Portico begins a new one; sent, Kratos does. Either says why, and knows the way."""
    journey, nora = late[page, act]
    if act == "reloaded":
        journey.reload()
        assert journey.notice == FRESH
    else:
        send(journey, nora, page)
        assert "This page expired" in journey.problem
    finish(hurried, journey, nora, page)
    claims = journey.arrive()
    assert claims["email"] == nora.email


def test_setting_up_a_demanded_second_factor_long_after_the_sign_in(
    hurried: Site, new_journey: Callable[[Site], Journey]
) -> None:
    """Kratos asks for the password between the form and its effect; that page, too, is on the way to Demo."""
    journey, ada = new_journey(hurried), hurried.person("Ada")
    journey.begin("demo")
    journey.sign_in(ada)
    key = authenticator_key(journey)
    with later(hurried.urls["kratos_admin"], RECENT[hurried.stack.kind] + 0.2):
        journey.press("Turn on", {"Code from your authenticator app": totp(key)})
        confirm(journey, ada)
        journey.press("Allow")
    assert journey.arrive()["acr"] == "aal2"
