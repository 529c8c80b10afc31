"""The settings: whatever is wrong is told at start, all at once, in words, and never with the value."""

from __future__ import annotations

import json
import os
import random
import re
import string
from pathlib import Path

import pytest

from app.claims.rules import parse_rules
from app.config import settings
from app.config.secret_keys import weakness
from app.config.settings import DropIn, Settings, names_in_use
from app.config.sources import ALIASES, SettingsError

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a-signing-key-that-nobody-may-ever-read-in-a-log"
OLDER = ["rT7-wq0Zp4vKx9LmBs2_Yh6dFj3nGc8e", "Vq3pX8sLw0Zt5yRk7uBn2mCg9dHf4jAe"]
MINIMUM = {
    "PORTICO_PUBLIC_URL": "https://login.example.org",
    "PORTICO_SECRET_KEY": SECRET,
    "PORTICO_KRATOS_PUBLIC_URL": "http://kratos:4433",
}


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch, tmp_path):
    """An empty working directory, no PORTICO_ variable and none of the reference UI's: only what a test sets."""
    for name in [name for name in os.environ if name.upper().startswith("PORTICO_") or name in ALIASES.values()]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def load(monkeypatch):
    """Load with the smallest configuration and these variables beside it; None takes one away."""

    def loaded(**variables: str | None) -> Settings:
        for name, value in {**MINIMUM, **{f"PORTICO_{name}": value for name, value in variables.items()}}.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        return settings.load()

    return loaded


@pytest.fixture
def mistakes(load):
    """The sentences that loading with these variables ends in."""

    def told(**variables: str | None) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            load(**variables)
        return caught.value.mistakes

    return told


def toml(text: str, name: str = "portico.toml") -> Path:
    """Write a settings file into the working directory."""
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path


# What is needed, and what is there without being said


def test_three_settings_are_enough_to_show_kratos_pages(load):
    found = load()
    assert found.public_url == "https://login.example.org"
    assert found.kratos_browser_url == "http://kratos:4433"
    assert found.hydra_admin_url == ""


def test_every_default_is_one_that_loads(load):
    """A default that its own check refuses would be found by an operator, not by us."""
    found = load()
    assert Settings.model_validate(found.model_dump()) == found


def test_every_setting_says_in_one_line_what_it_is():
    for field in Settings.model_fields.values():
        assert field.description
        assert "\n" not in field.description


@pytest.mark.parametrize("name", ["PUBLIC_URL", "SECRET_KEY", "KRATOS_PUBLIC_URL"])
def test_a_missing_setting_is_named_with_its_meaning(mistakes, name):
    meaning = Settings.model_fields[name.lower()].description
    assert mistakes(**{name: None}) == [f"PORTICO_{name} is missing: {meaning}."]


@pytest.mark.parametrize("name", ["PUBLIC_URL", "SECRET_KEY", "KRATOS_PUBLIC_URL"])
def test_an_empty_required_setting_is_a_missing_one(mistakes, name):
    """`PORTICO_X: ${X}` in a compose file sets the empty text where X is not set."""
    (sentence,) = mistakes(**{name: ""})
    assert sentence.startswith(f"PORTICO_{name} is missing: ")


def test_a_required_setting_that_is_empty_in_the_file_is_refused(mistakes):
    toml('kratos_public_url = ""')
    (sentence,) = mistakes(KRATOS_PUBLIC_URL=None)
    assert sentence.startswith("PORTICO_KRATOS_PUBLIC_URL ")


OPTIONAL = ["WORKERS", "FORWARDED_HOPS", "ALLOWED_HOSTS", "SECRET_KEY_FALLBACKS", "CLIENTS", "ACR", "UPSTREAM_CA_FILE"]


@pytest.mark.parametrize("name", [*OPTIONAL, "LISTEN", "HYDRA_ADMIN_URL"])
def test_an_empty_variable_is_as_good_as_none(load, name):
    assert load(**{name: ""}) == load(**{name: None})


# All at once, in words, without values


def test_all_mistakes_are_told_together(mistakes):
    toml("colour = 'blue'\nmetrics_listen = 'everywhere'")
    found = mistakes(
        PUBLIC_URL="http://login.example.org",
        SECRET_KEY="too short",
        KRATOS_PUBLIC_URL=None,
        WORKERS="many",
        HYDRA_ADMIN="http://hydra:4445",
        SECRET_KEY_FALLBACKS_FILE="/nowhere/at/all",
        CLIENTS='{"demo": {"required_aal": "aal3", "max_session_age": -1, "colour": 1}}',
    )
    told = "\n".join(found)
    for name in (
        "PUBLIC_URL",
        "SECRET_KEY",
        "KRATOS_PUBLIC_URL",
        "WORKERS",
        "HYDRA_ADMIN",
        "SECRET_KEY_FALLBACKS_FILE",
    ):
        assert f"PORTICO_{name} " in told
    assert "'colour' in portico.toml is no setting." in told
    assert "PORTICO_METRICS_LISTEN is not an address and port" in told
    for part in ("required_aal", "max_session_age", "colour"):
        assert f"PORTICO_CLIENTS (demo.{part})" in told
    assert len(found) == 11


TAKES_ANYTHING = {"allowed_hosts", "hydra_prompts", "client_logo_hosts"}


@pytest.mark.parametrize("name", sorted(Settings.model_fields.keys() - TAKES_ANYTHING))
def test_no_mistake_ever_tells_the_value(load, name):
    """It may be a secret in the wrong place; nor may the traceback end in pydantic's error, which holds it."""
    with pytest.raises(SettingsError) as caught:
        load(**{name.upper(): "S3cr3t\x01value"})
    assert "S3cr3t" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert [mistake.split()[0] for mistake in caught.value.mistakes] == [f"PORTICO_{name.upper()}"]


@pytest.mark.parametrize(
    "text",
    ["secret_key = S3cr3t", "secret_key = 'S3cr3t", "= 'S3cr3t'", "secret_key = ['S3cr3t']", "workers = 'S3cr3t'"],
)
def test_no_mistake_in_the_file_tells_the_value(mistakes, text):
    toml(text)
    assert "S3cr3t" not in "\n".join(mistakes(SECRET_KEY=None))


def test_a_sentence_is_a_sentence(mistakes):
    found = mistakes(WORKERS="many", LISTEN="x", PUBLIC_URL="x", CLAIMS="[]", NONSENSE="1", CLAIMS_FILE="/nowhere")
    assert all(one.endswith((".", "?")) and not one.endswith("..") and "\n" not in one for one in found)
    assert all(one.startswith("PORTICO_") for one in found)


def test_secrets_do_not_show_when_the_settings_are_printed(load):
    found = load(SECRET_KEY_FALLBACKS="an-older-key-that-is-also-a-secret-0123456789")
    assert SECRET not in f"{found!r} {found}"
    assert "older-key" not in f"{found!r} {found}"


# The public URL and the other addresses


@pytest.mark.parametrize(
    "url",
    ["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000", "http://portico.localhost", "https://h"],
)
def test_https_or_this_machine_is_safe(load, url):
    assert load(PUBLIC_URL=url).public_url == url


@pytest.mark.parametrize(
    "url", ["http://login.example.org", "http://localhost.evil.example", "http://192.168.0.1:3000"]
)
def test_plain_http_to_another_machine_is_refused(mistakes, url):
    assert mistakes(PUBLIC_URL=url) == ["PORTICO_PUBLIC_URL must begin with https:// (http is for localhost only)."]


@pytest.mark.parametrize("tail", ["/portico", "/?x", "?x=1", "#x", "?", "#"])
def test_a_public_url_is_scheme_and_host_only(mistakes, tail):
    assert mistakes(PUBLIC_URL=f"https://h{tail}") == [
        "PORTICO_PUBLIC_URL must be scheme and host only, such as https://login.example.org."
    ]


def test_a_slash_at_the_end_of_an_address_is_dropped(load):
    found = load(
        PUBLIC_URL="https://h/", KRATOS_PUBLIC_URL="http://kratos:4433/", HYDRA_ADMIN_URL="http://hydra:4445//"
    )
    assert (found.public_url, found.kratos_public_url, found.hydra_admin_url) == (
        *("https://h", "http://kratos:4433", "http://hydra:4445"),
    )


ADDRESSES = ["PUBLIC_URL", "KRATOS_PUBLIC_URL", "KRATOS_BROWSER_URL", "HYDRA_ADMIN_URL", "HYDRA_PUBLIC_URL"]


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("url", ["h.example", "//h", "ftp://h", "https://u:p@h", "https://", "https://h:x", "a b"])
def test_what_is_no_address_is_refused(mistakes, name, url):
    assert mistakes(**{name: url}) == [f"PORTICO_{name} is not an absolute http or https address."]


@pytest.mark.parametrize("listen", ["127.0.0.1:3000", "0.0.0.0:80", "[::]:3000", "localhost:65535"])
def test_an_address_and_port_to_listen_on(load, listen):
    assert load(LISTEN=listen, METRICS_LISTEN=listen).listen == listen


@pytest.mark.parametrize("listen", ["3000", ":3000", "h", "h:x", "::1:3000", "h:99999", "h:65536", "unix:/x", "a b:1"])
@pytest.mark.parametrize("name", ["LISTEN", "METRICS_LISTEN"])
def test_what_is_no_address_and_port_is_refused(mistakes, name, listen):
    assert mistakes(**{name: listen}) == [f"PORTICO_{name} is not an address and port, such as 127.0.0.1:3000."]


# Secrets


@pytest.mark.parametrize("key", ["x", "x" * 31])
def test_a_short_secret_key_is_refused_with_a_way_to_make_one(mistakes, key):
    (sentence,) = mistakes(SECRET_KEY=key)
    assert sentence.startswith("PORTICO_SECRET_KEY is too short: at least 32 random characters")
    assert "secrets.token_urlsafe" in sentence


def test_a_short_fallback_is_refused_too(mistakes):
    (sentence,) = mistakes(SECRET_KEY_FALLBACKS=f"{SECRET},short")
    assert sentence.startswith("PORTICO_SECRET_KEY_FALLBACKS is too short")


EXAMPLES = [
    "only-for-this-machine-0123456789-change-me",
    "local-only-cipher-key-32-letters",
    "PLEASE-CHANGE-ME-I-AM-VERY-INSECURE",
    "youReallyNeedToChangeThis-youReallyNeedToChangeThis",
    "changeme-changeme-changeme-changeme",
    "Change_This_Before_You_Go_Live_8f3k2j9d",
    "django-insecure-4f9k2)s8dj3l1=x0v7b5n6m",
    "replace-me-with-32-random-characters",
    "your-secret-key-goes-here-0192837465",
    "<at least 32 random characters, please>",
    "$(openssl rand -base64 48 | tr -d newline)",
    "${PORTICO_SECRET_KEY_OF_THIS_DEPLOYMENT}",
    "{{ lookup('vault', 'portico/key') | trim }}",
    "/run/secrets/portico_signing_key_of_production",
    "this-is-a-very-long-secret-for-portico",
    "Passw0rd-Passw0rd-Passw0rd-Passw0rd-1",
]
PATTERNS = [
    *("x" * 32, "1" * 64, "-" * 32, "\u00e9" * 40, "ab" * 20, "abc" * 12, "01" * 32, "0110100110010110" * 3),
    *("0123456789abcdef" * 2, "abcdefghijklmnopqrstuvwxyz0123456789", "zyxwvutsrqponmlkjihgfedcba9876543210"),
    *("deadbeef" * 4, "aaaabbbbccccddddeeeeffffgggghhhh", "00112233445566778899aabbccddeeff"),
    *("aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpP", "kweifawskf23weas" * 2, "rT7-wq0Zp4vKx9LmB" * 2, "x" * 31 + "y"),
]


@pytest.mark.parametrize("key", EXAMPLES)
def test_a_published_key_is_refused_behind_https(mistakes, key):
    (sentence,) = mistakes(SECRET_KEY=key)
    assert sentence.startswith("PORTICO_SECRET_KEY holds words of a published example")
    assert "secrets.token_urlsafe" in sentence


@pytest.mark.parametrize("key", PATTERNS)
def test_a_key_that_can_be_guessed_is_refused_behind_https(mistakes, key):
    (sentence,) = mistakes(SECRET_KEY=key)
    assert sentence.startswith("PORTICO_SECRET_KEY can be guessed")
    assert "secrets.token_urlsafe" in sentence


@pytest.mark.parametrize("key", [*EXAMPLES[:3], *PATTERNS[:3]])
def test_an_older_key_is_believed_like_the_newest_and_refused_like_it(mistakes, key):
    (sentence,) = mistakes(SECRET_KEY_FALLBACKS=json.dumps([OLDER[0], key]))
    assert sentence.startswith("PORTICO_SECRET_KEY_FALLBACKS ")
    assert key not in sentence


@pytest.mark.parametrize("key", [*EXAMPLES, *PATTERNS])
def test_on_a_developers_machine_any_key_is_fair(load, key):
    found = load(PUBLIC_URL="http://localhost:3000", SECRET_KEY=key, SECRET_KEY_FALLBACKS=json.dumps([key]))
    assert found.secret_key.get_secret_value() == key


def test_every_key_that_is_written_in_this_repository_is_refused_behind_https():
    """Those of Kratos and Hydra too: somebody takes one for the other."""
    written = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("*.yaml")) + sorted(ROOT.glob("*/*.yml"))]
    keys = [
        key for text in written for key in re.findall(r"(?:KEY: |(?:cookie|cipher|system): \[)([^\]\n]{16,})", text)
    ]
    assert len(keys) >= 3
    assert [key for key in keys if not weakness(key)] == []


RANDOM = random.Random(20261128)  # always the same ones: a test that fails once in a while tells nothing
HEX, DIGITS = "0123456789abcdef", "0123456789"
URLSAFE = string.ascii_letters + string.digits + "-_"


@pytest.mark.parametrize(("alphabet", "length"), [(URLSAFE, 43), (URLSAFE, 32), (HEX, 32), (HEX, 64), (DIGITS, 40)])
def test_random_keys_are_good(alphabet, length):
    keys = ["".join(RANDOM.choices(alphabet, k=length)) for _ in range(2000)]
    assert [key for key in keys if weakness(key)] == []


def test_older_keys_come_with_commas_or_as_json(load):
    old, older = OLDER
    for text in (f"{old},{older}", f"{old}, {older},", f'["{old}", "{older}"]'):
        found = load(SECRET_KEY_FALLBACKS=text).secret_key_fallbacks
        assert [key.get_secret_value() for key in found] == [old, older]


@pytest.mark.parametrize("key", ["92735016482905713864027159386204", "1e74019263850274916385027491638502"])
def test_a_key_that_looks_like_a_number_is_a_key(load, key):
    assert [
        secret_key_fallback.get_secret_value()
        for secret_key_fallback in load(SECRET_KEY_FALLBACKS=key).secret_key_fallbacks
    ] == [key]


# Files named by variables


def test_a_secret_is_read_from_the_file_a_variable_names(load, tmp_path):
    (tmp_path / "key").write_text(f"{SECRET}\n")
    found = load(SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "key"))
    assert found.secret_key.get_secret_value() == SECRET


def test_older_keys_are_read_from_a_file_one_per_line(load, tmp_path):
    (tmp_path / "keys").write_text("\n".join(OLDER) + "\n")
    found = load(SECRET_KEY_FALLBACKS_FILE=str(tmp_path / "keys")).secret_key_fallbacks
    assert [key.get_secret_value() for key in found] == OLDER


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("ALLOWED_HOSTS", "a.example, b.example\n", ["a.example", "b.example"]),
        ("ALLOWED_HOSTS", '["a.example"]', ["a.example"]),
        ("SCOPES", '{"admin": "Everything"}', {"admin": "Everything"}),
        ("WORKERS", "4\n", 4),
        ("PUBLIC_URL", "https://other.example.org\n", "https://other.example.org"),
    ],
)
def test_every_setting_may_come_from_a_file(load, tmp_path, name, text, expected):
    (tmp_path / "value").write_text(text)
    found = load(**{name: None, f"{name}_FILE": str(tmp_path / "value")})
    assert getattr(found, name.lower()) == expected


@pytest.mark.parametrize("make", [None, Path.mkdir, lambda path: path.write_bytes(b"\xff\xfe\x00")])
def test_a_file_that_cannot_be_read_is_named_by_its_variable_only(mistakes, tmp_path, make):
    if make:
        make(tmp_path / "key-with-a-telling-name")
    found = mistakes(SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "key-with-a-telling-name"))
    assert "PORTICO_SECRET_KEY_FILE names a file that cannot be read." in found
    assert "telling" not in "\n".join(found)


def test_an_empty_file_holds_no_secret(mistakes, tmp_path):
    (tmp_path / "key").write_text("\n")
    (sentence,) = mistakes(SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "key"))
    assert sentence.startswith("PORTICO_SECRET_KEY ")


def test_a_file_variable_that_is_empty_names_no_file(load):
    assert load(SECRET_KEY_FILE="").secret_key.get_secret_value() == SECRET


def test_a_certificate_file_has_to_be_there(load, mistakes, tmp_path):
    (tmp_path / "ca.pem").write_text("")
    assert load(UPSTREAM_CA_FILE=str(tmp_path / "ca.pem")).upstream_ca_file == tmp_path / "ca.pem"
    assert mistakes(UPSTREAM_CA_FILE="/nowhere/ca.pem") == [
        "PORTICO_UPSTREAM_CA_FILE names a file that cannot be read."
    ]


@pytest.mark.parametrize("address", ["redis://localhost:6379/1", "rediss://:s3cret@cache.example.org", ""])
def test_tries_are_counted_in_redis_or_here(load, address):
    assert load(RATE_LIMIT_STORAGE=address).rate_limit_storage.get_secret_value() == address


@pytest.mark.parametrize("address", ["localhost:6379", "memcached://localhost", "redis://", "redis:///0"])
def test_another_storage_is_refused_without_being_told(mistakes, address):
    assert mistakes(RATE_LIMIT_STORAGE=address) == [
        "PORTICO_RATE_LIMIT_STORAGE must begin with redis:// or rediss:// and name a host."
    ]


# Names nobody knows


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("PUBLIC_ULR", "PORTICO_PUBLIC_URL"),
        ("SECRET", "PORTICO_SECRET_KEY"),
        ("SECRETKEY_FILE", "PORTICO_SECRET_KEY_FILE"),
        ("KRATOS_ADMN_URL", "PORTICO_KRATOS_ADMIN_URL"),
        ("CONFIG_FILE", "PORTICO_CONFIG"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_known_one(mistakes, name, nearest):
    assert mistakes(**{name: "x"}) == [f"PORTICO_{name} is no setting of Portico. Did you mean {nearest}?"]


def test_a_name_like_no_other_is_refused_without_a_guess(mistakes):
    assert mistakes(QQQQQQQQQQQQQQQQQQQQQQQQQQ="x") == ["PORTICO_QQQQQQQQQQQQQQQQQQQQQQQQQQ is no setting of Portico."]


def test_an_unknown_variable_is_refused_even_if_it_is_empty(mistakes):
    assert mistakes(PUBLIC_ULR="") == ["PORTICO_PUBLIC_ULR is no setting of Portico. Did you mean PORTICO_PUBLIC_URL?"]


def test_an_unknown_name_in_the_file_is_refused_with_the_nearest_known_one(mistakes):
    toml("public_ulr = 'https://h'")
    assert mistakes() == ["'public_ulr' in portico.toml is no setting. Did you mean public_url?"]


def test_an_unknown_demand_of_an_application_is_refused(mistakes):
    toml('[clients."demo"]\nrequired_all = "aal2"')
    (sentence,) = mistakes()
    assert sentence.startswith("PORTICO_CLIENTS (demo.required_all) ")


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CLIENTS", '{"demo": {"required_aal_max_age": 60}}', "has required_aal_max_age without required_aal"),
        ("CLIENTS", '{"demo": {"consent_lifetime": -1}}', "consent_lifetime"),
        ("AMR", '{"password": "mfa"}', "cannot name a method mfa"),
        ("SSO_MAX_AUTH_AGE", "-1", "cannot be used"),
    ],
)
def test_a_demand_that_cannot_be_meant_is_refused(mistakes, name, value, told):
    (sentence,) = mistakes(**{name: value})
    assert sentence.startswith(f"PORTICO_{name} ")
    assert told in sentence


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "https://*.example.org",
        "https://app.example.org/",
        "https://app.example.org/path",
        "https://App.example.org",
        "https://app.example.org:443",
        "http://app.example.org",
        "app.example.org",
    ],
)
def test_a_session_token_is_for_exact_origins_only(mistakes, origin):
    toml(f'[session_tokens."ui_jwt"]\norigins = ["{origin}"]')
    (sentence,) = mistakes()
    assert sentence.startswith("PORTICO_SESSION_TOKENS (ui_jwt.origins.0) ")


@pytest.mark.parametrize("table", ["ui_jwt", '"a/b"]\norigins = ["https://a.example"'])
def test_a_session_token_needs_a_plain_name_and_an_origin(mistakes, table):
    toml(f"[session_tokens.{table}]")
    assert len(mistakes()) == 1


def test_origins_of_session_tokens_are_read_from_the_toml(load):
    toml('[session_tokens.ui_jwt]\norigins = ["https://app.example.org", "http://localhost:5173"]')
    assert load().session_tokens["ui_jwt"].origins == ["https://app.example.org", "http://localhost:5173"]


def test_other_programs_variables_are_none_of_our_business(load, monkeypatch):
    monkeypatch.setenv("PORTICOES_URL", "x")
    monkeypatch.setenv("KRATOS_PUBLIC_URL", "x")
    assert load().kratos_public_url == "http://kratos:4433"


# portico.toml


def test_the_file_in_the_working_directory_is_read(load):
    toml("""
        listen = "127.0.0.1:4000"
        client_logo_hosts = ["cdn.example.org"]
        acr = { "urn:gold" = "aal2" }
        [scopes]
        admin = "Do everything"
        [clients."demo"]
        required_aal = "aal2"
        required_aal_max_age = 600
        max_session_age = 0
        identity_providers = ["github"]
        required_scopes = ["email"]
        consent_lifetime = 86400
    """)
    found = load()
    assert (found.listen, found.client_logo_hosts) == ("127.0.0.1:4000", ["cdn.example.org"])
    assert (found.acr, found.scopes) == ({"urn:gold": "aal2"}, {"admin": "Do everything"})
    assert found.clients["demo"].model_dump(exclude={"claims", "access_token_claims", "brand"}) == {
        "required_aal": "aal2",
        "required_aal_max_age": 600,
        "max_session_age": 0,
        "identity_providers": ["github"],
        "required_scopes": ["email"],
        "consent_lifetime": 86400,
    }


def test_a_file_that_nobody_named_need_not_be_there(load):
    assert load().listen == "127.0.0.1:3000"


def test_a_file_that_was_named_is_read_instead(load):
    toml("listen = '127.0.0.1:4000'")
    toml("listen = '127.0.0.1:5000'", "other.toml")
    assert load(CONFIG="other.toml").listen == "127.0.0.1:5000"


def test_a_file_that_was_named_has_to_be_there(mistakes):
    assert mistakes(CONFIG="/nowhere/portico.toml") == ["PORTICO_CONFIG names a file that does not exist."]


def test_an_empty_name_names_no_file(load):
    toml("listen = '127.0.0.1:4000'")
    assert load(CONFIG="").listen == "127.0.0.1:4000"


def test_a_directory_is_no_settings_file(mistakes):
    Path("portico.toml").mkdir()
    assert mistakes() == ["portico.toml cannot be read."]


def test_a_file_in_another_encoding_is_no_settings_file(mistakes):
    Path("portico.toml").write_bytes("listen = 'ä'".encode("latin-1"))
    assert mistakes() == ["portico.toml cannot be read."]


def test_a_slip_in_the_file_is_told_with_its_place(mistakes):
    toml("listen = '127.0.0.1:4000'\npublic_url =\n")
    (sentence,) = mistakes()
    assert sentence.startswith("portico.toml is not valid TOML: ")
    assert "line 2" in sentence


def test_a_slip_in_the_file_does_not_hide_the_other_mistakes(mistakes):
    toml("listen =")
    assert len(mistakes(SECRET_KEY="short", WORKERS="0")) == 3


# Who wins


def test_the_environment_wins_over_files_and_they_over_the_toml(load, tmp_path):
    toml("listen = '127.0.0.1:1'")
    (tmp_path / "listen").write_text("127.0.0.1:2")
    assert load().listen == "127.0.0.1:1"
    assert load(LISTEN_FILE=str(tmp_path / "listen")).listen == "127.0.0.1:2"
    assert load(LISTEN="127.0.0.1:3").listen == "127.0.0.1:3"


def test_an_empty_variable_does_not_hide_the_file(load, tmp_path):
    (tmp_path / "key").write_text(OLDER[0])
    found = load(SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "key"))
    assert found.secret_key.get_secret_value() == OLDER[0]


def test_a_table_in_the_environment_replaces_the_one_in_the_toml(load):
    """A value is taken from one place: nobody can take an entry away by adding another."""
    toml('[scopes]\nadmin = "Do everything"\n[clients.demo]\nrequired_aal = "aal2"')
    found = load(SCOPES='{"read": "Read"}', CLIENTS="{}")
    assert (found.scopes, found.clients) == ({"read": "Read"}, {})


# Lists and tables in one variable


@pytest.mark.parametrize(
    "text", ["a.example,b.example", " a.example , b.example ", '["a.example", "b.example"]', "a.example,,b.example,"]
)
def test_a_list_is_written_with_commas_or_as_json(load, text):
    assert load(ALLOWED_HOSTS=text).allowed_hosts == ["a.example", "b.example"]


def test_one_entry_is_a_list_too(load):
    assert load(ALLOWED_HOSTS="a.example").allowed_hosts == ["a.example"]


def test_a_table_is_written_as_json(load):
    assert load(ACR='{"gold": "aal2"}').acr == {"gold": "aal2"}


@pytest.mark.parametrize("text", ["gold=aal2", "{", "[]", "7", '"x"'])
def test_a_table_that_is_none_is_refused(mistakes, text):
    (sentence,) = mistakes(ACR=text)
    assert sentence.startswith("PORTICO_ACR cannot be used: ")


@pytest.mark.parametrize(
    ("name", "value"), [("WORKERS", "0"), ("WORKERS", "65"), ("FORWARDED_HOPS", "-1"), ("WORKERS", "2.5")]
)
def test_a_number_out_of_bounds_is_refused(mistakes, name, value):
    (sentence,) = mistakes(**{name: value})
    assert sentence.startswith(f"PORTICO_{name} cannot be used: ")
    assert value not in sentence.removeprefix(f"PORTICO_{name}")


# Claim rules


def test_the_standard_claims_are_there_without_being_said(load):
    found = load()
    assert set(found.claims) == {"profile", "email", "phone", "address"}
    assert found.access_token_claims == {}


def test_the_operators_rules_stand_beside_and_instead_of_the_standard_ones(load):
    toml("""
        [claims.profile]
        nickname = { value = "traits.alias" }
        [claims."custom:groups"]
        "https://example.org/groups" = { value = "metadata_public.groups", type = "string_list" }
    """)
    found = load().claims
    assert found["profile"]["nickname"] == {"value": "traits.alias"}
    assert "given_name" in found["profile"]
    assert set(found["custom:groups"]) == {"https://example.org/groups"}


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
    found = load()
    assert parse_rules(found.claims)["s"].keys() == parse_rules(found.access_token_claims)["s"].keys() == {"c"}


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
    found = load()
    billing = found.clients["billing"]
    assert billing.claims == found.claims | {"profile": found.claims["profile"] | {"name": {"value": "traits.company"}}}
    assert billing.access_token_claims == {"profile": {"locale": {"value": "traits.locale", "type": "locale"}}}
    assert found.access_token_claims == {}


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
    found = settings.load_rules()
    assert found.clients["billing"].claims["s"] == {"c": {"value": "metadata_admin.x"}}
    assert found.claims_source == "session"


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


# The variables of Ory's reference UI


REFERENCE_UI = {
    "KRATOS_PUBLIC_URL": "http://localhost:4433/",
    "KRATOS_BROWSER_URL": "http://localhost:4455/",
    "KRATOS_ADMIN_URL": "http://localhost:4434/",
    "HYDRA_ADMIN_URL": "http://localhost:4445/",
    "COOKIE_SECRET": "changeme12345678",
    "CSRF_COOKIE_NAME": "__HOST-x",
    "CSRF_COOKIE_SECRET": "8f0e",
    "PORT": "4456",
}


@pytest.fixture
def replace(monkeypatch):
    """Load with the reference UI's variables and these beside them; None takes one away."""

    def loaded(**variables: str | None) -> Settings:
        for name, value in {**REFERENCE_UI, **variables}.items():
            if value is not None:
                monkeypatch.setenv(name, value)
        return settings.load()

    return loaded


@pytest.fixture
def refused(replace):
    """The sentences that loading with these variables ends in."""

    def told(**variables: str | None) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            replace(**variables)
        return caught.value.mistakes

    return told


def test_the_reference_uis_variables_are_enough(replace):
    found = replace()
    assert isinstance(found, DropIn)
    assert found.public_url == ""
    assert found.kratos_public_url == "http://localhost:4433"
    assert found.kratos_browser_url == "http://localhost:4455"
    assert found.hydra_admin_url == "http://localhost:4445"
    assert found.kratos_admin_url == "http://localhost:4434"
    assert found.secret_key.get_secret_value() == "changeme12345678"
    assert found.listen == "127.0.0.1:4456"
    assert found.allowed_hosts == ["localhost", "127.0.0.1", "::1"]


def test_the_reference_uis_two_necessary_variables_are_enough(replace):
    found = replace(KRATOS_BROWSER_URL=None, HYDRA_ADMIN_URL=None, PORT=None)
    assert found.kratos_browser_url == found.kratos_public_url
    assert found.hydra_admin_url == ""
    assert found.listen == "127.0.0.1:3000"


@pytest.mark.parametrize("variable", ["KRATOS_PUBLIC_URL", "COOKIE_SECRET"])
def test_without_one_of_the_two_our_own_settings_are_asked_for(refused, variable):
    own = next(f"PORTICO_{name.upper()}" for name, alias in ALIASES.items() if alias == variable)
    found = "\n".join(refused(**{variable: None}))
    assert "PORTICO_PUBLIC_URL is missing" in found
    assert f"{own} is missing" in found


def test_a_port_in_the_environment_is_no_drop_in_mode(mistakes, monkeypatch):
    """Many platforms set PORT."""
    monkeypatch.setenv("PORT", "8080")
    (sentence,) = mistakes(PUBLIC_URL=None)
    assert sentence.startswith("PORTICO_PUBLIC_URL is missing")


def test_our_own_names_win(replace):
    own = {
        "PORTICO_KRATOS_BROWSER_URL": "http://localhost:1",
        "PORTICO_HYDRA_ADMIN_URL": "http://localhost:2",
        "PORTICO_LISTEN": "127.0.0.1:3",
    }
    found = replace(**own)
    assert (found.kratos_browser_url, found.hydra_admin_url, found.listen) == tuple(own.values())


def test_our_own_file_wins(replace):
    toml('listen = "127.0.0.1:3"')
    assert replace().listen == "127.0.0.1:3"


@pytest.mark.parametrize("name", ["PORTICO_KRATOS_PUBLIC_URL", "PORTICO_SECRET_KEY"])
def test_who_uses_our_own_names_is_asked_for_our_address(refused, name):
    (sentence,) = refused(COOKIE_SECRET=SECRET, **{name: "http://localhost:4433/" + "x" * 32})
    assert sentence.startswith("PORTICO_PUBLIC_URL is missing")


@pytest.mark.parametrize("toml_too", [False, True])
def test_with_our_address_the_other_variables_are_only_other_names(replace, toml_too):
    if toml_too:
        toml('public_url = "https://login.example.org"')
    public = {} if toml_too else {"PORTICO_PUBLIC_URL": "https://login.example.org"}
    found = replace(COOKIE_SECRET=SECRET, **public)
    assert type(found) is Settings
    assert found.secret_key.get_secret_value() == SECRET
    assert found.allowed_hosts == []


def test_with_our_address_a_short_secret_is_refused_by_the_name_it_has(refused):
    (sentence,) = refused(PORTICO_PUBLIC_URL="https://login.example.org")
    assert sentence.startswith("COOKIE_SECRET, in place of PORTICO_SECRET_KEY, is too short: at least 32 ")
    assert REFERENCE_UI["COOKIE_SECRET"] not in sentence


@pytest.mark.parametrize("missing", ["KRATOS_PUBLIC_URL", "COOKIE_SECRET"])
def test_what_the_reference_ui_would_miss_too_is_told_with_the_name_it_has_there(refused, missing):
    public_url, *_ = told = refused(**{missing: None})
    assert "where KRATOS_PUBLIC_URL and COOKIE_SECRET are both set" in public_url
    assert [sentence for sentence in told if sentence.endswith(f"; {missing} is taken in its place.")]


@pytest.mark.parametrize(
    "name", ["KRATOS_PUBLIC_URL", "KRATOS_BROWSER_URL", "KRATOS_ADMIN_URL", "HYDRA_ADMIN_URL", "COOKIE_SECRET", "PORT"]
)
def test_every_variable_of_the_reference_ui_is_refused_by_its_own_name(refused, name):
    (sentence,) = refused(**{name: "~~"})
    assert sentence.startswith(f"{name}, in place of PORTICO_")


def test_the_doctor_names_the_variables_that_were_set(monkeypatch):
    monkeypatch.setenv("KRATOS_PUBLIC_URL", "http://localhost:4433")
    monkeypatch.setenv("HYDRA_ADMIN_URL", "http://localhost:4445")
    monkeypatch.setenv("PORTICO_HYDRA_ADMIN_URL", "http://localhost:4445")
    assert names_in_use() == {"PORTICO_KRATOS_PUBLIC_URL": "KRATOS_PUBLIC_URL"}


def test_fifteen_characters_are_no_secret_anywhere(refused):
    (sentence,) = refused(COOKIE_SECRET="x" * 15)
    assert sentence.startswith("COOKIE_SECRET, in place of PORTICO_SECRET_KEY, is too short: at least 16 ")


@pytest.mark.parametrize("port", ["many", "123456", "80 80"])
def test_a_port_that_is_none_is_told_by_its_name(refused, port):
    (sentence,) = refused(PORT=port)
    assert sentence.startswith("PORT, in place of PORTICO_LISTEN, is not an address and port")
    assert port not in sentence


@pytest.mark.parametrize("address", ["0.0.0.0:3000", "[::]:3000", "10.0.0.7:3000", "portico.example.org:3000"])
@pytest.mark.parametrize("name", ["LISTEN", "METRICS_LISTEN"])
def test_without_our_address_only_this_machine_is_listened_to(refused, name, address):
    (sentence,) = refused(**{f"PORTICO_{name}": address})
    assert sentence.startswith(f"PORTICO_{name} can be this machine only")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "localhost:1", "[::1]:1"])
def test_this_machine_has_several_names(replace, address):
    assert replace(PORTICO_LISTEN=address).listen == address


def test_without_our_address_no_other_host_is_answered(refused):
    (sentence,) = refused(PORTICO_ALLOWED_HOSTS="localhost,login.example.org")
    assert sentence.startswith("PORTICO_ALLOWED_HOSTS can be this machine only")


def test_an_unknown_name_of_ours_is_refused_in_drop_in_mode_too(refused):
    (sentence,) = refused(PORTICO_COOKIE_SECRET="x")
    assert sentence.startswith("PORTICO_COOKIE_SECRET is no setting of Portico.")


# Hosts that go into the content security policy


@pytest.mark.parametrize("name", ["CAPTCHA_HOSTS", "CLIENT_LOGO_HOSTS"])
def test_hosts_are_a_list_of_names(load, name):
    assert getattr(load(**{name: "a.example.org, b.example.org:8443"}), name.lower()) == [
        "a.example.org",
        "b.example.org:8443",
    ]


@pytest.mark.parametrize("name", ["CAPTCHA_HOSTS", "CLIENT_LOGO_HOSTS"])
@pytest.mark.parametrize("host", ["https://a.example.org", "a.example.org/x", "*", "a; img-src *", "'unsafe-inline'"])
def test_what_is_no_name_of_a_host_is_refused(mistakes, name, host):
    """`;` or a space in it would be a directive or source of its own."""
    (sentence,) = mistakes(**{name: host})
    assert sentence.startswith(f"PORTICO_{name} must be names of hosts")


@pytest.mark.parametrize("variable", sorted({*REFERENCE_UI, *ALIASES.values()}))
def test_the_page_for_who_comes_from_the_reference_ui_has_every_variable(variable):
    page = Path(__file__).parents[1] / "docs" / "coming-from-kratos-selfservice-ui-node.md"
    assert f"`{variable}`" in page.read_text(encoding="utf-8")
