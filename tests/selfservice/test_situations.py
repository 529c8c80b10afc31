"""What a message says where the page knows which identifier is used, or where a code was sent."""

from dataclasses import replace

from app.ory.flows import Message
from app.selfservice.localization import Localizer
from app.selfservice.nodes import fields_of
from app.selfservice.situations import EMAILED, SENT, TEXTED, Situation
from tests.support.builders import flow, node
from tests.support.cases import each_case

ENGLISH = Localizer(str, " or ".join, str)
WRONG = {
    "id": 4000006,
    "type": "error",
    "text": "The provided credentials are invalid, check for spelling mistakes in your password or username, email "
    "address, or phone number.",
}
NO_CODE = {"id": 4000035, "type": "error", "text": "This account does not exist or has not setup sign in with code."}
WITH_COUNTRY = "Enter a full phone number with the country code, such as +49 30 123456."


def identifier(label: int = 1070002, title: str = "", **attributes):
    return node("identifier", **attributes) | {"meta": {"label": {"id": label, "text": title or "ID", "type": "info"}}}


def said(*nodes, message=WRONG, state="choose_method", **more):
    """What the page of a flow says for a message."""
    shown = replace(flow(*nodes, state=state, **more), messages=(Message.parse(message),))
    _, [words] = fields_of(shown, ENGLISH)
    return words.text


@each_case(
    "label, title, words",
    [
        (1070007, "Email", "Wrong email or password. Check both and try again."),
        (1070002, "E-Mail", "Wrong email or password. Check both and try again."),
        (
            1070017,
            "Phone number",
            "Wrong phone number or password. Check both, and write the number as you did when you signed up.",
        ),
        (1070002, "Username", "Wrong username or password. Check both and try again."),
        (1070004, "ID", "Wrong sign-in details. Check them and try again."),
        (1070002, "Employee number", "Wrong sign-in details. Check them and try again."),
    ],
)
def test_a_wrong_password_names_the_identifier_that_is_asked_for(label, title, words):
    assert said(identifier(label, title)) == words


@each_case("nodes", [(), (identifier(1070007, "Email", type="hidden", value="ada@example.org"),)])
def test_where_nobody_is_asked_who_they_are_only_the_password_can_be_wrong(nodes):
    assert said(*nodes) == "Wrong password. Try again."


def test_a_percent_sign_of_an_operators_words_is_one():
    """Nothing is filled in there, so no catalogue is refused for it (docs/languages.md)."""
    shown = replace(flow(identifier(1070007)), messages=(Message.parse(WRONG),))
    _, [words] = fields_of(shown, replace(ENGLISH, translate=lambda _: "100% wrong."))
    assert words.text == "100% wrong."


@each_case(
    "label, title, typed, is_told",
    [
        (1070002, "Phone number", "0151 12345678", True),
        (1070017, "Phone number", "0049151", True),
        (1070002, "Phone", " +49 151 12345678", False),
        (1070007, "Email", "0151", False),
        (1070004, "ID", "0151", False),
    ],
)
def test_who_left_out_the_country_code_is_told_so(label, title, typed, is_told):
    """Kratos compares numbers with it, and can text no code without it."""
    words = said(identifier(label, title, value=typed), message=NO_CODE)
    assert words == (WITH_COUNTRY if is_told else "We can't find that account, or it can't sign in with a code.")


@each_case(
    "label, title, typed, words",
    [
        (1070007, "Email", "", "Enter your email."),
        (1070004, "ID", "", "Enter your email or username."),
        (1070002, "Employee number", "", "Fill in “Employee number”."),
        (1070002, "Employee number", "E-1", "We can't find that account, or it has no sign-in method yet."),
        (1070007, "Email", "nobody@example.org", "We can't find that account, or it has no sign-in method yet."),
    ],
)
def test_who_typed_nothing_is_not_told_that_there_is_no_such_account(label, title, typed, words):
    """Kratos says the same of both where the identifier is asked for first."""
    unknown = {"id": 4000037, "type": "error", "text": ""}
    assert said(identifier(label, title, value=typed), message=unknown) == words


def test_a_hooks_own_words_stay():
    assert said(identifier(), message=WRONG | {"text": "Ask Grace for an account."}) == "Ask Grace for an account."


@each_case(
    "name, words",
    [
        ("identifier", "Enter your email."),
        ("email", "Enter your email."),  # of a recovery
        ("password", "Enter your password."),
        ("code", "Enter the code."),
    ],
)
def test_what_is_empty_is_asked_for_by_its_name(name, words):
    missing = {"id": 4000002, "type": "error", "text": f"Property {name} is missing.", "context": {"property": name}}
    assert said(identifier(1070007, "Email"), message=missing) == words


def sent(number, *nodes, state="sent_email"):
    return Situation.of(flow(*nodes, state=state)).words(Message(number, "", "info"))


@each_case("number", EMAILED)
def test_who_waits_for_a_mail_sees_the_address(number):
    """Kratos has it in the node that asks for the code again."""
    assert sent(number, node("email", type="submit", value="ada@example.org")) == EMAILED[number]
    assert sent(number, node("email", type="submit", value="ada@example.org"), state="choose_method") == ""


@each_case("number", TEXTED)
def test_a_text_message_is_no_mail(number):
    assert sent(number, identifier(type="hidden", value="+4930123456")) == TEXTED[number]


def test_of_several_addresses_none_is_named():
    nodes = [node(f"traits.{name}", type="hidden", value=f"{name}@example.org") for name in ("home", "work")]
    assert sent(1040005, *nodes) == ""
    assert sent(1040005, nodes[0], node("traits.name", type="hidden", value="Ada")) == EMAILED[1040005]


def test_who_signs_up_with_a_phone_number_alone_is_sent_no_mail():
    nodes = [node("traits.phone", type="hidden", value="+4930123456"), node("traits.name", type="hidden", value="Ada")]
    assert sent(1040005, *nodes) == TEXTED[1040005]


def test_where_one_of_several_is_a_phone_nothing_is_said_of_spam():
    """Kratos does not tell which of them was chosen."""
    addresses = [identifier(type="hidden", value=value) for value in ("+4930123456", "ada@example.org")]
    assert sent(1010014, *addresses) == SENT


@each_case(
    "address, words",
    [
        ("+49****78", TEXTED[1060003] % {"sent_to": "+49****78"}),
        ("b****@example.org", EMAILED[1060003] % {"sent_to": "b****@example.org"}),
        ("ada****ce", EMAILED[1060003] % {"sent_to": "ada****ce"}),  # a user name: nobody knows which way it went
    ],
)
def test_a_text_message_to_a_hidden_number_is_no_mail(address, words):
    text = (
        f"A recovery code has been sent to {address}. If you have not received it, check the spelling of the address "
    )
    text += "and make sure to use the address you registered with."
    message = {"id": 1060004, "type": "info", "text": text, "context": {"masked_address": address}}
    assert said(message=message, state="sent_email") == words


def test_an_empty_code_of_a_recovery_is_not_said_to_be_a_wrong_one():
    """Kratos answers both alike."""
    text = "The recovery code is invalid or has already been used. Please try again."
    words = said(node("code"), message={"id": 4060006, "type": "error", "text": text}, state="sent_email")
    assert words == "The code is missing, wrong or already used. Try again."


REFUSED = "We couldn't verify your passkey or security key. Try again."


@each_case(
    "nodes, words",
    [
        ((node("webauthn_login_trigger", "button", "webauthn"),), REFUSED),
        (
            (node("webauthn_login_trigger", "button", "webauthn"), node("method", "submit", "totp", value="totp")),
            "Wrong code. Wait for the next one and try again.",
        ),
    ],
)
def test_a_refused_security_key_is_no_wrong_code(nodes, words):
    """Kratos says the same of both."""
    text = "The provided authentication code is invalid, please try again."
    assert said(*nodes, message={"id": 4000008, "type": "error", "text": text}) == words


@each_case(
    "group, words", [("passkey", REFUSED), ("webauthn", "We can't find that account, or it has no security key.")]
)
def test_a_refused_passkey_is_no_missing_security_key(group, words):
    text = "This account does not exist or has no security key set up."
    assert said(node("trigger", "button", group), message={"id": 4000015, "type": "error", "text": text}) == words


TAKEN = {
    "id": 4000007,
    "type": "error",
    "text": "An account with the same identifier (email, phone, username, ...) exists already.",
}


def test_details_of_another_account_ask_only_somebody_without_one_to_sign_in():
    """A settings flow has the identity of the person who changes it."""
    assert said(message=TAKEN, identity={"id": "i"}) == "Another account already has these details. Use different ones."
    assert "Sign in, or use different ones." in said(message=TAKEN)


SHORT = {"id": 4000003, "type": "error", "text": "length must be >= 3, but got 2", "context": {"min_length": 3}}
NO_EMAIL = {"id": 4000001, "type": "error", "text": '"no" is not valid "email"'}


@each_case(
    "sent, shown",
    [
        ([NO_EMAIL, NO_EMAIL], [4000001]),
        ([NO_EMAIL, SHORT], [4000001]),
        ([SHORT, {"id": 4000040, "type": "error", "text": "Enter a valid email address"}], [4000040]),
        ([SHORT, {"id": 4000001, "type": "error", "text": '"no" is not valid "iban"'}], [4000003, 4000001]),
        ([SHORT, TAKEN], [4000003, 4000007]),
    ],
)
def test_a_fault_is_said_once(sent, shown):
    """What tells how a value should look needs nobody to say its length, too; what only says that it is wrong does."""
    [field], _ = fields_of(flow(node("traits.email") | {"messages": sent}), ENGLISH)
    assert [message.id for message in field.messages] == shown


def test_faults_of_several_values_are_all_said():
    _, messages = fields_of(replace(flow(), messages=tuple(map(Message.parse, (NO_EMAIL, SHORT)))), ENGLISH)
    assert [message.id for message in messages] == [NO_EMAIL["id"], SHORT["id"]]


@each_case(
    "message, address, of_anybody, of_theirs",
    [
        (1080003, "ada@example.org", EMAILED[1060003], EMAILED[1080003]),
        (1080001, "ada@example.org", EMAILED[1060002], EMAILED[1080001]),
        (1080004, "+4930123456", TEXTED[1060003], TEXTED[1080004]),
    ],
)
def test_an_address_that_was_typed_may_be_nobodys(message, address, of_anybody, of_theirs):
    """Kratos says of any that it has sent something there; that of a sign-up is the person's."""
    begun = ("verification", "registration")
    queries = [
        f"https://id.example.org/self-service/{kind}/browser?return_to=/self-service/verification/" for kind in begun
    ]
    words = [
        said(node("email", value=address), message={"id": message}, state="sent_email", request_url=query)
        for query in queries
    ]
    assert words == [text % {"sent_to": address} for text in (of_anybody, of_theirs)]


@each_case(
    "own, labels",
    [
        ("Name", ["Name", "Emergency contact: Name"]),  # two alike
        ("Nickname", ["Nickname", "Emergency contact: Name"]),  # alone, it would be taken for the person's own
    ],
)
def test_a_trait_in_an_object_is_called_by_both_titles_where_its_own_says_too_little(own, labels):
    nodes = [
        titled("traits.name", own),
        titled("traits.emergency_contact.name", "Name"),
        titled("traits.address.city", "Town"),
    ]
    titles = {"traits.emergency_contact": "Emergency contact", "traits.emergency_contact.name": "Name"}
    titles |= {"traits.address": "Address", "traits.address.city": "Town"}
    fields, _ = fields_of(flow(*nodes), ENGLISH, titles)
    assert [field.label for field in fields] == [*labels, "Town"]


def titled(name, title):
    return node(name) | {"meta": {"label": {"id": 1070002, "text": title, "type": "info"}}}


def test_its_two_titles_are_joined_as_the_language_joins_them():
    french = Localizer(lambda words: words.replace("s: %", "s\u202f: %"), " ou ".join, str)
    named = [titled("traits.name", "Nom"), titled("traits.contact.name", "Nom")]
    titles = {"traits.contact": "Contact", "traits.contact.name": "Nom"}
    fields, _ = fields_of(flow(*named), french, titles)
    assert [field.label for field in fields] == ["Nom", "Contact\u202f: Nom"]
