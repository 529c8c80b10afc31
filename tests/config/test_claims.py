"""The settings of claims: whatever is wrong is told at start, and `portico claims` needs no others."""

import pytest

from app.claims.rules import parse_rules
from app.config import settings
from app.config.sources import SettingsError
from tests.config.conftest import toml


def test_the_standard_claims_are_there_without_being_said(load):
    rules = load()
    assert set(rules.claims) == {"profile", "email", "phone", "address"}
    assert rules.access_token_claims == {}


def test_the_operators_rules_stand_beside_and_instead_of_the_standard_ones(load):
    toml("""
        [claims.profile]
        nickname = { value = "traits.alias" }
        [claims."custom:groups"]
        "https://example.org/groups" = { value = "metadata_public.groups", type = "string_list" }
    """)
    claims = load().claims
    assert claims["profile"]["nickname"] == {"value": "traits.alias"}
    assert "given_name" in claims["profile"]
    assert set(claims["custom:groups"]) == {"https://example.org/groups"}


@pytest.mark.parametrize("table", ["claims", "access_token_claims"])
def test_a_reserved_claim_stops_the_start(mistakes, table):
    toml(f'[{table}.profile]\nsub = {{ value = "traits.email" }}')
    reason = "claim 'sub' of scope 'profile' is reserved: Hydra or the protocol sets it"
    assert mistakes() == [f"PORTICO_{table.upper()} cannot be used: {reason}."]


@pytest.mark.parametrize("rule", ['{ value = "credentials.x" }', "7", '{ value = "traits.x", type = "number" }', "{}"])
def test_a_rule_that_cannot_be_meant_stops_the_start_in_words(mistakes, rule):
    toml(f"[claims.s]\nc = {rule}")
    (sentence,) = mistakes()
    assert sentence.startswith("PORTICO_CLAIMS cannot be used: claim 'c' of scope 's': ")


def test_a_rule_that_breaks_a_standard_one_stops_the_start(mistakes):
    """The standard email_verified needs an email of type email."""
    toml('[claims.email]\nemail = { value = "traits.mail" }')
    (sentence,) = mistakes()
    assert "claim 'email_verified' of scope 'email': is verified_of 'email', which is no claim" in sentence


def test_a_rule_may_lean_on_a_standard_one(load):
    toml('[claims.phone]\nmobile_verified = { verified_of = "phone_number" }')
    assert "mobile_verified" in parse_rules(load().claims)["phone"]


def test_whatever_loads_can_be_wired(load):
    """create_app reads the merged rules again; nothing may go wrong there that load() let pass."""
    toml("""
        [claims.s]
        c = ["traits.a", "join(' ', [traits.a, traits.b])"]
        [access_token_claims.s]
        c = { value = "traits.a" }
    """)
    rules = load()
    assert parse_rules(rules.claims)["s"].keys() == parse_rules(rules.access_token_claims)["s"].keys() == {"c"}


ADMIN_RULE = 'c = { value = "metadata_admin.x" }'
NO_ADMIN = "which only Kratos' admin API can serve: PORTICO_KRATOS_ADMIN_URL is missing."


@pytest.mark.parametrize(
    ("written", "where"),
    [
        (f"[claims.s]\n{ADMIN_RULE}", "CLAIMS has metadata_admin in it"),
        (f"[access_token_claims.s]\n{ADMIN_RULE}", "ACCESS_TOKEN_CLAIMS has metadata_admin in it"),
        (f"[clients.billing.claims.s]\n{ADMIN_RULE}", "CLIENTS (billing.claims) has metadata_admin in it"),
        ('claims_source = "admin"', "CLAIMS_SOURCE is admin"),
    ],
)
def test_what_only_the_admin_api_tells_needs_its_address(load, mistakes, written, where):
    toml(written)
    assert mistakes() == [f"PORTICO_{where}, {NO_ADMIN}"]
    assert load(KRATOS_ADMIN_URL="http://127.0.0.1:4434/").kratos_admin_url == "http://127.0.0.1:4434"


def test_an_application_has_claims_of_its_own_beside_and_instead_of_everybodys(load):
    toml("""
        [claims.profile]
        nickname = { value = "traits.alias" }
        [clients.billing.claims.profile]
        name = { value = "traits.company" }
        [clients.billing.access_token_claims.profile]
        locale = { value = "traits.locale", type = "locale" }
    """)
    rules = load()
    billing = rules.clients["billing"]
    assert billing.claims == rules.claims | {"profile": rules.claims["profile"] | {"name": {"value": "traits.company"}}}
    assert billing.access_token_claims == {"profile": {"locale": {"value": "traits.locale", "type": "locale"}}}
    assert rules.access_token_claims == {}


@pytest.mark.parametrize("table", ["claims", "access_token_claims"])
def test_a_reserved_claim_of_one_application_stops_the_start(mistakes, table):
    """C06."""
    toml(f'[clients.billing.{table}.s]\nsub = {{ value = "traits.email" }}')
    reason = "claim 'sub' of scope 's' is reserved: Hydra or the protocol sets it"
    assert mistakes() == [f"PORTICO_CLIENTS (billing.{table}) cannot be used: {reason}."]


def test_what_is_wrong_in_everybodys_claims_is_told_once(mistakes):
    toml('[claims.s]\nsub = "traits.a"\n[access_token_claims.s]\nd = {}\n[clients.billing]\nrequired_aal = "aal2"')
    assert [sentence.split()[0] for sentence in mistakes()] == ["PORTICO_CLAIMS", "PORTICO_ACCESS_TOKEN_CLAIMS"]


def test_the_rules_alone_can_be_read_where_nothing_else_is_set():
    toml('secret_key = "short"\n[clients.billing.claims.s]\nc = { value = "metadata_admin.x" }')
    rules = settings.load_rules()
    assert rules.clients["billing"].claims["s"] == {"c": {"value": "metadata_admin.x"}}
    assert rules.claims_source == "session"


def test_the_rules_alone_are_refused_in_words_too(monkeypatch):
    toml('[claims.s]\nsub = { value = "traits.a" }\n[clams.s]\nc = { value = "traits.a" }')
    monkeypatch.setenv("PORTICO_CLIENTS", '{"billing": {"requird_aal": "aal2"}}')
    with pytest.raises(SettingsError) as caught:
        settings.load_rules()
    assert [sentence.split()[0] for sentence in caught.value.mistakes] == [
        "'clams'",
        "PORTICO_CLAIMS",
        "PORTICO_CLIENTS",
    ]
