"""Words that mean harm stay words, and there is an end of them (N16 N67).

What Kratos sends is not all Kratos' own: labels and texts come from identity schemas and providers, values from people.
"""

import json

from tests.payloads.bodies import load
from tests.support.cases import each_case
from tests.support.counting import calls
from tests.support.hostile_nodes import BODIES, answer_for, node, shown
from tests.support.pages import words

MOST = 5_000_000  # calls; the most a page of 500 nodes takes is two million, with templates to compile three
RIGHT_TO_LEFT = "\N{RIGHT-TO-LEFT OVERRIDE}"
HOSTILE = [
    *("<script>alert(1)</script>", '"><svg onload=alert(1)>', "' onfocus=alert(1) autofocus x='"),
    *("</title></textarea><img src=x onerror=alert(1)>", "<!--", "{{ 7 * 7 }}{% raw %}", "${7*7}"),
    *("&lt;b&gt;", f"{RIGHT_TO_LEFT}nimda", "\N{ZERO WIDTH SPACE}\N{ZERO WIDTH JOINER}x", "a\nb\tc"),
    "\N{FACE WITH TEARS OF JOY}" * 40,
]


class TestWords:
    """N16: every page of the client is parsed strictly, and looked through for attributes and scripts that run."""

    @each_case("text", HOSTILE)
    def test_words_stay_words_wherever_they_are(self, client, upstream, text):
        message = {"id": 4000001, "text": text, "type": "error"}
        field = node(label=text, value=text, name="first") | {"messages": [message]}
        secrets = {"context": {"secrets": [{"id": 1050009, "text": text, "type": "info"}]}}

        page = shown(
            client,
            upstream,
            "login/password_only",
            field,
            node(type="hidden", name="second", value=text),
            node(type="submit", name="third", value=text, label=text),
            node(type="select", name="fourth", options=[{"value": text}], label=text),
            node("text", label=text, id="fifth", text={"id": 1, "text": text, "type": "info"}),
            node("text", label=text, id="sixth", text={"id": 1, "text": "", "type": "info"} | secrets),
            messages=[message],
        )

        plain = " ".join(text.split())
        for name in ("first", "second", "third"):
            assert page.find(attrs={"name": name, "value": True})["value"].splitlines() == text.splitlines()
        assert words(page.find("button", {"name": "third"})) == plain
        assert words(page.find("label", {"for": page.find("input", {"name": "first"})["id"]})) == plain
        assert [words(element) for element in page.find_all(attrs={"data-testid": "ui/message/4000001"})] == [
            plain,
            plain,
        ]
        assert [words(element) for element in page.find_all("code")] == [plain, plain]
        assert page.find("select", {"name": "fourth"}).find("option", {"value": text})

    @each_case("text", HOSTILE)
    def test_names_and_groups_stay_names(self, client, upstream, text):
        shown(client, upstream, "login/password_only", node(name=text, group=text), node("img", text, id=text))
        shown(client, upstream, "settings/everything", node(name=text, group=text, type="submit", value=text))
        shown(client, upstream, "registration/unified", node(name=text, group=text, type="submit", value=text))

    @each_case("name", BODIES)
    def test_words_that_turn_round_turn_no_others_round(self, client, upstream, name):
        """Each stands alone in its element, so that none of our own words are read backwards with it."""
        text = f"{RIGHT_TO_LEFT}nimda"
        message = {"id": 4000001, "text": text, "type": "error"}

        page = shown(
            client,
            upstream,
            name,
            node(label=text) | {"messages": [message]},
            node(group=text, label=text, type="submit", value="x"),
            node("text", label=text, id="t", text={"id": 1, "text": text, "type": "info"}),
            messages=[message],
        )

        strings = page.body.find_all(string=lambda it: RIGHT_TO_LEFT in it)
        assert strings
        assert {words(string.parent) for string in strings} == {text}


class TestAmounts:
    """N67."""

    @each_case("name", BODIES)
    def test_five_hundred_nodes_are_a_page_of_bounded_size(self, client, upstream, name):
        """Forms are copies of one another in part, and there is no end of groups: there is one of forms."""
        client.checking = False
        body = load(name)
        body["ui"]["nodes"] += [node(name=f"n{n}", label="x" * 1000, required=True) for n in range(400)]
        body["ui"]["nodes"] += [node(name="method", group=f"group{n}", type="submit", value="v") for n in range(100)]
        page, cost = calls(lambda: answer_for(client, upstream, name, body))
        assert cost < MOST
        assert page.status_code == 200
        assert len(page.data) < 20 * len(json.dumps(body))

    def test_one_word_may_be_long(self, client, upstream):
        page = shown(client, upstream, "login/unified", node(label="x" * 10_000, value="y" * 10_000))
        assert page.find("input", {"name": "odd"})["value"] == "y" * 10_000

    @each_case("name", BODIES)
    def test_twenty_megabytes_are_no_page(self, client, upstream, name):
        """Two hundred labels of 100 kB; reading stops before that (app/ory/transport)."""
        body = load(name)
        body["ui"]["nodes"] += [node(name=f"n{n}", label="x" * 100_000) for n in range(200)]
        page, cost = calls(lambda: answer_for(client, upstream, name, body))
        assert page.status_code == 502
        assert cost < MOST

    def test_a_thousand_messages_are_a_page(self, client, upstream):
        messages = [{"id": number, "text": "z" * 1000, "type": "error"} for number in range(1000)]
        page = shown(client, upstream, "login/unified", messages=messages)
        assert page.find("input", {"name": "password"})
