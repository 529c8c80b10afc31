"""What Kratos v26.2.0 says of a flow that is not so is not on its page."""

from typing import Any

from tests.payloads.bodies import load, messages
from tests.support.cases import each_case
from tests.support.hostile_nodes import answer_for, node
from tests.support.pages import parsed
from tests.support.upstream import BROWSER_KRATOS, KRATOS

NO_IDENTIFIER = (
    "Could not find any login identifiers. Did you forget to set them? "
    "This could also be caused by a server misconfiguration."
)
NO_CODE = "This account does not exist or has not setup sign in with code."
OF_A_HOOK = "Could not find any contract of yours."


def said(client: Any, upstream: Any, traits: dict[str, Any], text: str) -> list[str]:
    """The errors on the settings page of somebody with these traits, of whom Kratos says this."""
    body = load("settings/everything")
    body["identity"] |= {"traits": traits, "verifiable_addresses": [], "recovery_addresses": []}
    body["ui"]["messages"] = [{"id": 4000009, "text": text, "type": "error"}]
    upstream.on("GET", f"{KRATOS}/self-service/settings/flows", 200, body)
    page = parsed(client.get("/settings?flow=f"))
    return [element.get_text(" ", strip=True) for element in page.find_all(attrs={"data-testid": "ui/message/4000009"})]


@each_case("traits", [{"email": "ada@example.org"}, {"username": "ada"}])
def test_who_has_an_identifier_is_not_told_to_fill_one_in(client, upstream, traits):
    """Kratos does on every settings page, where passkeys are on and the identity schema has no display_name."""
    assert said(client, upstream, traits, NO_IDENTIFIER) == []


def test_who_has_none_is_told(client, upstream):
    assert len(said(client, upstream, {}, NO_IDENTIFIER)) == 1


def test_what_a_hook_says_by_that_number_stays(client, upstream):
    assert said(client, upstream, {"email": "ada@example.org"}, OF_A_HOOK) == [OF_A_HOOK]


def test_a_link_that_was_mailed_is_sent_again_by_one_button_which_speaks_of_no_code(client, upstream):
    again = {"id": 1070008, "text": "Resend code", "type": "info"}
    link = node(type="submit", name="method", value="link", group="link")
    code = node(type="submit", name="email", value="ada@example.org", group="code") | {"meta": {"label": again}}
    begun = f"{BROWSER_KRATOS}/self-service/registration/browser"
    body = load("verification/code_sent") | {"state": "sent_email", "request_url": begun}
    body["ui"] |= {"messages": [], "nodes": [node(name="email", group="link"), link, link, code]}

    page = parsed(answer_for(client, upstream, "verification/code_sent", body))

    assert [button.get_text(strip=True) for button in page.select("main form button")] == ["Send the email again"]
    assert page.find("input", {"name": "email"})["value"] == "ada@example.org"
    assert "We've emailed a link to ada@example.org." in page.main.get_text(" ", strip=True)


def buttons_of(client: Any, upstream: Any, name: str) -> list[str]:
    page = parsed(answer_for(client, upstream, name, load(name)))
    return [button.get_text(strip=True) for button in page.select("main form button")]


@each_case(
    "name, button",
    [
        ("recovery/email", "Send me a code"),
        ("verification/email", "Send me a code"),
        ("recovery/link_email", "Send me a link"),
        ("recovery/link_sent", "Send the email again"),
        ("recovery/v2_address", "Continue"),  # where to send it is asked next
        ("recovery/code_sent", "Continue"),
    ],
)
def test_who_forgot_a_password_reads_what_will_be_sent(client, upstream, name, button):
    assert buttons_of(client, upstream, name)[0] == button


@each_case("number", [4000012, 4000016])
def test_who_mistyped_a_backup_code_is_asked_for_one_again(client, upstream, number):
    """Kratos does not say which method it was."""
    upstream.signed_in()
    body = load("login/aal2_all") | {"active": None, "return_to": "", "request_url": ""}
    body["ui"]["messages"] = [{"id": number, "text": "", "type": "error"}]
    page = parsed(answer_for(client, upstream, "login/aal2_all", body))
    assert page.select_one("main > form[data-group]")["data-group"] == "lookup_secret"


def half_identified(client: Any, upstream: Any, *more: Any, text: str = NO_CODE) -> Any:
    """The page of somebody who typed a name to which Kratos can send no code."""
    body = load("login/identifier_first_methods")
    first = [node(type="submit", name="method", value="identifier_first", group="identifier_first", label="Continue")]
    body["ui"]["nodes"] = [raw for raw in body["ui"]["nodes"] if raw["attributes"].get("name") != "identifier"]
    body["ui"]["nodes"] += [node(name="identifier", value="ada", group="identifier_first"), *first, *more]
    body["ui"]["messages"] = [{"id": 4000035, "text": text, "type": "error"}]
    return parsed(answer_for(client, upstream, "login/identifier_first_methods", body))


def test_a_name_that_gets_no_code_is_asked_for_the_password_and_told_of_no_mistake(client, upstream):
    """Kratos shows the first step's button first, which Enter would press, and says that there is no such account."""
    page = half_identified(client, upstream)
    buttons = page.select("main > form [type=submit]")
    assert [button["value"] for button in buttons if button.get("name") == "method"] == ["password"]
    assert page.find("input", {"name": "identifier"})["value"] == "ada"
    assert not page.find(attrs={"data-testid": "ui/message/4000035"})


def test_what_a_hook_says_by_the_number_of_codes_stays(client, upstream):
    assert half_identified(client, upstream, text="Ask the office first.").find(string="Ask the office first.")


@each_case(
    "name, label",
    [
        ("settings/lookup_shown_with_used", "Backup codes"),
        (
            "settings/lookup_revealed",
            "Save these codes now. They start working after you select “I've saved my codes”.",
        ),
    ],
)
def test_only_of_new_backup_codes_is_said_that_they_do_not_work_yet(client, upstream, name, label):
    page = parsed(answer_for(client, upstream, name, load(name)))
    assert page.select_one("[data-keep] .label").get_text(strip=True) == label


def test_a_step_that_was_sent_or_left_twice_has_each_button_once(client, upstream):
    """By a double click, or Back and the step again: Kratos appends "Create account" and "Back" once more."""
    body = load("registration/credentials")
    once = answer_for(client, upstream, "registration/credentials", body)
    buttons = [node for node in body["ui"]["nodes"] if node["attributes"].get("type") == "submit"]
    upstream.mock.remove("GET", f"{KRATOS}/self-service/registration/flows")
    body["ui"]["nodes"] += buttons

    twice = answer_for(client, upstream, "registration/credentials", body)

    pages = [
        [button.get_text(" ", strip=True) for button in parsed(page).select("main button")] for page in (once, twice)
    ]
    assert buttons
    assert pages[0] == pages[1]


@each_case(
    "name, number",
    [
        ("verification/email", 4070001),
        ("recovery/email", 4060004),
        ("verification/link_email", 4070005),
        ("recovery/link_email", 4060005),
    ],
)
@each_case("by_hook", [False, True])
def test_a_link_that_was_opened_once_more_or_late_is_nobodys_mistake(client, upstream, name, number, by_hook):
    """What it was for may be done, and no page has expired; a hook's own words under that number stay an error."""
    text = next(message.text for message in messages() if message.id == number)
    body = load(name)
    body["ui"]["messages"] = [{"id": number, "text": OF_A_HOOK if by_hook else text, "type": "error"}]
    page = parsed(answer_for(client, upstream, name, body))
    words = "".join(element.get_text() for element in page.select(".message-info"))
    assert (page.select_one(".error-summary") is not None) is by_hook
    assert words.startswith("This link has expired or was already used.") is not by_hook


def test_what_goes_wrong_after_a_used_link_is_said_beside_it(client, upstream):
    """Kratos adds to the messages of a verification (WriteFlowError in selfservice/flow/verification/error.go)."""
    used = next(message for message in messages() if message.id == 4070001)
    body = load("verification/email")
    body["ui"]["messages"] = [
        {"id": used.id, "text": used.text, "type": "error"},
        {"id": 4000001, "text": OF_A_HOOK, "type": "error"},
    ]

    page = parsed(answer_for(client, upstream, "verification/email", body))

    assert OF_A_HOOK in page.select_one(".error-summary").get_text()
    assert page.select_one(".message-info").get_text().startswith("This link has expired or was already used.")


@each_case("name", ["recovery/code_wrong", "verification/code_wrong"])
def test_after_a_wrong_code_the_page_still_says_where_it_was_sent(client, upstream, name):
    body = load(name)
    [address] = [n["attributes"]["value"] for n in body["ui"]["nodes"] if n["attributes"]["name"] == "email"]
    [message] = parsed(answer_for(client, upstream, name, body)).select(".message-info")
    assert message.get_text().startswith(f"If there's an account for {address}, we've sent it a code.")


def test_a_wrong_code_that_kratos_did_not_send_was_sent_nowhere(client, upstream):
    body = load("recovery/code_wrong")  # an administrator made it: there is no button that sends another
    body["ui"]["nodes"] = [node for node in body["ui"]["nodes"] if node["attributes"]["name"] != "email"]
    assert not parsed(answer_for(client, upstream, "recovery/code_wrong", body)).select(".message-info")


@each_case(
    "name, said",
    [
        ("verification/code_sent", "Enter the code."),
        ("verification/code_wrong", "That code is wrong or was already used. Try again."),
    ],
)
def test_after_an_empty_code_a_verification_asks_for_the_code_not_for_the_address(client, upstream, name, said):
    """Kratos does, in place of the button that sends a new code, and the field stays after a wrong one."""
    body = load(name)
    [field] = [each for each in body["ui"]["nodes"] if each["attributes"]["name"] == "email"]
    field["attributes"] |= {"type": "email", "value": ""}
    field["messages"] = [{"id": 4000002, "text": "Property email is missing.", "type": "error", "context": {}}]

    page = parsed(answer_for(client, upstream, name, body))

    assert not page.select("input[name=email]")
    [link] = page.select(".error-summary a")
    assert (link.get_text(), link["href"]) == (said, f"#{page.select_one('[name=code]')['id']}")
    [again] = [link for link in page.select("main .back a") if link.get_text() == "Start again"]
    assert again["href"].startswith(f"{BROWSER_KRATOS}/self-service/verification/browser")


def test_where_the_address_is_on_the_button_a_new_code_is_a_press_away(client, upstream):
    page = parsed(answer_for(client, upstream, "verification/code_wrong", load("verification/code_wrong")))
    assert page.select("button[name=email]")
    assert "Start again" not in page.get_text()


def test_no_button_promises_another_text_message(client, upstream):
    """Kratos makes one and cannot read it; to start again would lead to a page that takes an email address only."""
    page = parsed(answer_for(client, upstream, "verification/sms_sent", load("verification/sms_sent")))
    assert page.h1.get_text(strip=True) == "Check your phone"
    assert page.select("input[name=code]")
    assert not page.select("button[name=sms]")
    assert "Start again" not in page.get_text()


@each_case("sent, said", [("sms_sent", "Your phone number is verified"), ("code_sent", "Your email is verified")])
def test_what_was_verified_is_called_what_it_is(client, upstream, sent, said):
    """Kratos says "your email address" of both, and its flow no longer knows."""
    answer_for(client, upstream, "verification/passed", load(f"verification/{sent}") | {"id": "f"})
    page = parsed(answer_for(client, upstream, "verification/passed", load("verification/passed") | {"id": "f"}))
    assert page.h1.get_text(strip=True) == said


def test_a_phone_verified_before_says_nothing_of_another_flow(client, upstream):
    answer_for(client, upstream, "verification/passed", load("verification/sms_sent") | {"id": "f"})
    page = parsed(answer_for(client, upstream, "verification/passed", load("verification/passed") | {"id": "g"}))
    assert page.h1.get_text(strip=True) == "Your email is verified"


def test_the_second_page_of_a_sign_up_says_for_whom_it_is(client, upstream):
    page = parsed(answer_for(client, upstream, "registration/credentials", body := load("registration/credentials")))
    email = next(n["attributes"]["value"] for n in body["ui"]["nodes"] if n["attributes"]["name"] == "traits.email")
    assert page.select_one(".who").get_text().strip() == f"Account: {email}"


def test_where_there_is_an_account_already_none_is_said_to_be_created(client, upstream):
    exists = next(message for message in messages() if message.id == 4000007)
    body = load("registration/credentials")
    body["ui"]["messages"] = [{"id": exists.id, "text": exists.text, "type": "error"}]
    page = parsed(answer_for(client, upstream, "registration/credentials", body))
    assert page.select_one(".error-summary")
    assert page.select_one(".who") is None


def test_an_authenticator_app_is_turned_on_and_not_saved(client, upstream):
    page = parsed(answer_for(client, upstream, "settings/nothing_enrolled", load("settings/nothing_enrolled")))
    assert page.select_one("button[name=method][value=totp]").get_text(strip=True) == "Turn on"
    assert page.select_one("button[name=method][value=profile]").get_text(strip=True) == "Save"


STRING = {"type": "string"}
IDENTIFIER = {"ory.sh/kratos": {"credentials": {"password": {"identifier": True}}}}
ADDRESS = {"ory.sh/kratos": {"recovery": {"via": "email"}}}
TYPED = {"email": "bob@example.org", "second": "bob@example.com", "city": "Ely"}


def changed(client: Any, upstream: Any, *names: str, schema: bool = True) -> Any:
    """The settings page after another account turned out to have what was typed into these fields."""
    if schema:
        upstream.schema("person", {"email": STRING | IDENTIFIER, "second": STRING | ADDRESS, "city": STRING})
    body = load("settings/everything")
    stored = {"email": "ada@example.org", "second": "ada@example.com", "city": "York"}
    body["identity"] |= {"traits": stored, "schema_id": "person" if schema else "untold"}
    typed = stored | {name: TYPED[name] for name in names}
    others = [n for n in body["ui"]["nodes"] if not str(n["attributes"].get("name")).startswith("traits.")]
    traits = [node(name=f"traits.{name}", group="profile", value=value) for name, value in typed.items()]
    exists = next(message for message in messages() if message.id == 4000007)
    body["ui"] |= {"nodes": [*traits, *others], "messages": [{"id": exists.id, "text": exists.text, "type": "error"}]}
    return parsed(answer_for(client, upstream, "settings/everything", body))


def opened_first(page: Any) -> list[str]:
    return [details.summary.b.get_text() for details in page.select(".methods > details[open]")]


@each_case("names", [["email"], ["second"], ["email", "city"]])
def test_what_another_account_has_is_said_at_the_detail_that_was_changed_to_it(client, upstream, names):
    page = changed(client, upstream, *names)
    assert opened_first(page) == ["Change your details"]
    [wrong] = page.select("[aria-invalid=true]")
    assert (wrong["name"], wrong["value"]) == (f"traits.{names[0]}", TYPED[names[0]])
    assert page.select_one(".methods .error-summary a")["href"] == f"#{wrong['id']}"
    assert "Another account already uses this. Enter a different one." in wrong.find_parent(class_="field").get_text()


@each_case("names", [["email", "second"], ["city"]])
def test_where_it_may_be_several_it_stands_above_the_details_that_are_open(client, upstream, names):
    page = changed(client, upstream, *names)
    assert opened_first(page) == ["Change your details"]
    assert not page.select("[aria-invalid=true]")
    assert "Another account already has these details." in page.select_one(".methods .error-summary").get_text()


def test_without_the_schema_the_details_are_open_all_the_same(client, upstream):
    page = changed(client, upstream, "email", schema=False)
    assert opened_first(page) == ["Change your details"]
    assert not page.select("[aria-invalid=true]")


def test_where_nothing_was_typed_no_detail_is_blamed(client, upstream):
    """An account at a provider that somebody else has linked."""
    page = changed(client, upstream)
    assert opened_first(page) == []
    assert "Another account already has these details." in page.select_one(".error-summary").get_text()
