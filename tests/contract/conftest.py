"""Either Kratos and either Hydra, and people at them: what a test promises of the one it promises of both."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
import requests

from kratos.recorder import demo
from tests.contract.hydra_stacks import Browser as HydraBrowser
from tests.contract.hydra_stacks import Hydra, Running
from tests.contract.kratos_people import Mailbox, Person
from tests.stack.browser import Browser
from tests.stack.clock import later
from tests.stack.kratos import Kratos, running


@pytest.fixture(scope="session")
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as server:
        yield server
        server.shutdown()


@pytest.fixture(scope="session", params=["sandbox", pytest.param("real", marks=pytest.mark.real)])
def kratos(request: pytest.FixtureRequest, mailbox: Mailbox) -> Iterator[Kratos]:
    """Either server, its flows living 10 s."""
    with running(request.param, courier_url=mailbox.url) as server:
        yield server


@pytest.fixture(scope="session")
def recorded_now(kratos: Kratos) -> dict[str, Any]:
    """What the recorder records from this server; what it waits for comes by `later`."""
    with ExitStack() as waited, pytest.MonkeyPatch.context() as patch:
        wait = lambda end: waited.enter_context(later(kratos.admin_url, end - time.time()))  # noqa: E731
        patch.setattr(demo, "wait_until", wait)
        return dict(demo.DemoRecorder(kratos).everything())


@pytest.fixture
def new_person(kratos: Kratos) -> Callable[..., Person]:
    return maker_of_people(kratos)


def maker_of_people(kratos: Kratos) -> Callable[..., Person]:
    """Give a function that makes somebody new with a password."""

    def make(**payload: Any) -> Person:
        email, password = f"{uuid4()}@example.org", f"password-{uuid4()}"
        credentials = {"password": {"config": {"password": password}}}
        body = {"schema_id": "person", "traits": {"email": email}, "credentials": credentials} | payload
        answer = requests.post(f"{kratos.admin_url}/admin/identities", json=body, timeout=60)
        assert answer.status_code == 201, answer.text
        by_password = {"method": "password", "identifier": email, "password": password}
        return Person(answer.json()["id"], email, password, by_password, {"method": "code", "identifier": email})

    return make


@pytest.fixture
def person(new_person: Callable[..., Person]) -> Person:
    return new_person()


@pytest.fixture
def visitor(kratos: Kratos) -> Iterator[Browser]:
    """A browser nobody is signed in with."""
    browser = Browser(kratos.public_url)
    yield browser
    browser.http.close()


@pytest.fixture
def signed_in(visitor: Browser, person: Person) -> Browser:
    """The same browser, `person` signed in with a password."""
    answer = visitor.post(visitor.login(), **person.by_password)
    assert answer.status_code == 303, answer.text
    return visitor


@pytest.fixture(scope="session")
def sandbox_hydra() -> Iterator[Hydra]:
    with Running("sandbox") as running:
        yield running.hydra


@pytest.fixture(scope="session")
def real_hydra() -> Iterator[Hydra]:
    with Running("real") as running:
        yield running.hydra


@pytest.fixture(scope="session", params=["sandbox", pytest.param("real", marks=pytest.mark.real)])
def hydra(request: pytest.FixtureRequest) -> Hydra:
    """Either server."""
    chosen: Hydra = request.getfixturevalue(f"{request.param}_hydra")
    return chosen


@pytest.fixture
def browser(hydra: Hydra) -> Iterator[HydraBrowser]:
    new = HydraBrowser(hydra)
    yield new
    new.session.close()


@pytest.fixture
def subject() -> str:
    """A person nobody has met yet: consents are remembered across tests."""
    return str(uuid4())
