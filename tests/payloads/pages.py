"""The bodies of this directory as the pages Portico makes of them, each rendered once for all tests."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

import responses
from bs4 import BeautifulSoup, Tag
from werkzeug.test import TestResponse

from app.selfservice.fields import DESTRUCTIVE
from tests.payloads.bodies import NAMES, kind_of, load, name_of, nodes
from tests.support.cases import each_of
from tests.support.fixtures import _default_app, browser
from tests.support.pages import parsed
from tests.support.upstream import KRATOS, Upstream, without_schemas

# Bodies whose page shows one task, because an application waits: the groups it shows, and Kratos' script.
ONE_TASK = {
    "settings/after_recovery": {"default", "password", "passkey", "script"},
    "settings/everything_return_to": {"default", "totp", "webauthn", "lookup_secret"},
}
POSTED = "registration/social_email_missing"  # its errors are not shown before it was posted, so it is opened twice


WHERE = {4060006: 1060003, 4070006: 1080003}  # "wrong code" of a recovery and of a verification -> "code sent"


class Shown:
    """A body and the page it becomes for a signed-in person whose application waits at Hydra."""

    def __init__(self, name: str) -> None:
        self.name, self.kind = name, kind_of(name)
        self.body = load(name)

    def __str__(self) -> str:
        return self.name

    @cached_property
    def answer(self) -> TestResponse:
        """What Portico answers."""
        with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
            upstream = Upstream(mock)
            without_schemas(mock)
            upstream.on("GET", f"{KRATOS}/self-service/{self.kind}/flows", 200, self.body)
            upstream.signed_in()
            upstream.asks("login")
            client, address = browser(_default_app()), f"/{self.kind}?flow={self.body['id']}"
            answer = client.get(address)
            if self.name == POSTED:
                answer = client.get(address)
            upstream.check()
        return answer

    @cached_property
    def page(self) -> BeautifulSoup:
        """The page."""
        return parsed(self.answer)

    def nodes(self, *types: str) -> list[dict[str, Any]]:
        """The nodes of these types that the page is to show: of an application's task, or of a finished flow.

        A button that sends another text message is none: Kratos makes it and cannot read it.
        """
        groups = ONE_TASK.get(self.name)
        made = [node for node in nodes(self.body, *types) if name_of(node) != "sms"]
        shown = [node for node in made if groups is None or {node["group"], node["type"]} & groups]
        if groups and "totp" in groups:  # a second factor is demanded: none can be taken away
            shown = [node for node in shown if name_of(node) not in DESTRUCTIVE]
        return [node for node in shown if node["type"] == "a"] if self.is_over else shown

    @property
    def is_over(self) -> bool:
        """Whether there is nothing to fill in any more: the flow is finished, or offers no way on."""
        names = {node["attributes"].get("name") for node in nodes(self.body)}
        return self.body["state"] == "passed_challenge" or names == {"csrf_token"}

    def forms(self) -> list[Tag]:
        """The forms that Kratos gets."""
        return self.page.find_all("form", {"action": self.body["ui"]["action"]})

    def controls(self, name: str) -> list[Tag]:
        """What a person fills in under this name, in all forms."""
        return self.page.find_all(["input", "select"], {"name": name, "id": True})

    def messages(self) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
        """The flow's and the shown nodes' messages, with the nodes; what the title says is no message.

        Kratos says "an email" of a text message, too, and of what is no email also that it is too short. After a wrong
        code it no longer says where the code went.
        """
        title = self.page.find("h1").get("data-testid", "")
        sent = [message for message in self.body["ui"].get("messages", []) if not title.endswith(str(message["id"]))]
        by_phone = any(name_of(node) == "sms" for node in nodes(self.body))
        own = [
            (message | {"id": 1080004} if by_phone and message["id"] == 1080003 else message, None) for message in sent
        ]
        can_send_again = any(name_of(node) == "email" for node in nodes(self.body))
        where = [WHERE[message["id"]] for message in sent if can_send_again and message["id"] in WHERE]
        return [
            *own,
            *(({"id": key, "text": "", "type": "info"}, None) for key in where),
            *((message, node) for node in self.nodes() for message in _said_of(node)),
        ]


def _said_of(node: dict[str, Any]) -> list[dict[str, Any]]:
    is_no_email = any(message["id"] == 4000040 for message in node["messages"])
    return [message for message in node["messages"] if not (is_no_email and message["id"] == 4000003)]


SHOWN = [Shown(name) for name in NAMES]


def over(*types: str, **attributes: object) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Run a test over the bodies with a node of these types to show, and these attributes (... for whatever it is)."""
    bodies = [shown for shown in SHOWN if any(_has(node, attributes) for node in shown.nodes(*types)) or not types]
    return each_of(bodies)


def _has(node: dict[str, Any], attributes: dict[str, object]) -> bool:
    actual = node["attributes"]
    return all(actual.get(name) and value in (actual[name], ...) for name, value in attributes.items())
