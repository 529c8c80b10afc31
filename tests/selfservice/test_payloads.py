"""Every body in tests/payloads becomes a page that has all a person needs of it, and nothing altered."""

from collections import Counter

import pytest

from tests.payloads.bodies import name_of, nodes, posted, type_of
from tests.payloads.pages import SHOWN, over
from tests.support.cases import each_of
from tests.support.pages import ours, words
from tests.support.upstream import ADA, EMAILS

pytestmark = pytest.mark.no_cover  # tracing these pages is slower than making them: tests/stack/coverage_in_process.py

TYPED = ("text", "password", "email", "tel", "number", "date", "datetime-local", "url")
USED_SECRET = 1050014
ONE_TIME_CODES = ("code", "totp_code")
ASIDE = ("resend", "screen", "email", "sms", "recovery_confirm_address")


@over()
def test_a_body_becomes_a_page(shown):
    """The client checks what holds for every page: labels, ids, policy, valid markup (tests/support/pages.py)."""
    assert shown.answer.status_code == 200


@over(*TYPED)
def test_every_field_is_there_with_its_type_and_value(shown):
    """Passwords are never filled in; who has to confirm that it is them need not type the address Kratos left out."""
    for node in shown.nodes(*TYPED):
        attributes, controls = node["attributes"], shown.controls(name_of(node))
        address = EMAILS[ADA] if name_of(node) == "identifier" and shown.body.get("refresh") else ""
        value = "" if attributes["type"] == "password" else posted(attributes.get("value")) or address

        assert controls, name_of(node)
        if "options" in attributes:
            assert {control.name for control in controls} == {"select"}
        else:
            kind = attributes["type"]
            if kind == "datetime-local" or value in ("tall", "yesterday"):  # browsers would drop the zone, or the word
                kind = "text"
            assert {(control["type"], control["value"]) for control in controls} == {(kind, value)}


@over(*TYPED, options=...)
def test_a_choice_offers_every_option_and_stands_at_the_value(shown):
    """`options` are sent by Kratos' HEAD for traits with an enum."""
    [node] = [node for node in shown.nodes(*TYPED) if "options" in node["attributes"]]
    for control in shown.controls(name_of(node)):
        offered = control.find_all("option", {"value": True})
        chosen = [option["value"] for option in offered if option.has_attr("selected")]
        assert [{"value": option["value"]} for option in offered if option["value"]] == node["attributes"]["options"]
        assert chosen == [value for value in [node["attributes"].get("value")] if value]


@over(*TYPED, "checkbox")
def test_a_field_stands_with_its_label_in_one_element(shown):
    """Ory's suites look for `node/input/<name>` and find label, input and messages in it."""
    for node in shown.nodes(*TYPED, "checkbox"):
        around = shown.page.find(attrs={"data-testid": f"node/input/{name_of(node)}"})
        control = around.find(["input", "select"], {"name": name_of(node), "id": True})
        is_new = shown.kind == "settings" and name_of(node) == "password"
        label = "New password" if is_new else ours(node["meta"]["label"])
        assert words(around.find("label", {"for": control["id"]})) == label


@over("checkbox")
def test_a_box_posts_false_before_true(shown):
    """An unticked box is absent from what is posted, and Kratos takes the last value of a boolean."""
    for node in shown.nodes("checkbox"):
        for box in shown.controls(name_of(node)):
            hidden, last = box.find_parent("form").find_all("input", {"name": name_of(node)})
            off = "" if node["attributes"].get("value") is None else "false"  # Kratos takes "" for not answered
            assert (hidden["type"], hidden["value"]) == ("hidden", off)
            assert (last["type"], last["value"]) == ("checkbox", "true")
            assert last.has_attr("checked") == (node["attributes"].get("value") is True)


@over("submit")
def test_every_button_is_there(shown):
    for node in shown.nodes("submit"):
        attributes = node["attributes"]
        button = shown.page.find("button", {"name": attributes["name"], "value": attributes["value"]})

        of_an_app = shown.kind == "settings" and (node["group"], attributes["name"]) == ("totp", "method")
        label = "Turn on" if of_an_app else ours(node["meta"]["label"])
        asks_where_to = shown.kind in ("recovery", "verification") and shown.controls("email") and label == "Continue"
        sends = "Send the email again" if shown.body["state"] == "sent_email" else f"Send me a {attributes['value']}"
        assert button, attributes
        assert button["type"] == "submit"
        assert words(button) == (sends if asks_where_to and attributes["value"] in ("code", "link") else label)
        assert button.has_attr("disabled") == attributes["disabled"]


@over("submit")
def test_buttons_that_only_repeat_or_go_back_need_no_filled_form(shown):
    for node in shown.nodes("submit"):
        if name_of(node) in ASIDE:
            assert shown.page.find("button", {"name": name_of(node)}).has_attr("formnovalidate")


@over("hidden")
def test_every_hidden_value_is_unaltered(shown):
    for node in shown.nodes("hidden"):
        if node["group"] == "captcha":
            continue  # its script makes that field (test_payload_scripts.py)
        controls = shown.page.find_all("input", {"type": "hidden", "name": name_of(node)})
        assert posted(node["attributes"].get("value")) in {control["value"] for control in controls}, name_of(node)


@over("hidden")
def test_every_form_carries_kratos_token_once(shown):
    [token] = [node["attributes"]["value"] for node in nodes(shown.body) if name_of(node) == "csrf_token"]
    for form in shown.forms():
        assert [control["value"] for control in form.find_all("input", {"name": "csrf_token"})] == [token]


@over()
def test_there_is_a_form_unless_there_is_nothing_to_do(shown):
    assert bool(shown.forms()) != shown.is_over


@over("says")
def test_every_text_can_be_read_and_copied(shown):
    """The key of an authenticator app, and backup codes: each unused one by itself."""
    for node in shown.nodes("says"):
        attributes = node["attributes"]
        around = shown.page.find(attrs={"data-testid": f"node/text/{attributes['id']}/text"})
        secrets = attributes["text"].get("context", {}).get("secrets") or [attributes["text"]]
        unused = [secret["text"] for secret in secrets if secret["id"] != USED_SECRET]
        assert [words(element) for element in around.find_all("code")] == unused
        used = len(secrets) - len(unused)
        assert words(around).count("Used") == used


@over("img")
def test_every_image_is_shown(shown):
    for node in shown.nodes("img"):
        attributes = node["attributes"]
        image = shown.page.find("img", {"data-testid": f"node/image/{attributes['id']}"})
        assert image["src"] == attributes["src"]
        assert image["alt"] == ours(node["meta"]["label"])


@over("a")
def test_every_link_leads_on(shown):
    """Back into an application only where that was begun, which this browser did not: see test_return_path.py."""
    for node in shown.nodes("a"):
        href = node["attributes"]["href"]
        link = shown.page.find("a", {"href": href, "data-testid": "node/anchor/continue"})
        assert (link is None) is ("login_challenge=" in href)


@over()
def test_every_message_is_there_once(shown):
    """Ory's suites look for `ui/message/<id>`, one per message, with what we say for Kratos' text.

    Two that say the same of one field are one.
    """
    marked = shown.page.find_all("p", attrs={"data-testid": lambda it: bool(it) and it.startswith("ui/message/")})
    said = {(id(node), ours(message, node, shown.body)): message["id"] for message, node in shown.messages()}
    whole = words(shown.page)
    assert Counter((element["data-testid"], words(element)) for element in marked) == Counter(
        (f"ui/message/{number}", text) for (_, text), number in said.items()
    )
    texts = [text for _, text in said]
    linked = " ".join(words(link) for link in shown.page.select(".error-summary li"))  # to the field, where it stands
    assert [whole.count(text) - linked.count(text) for text in texts] == [texts.count(text) for text in texts]


@each_of([shown for shown in SHOWN if any(node["messages"] for node in shown.nodes())])
def test_a_fields_messages_are_tied_to_it(shown):
    for node in shown.nodes(*TYPED, "checkbox"):
        controls = [
            control for control in shown.controls(name_of(node)) if "-messages" in control.get("aria-describedby", "")
        ]
        texts = {words(shown.page.find(id=key)) for box in controls for key in box["aria-describedby"].split()}
        said = [ours(message, node, shown.body) for message, its in shown.messages() if its is node]
        assert all(any(sentence in text for text in texts) for sentence in said), node
        if any(message["type"] == "error" for message in node["messages"]):
            assert {control.get("aria-invalid") for control in controls} == {"true"}


@over(*TYPED)
def test_what_is_required_says_so_and_nothing_else(shown):
    for node in shown.nodes(*TYPED):
        required = {
            control.has_attr("required") or control.get("aria-required") == "true"
            for control in shown.controls(name_of(node))
        }

        # Beside the buttons of other methods a password is not, whatever Kratos says of it.
        beside = name_of(node) == "password" and any(
            len(form.select("button[name=method]")) > 1 for form in shown.forms() if form.select("[name=password]")
        )
        assert required == {node["attributes"].get("required", False) and not beside}, name_of(node)


@each_of([shown for shown in SHOWN if shown.kind == "login"])
def test_a_login_asks_for_nothing_twice(shown):
    """Design D6. (For a code as second factor Kratos sends two hidden identifiers, and takes both back.)"""
    names = Counter(control["name"] for form in shown.forms() for control in form.find_all("input", {"id": True}))
    assert not [name for name, count in names.items() if count > 1]


@over("text")
def test_one_time_codes_bring_up_the_right_keyboard(shown):
    for control in [control for name in ONE_TIME_CODES for control in shown.controls(name)]:
        assert (control["autocomplete"], control["inputmode"]) == ("one-time-code", "numeric")


PHOTO = "photo"


@over(*TYPED, autocomplete=...)
def test_browsers_are_told_what_to_fill_in(shown):
    for node in shown.nodes(*TYPED):
        if autocomplete := node["attributes"].get("autocomplete"):
            expected = PHOTO if name_of(node) == "traits.picture" else autocomplete  # Kratos goes by the format
            assert {control["autocomplete"] for control in shown.controls(name_of(node))} == {expected}


@over("text", maxlength=...)
def test_a_field_takes_no_more_than_kratos_does(shown):
    for node in shown.nodes("text"):
        if longest := node["attributes"].get("maxlength"):
            assert {control["maxlength"] for control in shown.controls(name_of(node))} == {str(longest)}


@over("text", pattern=...)
def test_a_pattern_of_kratos_is_a_pattern_of_the_field(shown):
    for node in shown.nodes("text"):
        if pattern := node["attributes"].get("pattern"):
            assert {control["pattern"] for control in shown.controls(name_of(node))} == {pattern}


def test_every_type_of_node_and_input_is_among_the_bodies():
    """What Kratos v26.2.0 can send; a body of each is in this directory."""
    seen = {type_of(node) for shown in SHOWN for node in nodes(shown.body)}
    assert seen == {*TYPED, "checkbox", "hidden", "submit", "button", "says", "img", "a", "script", "div"}
