"""Passkeys, security keys and captchas in the bodies of tests/payloads: what their scripts need, nothing that runs."""

import pytest

from app.selfservice.nodes import TRIGGERS
from tests.payloads.bodies import name_of, nodes
from tests.payloads.pages import SHOWN, over
from tests.support.cases import each_of
from tests.support.pages import KRATOS

# What Kratos' script looks for in the whole document, taking the first it finds.
pytestmark = pytest.mark.no_cover  # tracing these pages is slower than making them: tests/stack/coverage_in_process.py

SCRIPTED = {
    *("passkey_login", "passkey_challenge", "passkey_create_data", "passkey_register", "passkey_settings_register"),
    *("webauthn_login", "webauthn_login_trigger", "webauthn_register", "webauthn_register_trigger"),
}
WITH_SCRIPT = [shown for shown in SHOWN if "webauthn_script" in str(shown.body) and not shown.is_over]


@over("button")
def test_a_button_for_the_script_names_its_function_and_submits_nothing(shown):
    for node in shown.nodes("button"):
        attributes = node["attributes"]
        button = shown.page.find("button", {"name": attributes["name"]})
        assert button["type"] == "button"
        assert button["value"] == attributes.get("value", "")
        assert button["data-trigger"] == attributes["onclickTrigger"]


@over("button")
def test_who_has_no_script_reads_why_the_button_does_nothing(shown):
    for node in shown.nodes("button"):
        button = shown.page.find("button", {"name": name_of(node)})
        assert "JavaScript" in button.parent.find("noscript").get_text()


@over("script", integrity=...)
def test_kratos_script_is_loaded_once_with_this_answers_nonce_and_its_own_integrity(shown):
    [attributes] = [node["attributes"] for node in shown.nodes("script") if node["group"] == "webauthn"]
    [script] = shown.page.find_all("script", {"src": attributes["src"]})

    assert script["src"] == f"{KRATOS}/.well-known/ory/webauthn.js"
    assert script["integrity"] == attributes["integrity"]
    assert script["integrity"].startswith("sha512-")
    assert script["crossorigin"] == "anonymous"
    assert script["nonce"] != attributes["nonce"], "ours, or the policy forbids it"
    assert f"'nonce-{script['nonce']}'" in shown.answer.headers["Content-Security-Policy"]
    assert script["data-testid"] == f"node/script/{attributes['id']}"
    assert script.has_attr("async")
    assert script.parent.name == "head"


@each_of(WITH_SCRIPT)
def test_no_script_but_ours_and_kratos_is_loaded(shown):
    theirs = [script["src"] for script in shown.page.find_all("script") if not script["src"].startswith("/static/")]
    assert theirs == [f"{KRATOS}/.well-known/ory/webauthn.js"]


@each_of(WITH_SCRIPT)
def test_a_page_names_functions_of_the_list_only(shown):
    called = [element["data-trigger"] for element in shown.page.select("[data-trigger]")]
    called += [element["data-onload"] for element in shown.page.select("[data-onload]")]
    assert called
    assert set(called) <= TRIGGERS


@each_of(WITH_SCRIPT)
def test_nothing_of_kratos_strings_of_script_is_in_a_page(shown):
    """The client finds attributes beginning with "on"; neither is their text anywhere else."""
    text = shown.answer.text
    assert "window.ory" not in text
    assert "onclick" not in text
    assert "onload=" not in text.replace("data-onload=", "")


@each_of(WITH_SCRIPT)
def test_a_button_that_needs_script_is_hidden_until_there_is_one(shown):
    for element in shown.page.select("[data-trigger]"):
        assert (element["type"], element.has_attr("hidden")) == ("button", True)
        instead = element.parent.find("noscript").get_text(" ", strip=True)
        assert instead.startswith(element.get_text(strip=True))  # it stands among buttons that need none
        assert "JavaScript" in instead


@over("script", integrity=...)
def test_what_kratos_script_looks_for_is_there_once(shown):
    for name in {name_of(node) for node in shown.nodes()} & SCRIPTED:
        assert len(shown.page.find_all(attrs={"name": name})) == 1, name


@over("hidden", onloadTrigger=...)
def test_a_field_for_the_script_names_the_function_that_begins_by_itself(shown):
    """Whether it begins is up to static/app.js: where the identifier is known it would race the button."""
    for node in shown.nodes("hidden"):
        if function := node["attributes"].get("onloadTrigger"):
            assert shown.page.find("input", {"name": name_of(node)})["data-onload"] == function


@over("hidden", onloadTrigger="oryPasskeyLoginAutocompleteInit")
def test_a_passkey_is_posted_without_another_method(shown):
    """Kratos' script submits the form it fills in, and Kratos takes the method that is named over the passkey."""
    form = shown.page.find("input", {"name": "passkey_login"}).find_parent("form")
    assert not form.find("input", {"name": "method"})


@each_of([shown for shown in SHOWN if shown.kind == "registration"])
def test_a_passkey_is_made_in_a_form_that_holds_the_name_it_gets(shown):
    """Kratos' script reads the display name out of the form its data is in."""
    for data in shown.page.find_all("input", {"name": "passkey_create_data"}):
        assert data.find_parent("form").find("input", {"name": "traits.email"})


@pytest.mark.parametrize("name", ["onclick", "onload"])
@each_of([shown for shown in SHOWN if "onclick" in str(shown.body)])
def test_nothing_of_kratos_inline_scripts_is_in_the_page(shown, name):
    """N15: they are strings of script, and would need a policy that lets strings run."""
    strings = [node["attributes"][name] for node in nodes(shown.body) if node["attributes"].get(name)]
    assert not shown.page.find_all(attrs={name: True})
    assert not [string for string in strings if string.split("(")[0] in shown.answer.text]


@over("div")
def test_a_captcha_is_a_part_of_every_form_it_guards(shown):
    """Its script adds the answer to the form, under the name of the node Kratos reads it from."""
    [site] = [node["attributes"]["data"]["sitekey"] for node in shown.nodes("div")]
    [answer] = [name_of(node) for node in shown.nodes("hidden") if node["group"] == "captcha"]
    captchas = [form.find(attrs={"data-sitekey": site}) for form in shown.forms()]
    assert [captcha["data-response-field-name"] for captcha in captchas] == [answer] * len(captchas)
    assert not shown.page.find("input", {"name": answer}), "there would be two answers, one of them empty"
