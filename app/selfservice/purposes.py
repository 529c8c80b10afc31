"""What a trait is for, in HTML's words for `autocomplete` (WCAG 1.3.5), by its name and title in a schema.

A wrong word is worse than none: a browser would fill in somebody's own address as their employer's. So a name has to
fit as a whole; of the words before it only those are left out that say no more than "of this person".
"""

import re
from functools import lru_cache

from markupsafe import Markup

from app.selfservice.fields import as_html

# Names of traits by their word in HTML; capitals, and what stands between words, do not count.
_NAMES = {
    "name": "name full_name complete_name legal_name real_name",
    "honorific-prefix": "honorific_prefix name_prefix salutation honorific",
    "given-name": "given_name first_name forename fname given_names first_names vorname prenom",
    "additional-name": "additional_name middle_name additional_names middle_names middle_initial patronymic",
    "family-name": "family_name last_name surname lname family_names nachname familienname cognome apellidos",
    "honorific-suffix": "honorific_suffix name_suffix",
    "nickname": "nickname nick display_name screen_name preferred_name spitzname",
    "username": "username login login_name preferred_username account_name handle benutzername",
    "organization": "organization organization_name company company_name name_of_company business_name employer firma",
    "organization-title": "organization_title job_title job_position title_of_job position_in_company",
    "street-address": "street_address address street street_name street_and_number address_street postal_address "
    "mailing_address residential_address strasse",
    "address-line1": "address_line1 line1 address1 street1 street_address1 street_line1",
    "address-line2": "address_line2 line2 address2 street2 street_address2 street_line2",
    "address-line3": "address_line3 line3 address3 street3 street_address3 street_line3",
    "address-level1": "address_level1 state province region state_or_province state_province state_or_region",
    "address-level2": "address_level2 city town locality city_or_town town_or_city city_name municipality",
    "address-level3": "address_level3 dependent_locality suburb",
    "postal-code": "postal_code postcode zip zip_code zip_or_postal_code postcode_or_zip postal plz postleitzahl",
    "country": "country_code country_iso country_iso_code iso_country",
    "country-name": "country country_name country_of_residence country_or_region",
    "bday": "birthdate birthday date_of_birth dob bday geburtsdatum geburtstag",
    "bday-day": "bday_day birthdate_day date_of_birth_day",
    "bday-month": "bday_month birth_month month_of_birth birthdate_month date_of_birth_month",
    "bday-year": "bday_year birth_year year_of_birth birthdate_year date_of_birth_year",
    "sex": "sex gender gender_identity",
    "tel": "tel phone phones phone_number phone_numbers phone_no telephone telephone_number mobile mobile_phone "
    "mobile_number mobile_phone_number cell_phone cell_number contact_number telefon telefonnummer",
    "email": "email emails mail email_address email_addresses mail_address email_adresse",
    "url": "url website website_url homepage home_page_url web_page web_address profile_page profile_url",
    "language": "language locale lang language_code ui_locale",
    "photo": "photo picture avatar photo_url picture_url avatar_url profile_picture profile_photo "
    "profile_image picture_address",
}
_PURPOSES = {name.replace("_", ""): purpose for purpose, names in _NAMES.items() for name in names.split()}
_OF_NAMES = {"name", "given-name", "additional-name", "family-name", "nickname", "honorific-prefix", "honorific-suffix"}
_OF_ADDRESSES = {purpose for purpose in _NAMES if "address" in purpose} | {"postal-code", "country", "country-name"}
# What keys mean in an object of this name, and which of the purposes above they may have there by their own.
_KEYS: dict[str, tuple[set[str], dict[str, str]]] = {
    "name": (_OF_NAMES, {"first": "given-name", "given": "given-name", "last": "family-name", "family": "family-name",
                         "middle": "additional-name", "full": "name", "formatted": "name", "display": "nickname",
                         "prefix": "honorific-prefix", "title": "honorific-prefix", "suffix": "honorific-suffix"}),
    "address": (_OF_ADDRESSES, {"code": "postal-code"}),
    "birth": (set(), {"date": "bday", "day": "bday-day", "month": "bday-month", "year": "bday-year"}),
    "phone": ({"tel"}, {"number": "tel", "home": "home tel", "work": "work tel"}),
    "email": ({"email"}, {"address": "email", "home": "home email", "work": "work email"}),
    "company": ({"organization", "organization-title"}, {"name": "organization", "title": "organization-title",
                                                         "position": "organization-title"}),
}  # fmt: skip
_CALLED = {
    "fullname": "name", "postaladdress": "address", "residence": "address", "birthdate": "birth",
    "dateofbirth": "birth", "organization": "company", "employer": "company", "job": "company", "mobile": "phone",
    "telephone": "phone",
}  # fmt: skip
_SORTS = {"home": "home", "work": "work", "business": "work", "office": "work", "billing": "billing",
          "invoice": "billing", "shipping": "shipping", "delivery": "shipping"}  # fmt: skip
_SETS = {
    "own": "user my your own person personal primary main private current profile contact legal preferred details info "
    "data account member residential",
    # Whom or what else a detail may be about.
    "others": "emergency partner spouse husband wife mother father parent guardian child children son daughter brother "
    "sister sibling relative kin friend manager boss supervisor colleague assistant teacher doctor physician agent "
    "reference referrer sponsor recipient beneficiary witness landlord school university bank insurance pet maiden "
    "inviter invited secondary backup alternative alternate former previous old other recovery",
    # Their name is the person's, their address is not.
    "firms": "company employer organization firm shop store team vendor supplier",
    "codes": "id code codes key keys token number no nr identifier badge iban bic vat ssn pin slug",
}
_OWN, _OTHERS, _FIRMS, _CODES = (frozenset(words.split()) for words in _SETS.values())
_WRITTEN = (_OF_NAMES | _OF_ADDRESSES | {"organization", "organization-title"}) - {"postal-code", "country"}
_WORDS = re.compile(r"[A-Z]+(?![^\W\dA-Z_])|[^\W\d_][^\W\dA-Z_]*|\d+")


@lru_cache(maxsize=1024)
def purpose(name: str, title: str, by_format: str = "") -> str:
    """The `autocomplete` of a trait by its node's name and its title, "" for none; `by_format`: what Kratos says."""
    keys, titled = [_words(key) for key in name.split(".")[1:]], _words(title.partition("(")[0])
    words = {word for key in (*keys, titled) for word in (*key, *(word.removesuffix("s") for word in key))}
    by_name, by_title = _of_path(keys), _of_path([*keys[:-1], titled]) if titled else ""
    named = by_name.startswith(by_title) or (by_name, by_title) == ("country", "country-name")
    best = (by_name if named else by_title) or by_name or by_format  # a person answers the title
    foreign = _FIRMS.intersection(words) and not best.startswith(("organization", "work "))
    return "" if foreign or _OTHERS.intersection(words) else best


@lru_cache(maxsize=1024)
def capitals_of(name: str, title: str, autocomplete: str) -> str:
    """The `autocapitalize` of a trait: words, none, or "" for what browsers do by themselves."""
    if autocomplete and autocomplete != "sex":
        return "words" if autocomplete.rpartition(" ")[2] in _WRITTEN else "none"
    return "none" if _CODES.intersection((*_words(name)[-1:], *_words(title)[-1:])) else ""


@lru_cache(maxsize=128)
def typing(capitals: str, autocomplete: str, keyboard: str) -> Markup:
    """How something is typed, as attributes: what never has capitals is no word to be spelled, and runs one way."""
    anything = autocomplete.startswith("username") and not keyboard  # a user name is in any script
    return as_html(
        {
            "inputmode": keyboard,
            "autocapitalize": capitals,
            "spellcheck": "false" if capitals else "",
            "dir": "" if capitals != "none" else "auto" if anything else "ltr",
        }
    )


def _words(text: str) -> list[str]:
    """The words of a name or title in one spelling."""
    return [word.lower().replace("organis", "organiz") for word in _WORDS.findall(text)]


def _of_path(path: list[list[str]]) -> str:
    """What a key is for, under the keys of the objects it is in."""
    sort, above = "", []
    for words in path:
        rest = _without_whose(words)
        sort = next((_SORTS[word] for word in words if word in _SORTS and word not in rest), sort)
        above += [rest] if rest or words is path[-1] else []
    *objects, key = above or [[]]
    if len(objects) > 1:
        return ""
    own = _key_of("".join(objects[0]), "".join(key)) if objects else _PURPOSES.get("".join(key), "")
    return _sorted(sort, own)


def _without_whose(words: list[str]) -> list[str]:
    """The words without those in front that only say whose it is."""
    for start in range(len(words)):
        if "".join(words[start:]) in _PURPOSES or not (words[start] in _OWN or words[start] in _SORTS):
            return words[start:]
    return []


def _key_of(name: str, key: str) -> str:
    fitting, keys = _KEYS.get(_CALLED.get(name, name), (set(), {}))
    own = keys.get(key) or _PURPOSES.get(key, "") or _PURPOSES.get(f"{name}{key}", "")
    return own if key in keys or own in fitting else ""


def _sorted(sort: str, own: str) -> str:
    """A purpose with the word before it for which of several it is; HTML has none for addresses at work."""
    if not (sort and own) or (sort == "home" and own in _OF_ADDRESSES):
        return own
    return f"{sort} {own}" if sort in ("billing", "shipping") or own in ("tel", "email") else ""
