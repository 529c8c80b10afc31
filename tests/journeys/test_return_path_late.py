"""The return way of somebody slow: flows that are over, and settings that want to be sure who is there.

A site of its own, where flows and a recent sign-in do not last, and Demo demands two factors.
"""

import itertools
import json
from collections.abc import Callable, Iterator

import pytest

from tests.journeys.site import Person, Site, site_of
from tests.journeys.traveller import Traveller, authenticator_key, totp
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


def begin(traveller: Traveller, nora: Person, page: str) -> None:
    """From the application's button to this page."""
    traveller.begin("demo" if page == "settings" else "first-party")
    if page in ("registration", "verification"):
        traveller.follow("Create account")
    if page == "verification":
        traveller.press("Create account", {"Email": nora.email})
        traveller.press("Create account", {"Password": nora.password})
    if page == "recovery":
        traveller.follow("Forgot your password?")
    if page == "settings":
        traveller.sign_in(nora)


def send(traveller: Traveller, nora: Person, page: str) -> None:
    """Press the button of this page."""
    match page:
        case "login":
            traveller.sign_in(nora)
        case "registration":
            traveller.press("Create account", {"Email": nora.email})
        case "recovery":
            traveller.press("Send me a code", {"Email": nora.email})
        case "verification":
            traveller.press("Continue", {"Code": "123456"})
        case "settings":
            traveller.press("Turn on", {"Code from your authenticator app": totp(authenticator_key(traveller))})


def finish(site: Site, traveller: Traveller, nora: Person, page: str) -> None:
    """From the fresh page into the application."""
    if page == "verification":
        return traveller.follow("Continue to First Party and verify later")
    send(traveller, nora, page)
    if page == "registration":
        traveller.press("Create account", {"Password": nora.password})
        traveller.follow("Continue to First Party and verify later")
    if page == "recovery":
        traveller.press("Continue", {"Code": site.mailed_code(nora)})
        traveller.follow("Continue to First Party without changing")
    if page == "settings":  # long after the sign-in
        confirm(traveller, nora)
        traveller.press("Allow")


def confirm(traveller: Traveller, nora: Person) -> None:
    """Prove once more who it is, as Kratos wants it before it changes a way to sign in."""
    assert traveller.page == "Verify it's you to continue to Demo"
    traveller.press("Sign in", {"Password": nora.password})


@pytest.fixture(scope="module")
def late(hurried: Site) -> Iterator[dict[tuple[str, str], tuple[Traveller, Person]]]:
    """Per page, and what is done with it: somebody who has had that page open for longer than it lives."""
    travellers = {}
    for page, act in itertools.product(PAGES, ACTS):
        traveller = Traveller(hurried)
        nora = hurried.stranger() if page in ("registration", "verification") else hurried.person("Nora")
        begin(traveller, nora, page)
        travellers[page, act] = traveller, nora
    with later(hurried.urls["kratos_admin"], LIFESPAN[hurried.stack.kind] + 0.2):
        yield travellers
    for traveller, _ in travellers.values():
        traveller.visitor.close()


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("page", PAGES)
def test_a_page_that_was_open_for_too_long(
    hurried: Site, late: dict[tuple[str, str], tuple[Traveller, Person]], page: str, act: str
) -> None:
    """Reloaded, Portico begins a new one; sent, Kratos does. Either says why, and knows the way."""
    traveller, nora = late[page, act]
    if act == "reloaded":
        traveller.reload()
        assert traveller.notice == FRESH
    else:
        send(traveller, nora, page)
        assert "This page expired" in traveller.problem
    finish(hurried, traveller, nora, page)
    claims = traveller.arrive()
    assert claims["email"] == nora.email


def test_setting_up_a_demanded_second_factor_long_after_the_sign_in(
    hurried: Site, new_traveller: Callable[[Site], Traveller]
) -> None:
    """Kratos asks for the password between the form and its effect; that page, too, is on the way to Demo."""
    traveller, ada = new_traveller(hurried), hurried.person("Ada")
    traveller.begin("demo")
    traveller.sign_in(ada)
    key = authenticator_key(traveller)
    with later(hurried.urls["kratos_admin"], RECENT[hurried.stack.kind] + 0.2):
        traveller.press("Turn on", {"Code from your authenticator app": totp(key)})
        confirm(traveller, ada)
        traveller.press("Allow")
    assert traveller.arrive()["acr"] == "aal2"
