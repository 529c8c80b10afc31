"""Claims: C01-C07, C10 and C14 of SECURITY.md, and as far as they are pure C09."""

import json
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.claims.expressions import RuleError
from app.claims.rules import (
    MAX_BYTES,
    MISSING,
    NO_ROOM,
    RESERVED,
    STANDARD,
    WRONG_TYPE,
    TokenRules,
    claims,
    parse_rules,
)
from app.claims.types import TYPES
from app.ory.models import Identity
from tests.support.builders import identity
from tests.support.cases import each_case

RULES = parse_rules(STANDARD)
ALL = ("openid", "profile", "email", "phone", "address")
DEMO = json.loads(Path("kratos/identities.json").read_text(encoding="utf-8"))
UPDATED = "2026-11-20T10:00:00.123456789Z"
ADDRESS = {"value": "ada@example.org", "verified": True, "via": "email", "status": "completed"}
bounded = settings(derandomize=True, database=None)


def person(email: str) -> Identity:
    """One of the demo persons, as whoami tells them."""
    raw = next(row for row in DEMO if row["traits"]["email"] == email)
    return identity(raw["traits"], updated_at=UPDATED, verifiable_addresses=raw.get("verifiable_addresses"))


def claims_of(scope: str, who: Identity, rules: object = None) -> dict[str, Any]:
    """The claims for these granted scopes."""
    return dict(claims(who, scope.split(), RULES if rules is None else parse_rules(rules)).values)


ADA_PROFILE = {
    "name": "Ada Lovelace",
    "given_name": "Ada",
    "family_name": "Lovelace",
    "preferred_username": "ada",
    "website": "https://ada.example.org",
    "locale": "en-GB",
    "zoneinfo": "Europe/London",
    "updated_at": 1795168800,
}
ADA_EMAIL = {"email": "ada@example.org", "email_verified": True}
ADA_PHONE = {"phone_number": "+442079460000", "phone_number_verified": False}
ADA_ADDRESS = {
    "address": {
        "street_address": "12 St James's Square",
        "locality": "London",
        "postal_code": "SW1Y 4JH",
        "country": "United Kingdom",
        "formatted": "12 St James's Square\nLondon\nSW1Y 4JH\nUnited Kingdom",
    }
}


# C01-C03: exactly the claims of the granted scopes


@each_case(
    "scope, expected",
    [
        ("", {}),
        ("openid", {}),
        ("openid offline_access", {}),
        ("openid profile", ADA_PROFILE),
        ("openid email", ADA_EMAIL),
        ("openid phone", ADA_PHONE),
        ("openid address", ADA_ADDRESS),
        ("profile", ADA_PROFILE),
        (" ".join(ALL), ADA_PROFILE | ADA_EMAIL | ADA_PHONE | ADA_ADDRESS),
        ("openid openid email email", ADA_EMAIL),
    ],
)
def test_a_scope_tells_exactly_its_claims(scope, expected):
    """C01 C02 C03."""
    assert claims_of(scope, person("ada@example.org")) == expected


def test_a_person_with_few_traits_tells_few_claims():
    assert claims_of(" ".join(ALL), person("grace@example.org")) == {
        "name": "Grace Hopper",
        "given_name": "Grace",
        "family_name": "Hopper",
        "updated_at": 1795168800,
        "email": "grace@example.org",
        "email_verified": False,
    }


EVERYTHING = {
    "email": "e@example.org",
    "name": {"first": "E", "middle": "M", "last": "L"},
    "nickname": "nick",
    "username": "user",
    "profile": "https://example.org/e",
    "picture": "https://example.org/e.png",
    "website": "http://example.org",
    "gender": "female",
    "birthdate": "1815-12-10",
    "zoneinfo": "Europe/London",
    "locale": "en-GB",
    "phone": "+442079460000",
    "address": {"street_address": "s", "locality": "l", "region": "r", "postal_code": "p", "country": "c"},
}
STRINGS = {
    *("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture"),
    *("website", "gender", "birthdate", "zoneinfo", "locale", "email", "phone_number"),
}


def test_every_standard_claim_has_the_json_type_openid_connect_gives_it():
    """C01: OpenID Connect Core 5.1."""
    values = claims_of(" ".join(ALL), identity(EVERYTHING, updated_at=UPDATED))
    types: dict[str, type] = dict.fromkeys(STRINGS, str) | {"email_verified": bool, "phone_number_verified": bool}
    types |= {"updated_at": int, "address": dict}
    assert {name: type(value) for name, value in values.items()} == types


def test_the_shipped_schema_has_a_trait_for_every_standard_claim():
    schema = json.loads(Path("kratos/identity.schema.json").read_text(encoding="utf-8"))
    assert set(EVERYTHING) == set(schema["properties"]["traits"]["properties"])


@each_case(
    "traits, name",
    [
        ({"name": "Ada Lovelace"}, "Ada Lovelace"),
        ({"name": {"full": "Ada King"}}, "Ada King"),
        ({"name": {"first": "Ada", "last": "Lovelace"}}, "Ada Lovelace"),
        ({"name": {"first": "Ada"}}, "Ada"),
        ({"first_name": "Ada", "last_name": "Lovelace"}, "Ada Lovelace"),
        ({"given_name": "Ada", "family_name": "Lovelace"}, "Ada Lovelace"),
    ],
)
def test_ory_usual_shapes_of_a_name_are_all_understood(traits, name):
    assert claims_of("profile", identity(traits)) == claims_of("profile", identity(traits)) | {"name": name}


@each_case(
    "trait, claim",
    [
        *(("given_name", "given_name"), ("first_name", "given_name")),
        *(("family_name", "family_name"), ("last_name", "family_name")),
        *(("middle_name", "middle_name"), ("preferred_username", "preferred_username")),
    ],
)
def test_a_trait_by_another_usual_name_is_told(trait, claim):
    assert claims_of("profile", identity({trait: "x"}))[claim] == "x"


def test_a_phone_number_by_its_claims_name_is_told():
    assert claims_of("phone", identity({"phone_number": "+442079460000"}))["phone_number"] == "+442079460000"


@each_case(
    "address, expected",
    [
        ("1 Road\nTown", {"formatted": "1 Road\nTown"}),
        ({"formatted": "1 Road, Town"}, {"formatted": "1 Road, Town"}),
        ({"street_address": "1 Road"}, {"formatted": "1 Road", "street_address": "1 Road"}),
        (
            {"country": "Utopia", "locality": "Town", "region": " ", "postal_code": 12},
            {"formatted": "Town\nUtopia", "locality": "Town", "country": "Utopia"},
        ),
        ({"formatted": "1 Road", "locality": "Town"}, {"formatted": "1 Road", "locality": "Town"}),
        ({"region": "Shire"}, {"formatted": "Shire", "region": "Shire"}),
    ],
)
def test_an_address_has_its_formatted_line_by_line_where_nobody_wrote_it(address, expected):
    """OpenID Connect Core 5.1.1: an object, whose lines are parted by newlines."""
    assert claims_of("address", identity({"address": address})) == {"address": expected}


# C04: whether an email is verified


@each_case(
    "addresses, verified",
    [
        ([ADDRESS], True),
        ([{"value": "other@example.org"} | ADDRESS, ADDRESS], True),
        ([ADDRESS | {"verified": False}, ADDRESS], True),
        ([ADDRESS | {"value": "other@example.org"}], False),
        ([ADDRESS | {"value": "Ada@example.org"}], False),
        ([ADDRESS | {"value": "ada@example.org "}], False),
        ([ADDRESS | {"value": ["ada@example.org"]}], False),
        ([ADDRESS | {"verified": False, "status": "pending"}], False),
        ([ADDRESS | {"verified": "true"}], False),
        ([ADDRESS | {"verified": 1}], False),
        ([ADDRESS | {"via": "sms"}], False),
        ([ADDRESS | {"via": "something_new"}], False),
        ([ADDRESS | {"via": None}], False),
        ([], False),
        (None, False),
        ("ada@example.org", False),
        ([None, "x", 1, []], False),
    ],
)
def test_an_email_is_verified_only_if_kratos_verified_exactly_this_one(addresses, verified):
    """C04."""
    who = identity({"email": "ada@example.org"}, verifiable_addresses=addresses)
    assert claims_of("email", who) == {"email": "ada@example.org", "email_verified": verified}


def test_an_email_just_changed_is_not_verified_by_the_old_one():
    """C04."""
    who = identity({"email": "new@example.org"}, verifiable_addresses=[ADDRESS])
    assert claims_of("email", who)["email_verified"] is False


def test_a_trait_that_says_verified_is_ignored():
    """C04: the person can edit it."""
    who = identity({"email": "ada@example.org", "email_verified": True}, verifiable_addresses=[])
    assert claims_of("email", who)["email_verified"] is False


def test_without_an_email_nothing_is_said_about_it():
    assert claims_of("email", identity({"email": ""}, verifiable_addresses=[])) == {}


OTHER = {"value": "b@example.org", "verified": False, "via": "email"}
SMS = {"value": "+442079460000", "verified": True, "via": "sms"}


@each_case(
    "traits, addresses, expected",
    [
        ({"emails": ["b@example.org", "ada@example.org"]}, [OTHER, ADDRESS], ("ada@example.org", True)),
        ({"contact": {"mail": "ada@example.org"}}, [ADDRESS], ("ada@example.org", True)),
        ({"emails": ["b@example.org"]}, [OTHER], ("b@example.org", False)),
        (
            {"emails": ["c@example.org", "b@example.org"]},
            [OTHER, OTHER | {"value": "c@example.org"}],
            ("c@example.org", False),
        ),
        ({"email": "new@example.org"}, [ADDRESS], ("new@example.org", False)),
        ({"email": 7}, [SMS, {"via": "email"}, ADDRESS | {"value": 7}], None),
        ({}, [ADDRESS | {"value": "nonsense"}], None),
    ],
)
def test_the_email_is_by_default_the_first_confirmed_address(traits, addresses, expected):
    values = claims_of("email", identity(traits, verifiable_addresses=addresses))
    assert values == ({} if expected is None else {"email": expected[0], "email_verified": expected[1]})


def test_the_phone_number_is_by_default_the_first_confirmed_one():
    who = identity({"phones": ["+442079460001", "+442079460000"]}, verifiable_addresses=[SMS])
    assert claims_of("phone", who) == {"phone_number": "+442079460000", "phone_number_verified": True}


def test_the_email_can_come_from_a_list_or_another_trait():
    rules = {
        "email": {"email": {"value": "traits.emails[1]", "type": "email"}, "email_verified": {"verified_of": "email"}}
    }
    who = identity({"emails": ["b@example.org", "ada@example.org"]}, verifiable_addresses=[ADDRESS, OTHER])
    assert claims_of("email", who, rules) == {"email": "ada@example.org", "email_verified": True}
    assert claims_of("email", identity({"emails": ["b@example.org"]}), rules) == {}


def test_the_verified_address_alone_can_be_told_by_a_name_of_the_operators():
    mail = {"value": "verifiable_addresses[?via=='email' && verified].value | [0]", "type": "email"}
    rules = {"x": {"mail_verified": {"verified_of": "mail"}, "mail": mail}}
    who = identity({}, verifiable_addresses=[OTHER, ADDRESS])
    assert claims_of("x", who, rules) == {"mail": "ada@example.org", "mail_verified": True}
    assert claims_of("x", identity({}, verifiable_addresses=[OTHER]), rules) == {}


def test_a_phone_is_verified_by_sms_only():
    """C04."""
    by_mail = {"value": "+442079460000", "verified": True, "via": "email"}
    who = identity({"phone": "+442079460000"}, verifiable_addresses=[by_mail])
    assert claims_of("phone", who)["phone_number_verified"] is False
    who = identity({"phone": "+442079460000"}, verifiable_addresses=[by_mail | {"via": "sms"}])
    assert claims_of("phone", who)["phone_number_verified"] is True


def test_verified_is_said_of_the_value_that_is_told_whichever_scope_tells_it():
    """Both scopes tell `email`; the first one's value stands, and nobody verified that."""
    rules = {
        "email": {"email": {"value": "traits.email", "type": "email"}},
        "work": {"email": {"value": "traits.work", "type": "email"}, "email_verified": {"verified_of": "email"}},
    }
    verified = [ADDRESS | {"value": "work@example.org"}]
    who = identity({"email": "unproved@example.org", "work": "work@example.org"}, verifiable_addresses=verified)
    assert claims_of("email work", who, rules) == {"email": "unproved@example.org", "email_verified": False}
    assert claims_of("work email", who, rules) == {"email": "work@example.org", "email_verified": True}


def test_verified_is_not_said_of_an_email_there_was_no_room_for():
    who = identity({"email": "a" * MAX_BYTES + "@example.org"})
    assert claims_of("email", who) == {}


# C05, C07: wrong types and empty values are left out

JUNK: list[Any] = [
    *(None, "", "  ", "\n"),
    [],
    {},
    7,
    7.5,
    True,
    ["x"],
    {"x": "y"},
    float("nan"),
    float("inf"),
    10**400,
    [None],
    [[]],
]


LONGEST_TAG = "en-x" + "-abcdefgh" * 6 + "-abcde"  # 64 characters


def test_a_trait_of_the_wrong_type_is_left_out_and_breaks_nothing():
    """C05 C07."""
    for trait, junk in product(EVERYTHING, JUNK):
        values = claims_of(" ".join(ALL), identity(EVERYTHING | {trait: junk}))
        assert "null" not in json.dumps(values), (trait, junk)
        assert '""' not in json.dumps(values), (trait, junk)
        assert all(type(values[name]) is str for name in STRINGS & values.keys()), (trait, junk)


@each_case(
    "claim, trait, junk",
    [
        *(
            ("picture", "picture", url)
            for url in ("javascript:alert(1)", "data:image/png;base64,x", "http://a.example/")
        ),
        *(("website", "website", url) for url in ("javascript:alert(1)", "//evil", "https://u:p@evil", "ftp://x", "x")),
        *(("birthdate", "birthdate", day) for day in ("1815-12-10T00:00:00Z", "10.12.1815", "1815-13-01", "1815-1-1")),
        *(("phone_number", "phone", number) for number in ("020 7946 0000", "+0123", "+44 20 7946", "+" + "1" * 16)),
        *(("email", "email", address) for address in ("ada", "a@b@c", "a b@c", "@", "a@")),
        *(("zoneinfo", "zoneinfo", zone) for zone in ("../../etc/passwd", "Europe/London\n", "UTC+1:00")),
        *(
            ("locale", "locale", tag)
            for tag in (
                *("english language", "english", "en-", "e", "en_GB.UTF-8", "en-GB-GB", "en-x", "i-klingon"),
                LONGEST_TAG + "x",
                7,
                ["en"],
                "e\u0301n",
            )
        ),
    ],
)
def test_a_string_of_the_wrong_form_is_left_out(claim, trait, junk):
    """C05."""
    assert claim not in claims_of(" ".join(ALL), identity(EVERYTHING | {trait: junk}))


@each_case(
    "claim, trait, value, expected",
    [
        ("birthdate", "birthdate", "0000-12-10", "0000-12-10"),
        ("birthdate", "birthdate", "1815", "1815"),
        ("locale", "locale", "en_GB", "en-GB"),
        *(
            ("locale", "locale", tag, tag)
            for tag in (LONGEST_TAG, "de", "fil", "zh-Hant-TW", "es-419", "sl-rozaj-1994", "de-DE-u-co-phonebk")
        ),
        ("zoneinfo", "zoneinfo", "America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("phone_number", "phone", "+442079460000;ext=12", "+442079460000;ext=12"),
        ("nickname", "nickname", "زهراء 👩‍💻 \u202eÅ", "زهراء 👩‍💻 \u202eÅ"),
    ],
)
def test_a_string_of_the_right_form_is_told_as_it_is(claim, trait, value, expected):
    assert claims_of(" ".join(ALL), identity(EVERYTHING | {trait: value}))[claim] == expected


@each_case("updated", [None, "", "yesterday", 1795168800, [], "2026-11-20"])
def test_an_updated_at_that_is_no_time_is_left_out_or_a_number(updated):
    values = claims_of("profile", identity({}, updated_at=updated))
    assert values == {} or type(values["updated_at"]) is int


@each_case("traits", [None, "x", [], 1, True, {"name": {"first": {"deep": {}}}}, {str(n): n for n in range(1000)}])
def test_traits_of_any_shape_break_nothing(traits):
    """N66: the shape of traits is the deployer's."""
    who = Identity("ada", "active", {"traits": traits})
    assert claims_of(" ".join(ALL), who) == {}


def test_traits_as_deep_as_json_is_read_break_nothing():
    """N66: from 450 levels on the account page and every consent of such a person were a 500."""
    for begin, end in (('{"name":', "}"), ("[", "]")):
        for depth in (100, 450, 900):
            deep = json.loads(begin * depth + '""' + end * depth)
            assert claims_of(" ".join(ALL), identity({"name": deep, "address": deep, "email": deep})) == {}


@each_case(
    "traits, why",
    [
        ({}, MISSING),
        ({"picture": None}, MISSING),
        ({"picture": " "}, MISSING),
        ({"picture": {}}, MISSING),
        ({"picture": []}, MISSING),
        ({"picture": {"a": None, "b": [], "c": " "}}, MISSING),
        ({"picture": 0}, WRONG_TYPE),
        ({"picture": False}, WRONG_TYPE),
        ({"picture": "javascript:alert(1)"}, WRONG_TYPE),
        ({"picture": ["https://a.example/"]}, WRONG_TYPE),
    ],
)
def test_what_is_left_out_says_why(traits, why):
    """C05 C07."""
    assert claims(identity(traits), ["profile"], RULES).left_out["picture"] == why


def test_what_another_scope_tells_is_not_left_out():
    rules = {"a": {"x": "traits.a"}, "b": {"x": "traits.b"}}
    result = claims(identity({"b": "1"}), ["a", "b"], parse_rules(rules))
    assert (result.values, result.left_out) == ({"x": "1"}, {})


def test_what_a_verification_is_about_is_missed_first():
    why = {"email": "nothing there", "email_verified": "the address it is about is missing"}  # as the command prints it
    assert claims(identity({}), ["email"], RULES).left_out == why


# What only Kratos' admin API tells


def test_metadata_admin_is_told_where_it_is_read():
    who = Identity("ada", "active", {"metadata_admin": {"tier": "gold"}})
    assert claims_of("s", who, {"s": {"tier": "metadata_admin.tier"}}) == {"tier": "gold"}


TIER = "metadata_admin.tier"


@each_case(
    "rule",
    [
        TIER,
        ["traits.tier", TIER],
        f"join(' ', [traits.a, {TIER}])",
        {"value": f"{{a: {{b: {TIER}}}}}", "type": "object"},
        *(f"traits.tier || {TIER}", f"{TIER}[?@ == 'x'] | [0]", "metadata_admin.* | [0]"),
        *(f"traits.levels[?@ == 'a'] && {TIER}", f"not_null(traits.x, {TIER})", f"(!traits.x && {TIER})"),
    ],
)
def test_the_scopes_of_rules_with_metadata_admin_need_the_admin_api(rule):
    rules = {"tier": {"x": "traits.x", "tier": rule}, "email": STANDARD["email"]}
    assert TokenRules.parse(rules, {}).admin_scopes == TokenRules.parse({}, rules).admin_scopes == {"tier"}


def test_with_the_admin_api_as_the_source_every_scope_with_claims_needs_it():
    assert TokenRules.parse(STANDARD, {"custom": {}}, "admin").admin_scopes == {*STANDARD, "custom"}


def test_the_standard_claims_need_no_admin_api():
    assert not TokenRules.parse(STANDARD, {}).admin_scopes


# C10, C14 and rules of the operator's own

GROUPS = {"value": "metadata_public.groups[:2]", "type": "string_list"}


def test_a_custom_scope_tells_what_its_rules_say():
    who = identity(metadata_public={"groups": ["a", "b", "c"]})
    rules = {"groups": {"https://example.org/groups": GROUPS}}
    assert claims_of("openid groups", who, rules) == {"https://example.org/groups": ["a", "b"]}


@each_case("groups", ["a", ["a", 1], ["a", ""], [], [None], {"a": 1}])
def test_a_list_with_anything_but_words_in_it_is_left_out(groups):
    assert claims_of("groups", identity(metadata_public={"groups": groups}), {"groups": {"groups": GROUPS}}) == {}


@each_case("value, expected", [(True, {"x": True}), (False, {"x": False}), ("true", {}), (1, {})])
def test_a_boolean_is_a_boolean(value, expected):
    assert claims_of("s", identity({"x": value}), {"s": {"x": {"value": "traits.x", "type": "boolean"}}}) == expected


def test_a_scope_without_rules_tells_nothing():
    """C14."""
    assert claims_of("custom", person("ada@example.org")) == {}


def test_the_access_token_gets_nothing_by_default():
    """C19."""
    assert dict(claims(person("ada@example.org"), ALL, parse_rules({})).values) == {}


def test_of_two_scopes_with_the_same_claim_the_first_granted_one_tells_it():
    rules = {scope: {"x": f"traits.{scope}"} for scope in ("a", "b")}
    who = identity({"a": "1", "b": "2"})
    assert (claims_of("a b", who, rules), claims_of("b a", who, rules)) == ({"x": "1"}, {"x": "2"})


def test_an_object_tells_its_texts_and_nothing_else():
    rules = {"s": {"o": {"value": "{x: traits.x, y: traits.y}", "type": "object"}}}
    assert claims_of("s", identity({"x": "1", "y": 2}), rules) == {"o": {"x": "1"}}
    assert claims_of("s", identity({"y": " "}), rules) == {}


def test_the_claim_there_is_no_room_for_is_dropped_and_named_and_smaller_ones_are_still_told():
    """C10."""
    rules = {"s": {name: f"traits.{name}" for name in ("a", "b", "c")}}
    who = identity({"a": "x" * 1500, "b": "y" * 1500, "c": "z" * 100})
    result = claims(who, ["s"], parse_rules(rules))
    assert (set(result.values), result.left_out) == ({"a", "c"}, {"b": NO_ROOM})


@each_case("more, left_out", [(0, {}), (1, {"b": NO_ROOM})])
def test_claims_may_fill_their_share_to_the_last_byte(more, left_out):
    first = "x" * (MAX_BYTES - len(json.dumps({"a": "", "b": "12"})))
    result = claims(
        identity({"a": first, "b": "12" + "3" * more}), ["s"], parse_rules({"s": {"a": "traits.a", "b": "traits.b"}})
    )
    assert result.left_out == left_out


def test_all_claims_have_two_kibibytes():
    """Of an address: Hydra's consent_verifier."""
    assert MAX_BYTES == 2048


def test_one_claim_may_fill_the_share_of_all():
    alone = "x" * (MAX_BYTES - len(json.dumps({"a": ""})))
    rules = parse_rules({"s": {"a": "traits.a", "b": "traits.b"}})
    assert claims(identity({"a": alone, "b": "1"}), ["s"], rules).left_out == {"b": NO_ROOM}


def test_a_claim_there_is_no_room_for_is_not_told_by_another_scope():
    """The first scope that has a value for it counts."""
    rules = parse_rules({"a": {"x": "traits.large"}, "b": {"x": "traits.small"}})
    result = claims(identity({"large": "x" * 3000, "small": "1"}), ["a", "b"], rules)
    assert (result.values, result.left_out) == ({}, {"x": NO_ROOM})


def test_what_is_missing_takes_no_room():
    rules = parse_rules({"s": {"large": "traits.large", "gone": "traits.gone", "last": "traits.last"}})
    last = "x" * (MAX_BYTES - len(json.dumps({"last": ""})))
    result = claims(identity({"large": "x" * 3000, "last": last}), ["s"], rules)
    assert (result.values, result.left_out) == ({"last": last}, {"large": NO_ROOM, "gone": MISSING})


def test_a_claim_is_dropped_once_however_often_its_scope_is_granted():
    rules = parse_rules({"s": {"a": "traits.a"}})
    assert claims(identity({"a": "x" * 3000}), ["s", "s"], rules).left_out == {"a": NO_ROOM}


traits_of_any_size = st.dictionaries(st.sampled_from("abcdef"), st.text(min_size=1, max_size=2000), max_size=6)
six_rules = parse_rules({scope: {scope: f"traits.{scope}"} for scope in "abcdef"})


@bounded
@given(traits_of_any_size, st.permutations("abcdef"))
def test_all_claims_together_never_exceed_their_share_of_the_address(traits, scopes):
    result = claims(identity(traits), scopes, six_rules)
    assert len(json.dumps(dict(result.values))) <= MAX_BYTES
    assert not set(result.values) & set(result.left_out)


@bounded
@given(traits_of_any_size, st.permutations("abcdef"))
def test_the_same_identity_and_scopes_make_the_same_claims(traits, scopes):
    """C09, C10: one function for skip, skip_consent, page and device, and no chance in it."""
    assert claims(identity(traits), scopes, six_rules) == claims(identity(dict(traits)), list(scopes), six_rules)


# The rules themselves, read once at start


@each_case(
    "name",
    [
        *("sub", "iss", "aud", "azp", "cnf", "acr", "amr", "sid", "nonce", "client_id", "scp", "ext", "__proto__"),
        *("s_hash", "events", "scope", "constructor", "prototype"),
        *("", " ", " sub", "Sub", "ISS\t", "\u017fub"),  # nobody means these; to applications in Go the last is `sub`
    ],
)
def test_a_reserved_claim_stops_the_start(name):
    """C06."""
    with pytest.raises(RuleError, match=f"claim '{name}' of scope 'profile' is reserved"):
        parse_rules({"profile": {name: "traits.x"}})


def test_everything_hydra_sets_itself_is_reserved():
    """C06: fosite/token/jwt/claims_id_token.go ToMap, oauth2/session.go GetJWTClaims."""
    hydra = "sub iss aud iat exp rat jti nonce at_hash c_hash auth_time acr amr sid nbf client_id scp ext"
    assert set(hydra.split()) <= RESERVED


@each_case(
    "expression, root",
    [
        ("credentials.password", "credentials"),
        ("identity.id", "identity"),
        ("id", "id"),
        ("xtraits.x", "xtraits"),
        ('"traits.x"', "traits.x"),
        ("@", "@"),
        ("@.credentials", "@"),
        ("*.password", "@"),
        ("[0]", "@"),
        ("traits.x || recovery_addresses[0].value", "recovery_addresses"),
        ("[traits.x, credentials][1].password", "credentials"),
        ("{a: credentials}.a.b", "credentials"),
        ("join(' ', [traits.a, credentials.b])", "credentials"),
        ("traits.x[?@ == 'a'] && credentials.b", "credentials"),
        ("map(&a, credentials)", "credentials"),
        ("values(@)", "@"),
        ("(@ | credentials).x", "@"),
        ("!credentials", "credentials"),
        ("traits.x == credentials.x", "credentials"),
        ("merge(traits, credentials)", "credentials"),
        ("credentials[]", "credentials"),
        ("credentials[0:2]", "credentials"),
    ],
)
def test_an_expression_that_leaves_what_a_claim_may_tell_stops_the_start(expression, root):
    """C17."""
    with pytest.raises(RuleError, match="an identity has traits, metadata_public, metadata_admin") as caught:
        parse_rules({"s": {"c": expression}})
    assert f"claim 'c' of scope 's': '{expression}' looks at '{root}'" in str(caught.value)


@each_case(
    "expression",
    [
        *("traits.a | b", "traits.l[?id=='x'].credentials"),
        *("map(&credentials, traits.l)", "traits.a.{c: credentials}", "'x'"),
    ],
)
def test_names_within_what_a_claim_may_tell_are_free(expression):
    assert parse_rules({"s": {"c": expression}})


@each_case(
    "rule, sentence",
    [
        ({}, "has nothing; a rule has value and perhaps type, or verified_of alone"),
        ("", "'' is no JMESPath expression"),
        ([], "'[]' is no JMESPath expression"),
        (7, "'7' is no JMESPath expression"),
        (None, "'None' is no JMESPath expression"),
        ({"value": ["traits.a", 7]}, "'7' is no JMESPath expression"),
        ("traits.", "'traits.' is no JMESPath expression: see character 8"),
        ("traits..x", "see character 8"),
        ("traits.a b", "see character 10"),
        ("traits.{{x}}", "see character 9"),
        ("traits.a[", "see character 10"),
        ("traits.a[?b=='x", "no JMESPath expression"),
        ("(" * 5000, "no JMESPath expression"),
        ("upper(traits.a)", "JMESPath has no function upper() of 1 arguments"),
        ("traits.l[?nothing(@)]", "JMESPath has no function nothing() of 1 arguments"),
        ("join(traits.a)", "JMESPath has no function join() of 1 arguments"),
        ("length(traits.a, traits.b)", "no function length() of 2 arguments"),
        ("not_null()", "no function not_null() of 0 arguments"),
        ({"value": "traits.a", "path": "traits.b"}, "has value, path; a rule has value and perhaps type"),
        ({"value": "traits.a", "verified_of": "x"}, "has value, verified_of; a rule has"),
        ({"value": "traits.a", "type": "number"}, "unknown type 'number'; known are string, boolean"),
        ({"value": "traits.a", "type": ["string"]}, "unknown type"),
        ({"verified_of": "x"}, "is verified_of 'x', which is no claim of that scope of type email or e164"),
        ({"verified_of": ["mail"]}, "is verified_of '['mail']', which is no claim"),
        ({"verified_of": "plain"}, "is verified_of 'plain', which is no claim of that scope of type email"),
        ({"verified_of": "c"}, "is verified_of 'c', which is no claim"),
        ({"verified_of": "mail", "type": "boolean"}, "has verified_of, type; a rule has"),
    ],
)
def test_a_rule_that_cannot_be_meant_stops_the_start_in_one_sentence(rule, sentence):
    beside = {"plain": "traits.a", "mail": {"value": "traits.m", "type": "email"}}
    with pytest.raises(RuleError) as caught:
        parse_rules({"s": {"c": rule} | beside})
    assert str(caught.value).startswith("claim 'c' of scope 's': ")
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_where_jmespath_names_no_place_none_is_said():
    with pytest.raises(RuleError, match=r"is no JMESPath expression$"):
        parse_rules({"s": {"c": "(" * 5000}})


@each_case(
    "expression, value",
    [
        ("join(' ', [traits.name.first, traits.name.last])", "Ada Lovelace"),
        ("join(' ', [traits.name.last, traits.name.middle, traits.blank, traits.n])", "Lovelace"),
        ("join(' ', [traits.name.middle])", None),
        ("join(' ', traits.name)", None),
        ("join(' ', traits.gone)", None),
        ("traits.contacts[?kind=='work'].mail | [0]", "ada@work.example"),
        ("metadata_public.memberships[].group | [0]", "staff"),
        ("traits.gone || traits.name.first", "Ada"),
        ("contains(traits.name.first, traits.n) && 'x'", None),
        ("avg(traits.name) && 'x'", None),
        ("traits.name.first.deeper", None),
        ("traits.n < traits.name.first", None),
        ("traits.list[::0] | [0]", None),
    ],
)
def test_expressions_find_what_jmespath_says_and_break_on_nothing(expression, value):
    """https://jmespath.org/specification.html, but that `join` leaves out what is missing instead of failing."""
    traits = {
        "name": {"first": "Ada", "last": "Lovelace"},
        "n": 7,
        "blank": " ",
        "list": ["a"],
        "contacts": [{"kind": "home", "mail": "ada@home.example"}, {"kind": "work", "mail": "ada@work.example"}],
    }
    who = identity(traits, metadata_public={"memberships": [{"group": "staff"}, {"group": "admins"}]})
    assert claims_of("s", who, {"s": {"c": expression}}) == ({} if value is None else {"c": value})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.sampled_from("abc"), inside, max_size=3),
    max_leaves=12,
)
DARING = parse_rules(
    {
        "s": {
            str(number): {"value": expression, "type": kind}
            for number, (expression, kind) in enumerate(
                product(
                    [
                        *("sort_by(traits.a, &b)[0].c", "max_by(traits.a, &b).c", "sort(traits.a)"),
                        *("max(traits.a)", "sum(traits.a)", "ceil(traits.a)", "abs(to_number(traits.a))"),
                        *("contains(traits.a, traits.b)", "join(traits.a, traits.b)"),
                        *("merge(traits.a, traits.b)", "to_string(traits)", "traits.a[::-1]"),
                        *("traits.a[].b[?c > `1` || a < b].a", "traits.* | [0]", "map(&a.b, traits.c)"),
                        *("{a: traits.a, b: traits.b.c}", "verifiable_addresses[?via=='email'].value | [0]"),
                    ],
                    ["string", "string_list", "object", "boolean", "epoch", "url"],
                )
            )
        }
    }
)


@bounded
@given(st.dictionaries(st.sampled_from("abc"), anything, max_size=3), anything)
def test_no_expression_breaks_on_any_identity(traits, addresses):
    """C17."""
    result = claims(identity(traits, verifiable_addresses=addresses), ["s"], DARING)
    assert "null" not in json.dumps([value for value in result.values.values() if not isinstance(value, str | dict)])


@each_case(
    "expression, trait",
    [("join(' ', traits.a)", "x"), ("ceil(traits.a)", float("inf")), (f"traits.a{' | @' * 600}", "x")],
)
def test_what_cannot_be_worked_out_of_what_is_there_is_a_wrong_type(expression, trait):
    rules = parse_rules({"s": {"c": expression}})
    assert claims(identity({"a": trait}), ["s"], rules).left_out == {"c": WRONG_TYPE}


def test_a_rule_needs_no_more_than_its_expression():
    rules = {"s": {"a": "traits.x", "b": ["traits.y", "traits.x"], "c": {"value": ["traits.y", "traits.x"]}}}
    assert claims_of("s", identity({"x": "1"}), rules) == {"a": "1", "b": "1", "c": "1"}


def test_every_type_has_a_name_a_rule_may_use():
    rules = {"s": {kind: {"value": "traits.x", "type": kind} for kind in TYPES}}
    assert set(parse_rules(rules)["s"]) == set(TYPES)
