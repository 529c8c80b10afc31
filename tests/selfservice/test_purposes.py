"""Browsers are told what the person's own details are for (WCAG 1.3.5), and of nobody else's that they are theirs."""

from functools import partial

from app.selfservice.purposes import capitals_of, purpose, typing_attributes
from tests.selfservice.test_fields import shown
from tests.support.builders import node
from tests.support.cases import each_case
from tests.support.counting import calls

OWN = {
    "name": "name fullName user.name name.full personal.legal_name",
    "given-name": "firstName first_name given_name GIVEN-NAME name.first name.given legalFirstName user.first_name",
    "family-name": "lastName family-name surname name.last name.Family",
    "additional-name": "middleName name.middle",
    "honorific-prefix": "salutation name.title",
    "honorific-suffix": "name.suffix",
    "nickname": "nickname displayName",
    "username": "username userName user_name preferred_username",
    "email": "email eMail e-mail emailAddress contact.email",
    "work email": "work_email workEmail",
    "tel": "phone phoneNumber phone.number mobile mobilePhone",
    "home tel": "home_phone phone.home",
    "street-address": "address street address.street_address homeAddress",
    "address-line1": "address1 addressLine1 address.line_1 address_line1",
    "address-line2": "address2 address_line_2 address.line2",
    "address-level1": "state region address.region stateOrProvince",
    "address-level2": "city town address.locality home.city",
    "postal-code": "zip zipCode postal_code address.postalCode plz",
    "billing postal-code": "billingAddress.zip billing_address.postal_code",
    "country-name": "country address.country",
    "country": "countryCode address.country_code",
    "bday": "birthdate birthDate date_of_birth dob birth.date birth_day",
    "bday-day": "birth.day",
    "bday-year": "birth.year birthYear",
    "sex": "gender sex",
    "url": "website web_site homepage",
    "photo": "picture avatar_url profilePicture",
    "language": "locale preferredLanguage",
    "organization": "company company.name organisation employer.name companyName",
    "organization-title": "jobTitle job.title company.job_title",
}
# Names that are about somebody or something else, or say too little.
NOT_OWN = """
company_address company.address.street companyEmail work_address.street manager_email partner.first_name parents.name
emergencyContact.phone emergency_contact.name school.city child1.name name.initials team_name city_of_birth title
birth.city secondary_email recoveryEmail invited_by client.name a.b.email employee_id bio nationality home office
"""


@each_case("expected, name", [(token, name) for token, names in OWN.items() for name in names.split()])
def test_a_trait_of_the_persons_is_known_by_its_name_in_any_spelling(expected, name):
    assert purpose(f"traits.{name}", "") == expected


@each_case("name", NOT_OWN.split())
def test_what_is_not_surely_the_persons_own_is_not_filled_in(name):
    assert purpose(f"traits.{name}", "") == ""


@each_case(
    "name, title, expected",
    [
        ("x1", "First name", "given-name"),
        ("x1", "Vorname", "given-name"),
        ("details.x1", "First name (as in your passport)", "given-name"),
        ("profile", "Profile page", "url"),
        ("name", "Company name", "organization"),
        ("country_code", "Country", "country"),
        ("username", "Nickname", "username"),
        ("title", "Job title", "organization-title"),
        ("name", "Mother's name", ""),
        ("name", "Team name", ""),
        ("address", "Company address", ""),
        ("partner.first_name", "First name", ""),
        ("client.x", "Email", ""),
    ],
)
def test_the_title_tells_what_the_name_does_not_and_is_what_a_person_answers(name, title, expected):
    assert purpose(f"traits.{name}", title) == expected


@each_case("name, kept", [("kontakt", True), ("email2", True), ("manager_email", False), ("company_email", False)])
def test_what_kratos_knows_by_the_format_counts_unless_it_is_somebody_elses(name, kept):
    assert purpose(f"traits.{name}", "", "email") == ("email" if kept else "")


@each_case(
    "name, capitals",
    [
        ("name.first", "words"),
        ("address.city", "words"),
        ("company", "words"),
        ("email", "none"),
        ("username", "none"),
        ("postal_code", "none"),
        ("employee_id", "none"),
        ("inviteCode", "none"),
        ("gender", ""),
        ("bio", ""),
    ],
)
def test_a_keyboard_starts_with_capitals_where_names_do(name, capitals):
    assert capitals_of(f"traits.{name}", "", purpose(f"traits.{name}", "")) == capitals


def test_free_text_is_checked_for_its_spelling_and_names_are_not():
    assert [str(typing_attributes(capitals, "", "")) for capitals in ("words", "")] == [
        ' autocapitalize="words" spellcheck="false"',
        "",
    ]


@each_case(
    "name, kind, direction",
    [
        ("password", "password", "ltr"),
        ("code", "text", "ltr"),
        ("lookup_secret", "text", "ltr"),
        ("traits.email", "email", "ltr"),
        ("traits.phone", "tel", "ltr"),
        ("traits.website", "url", "ltr"),
        ("identifier", "text", "auto"),
        ("traits.username", "text", "auto"),
        ("traits.name", "text", ""),
        ("traits.bio", "text", ""),
    ],
)
def test_what_is_no_word_of_a_language_is_written_from_left_to_right(name, kind, direction):
    """In Arabic, too; user names are in any script."""
    control = shown(node(name, kind)).control_attributes
    assert (f' dir="{direction}"' in control, " dir=" in control) == (bool(direction), bool(direction))


@each_case(
    "number, label, keyboard",
    [
        (1070002, "Email", "email"),
        (1070002, "E-Mail-Adresse", "email"),
        (1070002, "Phone number", ""),
        (1070004, "ID", ""),
        (1070018, "Email or phone number", ""),
        (1070007, "Email", "email"),
    ],
)
def test_only_where_an_email_alone_signs_in_the_keyboard_is_one_for_emails(number, label, keyboard):
    field = shown(node("identifier") | {"meta": {"label": {"id": number, "text": label, "type": "info"}}})
    assert ('inputmode="email"' in field.control_attributes) is bool(keyboard)
    assert ('dir="ltr"' in field.control_attributes) is bool(keyboard)


def test_a_choice_and_the_field_for_one_more_say_what_they_are_for_too():
    country = node("traits.country", options=[{"value": "NL"}, {"value": "UA"}])
    assert 'autocomplete="country-name"' in shown(country).control_attributes
    assert 'autocomplete="email"' in shown(node("traits.emails")).empty_item_attributes


def test_a_key_of_the_persons_own_costs_no_more_than_its_length():
    """N66: of 100 kB it held a worker for 11 seconds, and a thousand of them stayed in its memory."""
    kept = purpose.cache_info().currsize
    costs = [calls(partial(shown, node("traits." + "my_" * number)))[1] for number in (100, 100, 1000)]
    assert costs[1] == costs[2]
    assert purpose.cache_info().currsize <= kept + 1
