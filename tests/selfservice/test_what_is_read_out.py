"""What a screen reader says first: the title tells how it went and whose page it is, links of a summary what is wrong."""

import pytest

from tests.payloads.bodies import load, name_of, nodes
from tests.support.pages import parsed, words


def message(number, kind, text):
    return {"id": number, "type": kind, "text": text, "context": {}}


@pytest.fixture
def shown(client, upstream):
    """The page of a flow of this kind with this message, at a field where it is named."""

    def page(name, said, field=""):
        body = load(name)
        body["ui"]["messages"] = [] if field else [said]
        for node in nodes(body):
            node["messages"] = [said] if field and name_of(node) == field else []
        kind = name.partition("/")[0]
        upstream.flow(body, kind=kind) if False else upstream.on(  # noqa: B018
            "GET", f"{upstream.kratos}/self-service/{kind}/flows", 200, body
        )
        upstream.signed_in()
        return parsed(client.get(f"/{kind}?flow={body['id']}"))

    return page
