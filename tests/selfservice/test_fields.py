"""One node of Kratos becomes one field: what is printed of it, what is left out, and which scripts may run."""

import dataclasses
from typing import Any

from app.selfservice.fields import Field
from app.selfservice.nodes import INPUT_TYPES, TRIGGERS, Script, give_ids, scripts
from tests.support.builders import fields, flow, node
from tests.support.cases import each_case

KRATOS = "https://id.example.org"
WEBAUTHN = f"{KRATOS}/.well-known/ory/webauthn.js"
HASH = "sha512-abc"
CAPTCHA = "https://challenges.example.org/turnstile.js"


def shown(raw: dict[str, Any]) -> Field:
    """The field a node becomes in the form `main`."""
    [field] = fields(flow(raw))
    give_ids("main", [field])
    return field


def other(kind: str, group: str = "default", label: str = "", **attributes: Any) -> dict[str, Any]:
    """A node that is no input."""
    meta = {"label": {"id": 1, "text": label, "type": "info"}} if label else {}
    return {"type": kind, "group": group, "attributes": {"node_type": kind} | attributes, "messages": [], "meta": meta}


def labelled(raw: dict[str, Any], label: str) -> dict[str, Any]:
    """The node with a label."""
    return raw | {"meta": {"label": {"id": 1, "text": label, "type": "info"}}}


# Inputs


@each_case("kind", sorted(INPUT_TYPES - {"checkbox", "hidden"}))
def test_every_type_of_kratos_is_printed_as_it_is(kind):
    assert (shown(node("x", kind)).kind, shown(node("x", kind)).type) == ("input", kind)


@each_case(
    "kind, value, type_",
    [
        ("date", "1815-12-10", "date"),
        ("date", "yesterday", "text"),
        ("date", "0000-01-01", "text"),
        ("date", "1815-12", "text"),
        ("number", 0, "number"),
        ("number", 1.5, "number"),
        ("number", "abc", "text"),
        ("number", "12", "text"),
        ("date", "", "date"),
    ],
)
def test_a_value_browsers_would_drop_is_a_text(kind, value, type_):
    """What is stored may be older than the schema."""
    assert (shown(node("x", kind, value=value)).type, shown(node("x", kind, value=value)).value) == (type_, str(value))


@each_case("kind, made", [("hidden", "hidden"), ("checkbox", "checkbox"), ("submit", "button")])
def test_what_is_no_line_of_text_has_a_kind_of_its_own(kind, made):
    assert shown(node("x", kind)).kind == made


@each_case("value", ["secret", "", None, 7])
def test_a_password_is_never_echoed(value):
    field = shown(node("password", "password", "password", value=value))
    assert (field.type, field.value) == ("password", "")


@each_case(
    "value, printed", [(None, ""), ("a", "a"), (7, "7"), (True, "true"), (False, "false"), ([1], ""), ({"a": 1}, "")]
)
def test_a_value_of_any_json_type_is_printed_as_a_form_would_post_it(value, printed):
    assert shown(node("traits.x", value=value)).value == printed


@each_case("value, checked", [(True, True), (False, False), ("true", False), (None, False)])
def test_a_checkbox_is_ticked_by_a_literal_true(value, checked):
    assert (" checked" in shown(node("traits.news", "checkbox", value=value)).control_attributes) is checked


@each_case("value, disabled", [(True, True), (False, False), ("false", False), (None, False)])
def test_only_a_literal_true_disables_a_field(value, disabled):
    assert shown(node("x", disabled=value)).disabled is disabled


@each_case("value, required", [(True, True), (False, False), ("true", False), (None, False)])
def test_only_a_literal_true_makes_a_field_required(value, required):
    assert shown(node("x", required=value)).required is required


@each_case("name, filled", [("code", "one-time-code"), ("totp_code", "one-time-code"), ("lookup_secret", "")])
def test_a_phone_fills_in_one_time_codes_and_no_backup_codes(name, filled):
    field = shown(node(name, group="totp"))
    assert (field.type, field.autocomplete) == ("text", filled)


@each_case(
    "name, expected",
    [
        ("identifier", "username"),
        ("password", "current-password"),
        ("code", "one-time-code"),
        ("totp_code", "one-time-code"),
        ("traits.name", "name"),
        ("traits.x", ""),
    ],
)
def test_what_kratos_does_not_say_about_filling_in_is_known_by_name(name, expected):
    assert shown(node(name)).autocomplete == expected


def test_what_kratos_says_about_filling_in_counts():
    assert shown(node("identifier", autocomplete="username webauthn")).autocomplete == "username webauthn"


@each_case("sent, kept", [(6, 6), (0, None), (-1, None), (True, None), ("6", None), (None, None)])
def test_a_maxlength_that_is_none_is_left_out(sent, kept):
    assert shown(node("code", maxlength=sent)).maxlength == kept


def test_a_field_with_options_is_a_choice():
    """Kratos' HEAD sends them for traits with an enum."""
    field = shown(node("traits.colour", options=[{"value": "red"}, {"value": 7}, "blue"], value="red"))
    assert (field.kind, field.options, field.value) == ("select", ("red", "7"), "red")


@each_case("options", [None, [], "red", {}, ["red"]])
def test_options_that_are_none_leave_a_line_of_text(options):
    assert shown(node("traits.colour", options=options)).kind == "input"


def test_the_words_of_kratos_about_a_field_stay_with_it():
    raw = node("identifier")
    raw["messages"] = [{"id": 4000002, "text": "Property identifier is missing.", "type": "error"}]
    assert shown(raw).error
    assert shown(raw).messages[0].id == 4000002


def test_information_about_a_field_is_no_error():
    raw = node("identifier")
    raw["messages"] = [{"id": 1, "text": "Your work address.", "type": "info"}]
    assert not shown(raw).error


def test_a_field_is_called_by_its_label_then_by_its_own_words_then_by_its_name():
    own = node("traits.news", label={"id": 1, "text": "News by mail", "type": "info"})
    assert [shown(labelled(own, "Newsletter")).caption, shown(own).caption] == ["Newsletter", "News by mail"]
    assert shown(node("news")).caption == "news"


@each_case("name", ["resend", "screen", "email", "sms"])
def test_a_button_that_only_repeats_or_goes_back_stands_aside(name):
    assert shown(node(name, "submit", "code", value="x")).is_secondary
    assert not shown(node(name, "email", "code")).is_secondary


@each_case("name", ["unlink", "totp_unlink", "lookup_secret_disable", "webauthn_remove", "passkey_remove"])
def test_a_button_that_removes_something_says_so(name):
    assert shown(node(name, "submit", value="x")).is_destructive


@each_case("trigger", sorted(TRIGGERS))
def test_a_function_of_kratos_script_is_named(trigger):
    field = shown(node("x", "button", onclickTrigger=trigger, onloadTrigger=trigger))
    assert (field.trigger, field.onload) == (trigger, trigger)


@each_case("trigger", ["alert", "oryPasskeyLogin()", "__proto__", "", None, 7, ["oryPasskeyLogin"]])
def test_no_other_function_is_named(trigger):
    field = shown(node("x", "button", onclickTrigger=trigger, onloadTrigger=trigger))
    assert (field.trigger, field.onload) == ("", "")


def test_buttons_of_one_name_have_ids_of_their_own():
    first, second = (shown(node("provider", "submit", "oidc", value=value)) for value in ("google", "git hub"))
    assert (first.id, second.id) == ("main-provider-google", "main-provider-git-hub")


def test_an_input_without_a_name_is_left_out():
    """It would not be posted."""
    assert not shown(node("")).kind


# What is no input


def test_a_secret_to_type_elsewhere_is_shown():
    field = shown(other("text", "totp", "Secret", id="totp_secret_key", text={"text": "JBSW"}))
    assert (field.kind, field.name, field.label, field.value) == ("text", "totp_secret_key", "Secret", "JBSW")
    assert field.id == "main-totp_secret_key"


def test_backup_codes_are_shown_one_by_one_and_used_ones_apart():
    secrets = [{"id": 1050009, "text": "abc"}, {"id": 1050014, "text": "Secret was used"}]
    field = shown(other("text", "lookup_secret", id="lookup_secret_codes", text={"context": {"secrets": secrets}}))
    assert field.kind == "secrets"
    assert [(secret.value, secret.used) for secret in field.secrets] == [("abc", False), ("", True)]


@each_case("src", ["data:image/png;base64,AAAA", "data:image/jpeg;base64,AAAA"])
def test_an_image_that_is_part_of_the_answer_is_shown(src):
    field = shown(other("img", "totp", "QR code", id="totp_qr", src=src))
    assert (field.kind, field.value, field.label) == ("image", src, "QR code")


@each_case(
    "src",
    [
        *("javascript:alert(1)", "https://evil.example/x.png", "data:image/svg+xml;base64,x", "data:text/html,x"),
        *("data:image/pngx", "//id.example.org/x.png", "", None, 7),
    ],
)
def test_an_image_from_elsewhere_is_not_shown(src):
    assert not shown(other("img", "totp", id="qr", src=src)).kind


def test_a_link_is_shown_with_its_title():
    field = shown(other("a", "code", id="continue", href="https://app.example.org/x", title={"text": "Continue"}))
    assert (field.kind, field.name, field.value, field.label) == (
        *("link", "continue"),
        *("https://app.example.org/x", "Continue"),
    )


def test_a_link_without_a_title_is_called_by_where_it_leads():
    assert shown(other("a", id="x", href="https://app.example.org/x")).label == "app.example.org"


@each_case("href", ["javascript:alert(1)", "data:text/html,x", "/x", "https://a@b/", "", None])
def test_a_link_that_is_no_plain_address_is_left_out(href):
    assert not shown(other("a", id="x", href=href)).kind


def test_a_captcha_is_shown_with_its_key():
    field = shown(other("div", "captcha", "Are you a person?", id="turnstile", data={"sitekey": "key"}))
    assert (field.kind, field.value) == ("captcha", "key")


@each_case("kind", ["div", "hologram", "script", ""])
def test_what_a_page_has_no_use_for_costs_only_itself(kind):
    assert not shown(other(kind, id="x")).kind


# Scripts

OURS = other("script", "webauthn", id="webauthn_script", src=WEBAUTHN, integrity=HASH, crossorigin="anonymous")


def test_kratos_script_runs_with_its_integrity():
    assert scripts(flow(OURS), KRATOS, frozenset()) == (Script("webauthn_script", WEBAUTHN, HASH, "anonymous"),)


def test_a_script_that_several_groups_name_is_loaded_once():
    assert len(scripts(flow(OURS, OURS | {"group": "passkey"}), KRATOS, frozenset())) == 1


@each_case(
    "changed",
    [
        {"src": "https://evil.example/.well-known/ory/webauthn.js"},
        {"src": f"{KRATOS}/other.js"},
        {"src": "javascript:alert(1)"},
        {"src": "data:text/javascript,alert(1)"},
        {"src": None},
        {"integrity": ""},
        {"integrity": None},
    ],
)
def test_no_other_script_runs(changed):
    assert scripts(flow(OURS | {"attributes": OURS["attributes"] | changed}), KRATOS, frozenset()) == ()


def test_a_captchas_script_runs_from_a_host_the_operator_named():
    raw = other("script", "captcha", id="captcha", src=CAPTCHA)
    assert scripts(flow(raw), KRATOS, frozenset()) == ()
    assert scripts(flow(raw), KRATOS, frozenset({"challenges.example.org"})) == (Script("captcha", CAPTCHA),)


@each_case(
    "src",
    [
        CAPTCHA.replace("https:", "http:"),
        CAPTCHA.replace("https://", "https://challenges.example.org@evil."),
        CAPTCHA.replace("https://", "https://sub."),
        CAPTCHA.replace("challenges.example.org", "challenges.example.org:8443"),
        CAPTCHA.replace("https:", ""),
    ],
)
def test_a_captchas_script_comes_by_https_from_that_very_host(src):
    raw = other("script", "captcha", id="captcha", src=src)
    assert scripts(flow(raw), KRATOS, frozenset({"challenges.example.org"})) == ()


def test_a_captchas_host_runs_nothing_for_other_groups():
    raw = other("script", "webauthn", id="x", src=CAPTCHA)
    assert scripts(flow(raw), KRATOS, frozenset({"challenges.example.org"})) == ()


# What nobody knows, and what is meant badly


@each_case("kind", ["brand_new", "", None, 7])
def test_an_input_of_unknown_type_is_a_line_of_text(kind):
    assert (shown(node("x", kind)).kind, shown(node("x", kind)).type) == ("input", "text")


@each_case("name", ["onclick", "onload"])
def test_script_in_an_attribute_is_nowhere_in_what_is_printed(name):
    """N15: they are strings of script; `onclickTrigger` is a name."""
    assert "alert(1)" not in repr(dataclasses.asdict(shown(node("x", "button", **{name: "alert(1)"}))))


@each_case("hostile", ['"><script>alert(1)</script>', "a b\tc\nd", "\u202e", "{{7*7}}", "x" * 20_000])
def test_an_id_holds_nothing_that_separates_ids(hostile):
    """N94: ids are referred to in lists separated by spaces (aria-describedby)."""
    for raw in (node(hostile), node(hostile, "submit", value=hostile), other("text", id=hostile, text={"text": "x"})):
        assert shown(raw).id.split() == [shown(raw).id]
