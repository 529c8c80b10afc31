"""A page of twice as many nodes costs twice as much: calls are counted, nothing is timed (D6 N67)."""

from app.ory.flows import Flow, Schema
from app.selfservice.flow_repairs import repaired
from app.selfservice.identity_schemas import shapes
from app.selfservice.localization import Localizer
from app.selfservice.nodes import fields_of
from app.selfservice.traits import arrange
from tests.payloads.bodies import load
from tests.support.cases import each_case
from tests.support.counting import calls
from tests.support.hostile_nodes import BODIES, answer_for, node

FEW = 100
LINEAR = 2.1  # the second hundreds may cost this many times what the first cost; of squares they would cost three


def said(number):
    return {"id": 4000001, "text": f"Words {number}", "type": "error"}


NODES = {
    "traits": lambda number: [node(name=f"traits.t{n}", group="profile") for n in range(number)],
    "messages": lambda number: [node(name=f"n{n}") | {"messages": [said(n)]} for n in range(number)],
    "messages of what is hidden": lambda number: [
        node(name=f"n{n}", type="hidden") | {"messages": [said(n)]} for n in range(number)
    ],
    "messages of one": lambda number: [node() | {"messages": [said(n) for n in range(number)]}],
    "values of one list": lambda number: [
        node(name="traits.l"),
        *(node(name=f"traits.l.{n}", value=f"v{n}") for n in range(number)),
    ],
    "fields of one name": lambda number: [node() for _ in range(number)],
    "choices": lambda number: [node(options=[{"value": f"v{n}"} for n in range(number)])],
    "buttons": lambda number: [node(type="submit", name="method", value=f"v{n}", group="code") for n in range(number)],
}


def growth(cost):
    """How many times more the second hundreds cost than the first."""
    cost(1)  # what is kept from page to page
    none, few, many = (cost(number) for number in (0, FEW, 2 * FEW))
    return 1 + (many - few) / (few - none)


@each_case("what", NODES)
@each_case("name", BODIES)
def test_twice_as_many_nodes_cost_twice_as_much(client, upstream, name, what):
    client.checking = False

    def cost(number):
        body = load(name)
        body["ui"]["nodes"] += NODES[what](number)
        page, counted = calls(lambda: answer_for(client, upstream, name, body))
        assert page.status_code == 200
        return counted

    assert growth(cost) < LINEAR


def test_links_to_send_again_cost_as_much_as_there_are_of_them():
    def cost(number):
        buttons = [node(type="submit", name="method", value="link", group="link") for _ in range(number)]
        code = node(type="submit", name="email", value="a@example.org", group="code")
        flow = Flow.parse({"ui": {"nodes": [*buttons, code]}})
        return calls(lambda: repaired("verification", flow))[1]

    assert growth(cost) < LINEAR


def test_traits_that_no_form_can_carry_cost_as_much_as_there_are_of_them():
    def cost(number):
        member = {"type": "object", "properties": {"a": {"type": "string"}}}
        properties = {f"o{n}": member for n in range(number)}
        known = shapes(Schema(properties={"traits": {"type": "object", "properties": properties}}))
        stored = {f"o{n}": {"a": "x", "of no schema": 1} for n in range(number)}
        flow = Flow.parse({"ui": {"nodes": [node(name=f"traits.o{n}.a", value="x") for n in range(number)]}})
        fields, _ = fields_of(flow, Localizer(str))
        return calls(lambda: arrange(fields, known, stored))[1]

    assert growth(cost) < LINEAR
