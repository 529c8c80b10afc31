"""Tokens of admin APIs, as settings."""

import pytest

from app.config.settings import DropIn, load
from app.config.sources import ALIASES, SettingsError

SET = {
    "PORTICO_PUBLIC_URL": "https://login.example.org",
    "PORTICO_SECRET_KEY": "a-signing-key-that-nobody-may-ever-read-in-a-log",
    "PORTICO_KRATOS_PUBLIC_URL": "http://kratos:4433",
    "PORTICO_KRATOS_ADMIN_URL": "http://kratos:4434",
    "PORTICO_HYDRA_ADMIN_URL": "http://hydra:4445",
}
REFERENCE = {
    "KRATOS_PUBLIC_URL": "http://127.0.0.1:4433",
    "COOKIE_SECRET": "sixteen-letters-or-more",
    "ORY_ADMIN_API_TOKEN": "ory_pat_secret",
}
SECRET = "ory_pat_a-Secret.of~the+tests/0123=="
APIS = ["HYDRA", "KRATOS"]


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    """Nothing of this machine's; what is set by a test."""
    for name in (*SET, *ALIASES.values()):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    return lambda **variables: [monkeypatch.setenv(name, value) for name, value in variables.items()]


def mistakes():
    with pytest.raises(SettingsError) as caught:
        load()
    return caught.value.mistakes


@pytest.mark.parametrize("api", APIS)
def test_a_token_may_be_in_a_variable_or_a_file(environment, tmp_path, api):
    environment(**SET)
    (tmp_path / "token").write_text(f"{SECRET}\n")
    environment(**{f"PORTICO_{api}_ADMIN_TOKEN_FILE": str(tmp_path / "token")})
    from_file = getattr(load(), f"{api.lower()}_admin_token")
    environment(**{f"PORTICO_{api}_ADMIN_TOKEN": SECRET})

    assert from_file.get_secret_value() == getattr(load(), f"{api.lower()}_admin_token").get_secret_value() == SECRET
    assert SECRET not in repr(load())


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize(
    "token", ["se cret", "se\ncret", "s\r\nX-Evil: 1", "secr\u00e9", "se\tcret", "se\x7fcret", " secret"]
)
def test_what_no_header_carries_is_refused_without_being_quoted(environment, api, token):
    environment(**SET, **{f"PORTICO_{api}_ADMIN_TOKEN": token})

    [mistake] = mistakes()
    assert mistake.startswith(f"PORTICO_{api}_ADMIN_TOKEN must be one word")
    assert token not in mistake


@pytest.mark.parametrize("api", APIS)
def test_a_token_for_no_api_is_refused(environment, api):
    environment(**SET | {f"PORTICO_{api}_ADMIN_URL": ""}, **{f"PORTICO_{api}_ADMIN_TOKEN": SECRET})

    assert mistakes() == [
        f"PORTICO_{api}_ADMIN_TOKEN is for an API without address: PORTICO_{api}_ADMIN_URL is missing."
    ]


def test_the_reference_uis_token_is_for_the_apis_there_are(environment):
    environment(**REFERENCE, HYDRA_ADMIN_URL="http://127.0.0.1:4445")
    settings = load()

    assert isinstance(settings, DropIn)
    assert settings.hydra_admin_token.get_secret_value() == "ory_pat_secret"
    assert settings.kratos_admin_token.get_secret_value() == ""


def test_without_any_it_starts_as_it_did(environment):
    environment(**REFERENCE)

    assert load().hydra_admin_token.get_secret_value() == ""
