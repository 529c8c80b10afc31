"""The settings: whatever is wrong is told at start, all at once, in words, and never with the value."""

import re
from pathlib import Path

import pytest

import app
from app.config.settings import Settings
from app.config.sources import SettingsError
from tests.config.conftest import OLDER, SECRET, toml
from tests.support.cases import each_of

APP = Path(app.__file__).parent
REQUIRED = ["PUBLIC_URL", "SECRET_KEY", "KRATOS_PUBLIC_URL"]
# The words by which pydantic says that something is wrong, in any of its versions.
PYDANTIC = re.compile(r"input|valid |parse|permitted|instance|\bint\b|dictionary|literal|validation", re.IGNORECASE)

# What is needed, and what is there without being said


def test_three_settings_are_enough_to_show_kratos_pages(load):
    settings = load()
    assert settings.public_url == "https://login.example.org"
    assert settings.kratos_browser_url == "http://kratos:4433"
    assert (settings.hydra_admin_url, settings.listen, settings.workers) == ("", "127.0.0.1:3000", 2)


def test_every_default_is_one_that_loads(load):
    """A default that its own check refuses would be found by an operator, not by us."""
    settings = load()
    assert Settings.model_validate(settings.model_dump()) == settings


@pytest.mark.parametrize("name", REQUIRED)
def test_a_missing_setting_is_named_with_its_meaning(mistakes, name):
    """Empty is missing: `PORTICO_X: ${X}` in a compose file sets the empty text where X is not set."""
    missing = [f"PORTICO_{name} is missing: {Settings.model_fields[name.lower()].description}."]
    assert mistakes(**{name: None}) == mistakes(**{name: ""}) == missing
    toml(f'{name.lower()} = ""')
    assert mistakes(**{name: None}) == missing


def test_an_empty_variable_is_as_good_as_none(load):
    names = [name.upper() for name in Settings.model_fields]
    assert load(**{name: "" for name in names if name not in REQUIRED}) == load()


# All at once, in words, without values


def test_all_mistakes_are_told_together(mistakes):
    toml("colour = 'blue'\nmetrics_listen = 'everywhere'")
    sentences = mistakes(
        PUBLIC_URL="http://login.example.org",
        SECRET_KEY="too short",
        KRATOS_PUBLIC_URL=None,
        WORKERS="many",
        HYDRA_ADMIN="http://hydra:4445",
        SECRET_KEY_FALLBACKS_FILE="/nowhere/at/all",
        CLIENTS='{"demo": {"required_aal": "aal3", "max_session_age": -1, "colour": 1, "brand": {"accent": "red"}}}',
    )
    assert [re.split(" (?=is |must |names |has )", sentence)[0] for sentence in sentences] == [
        *("PORTICO_HYDRA_ADMIN", "PORTICO_SECRET_KEY_FALLBACKS_FILE", "'colour' in portico.toml", "PORTICO_PUBLIC_URL"),
        *("PORTICO_SECRET_KEY", "PORTICO_KRATOS_PUBLIC_URL", "PORTICO_WORKERS", "PORTICO_METRICS_LISTEN"),
        *("PORTICO_CLIENTS (demo.required_aal)", "PORTICO_CLIENTS (demo.max_session_age)"),
        *("PORTICO_CLIENTS (demo.brand.accent)", "PORTICO_CLIENTS (demo.colour)"),
    ]


TAKES_ANYTHING = {"allowed_hosts", "hydra_prompts"}  # a new setting that any text fits belongs here


@each_of(sorted(Settings.model_fields.keys() - TAKES_ANYTHING))
def test_no_mistake_ever_tells_the_value(name, load, monkeypatch):
    """N34: it may be a secret in the wrong place; nor may the traceback end in pydantic's error, which holds it."""
    variable = f"PORTICO_{name.upper()}"
    with pytest.raises(SettingsError) as caught:
        load(**{name.upper(): "S3cr3t\x01value"})
    monkeypatch.delenv(variable)
    [mistake] = caught.value.mistakes
    assert re.match(rf"{variable} (\(\d\) )?(is|must|has|names)\b.*\.$", mistake), mistake
    assert "S3cr3t" not in mistake
    assert caught.value.__suppress_context__


def test_each_setting_is_read_somewhere():
    code = "\n".join(path.read_text() for path in APP.rglob("*.py"))
    assert [name for name in Settings.model_fields if not re.search(rf"\.{name}\b", code)] == []


@pytest.mark.parametrize(
    "text",
    ["secret_key = S3cr3t", "secret_key = 'S3cr3t", "= 'S3cr3t'", "secret_key = ['S3cr3t']", "workers = 'S3cr3t'"],
)
def test_no_mistake_in_the_file_tells_the_value(mistakes, text):
    toml(text)
    assert "S3cr3t" not in "\n".join(mistakes(SECRET_KEY=None))


def test_secrets_do_not_show_when_the_settings_are_printed(load):
    older, token = "an-older-key-that-is-also-a-secret-0123456789", "ory_pat_Secret"
    settings = load(SECRET_KEY_FALLBACKS=older, HYDRA_ADMIN_URL="http://hydra", HYDRA_ADMIN_TOKEN=token)
    for secret in (SECRET, older, token):
        assert secret not in f"{settings!r} {settings}"


NO_NUMBER, NO_TABLE, AAL = "is not a whole number", "is not a table", "must be 'aal1' or 'aal2'"
WRONG_TYPES = """
workers = "many"                              # PORTICO_WORKERS is not a whole number.
workers = 2.5                                 # PORTICO_WORKERS is not a whole number.
workers = []                                  # PORTICO_WORKERS is not a whole number.
workers = 0                                   # PORTICO_WORKERS must be 1 or more.
workers = 65                                  # PORTICO_WORKERS must be 64 or less.
forwarded_hops = -1                           # PORTICO_FORWARDED_HOPS must be 0 or more.
sso_max_auth_age = -1                         # PORTICO_SSO_MAX_AUTH_AGE must be 0 or more.
listen = 3000                                 # PORTICO_LISTEN is not a text.
allowed_hosts = 7                             # PORTICO_ALLOWED_HOSTS is not a list.
allowed_hosts = [7]                           # PORTICO_ALLOWED_HOSTS (0) is not a text.
acr = "gold"                                  # PORTICO_ACR is not a table.
acr = { gold = "aal3" }                       # PORTICO_ACR (gold) must be 'aal1' or 'aal2'.
brand = "Example"                             # PORTICO_BRAND is not a table.
brand.colour = "#fff"                         # PORTICO_BRAND (colour) is no setting.
clients = []                                  # PORTICO_CLIENTS is not a table.
clients."" = {}                               # PORTICO_CLIENTS has an application without an id.
clients.demo = "aal2"                         # PORTICO_CLIENTS (demo) is not a table.
clients.demo.required_all = "aal2"            # PORTICO_CLIENTS (demo.required_all) is no setting.
clients.demo.consent_lifetime = -1            # PORTICO_CLIENTS (demo.consent_lifetime) must be 0 or more.
session_tokens.ui = {}                        # PORTICO_SESSION_TOKENS (ui.origins) is missing: it is needed.
session_tokens.ui.origins = []                # PORTICO_SESSION_TOKENS (ui.origins) is empty.
kratos_flows = ["login"]      # PORTICO_KRATOS_FLOWS (0) must be 'registration', 'recovery' or 'verification'.
secret_key = 7                                # PORTICO_SECRET_KEY is not a text.
secret_key_fallbacks = [7]                    # PORTICO_SECRET_KEY_FALLBACKS (0) is not a text.
languages_dir = 7                             # PORTICO_LANGUAGES_DIR is not the path of a file or directory.
"""


def test_a_value_of_another_type_is_refused_in_our_words(mistakes):
    for line in WRONG_TYPES.strip().splitlines():
        text, _, sentence = line.rpartition("#")
        toml(text.strip())
        name = re.split(r"[ .]", text)[0].upper()
        assert mistakes(**{name: None} if name == "SECRET_KEY" else {}) == [sentence.strip()]
        assert not PYDANTIC.search(sentence)


def test_a_table_in_a_variable_that_is_none_is_refused(mistakes):
    for text in ("gold=aal2", "{", "[]", "7", '"x"'):
        assert mistakes(ACR=text) == ["PORTICO_ACR is not a table."]


# Single values


NO_URL = "is not an absolute http or https address."
HERE = "must begin with https:// (http is for localhost only)."
ROOT = "must be scheme and host, and at most a path of letters, digits, - and _, such as /auth."
ODD_PATHS = ("/a//b", "//a", "/.", "/a/..", "/a/../b", "/v1.2", "/%61uth", "/a%2fb", "/a;b", "/ä", "/a b", "/a:b")
NO_ADDRESS = "is not an address and port, such as 127.0.0.1:3000."
NO_STORAGE = "must begin with redis:// or rediss:// and name a host."
NO_REDIS = "cannot be read: its port, what follows ?, or # / ? in a password, which are %23 %2F %3F there."
NO_HOSTS = "must be names of hosts in small letters, such as cdn.example.org."
NO_FILE = "names a file that cannot be read, or has no certificates in it (PEM)."
NO_FOLDER = "names a directory that does not exist; a relative path begins where Portico is started."
URLS = (
    *("PUBLIC_URL", "KRATOS_PUBLIC_URL", "KRATOS_BROWSER_URL"),
    *("KRATOS_ADMIN_URL", "HYDRA_ADMIN_URL", "HYDRA_PUBLIC_URL"),
)
REFUSED = [
    (URLS, ("h.example", "//h", "ftp://h", "https://u:p@h", "https://", "https://h:x", "a b", "/", "//"), NO_URL),
    (["PUBLIC_URL"], ("http://login.example.org", "http://localhost.evil.example", "http://192.168.0.1:3000"), HERE),
    (["PUBLIC_URL"], [f"https://h{tail}" for tail in ("/?x", "?x=1", "#x", "?", "#", "/a?x", "/a/#x", "/a?")], ROOT),
    (["PUBLIC_URL"], [f"https://h{path}" for path in ODD_PATHS if path.isascii() and " " not in path], ROOT),
    (["PUBLIC_URL"], [f"https://h{path}" for path in ODD_PATHS if not path.isascii() or " " in path], NO_URL),
    (
        ("LISTEN", "METRICS_LISTEN"),
        ("3000", ":3000", "h", "h:x", "::1:3000", "h:99999", "h:65536", "unix:/x", "a b:1"),
        NO_ADDRESS,
    ),
    (["RATE_LIMIT_STORAGE"], ("localhost:6379", "memcached://localhost", "redis://", "redis:///0"), NO_STORAGE),
    (
        ["RATE_LIMIT_STORAGE"],
        (
            *("redis://h:x", "redis://h:99999", "redis://[::1", "redis://:p#w@h:6379/0", "redis://:p/w@h:6379/0"),
            *("redis://h?db=x", "redis://h?unknown=1", "redis://h?protocol=9", "rediss://h?ssl_cert_reqs=nope"),
        ),
        NO_REDIS,
    ),
    (  # `;` or a space would be a directive or source of its own in the content security policy
        ("CAPTCHA_HOSTS", "CLIENT_LOGO_HOSTS"),
        ("https://a.example.org", "a.example.org/x", "*", "a; img-src *", "'unsafe-inline'", "A.example", '[""]'),
        NO_HOSTS,
    ),
    (
        ["UPSTREAM_CA_FILE"],
        ("/nowhere/a.pem", "/", "/etc/hostname", f"-----BEGIN CERTIFICATE-----{'M' * 1500}"),
        NO_FILE,
    ),
    (("LANGUAGES_DIR", "TEMPLATES_DIR", "BRAND_DIR"), ("/nowhere", "/etc/hostname", "x" * 300), NO_FOLDER),
    (["DEFAULT_LANGUAGE"], ["english!"], "is not a language tag, such as en or pt-BR."),
    (["AMR"], ['{"password": "mfa"}'], "cannot name a method mfa: that is said of two factors, and only then."),
    (
        ["AUDIENCES"],
        ['{"https://api": " "}'],
        "has an audience without words: people see the words, and the listed are not asked about again.",
    ),
    (
        ["CLIENTS"],
        ['{"demo": {"required_aal_max_age": 60}}'],
        '(demo) has required_aal_max_age without required_aal = "aal2".',
    ),
    (
        ["SESSION_TOKENS"],
        ['{"a/b": {"origins": ["https://a.example"]}}', '{"": {"origins": ["https://a.example"]}}'],
        "has a name of other characters than letters, digits, hyphens and underscores.",
    ),
]


@pytest.mark.parametrize(("names", "values", "words"), REFUSED)
def test_what_cannot_be_meant_is_refused(mistakes, names, values, words):
    for name in names:
        for value in values:
            base = {other: None for other in names if other not in REQUIRED} | dict.fromkeys([name], value)
            kept = {"PUBLIC_URL": "https://h", "KRATOS_PUBLIC_URL": "http://k"}
            assert mistakes(**kept | base) == [f"PORTICO_{name} {words}"], value


@pytest.mark.parametrize(
    ("name", "values"),
    [
        (
            "PUBLIC_URL",
            (
                *("http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000", "http://portico.localhost"),
                *("https://h", "https://example.org/auth", "http://localhost:3000/a/b_c-9"),
            ),
        ),
        ("LISTEN", ("127.0.0.1:3000", "0.0.0.0:80", "[::]:3000", "localhost:65535")),
        ("METRICS_LISTEN", ("127.0.0.1:9090", "0.0.0.0:80")),
    ],
)
def test_what_can_be_meant_is_taken(load, name, values):
    for value in values:
        assert getattr(load(**{name: value}), name.lower()) == value


def test_tries_are_counted_in_redis_or_here(load):
    for address in ("redis://localhost:6379/1", "rediss://:s3cret@cache.example.org", "redis://[::1]:1/0?db=2", ""):
        assert load(RATE_LIMIT_STORAGE=address).rate_limit_storage.get_secret_value() == address


def test_a_slash_at_the_end_of_an_address_is_dropped(load):
    assert load(PUBLIC_URL="https://h/auth/").public_url == "https://h/auth"
    settings = load(PUBLIC_URL="https://h/", KRATOS_PUBLIC_URL="http://kratos:4433/", HYDRA_ADMIN_URL="http://hydra//")
    assert (settings.public_url, settings.kratos_public_url, settings.hydra_admin_url) == (
        *("https://h", "http://kratos:4433", "http://hydra"),
    )


def test_an_address_is_taken_as_browsers_write_it(load):
    """The doctor compares it with where Kratos and Hydra send browsers, in capitals or not."""
    assert load(PUBLIC_URL="HTTPS://Login.Example.org:443/Auth/").public_url == "https://login.example.org/Auth"
    assert load(KRATOS_PUBLIC_URL="http://Kratos:80/Base").kratos_public_url == "http://kratos/Base"


def test_metrics_have_an_address_of_their_own(mistakes):
    words = "PORTICO_METRICS_LISTEN must be another address than PORTICO_LISTEN."
    assert mistakes(METRICS_LISTEN="127.0.0.1:3000") == [words]
    assert mistakes(LISTEN="0.0.0.0:80", METRICS_LISTEN="0.0.0.0:80") == [words]


def test_a_path_has_one_place_to_be_written(mistakes):
    words = "PORTICO_BASE_PATH is for drop-in mode: write the path into PORTICO_PUBLIC_URL."
    assert mistakes(BASE_PATH="/auth") == [words]


ORIGINS = (
    *("*", "null", "https://*.example.org", "https://app.example.org/", "https://app.example.org/path"),
    *("https://App.example.org", "https://app.example.org:443", "http://app.example.org", "app.example.org"),
)


def test_a_session_token_is_for_exact_origins_only(load, mistakes):
    for origin in ORIGINS:
        toml(f'[session_tokens.ui_jwt]\norigins = ["{origin}"]')
        (sentence,) = mistakes()
        assert sentence.startswith("PORTICO_SESSION_TOKENS (ui_jwt.origins.0) ")
    toml('[session_tokens.ui_jwt]\norigins = ["https://app.example.org", "http://localhost:5173"]')
    assert load().session_tokens["ui_jwt"].origins == ["https://app.example.org", "http://localhost:5173"]


# Tokens of admin APIs

TOKEN = "ory_pat_a-Secret.of~the+tests/0123=="


@pytest.mark.parametrize("api", ["HYDRA", "KRATOS"])
def test_a_token_is_one_word_for_an_api_that_there_is(load, mistakes, tmp_path, api):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    name, url = f"{api}_ADMIN_TOKEN", f"{api}_ADMIN_URL"
    for variables in ({name: TOKEN}, {name: None, f"{name}_FILE": str(tmp_path / "token")}):
        assert getattr(load(**{url: "http://ory"}, **variables), name.lower()).get_secret_value() == TOKEN
    load(**{f"{name}_FILE": None})
    for token in ("se cret", "se\ncret", "s\r\nX-Evil: 1", "secr\u00e9", "se\tcret", "se\x7fcret", " secret"):
        [mistake] = mistakes(**{url: "http://ory", name: token})
        assert mistake.startswith(f"PORTICO_{name} must be one word")
        assert token not in mistake
    assert mistakes(**{url: "", name: TOKEN}) == [
        f"PORTICO_{name} is for an API without address: PORTICO_{url} is missing."
    ]


# One application's own


def test_tables_of_the_file_are_read(load):
    toml("""
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
    settings = load()
    assert settings.client_logo_hosts == ["cdn.example.org"]
    assert (settings.acr, settings.scopes) == ({"urn:gold": "aal2"}, {"admin": "Do everything"})
    assert settings.clients["demo"].model_dump(exclude={"claims", "access_token_claims", "brand"}) == {
        "required_aal": "aal2",
        "required_aal_max_age": 600,
        "max_session_age": 0,
        "identity_providers": ["github"],
        "required_scopes": ["email"],
        "consent_lifetime": 86400,
    }


def test_older_keys_are_optional(load):
    assert load().secret_key_fallbacks == []
    assert len(load(SECRET_KEY_FALLBACKS=",".join(OLDER)).secret_key_fallbacks) == 2


def test_accounts_are_deleted_by_an_admin_api_that_has_an_address(load):
    with pytest.raises(SettingsError) as caught:
        load(ACCOUNT_DELETION="true")
    [mistake] = caught.value.mistakes
    assert mistake == (
        "PORTICO_ACCOUNT_DELETION is true, which only Kratos' admin API can serve: PORTICO_KRATOS_ADMIN_URL is missing."
    )
    assert load(ACCOUNT_DELETION="true", KRATOS_ADMIN_URL="http://kratos:4434").account_deletion is True
    assert load(ACCOUNT_DELETION="false", KRATOS_ADMIN_URL="").account_deletion is False
