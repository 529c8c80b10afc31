"""Kratos' nodes become forms (design D6): the recorded bodies as they really come, and hostile ones."""

from __future__ import annotations

import dataclasses
import json
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.models import Flow
from app.domain.nodes import Field, Form, has_method, login_forms
from tests.domain.builders import TOKEN, flow, node

bounded = settings(max_examples=150, derandomize=True, deadline=None, database=None)
RECORDED = sorted(
    path
    for kind in ("login", "refresh", "aal2", "refresh_aal2")
    for path in Path("kratos/sandbox/recorded", kind).glob("*.json")
)
PASSWORD = (
    node("password", "password", "password", autocomplete="current-password"),
    node("method", "submit", "password", value="password"),
)
CODE = (
    node("code", "text", "code"),
    node("resend", "submit", "code", value="code"),
    node("method", "hidden", "code", value="code"),
    node("method", "submit", "code", value="code"),
)


def recorded(name: str) -> Flow:
    """A body recorded from Kratos v26.2.0."""
    return Flow.parse(json.loads(Path("kratos/sandbox/recorded", f"{name}.json").read_text(encoding="utf-8")))


def buttons(form: Form) -> list[tuple[str, str]]:
    """The buttons in the order of the markup: a browser's Enter presses the first."""
    return [(field.name, field.value) for field in form.fields if field.kind == "button"]


def fields(*nodes: dict[str, Any], **raw: Any) -> list[Field]:
    """All fields of all forms of a flow with these nodes."""
    return [field for form in login_forms(flow(*nodes, **raw)) for field in form.fields]


def printed_ids(forms: tuple[Form, ...]) -> list[str]:
    """The ids that the templates print: neither hidden fields nor buttons have one."""
    return [field.id for form in forms for field in form.fields if field.kind not in ("hidden", "button")]


# What Kratos really sends


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_recorded_page_keeps_the_promises_of_a_page(path):
    forms = login_forms(Flow.parse(json.loads(path.read_text(encoding="utf-8"))))
    ids = printed_ids(forms)
    assert len(ids) == len(set(ids))
    for form in forms:
        names = Counter(field.name for field in form.fields if field.kind != "button")
        assert names["csrf_token"] == 1
        assert max(names.values()) == 1
        assert sum(field.primary for field in form.fields) <= 1


@pytest.mark.parametrize("kind", ["login", "refresh"])
def test_enter_on_the_first_page_presses_password(kind):
    (form,) = login_forms(recorded(f"{kind}/choose_method"))
    assert buttons(form) == [("method", "password"), ("method", "code")]


@pytest.mark.parametrize(
    "body", ["sent_email", "sent_again", "wrong_code", "code_no_method", "no_code", "too_many_codes"]
)
@pytest.mark.parametrize("kind", ["login", "refresh"])
def test_enter_on_the_code_page_presses_code_not_resend(kind, body):
    """Kratos itself puts resend first after a failed attempt."""
    (form,) = login_forms(recorded(f"{kind}/{body}"))
    assert buttons(form) == [("method", "code"), ("resend", "code")]


def test_the_identifier_is_asked_once_for_password_and_code():
    (form,) = login_forms(recorded("login/choose_method"))
    assert [field.name for field in form.fields if field.kind == "input"] == ["identifier", "password"]


def test_the_person_who_confirms_need_not_type_who_they_are():
    (form,) = login_forms(recorded("refresh/choose_method"), "ada@example.org")
    assert [field.value for field in form.fields if field.name == "identifier"] == ["ada@example.org"]


def test_an_identifier_kratos_sent_is_kept():
    nodes = (TOKEN, node("identifier", value="typed@example.org"), *PASSWORD)
    (form,) = login_forms(flow(*nodes), "ada@example.org")
    assert [field.value for field in form.fields if field.name == "identifier"] == ["typed@example.org"]


def test_a_lone_token_is_no_method():
    """Kratos answers so where the person has no second factor."""
    assert not has_method(recorded("aal2/choose_method"))
    assert has_method(recorded("login/choose_method"))


# Order and grouping


def test_a_social_provider_is_never_what_enter_presses():
    """In Kratos' own order Enter in the password field would post it to the provider."""
    oidc = node("provider", "submit", "oidc", value="github")
    main, social = login_forms(flow(TOKEN, oidc, node("identifier"), *PASSWORD))
    assert (main.group, social.group) == ("main", "oidc")
    assert buttons(main) == [("method", "password")]
    assert [field.name for field in social.fields] == ["csrf_token", "provider"]


def test_passkey_nodes_have_a_form_of_their_own():
    nodes = (
        node("passkey_login_trigger", "button", "passkey", onclickTrigger="oryPasskeyLogin"),
        node("passkey_login", "hidden", "passkey"),
        node("passkey_challenge", "hidden", "passkey", value="{}"),
    )
    *_, form = login_forms(flow(TOKEN, node("identifier"), *PASSWORD, *nodes))
    assert {field.name for field in form.fields} == {
        *("csrf_token", "passkey_login_trigger", "passkey_login", "passkey_challenge")
    }


def test_on_the_second_factor_page_every_method_has_its_own_form():
    totp = (node("totp_code", "text", "totp"), node("method", "submit", "totp", value="totp"))
    name = "lookup_secret"
    backup = (node(name, group=name), node("method", "submit", name, value=name))
    forms = login_forms(flow(TOKEN, *totp, *backup, requested_aal="aal2"))
    assert [form.group for form in forms] == ["totp", name]


def test_the_code_of_a_second_factor_comes_with_the_address_it_is_for():
    """Kratos puts the identifier of a code into group default, on this page too."""
    forms = login_forms(flow(TOKEN, node("identifier", "hidden", value="ada@example.org"), *CODE, requested_aal="aal2"))
    (form,) = [form for form in forms if form.usable]
    assert {field.name for field in form.fields} == {"csrf_token", "identifier", "code", "method", "resend"}


@pytest.mark.parametrize("screen", ["previous", "credential-selection"])
def test_a_button_that_goes_back_comes_after_the_one_that_goes_on(screen):
    back = node("screen", "submit", "password", value=screen)
    (form,) = login_forms(flow(TOKEN, back, *PASSWORD))
    assert buttons(form) == [("method", "password"), ("screen", screen)]


def test_only_the_first_button_is_the_main_one():
    (form,) = login_forms(flow(TOKEN, *PASSWORD, *CODE))
    assert [field.primary for field in form.fields if field.kind == "button"] == [True, False, False]


def test_the_main_button_loses_nothing_by_being_the_main_one():
    button = node("method", "submit", "password", value="password", disabled=True)
    button["messages"] = [{"id": 1, "text": "Not now.", "type": "error"}]
    button["meta"] = {"label": {"text": "Sign in"}}
    (field,) = [field for field in fields(TOKEN, button) if field.kind == "button"]
    assert field.primary
    assert (field.label, field.disabled, [m.text for m in field.messages]) == ("Sign in", True, ["Not now."])


def test_every_form_has_one_token_even_if_kratos_repeats_it():
    forms = login_forms(flow(TOKEN, TOKEN, *PASSWORD, node("provider", "submit", "oidc", value="x")))
    assert [[field.name for field in form.fields].count("csrf_token") for form in forms] == [1, 1]


def test_the_token_is_printed_untouched():
    """It is masked anew each time; comparing or trimming it would break the form."""
    odd = "a+b/c== "
    assert fields(node("csrf_token", "hidden", value=odd), *PASSWORD)[0].value == odd


# What a field is


@pytest.mark.parametrize("value", ["secret", "", None, 7])
def test_a_password_is_never_echoed(value):
    (field,) = fields(node("password", "password", "password", value=value))
    assert (field.type, field.value) == ("password", "")


@pytest.mark.parametrize(
    ("value", "shown"), [(None, ""), ("a", "a"), (7, "7"), (True, "true"), ([1], ""), ({"a": 1}, "")]
)
def test_a_value_of_any_json_type_is_printed_as_a_form_would_post_it(value, shown):
    (field,) = fields(node("traits.x", value=value))
    assert field.value == shown


@pytest.mark.parametrize(("value", "checked"), [(True, True), (False, False), ("true", False), (None, False)])
def test_a_checkbox_is_ticked_by_a_literal_true(value, checked):
    (field,) = fields(node("traits.news", "checkbox", value=value))
    assert (field.kind, field.checked) == ("checkbox", checked)


@pytest.mark.parametrize(("value", "disabled"), [(True, True), (False, False), ("false", False), (None, False)])
def test_only_a_literal_true_disables_a_field(value, disabled):
    (field,) = fields(node("x", disabled=value))
    assert field.disabled is disabled


@pytest.mark.parametrize("name", ["code", "totp_code"])
def test_a_one_time_code_gets_the_keyboard_for_numbers(name):
    (field,) = fields(node(name, group="totp"))
    assert (field.type, field.inputmode) == ("text", "numeric")


@pytest.mark.parametrize(
    ("name", "expected"), [("identifier", "username"), ("password", "current-password"), ("code", "one-time-code")]
)
def test_what_kratos_does_not_say_about_filling_in_is_known_by_name(name, expected):
    (field,) = fields(node(name))
    assert field.autocomplete == expected


def test_what_kratos_says_about_filling_in_counts():
    (field,) = fields(node("identifier", autocomplete="username webauthn"))
    assert field.autocomplete == "username webauthn"


@pytest.mark.parametrize(("given_", "kept"), [(6, 6), (0, None), (-1, None), (True, None), ("6", None), (None, None)])
def test_a_maxlength_that_is_none_is_left_out(given_, kept):
    (field,) = fields(node("code", maxlength=given_))
    assert field.maxlength == kept


def test_the_words_of_kratos_about_a_field_stay_with_it():
    raw = node("identifier")
    raw["messages"] = [{"id": 4000002, "text": "Property identifier is missing.", "type": "error"}]
    (field,) = fields(raw)
    assert field.error
    assert field.messages[0].id == 4000002


# What nobody knows, and what is meant badly


@pytest.mark.parametrize("kind", ["brand_new", "", None, 7])
def test_an_input_of_unknown_type_is_a_line_of_text(kind):
    (field,) = fields(node("x", kind))
    assert (field.kind, field.type) == ("input", "text")


def test_a_node_of_unknown_type_costs_only_itself():
    odd = {"type": "hologram", "group": "brand_new", "attributes": {"name": "x"}}
    assert {field.name for field in fields(TOKEN, odd, *PASSWORD)} == {"csrf_token", "password", "method"}


def test_a_group_nobody_knows_has_a_form_of_its_own():
    forms = login_forms(flow(TOKEN, *PASSWORD, node("method", "submit", "brand_new", value="brand_new")))
    assert [form.group for form in forms] == ["main", "brand_new"]
    assert forms[1].usable


def test_a_form_without_anything_to_press_is_not_usable():
    (form,) = login_forms(flow(TOKEN, node("x", group="brand_new")))
    assert not form.usable


@pytest.mark.parametrize("name", ["onclick", "onload"])
def test_script_in_an_attribute_is_nowhere_in_what_is_printed(name):
    """N15: they are strings of script; `onclickTrigger` is a name."""
    (field,) = fields(node("x", "button", **{name: "alert(1)"}))
    assert "alert(1)" not in repr(dataclasses.asdict(field))
    assert name not in {one.name for one in dataclasses.fields(Field)}


@pytest.mark.parametrize(
    "src", ["javascript:alert(1)", "https://evil/x.png", "data:image/svg+xml;base64,x", "data:text/html,x", "", None, 7]
)
def test_an_image_from_elsewhere_is_not_shown(src):
    image = {"type": "img", "group": "totp", "attributes": {"id": "qr", "src": src, "node_type": "img"}}
    assert [field.name for field in fields(TOKEN, image, requested_aal="aal2")] in ([], ["csrf_token"])


def test_an_image_of_kratos_is_shown():
    image = {"type": "img", "group": "totp", "attributes": {"id": "totp_qr", "src": "data:image/png;base64,AAAA"}}
    found = [field for field in fields(TOKEN, image, requested_aal="aal2") if field.kind == "image"]
    assert [field.value for field in found] == ["data:image/png;base64,AAAA"]


def test_a_text_of_kratos_is_shown():
    told = {"type": "text", "group": "totp", "attributes": {"id": "totp_secret_key", "text": {"text": "JBSW"}}}
    (field,) = [field for field in fields(TOKEN, told, requested_aal="aal2") if field.kind == "text"]
    assert (field.value, field.id) == ("JBSW", "totp-totp_secret_key")


@pytest.mark.parametrize("hostile", ['"><script>alert(1)</script>', "a b\tc\nd", "\u202e", "{{7*7}}", "x" * 20_000])
def test_an_id_holds_nothing_that_separates_or_ends_an_id(hostile):
    """Ids are referred to in lists separated by spaces (aria-describedby)."""
    for field in fields(TOKEN, node(hostile), node(hostile, "submit", value=hostile)):
        assert field.id.split() == [field.id]


names = st.sampled_from(["x", "method", "code", "a b", "identifier", "traits.name", "resend"])
groups = st.sampled_from(["", "default", "password", "code", "totp", "brand_new"])
kinds = st.sampled_from(["hidden", "text", "password", "submit", "button", "checkbox", "email", "brand_new"])
values = st.sampled_from(["", "x", "a b"])
hostile_nodes = st.lists(
    st.builds(lambda name, kind, group, value: node(name, kind, group, value=value), names, kinds, groups, values),
    max_size=12,
)


@bounded
@given(hostile_nodes, st.sampled_from(["", "aal1", "aal2"]))
def test_ids_are_unique_in_the_page_whatever_kratos_names_its_nodes(nodes, aal):
    ids = printed_ids(login_forms(flow(TOKEN, *nodes, requested_aal=aal)))
    assert len(ids) == len(set(ids))


@bounded
@given(hostile_nodes)
def test_no_input_of_kratos_is_lost_or_doubled(nodes):
    forms = login_forms(flow(TOKEN, *nodes))
    assert sum(len(form.fields) for form in forms) - len(forms) == len(nodes)


def test_five_hundred_nodes_take_no_time_worth_mentioning():
    """N67."""
    nodes = [node(f"n{number}", "submit", f"group-{number % 50}", value="x" * 1000) for number in range(500)]
    page = flow(TOKEN, *nodes)
    begun = time.process_time()
    forms = login_forms(page)
    assert time.process_time() - begun < 0.5
    assert sum(len(form.fields) for form in forms) == 500 + len(forms)
