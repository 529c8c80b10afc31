"""Which forms a flow's nodes make (design D6): the bodies as Kratos really sends them, and hostile ones."""

import sys
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.ory.flows import Flow
from app.selfservice.fields import Field
from app.selfservice.flow_kinds import has_method
from app.selfservice.forms import MAX_FORMS, Form
from app.selfservice.page_forms import unshown_messages
from tests.payloads.bodies import NAMES, kind_of, load
from tests.support.builders import TOKEN, fields, flow, forms_of, node
from tests.support.cases import each_case, each_of

bounded = settings(derandomize=True, database=None)
KINDS = ("login", "registration", "recovery", "verification", "settings")
IDENTIFIER = node("identifier")
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
TOTP = (node("totp_code", "text", "totp"), node("method", "submit", "totp", value="totp"))
BACKUP = (node("lookup_secret", group="lookup_secret"), node("method", "submit", "lookup_secret", value="x"))
PASSKEY = (
    node("passkey_login_trigger", "button", "passkey", onclickTrigger="oryPasskeyLogin"),
    node("passkey_login", "hidden", "passkey", onloadTrigger="oryPasskeyLoginAutocompleteInit"),
    node("passkey_challenge", "hidden", "passkey", value="{}"),
)
OIDC = node("provider", "submit", "oidc", value="github")
SAML = node("provider", "submit", "saml", value="org")
EMAIL = node("traits.email", "email")


def payload(name: str) -> tuple[Form, ...]:
    """The forms of a body of Kratos v26.2.0."""
    return forms_of(kind_of(name), Flow.parse(load(name)))


def made(*nodes: dict[str, Any], kind: str = "login", apart: bool = False, **raw: Any) -> tuple[Form, ...]:
    """The forms of a flow with these nodes and a token."""
    return forms_of(kind, flow(TOKEN, *nodes, **raw), apart=apart)


def every(form: Form) -> list[Field]:
    """All fields of a form in the order of the markup."""
    return [*form.hidden, *form.fields, *form.extras, *form.buttons]


def names(form: Form) -> list[str]:
    """Their names."""
    return [field.name for field in every(form)]


def groups(forms: tuple[Form, ...]) -> list[str]:
    """What the forms are called."""
    return [form.group for form in forms]


def buttons(form: Form) -> list[tuple[str, str]]:
    """The buttons in the order of the markup: a browser's Enter presses the first."""
    return [(field.name, field.value) for field in form.buttons]


def wrong(raw: dict[str, Any], text: str = "Is missing.") -> dict[str, Any]:
    """The node with an error."""
    return raw | {"messages": [{"id": 4000002, "text": text, "type": "error"}]}


def error_groups(forms: tuple[Form, ...]) -> list[str]:
    """The groups of the forms that tell an error, once for each."""
    return [form.group for form in forms for field in every(form) for _ in field.messages]


def primary(forms: tuple[Form, ...]) -> list[tuple[str, str]]:
    """(form, name) of the main buttons."""
    return [(form.group, field.name) for form in forms for field in form.buttons if field.primary]


def printed_ids(forms: tuple[Form, ...]) -> list[str]:
    """The ids that the templates print: hidden fields have none."""
    return [field.id for form in forms for field in every(form) if field.kind != "hidden"]


class TestWhatKratosSends:
    def test_every_page_keeps_the_promises_of_a_page(self):
        each_of(NAMES)(self._keeps_the_promises)()

    def _keeps_the_promises(self, name):
        forms = payload(name)
        ids = printed_ids(forms)
        assert len(ids) == len(set(ids))
        for form in forms:
            visible = Counter(field.name for field in (*form.fields, *form.extras) if field.kind != "text")
            assert names(form).count("csrf_token") == 1
            assert max(visible.values(), default=1) == 1
            assert sum(field.primary for field in form.buttons) <= 1

    def test_the_identifier_is_asked_once_on_the_login_page(self):
        forms = payload("login/unified")
        group_names = [form.group for form in forms for field in form.fields if field.name == "identifier"]
        assert group_names == ["main"]

    def test_enter_on_the_login_page_signs_in_with_the_password(self):
        assert buttons(payload("login/unified")[0])[0] == ("method", "password")

    @each_case(
        "name",
        [
            *("login/code_sent", "login/code_resent", "login/code_wrong", "login/code_missing", "login/code_too_often"),
            *("login/refresh_code_sent", "login/aal2_code_sent", "login/aal2_code_wrong"),
        ],
    )
    def test_enter_on_a_code_page_sends_the_code_and_no_new_one(self, name):
        """Kratos itself puts resend first after a failed attempt."""
        [form] = payload(name)
        assert [name for name, _ in buttons(form)] == ["method", "resend"]

    def test_the_forms_of_the_settings_stand_in_a_fixed_order(self):
        assert groups(payload("settings/everything")) == [
            *("profile", "password", "passkey", "totp", "webauthn", "lookup_secret", "oidc")
        ]

    def test_a_registration_in_two_steps_asks_for_the_address_once(self):
        forms = payload("registration/profile")
        assert [form.group for form in forms for field in form.fields if field.name == "traits.email"] == ["profile"]

    def test_a_registration_at_once_asks_for_nothing_twice(self):
        main, social = payload("registration/unified")
        assert groups((main, social)) == ["main", "oidc"]
        assert [field.name for field in main.fields] == [
            *("traits.email", "traits.name.first", "traits.name.last", "password")
        ]
        assert buttons(main)[:2] == [("method", "password"), ("method", "code")]
        assert main.buttons[2].trigger == "oryWebAuthnRegistration"
        assert [field.name for field in main.extras] == ["webauthn_register_displayname"]
        assert not main.summary
        assert main.or_within

    def test_in_place_of_the_reference_ui_it_asks_for_the_address_with_each_method(self):
        """Ory's suite counts them: a form per method, each complete in itself."""
        forms = forms_of("registration", Flow.parse(load("registration/unified")), apart=True)
        group_names = [form.group for form in forms for field in form.fields if field.name == "traits.email"]
        assert group_names == [form.group for form in forms if form.group != "oidc"]
        assert sorted(group_names) == ["code", "password", "webauthn"]


class TestTheLoginPage:
    def test_a_social_provider_is_never_what_enter_presses(self):
        """B11: in Kratos' own order Enter in the password field would post it to the provider."""
        main, social = made(OIDC, IDENTIFIER, *PASSWORD)
        assert groups((main, social)) == ["main", "oidc"]
        assert buttons(main) == [("method", "password")]
        assert names(social) == ["csrf_token", "provider"]

    def test_passkeys_with_a_button_have_a_form_of_their_own(self):
        _, form = made(IDENTIFIER, *PASSWORD, *PASSKEY)
        assert sorted(names(form)) == ["csrf_token", "passkey_challenge", "passkey_login", "passkey_login_trigger"]

    def test_passkeys_without_a_button_join_the_main_form(self):
        """Kratos sends them so beside the first step of identifier first: the browser offers them by itself."""
        [form] = made(IDENTIFIER, *PASSWORD, *PASSKEY[1:])
        assert {"identifier", "passkey_login", "passkey_challenge"} <= set(names(form))
        assert groups(payload("login/identifier_first")) == ["main", "oidc"]

    def test_an_address_that_only_passkeys_use_stands_in_their_form(self):
        [form] = made(IDENTIFIER, *PASSKEY)
        assert {"identifier", "passkey_login_trigger"} <= set(names(form))

    def test_the_best_method_comes_first(self):
        [form] = made(*CODE[3:], *PASSWORD, IDENTIFIER)
        assert buttons(form) == [("method", "password"), ("method", "code")]

    def test_an_identifier_that_is_known_fills_an_empty_field(self):
        [form] = forms_of("login", flow(TOKEN, IDENTIFIER, *PASSWORD), identifier="ada@example.org")
        assert [field.value for field in form.fields if field.name == "identifier"] == ["ada@example.org"]

    def test_an_identifier_kratos_sent_is_kept(self):
        typed = node("identifier", value="typed@example.org")
        [form] = forms_of("login", flow(TOKEN, typed, *PASSWORD), identifier="ada@example.org")
        assert [field.value for field in form.fields if field.name == "identifier"] == ["typed@example.org"]

    def test_forms_that_lead_elsewhere_come_last(self):
        assert groups(made(OIDC, SAML, *PASSKEY, IDENTIFIER, *PASSWORD)) == ["main", "passkey", "oidc", "saml"]

    def test_a_group_nobody_knows_has_a_form_of_its_own(self):
        assert groups(made(*PASSWORD, node("method", "submit", "brand_new", value="x"), OIDC)) == [
            *("main", "brand_new", "oidc")
        ]


class TestTheSecondFactorPage:
    def test_every_method_has_its_own_form(self):
        assert groups(made(*BACKUP, *TOTP, requested_aal="aal2")) == ["totp", "lookup_secret"]

    def test_the_code_comes_with_the_address_it_is_for(self):
        """Kratos puts the identifier of a code into group default, on this page too."""
        [form] = made(node("identifier", "hidden", value="ada@example.org"), *CODE, requested_aal="aal2")
        assert {"csrf_token", "identifier", "code", "method", "resend"} == set(names(form))

    def test_the_method_that_was_tried_comes_first(self):
        forms = made(*TOTP, *BACKUP, requested_aal="aal2", active="lookup_secret")
        assert groups(forms) == ["lookup_secret", "totp"]


class TestRegistration:
    UNIFIED = (EMAIL, *PASSWORD, node("method", "submit", "code", value="code"), OIDC)

    def test_one_form_has_the_persons_details_and_every_method(self):
        main, social = made(*self.UNIFIED, kind="registration")
        assert names(main) == ["csrf_token", "traits.email", "password", "method", "method"]
        assert names(social) == ["csrf_token", "provider"]

    def test_another_methods_button_needs_no_password(self):
        """Kratos says that it is required: of the password, not of a code."""
        main, _ = made(EMAIL, PASSWORD[0] | {"attributes": PASSWORD[0]["attributes"] | {"required": True}},
                       *self.UNIFIED[2:], kind="registration")  # fmt: skip
        [password] = [field for field in main.fields if field.name == "password"]
        assert password.optional_here
        assert "required" not in password.control_attributes

    def test_apart_each_method_has_the_persons_details(self):
        forms = made(*self.UNIFIED, kind="registration", apart=True)
        assert [(form.group, "traits.email" in names(form)) for form in forms] == [
            *(("password", True), ("code", True), ("oidc", False))
        ]

    def test_details_of_whatever_group_are_copied(self):
        """Kratos sends them in group password or default."""
        mine = node("traits.email", "email", "password")
        nodes = (mine, *PASSWORD, node("method", "submit", "code", value="code"))
        forms = made(*nodes, kind="registration", apart=True)
        assert [names(form).count("traits.email") for form in forms] == [1, 1]
        [form] = made(*nodes, kind="registration")
        assert names(form).count("traits.email") == 1

    def test_copies_have_ids_of_their_own(self):
        ids = printed_ids(made(*self.UNIFIED, kind="registration", apart=True))
        assert {"password-traits.email", "code-traits.email"} <= set(ids)
        assert len(ids) == len(set(ids))

    def test_an_error_of_a_copied_field_is_told_once_in_the_form_that_was_sent(self):
        nodes = (wrong(EMAIL), *self.UNIFIED[1:])
        assert error_groups(made(*nodes, kind="registration", active="code", apart=True)) == ["code"]
        assert error_groups(made(*nodes, kind="registration", active="code")) == ["main"]

    def test_an_error_of_a_copied_field_is_told_in_the_first_form_if_none_was_sent(self):
        forms = made(wrong(EMAIL), *self.UNIFIED[1:], kind="registration", apart=True)
        assert error_groups(forms) == ["password"]

    def test_an_error_of_a_methods_own_field_is_told_there(self):
        nodes = (EMAIL, wrong(PASSWORD[0]), *self.UNIFIED[2:])
        assert error_groups(made(*nodes, kind="registration", active="code", apart=True)) == ["password"]

    def test_the_completion_of_a_social_sign_up_asks_for_the_details(self):
        """Kratos' flow is active there, and its only button is the provider's."""
        [form] = made(EMAIL, OIDC, kind="registration", active="oidc")
        assert names(form) == ["csrf_token", "traits.email", "provider"]

    def test_the_completion_asks_for_them_beside_other_methods_too(self):
        forms = made(*self.UNIFIED, kind="registration", active="oidc")
        assert (forms[0].group, "traits.email" in names(forms[0])) == ("oidc", True)

    def test_several_providers_alone_have_no_or_between_them(self):
        [form] = made(OIDC, node("provider", "submit", "oidc", value="gitlab"), kind="registration")
        assert not form.or_within

    def test_a_provider_alone_asks_for_the_details(self):
        [form] = made(EMAIL, OIDC, kind="registration")
        assert "traits.email" in names(form)

    def test_a_captcha_stands_in_every_form(self):
        captcha = {"type": "div", "group": "captcha", "attributes": {"id": "c", "data": {"sitekey": "k"}}}
        forms = made(captcha, *self.UNIFIED[:-1], kind="registration", apart=True)
        assert [[field.kind for field in form.fields].count("captcha") for form in forms] == [1, 1]

    def test_a_captchas_answer_is_posted_once(self):
        """Its script makes the field for the answer itself, in the captcha's place and under the name Kratos gave."""
        captcha = {"type": "div", "group": "captcha", "attributes": {"id": "c", "data": {"sitekey": "k"}}}
        answer = node("transient_payload.captcha_turnstile_response", "hidden", "captcha")
        [form] = made(captcha, answer, *PASSWORD, kind="registration")
        assert [(field.kind, field.name) for field in every(form) if field.group == "captcha"] == [
            ("captcha", "transient_payload.captcha_turnstile_response")
        ]

    def test_a_button_that_only_goes_back_stands_in_a_form_after_the_others(self):
        back = node("screen", "submit", "profile", value="previous")
        forms = made(back, *PASSWORD, *PASSKEY, kind="registration")
        assert groups(forms) == ["password", "passkey", "profile"]

    EXTRAS = tuple(node(f"traits.extra{number}") for number in range(4))

    def test_many_optional_details_are_folded(self):
        [form] = made(node("traits.email", required=True), *self.EXTRAS, *PASSWORD, kind="registration")
        assert [field.name for field in form.fields] == ["traits.email", "password"]
        assert len(form.extras) == 4

    def test_few_optional_details_are_not_folded(self):
        [form] = made(*self.EXTRAS[:3], *PASSWORD, kind="registration")
        assert (len(form.fields), form.extras) == (4, ())

    def test_details_are_not_folded_when_one_of_them_is_wrong(self):
        [form] = made(wrong(self.EXTRAS[0]), *self.EXTRAS[1:], *PASSWORD, kind="registration")
        assert (len(form.fields), form.extras) == (5, ())

    def test_details_that_are_filled_in_are_not_folded(self):
        filled_in = [node(f"traits.known{number}", value="x") for number in range(4)]
        [form] = made(*filled_in, *self.EXTRAS, *PASSWORD, kind="registration")
        assert [field.name for field in form.fields] == [*(f"traits.known{number}" for number in range(4)), "password"]


class TestTheSettings:
    SAVE = node("method", "submit", "profile", value="profile")

    def test_methods_share_nothing(self):
        forms = made(node("traits.email", "email", "profile"), self.SAVE, *PASSWORD, kind="settings")
        assert [names(form) for form in forms] == [
            ["csrf_token", "traits.email", "method"],
            ["csrf_token", "password", "method"],
        ]

    def test_what_went_wrong_stands_where_it_always_does(self):
        forms = made(self.SAVE, *PASSWORD, wrong(TOTP[0]), TOTP[1], kind="settings")
        assert groups(forms) == ["profile", "password", "totp"]

    def test_what_is_shown_this_once_stands_where_it_always_does(self):
        assert groups(payload("settings/lookup_revealed"))[-2:] == ["lookup_secret", "oidc"]

    def test_what_was_saved_stands_where_it_always_does(self):
        forms = made(self.SAVE, *PASSWORD, *TOTP, kind="settings", active="totp", state="success")
        assert groups(forms) == ["profile", "password", "totp"]


class TestRecoveryAndVerification:
    @each_case("kind", ["recovery", "verification"])
    def test_there_is_one_form(self, kind):
        again = node("email", "submit", "code", value="ada@example.org")
        [form] = made(*CODE[:1], again, *CODE[3:], kind=kind)
        assert buttons(form) == [("method", "code"), ("email", "ada@example.org")]


class TestButtons:
    @each_case("screen", ["previous", "credential-selection"])
    def test_one_that_goes_back_comes_after_the_one_that_goes_on(self, screen):
        [form] = made(node("screen", "submit", "password", value=screen), *PASSWORD)
        assert buttons(form) == [("method", "password"), ("screen", screen)]

    def test_one_that_takes_away_comes_after_those_that_do_not(self):
        off = node("lookup_secret_disable", "submit", "lookup_secret", value="true")
        new = node("lookup_secret_regenerate", "submit", "lookup_secret", value="true")
        [form] = made(off, new, kind="settings")
        assert [name for name, _ in buttons(form)] == ["lookup_secret_regenerate", "lookup_secret_disable"]

    def test_only_the_first_of_the_page_is_the_main_one(self):
        assert primary(made(IDENTIFIER, *PASSWORD, *CODE, *PASSKEY)) == [("main", "method")]

    def test_the_settings_have_one_main_one_too_not_seven(self):
        save = node("method", "submit", "profile", value="profile")
        assert primary(made(save, *PASSWORD, kind="settings")) == [("profile", "method")]

    def test_one_that_takes_away_is_never_the_main_one(self):
        assert primary(made(node("totp_unlink", "submit", "totp", value="true"), kind="settings")) == []

    def test_a_provider_is_never_the_main_one(self):
        assert primary(made(OIDC, SAML)) == []

    def test_the_main_one_loses_nothing_by_being_the_main_one(self):
        button = wrong(node("method", "submit", "password", value="password", disabled=True), "Not now.")
        button["meta"] = {"label": {"text": "Sign in"}}
        [form] = made(button)
        [field] = form.buttons
        assert field.primary
        assert (field.label, field.disabled, [m.text for m in field.messages]) == ("Sign in", True, ["Not now."])


class TestPasswordManagers:
    """Where Kratos does not ask who it is, they want to know whose password it is."""

    def test_the_address_of_the_details_is_told(self):
        forms = made(node("traits.email", "email", "profile", value="ada@example.org"), *PASSWORD, kind="settings")
        assert {form.username for form in forms} == {"ada@example.org"}

    def test_an_identifier_comes_before_the_details(self):
        [form] = made(
            *(node("traits.email", value="mail@example.org"), node("identifier", value="ada"), *PASSWORD),
            kind="registration",
        )
        assert form.username == "ada"

    def test_who_is_known_to_confirm_it_is_them_comes_before_all(self):
        [form] = forms_of("login", flow(TOKEN, *PASSWORD), identifier="ada@example.org")
        assert form.username == "ada@example.org"

    @each_case("value", ["", None, 7, ["a"]])
    def test_what_is_no_name_is_not_told(self, value):
        [form] = made(node("identifier", value=value), *PASSWORD)
        assert form.username == ""


class TestTokens:
    def test_a_lone_token_is_no_method(self):
        """Kratos answers so where the person has no second factor."""
        assert not has_method(Flow.parse(load("login/aal2_none")))
        assert has_method(Flow.parse(load("login/aal2_totp")))

    def test_a_lone_token_makes_no_form(self):
        assert [made(kind=kind) for kind in KINDS] == [()] * len(KINDS)

    def test_every_form_has_one_even_if_kratos_repeats_it(self):
        forms = made(TOKEN, *PASSWORD, OIDC)
        assert [names(form).count("csrf_token") for form in forms] == [1, 1]

    def test_one_that_is_shown_has_an_id_of_its_own_in_each_form(self):
        """Found by the fuzzer: forms shared one field, which was given the last one's id."""
        forms = forms_of("login", flow(node("csrf_token", "text"), *TOTP, *BACKUP, requested_aal="aal2"))
        assert [form.fields[0].id for form in forms] == ["totp-csrf_token", "lookup_secret-csrf_token"]

    def test_it_is_printed_untouched(self):
        """It is masked anew each time; comparing or trimming it would break the form."""
        odd = "a+b/c== "
        [form] = forms_of("login", flow(node("csrf_token", "hidden", value=odd), *PASSWORD))
        assert form.hidden[0].value == odd


class TestWhatNobodyKnows:
    @each_case("group", ["a b", '"><script>', "A", "x" * 33, "", None, 7])
    def test_a_group_with_an_odd_name_is_none(self, group):
        """Pages use the name in ids and sentences."""
        assert groups(made(*PASSWORD, node("method", "submit", group, value="x"), kind="settings")) == [
            "password",
            "default",
        ]

    def test_a_form_without_anything_to_press_or_read_is_left_out(self):
        assert made(node("x", group="brand_new")) == ()

    def test_a_form_with_something_to_read_stays(self):
        text_node = {"type": "text", "group": "brand_new", "attributes": {"id": "x", "text": {"text": "hello"}}}
        assert groups(made(text_node)) == ["brand_new"]

    def test_a_form_that_a_script_begins_by_itself_stays(self):
        assert groups(made(*PASSKEY[1:], kind="registration")) == ["passkey"]

    def test_a_node_of_unknown_type_costs_only_itself(self):
        odd = {"type": "hologram", "group": "brand_new", "attributes": {"name": "x"}}
        [form] = made(odd, *PASSWORD)
        assert set(names(form)) == {"csrf_token", "password", "method"}

    @each_case("kind", KINDS)
    def test_there_are_sixteen_forms_at_most(self, kind):
        forms = made(*(node("method", "submit", f"group_{number}", value="x") for number in range(40)), kind=kind)
        assert (len(forms) == 1) if kind in ("recovery", "verification") else (10 < len(forms) <= MAX_FORMS)

    def test_many_nodes_cost_as_many_calls_and_not_their_square(self):
        """N67: copies would multiply them; counted, so that no busy machine fails it."""

        def calls(traits):
            copied = [node(f"traits.n{number}", value="x" * 1000) for number in range(traits)]
            methods = [node("method", "submit", f"group_{number}", value="x") for number in range(50)]
            page, events = flow(TOKEN, *copied, *methods), []
            sys.setprofile(lambda *event: events.append(event[1]))
            page_forms = forms_of("registration", page, apart=True)
            sys.setprofile(None)
            assert len(page_forms) == MAX_FORMS
            return events.count("call")

        assert calls(400) < 6 * calls(100), "copies of copies would make it sixteen times"


some_names = st.sampled_from(["x", "method", "code", "a b", "identifier", "traits.name", "resend", "screen"])
some_groups = st.sampled_from(["", "default", "password", "code", "totp", "oidc", "captcha", "brand_new"])
some_types = st.sampled_from(["hidden", "text", "password", "submit", "button", "checkbox", "email", "brand_new"])
some_values = st.sampled_from(["", "x", "a b"])
some_nodes = st.lists(
    st.builds(
        lambda name, kind, group, value: node(name, kind, group, value=value),
        *(some_names, some_types, some_groups, some_values),
    ),
    max_size=12,
)


@each_case("kind", KINDS)
def test_ids_are_none_of_the_pages_own_nor_of_each_other(kind):
    """N94: the page has its groups for ids, and `--2` is what a second field of one name gets."""
    nodes = [node(name, group="profile") for name in ("x", "x", "x--2", "x--3", " ", "\n")]
    ids = printed_ids(made(*nodes, node("method", "submit", "profile", value="profile"), kind=kind))
    assert len(set(ids) - {"main", "profile"}) == len(ids) >= len(nodes)


@bounded
@given(some_nodes, st.sampled_from(KINDS), st.sampled_from(["", "aal1", "aal2"]), some_groups)
def test_ids_are_unique_in_the_page_whatever_kratos_names_its_nodes(nodes, kind, aal, active):
    """N94."""
    ids = printed_ids(forms_of(kind, flow(TOKEN, *nodes, requested_aal=aal, active=active)))
    assert len(ids) == len(set(ids))


@bounded
@given(some_nodes, st.sampled_from(KINDS), st.sampled_from(["", "aal1", "aal2"]))
def test_nothing_a_person_can_press_is_lost(nodes, kind, aal):
    pressed = {(node["attributes"]["name"], node["attributes"]["value"]) for node in nodes if is_button(node)}
    page_forms = forms_of(kind, flow(TOKEN, *nodes, requested_aal=aal))
    assert {(field.name, field.value) for form in page_forms for field in form.buttons} == pressed


@bounded
@given(some_nodes, st.sampled_from(["recovery", "verification", "settings"]))
def test_no_node_is_doubled_where_methods_share_nothing(nodes, kind):
    page_forms = forms_of(kind, flow(TOKEN, *nodes))
    sent = Counter(node["attributes"]["name"] for node in nodes)
    assert Counter(name for form in page_forms for name in names(form) if name != "csrf_token") <= sent


def is_button(raw: dict[str, Any]) -> bool:
    """Whether a node is something to press."""
    return raw["attributes"]["type"] in ("submit", "button")


@each_case("name", ["recovery/v2_choice", "login/aal2_code_choice"])
def test_none_of_several_addresses_is_the_main_action(name):
    [form] = forms_of(name.split("/")[0], Flow.parse(load(name)))
    assert len(form.buttons) == 2
    assert not any(button.primary for button in form.buttons)


ERROR = {"id": 4000001, "text": "no", "type": "error", "context": {}}


@each_case(
    "raw",
    [
        node("traits.email", "hidden") | {"messages": [ERROR]},
        node("csrf_token", "hidden") | {"messages": [ERROR]},
        node("method", "submit", "password", value="password") | {"messages": [ERROR]},
        node("", "text") | {"messages": [ERROR]},
        node("provider", "submit", "oidc", value="x") | {"messages": [ERROR]},
        {"type": "script", "group": "webauthn", "attributes": {"src": "x", "node_type": "script"}, "messages": [ERROR]},
        {"type": "img", "group": "totp", "attributes": {"src": "http://x/", "node_type": "img"}, "messages": [ERROR]},
        {"type": "div", "group": "captcha", "attributes": {"node_type": "div"}, "messages": [ERROR]},
        {"type": "new", "group": "new", "attributes": {}, "messages": [ERROR]},
    ],
)
@each_case("kind", KINDS)
def test_what_is_said_of_a_node_that_is_not_shown_is_said_once_all_the_same(raw, kind):
    kratos_flow = flow(TOKEN, raw, raw, node("password", "password", "password"))
    expected = ["Email: no" if raw["attributes"].get("name") == "traits.email" else "no"]
    for shown in (forms_of(kind, kratos_flow), ()):
        assert [message.text for message in unshown_messages((), fields(kratos_flow), shown)] == expected
    french = unshown_messages((), fields(kratos_flow), (), lambda words: words.replace(": ", " : "))
    assert [message.text for message in french] == [words.replace(": ", " : ") for words in expected]


@each_case("kind", KINDS)
def test_what_a_field_shows_is_not_said_twice(kind):
    kratos_flow = flow(
        TOKEN,
        node("traits.email", group="password") | {"messages": [ERROR]},
        node("method", "submit", "password", value="x"),
    )
    assert not unshown_messages(kratos_flow.messages, fields(kratos_flow), forms_of(kind, kratos_flow))


def test_a_message_about_a_hidden_field_names_it():
    label = {"meta": {"label": {"id": 1070002, "text": "Email", "type": "info"}}}
    kratos_flow = flow(TOKEN, node("traits.email", "hidden") | label | {"messages": [ERROR]})
    assert [message.text for message in unshown_messages(kratos_flow.messages, fields(kratos_flow), ())] == [
        "Email: no"
    ]


@each_case(
    "kind, name, about",
    [
        ("login", "nosuch", ""),
        ("registration", "identifier", ""),
        ("settings", "traits", ""),
        ("login", "traits.staff_no", "Staff no: "),
    ],
)
def test_a_field_that_kratos_made_up_for_a_hooks_words_is_none_and_the_words_are_said(
    kind: str, name: str, about: str
) -> None:
    """A hook's pointer that leads to no field becomes a text field without label in Kratos' nodes."""
    words = {"id": 4000002, "text": "Ask at the desk.", "type": "error"}
    label = {"label": {"id": 1070002, "text": "Staff no", "type": "info"}} if about else {}
    kratos_flow = flow(
        TOKEN, *PASSWORD, node(name, disabled=False, node_type="input") | {"messages": [words], "meta": label}
    )
    shown = forms_of(kind, kratos_flow)
    assert name not in [name for form in shown for name in names(form)]
    assert [message.text for message in unshown_messages(kratos_flow.messages, fields(kratos_flow), shown)] == [
        f"{about}Ask at the desk."
    ]
