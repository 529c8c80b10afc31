"""`portico claims`: what would be sent and what not, on any machine."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import cli

ROOT = Path(__file__).resolve().parent.parent
ADA = {
    "id": "ada-identity",
    "traits": {"email": "ada@example.org", "name": {"first": "Ada"}, "picture": "javascript:alert(1)"},
    "verifiable_addresses": [{"value": "ada@example.org", "via": "email", "verified": True}],
    "metadata_admin": {"plan": "gold"},
}
RULES = """
secret_key = "short"
[claims.plan]
plan = { value = "metadata_admin.plan" }
[clients.billing.claims.email]
mail = { value = "traits.email" }
[clients.billing.access_token_claims.email]
kind = { value = "traits.kind" }
"""


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch, tmp_path):
    """An empty working directory and no setting at all."""
    for name in [name for name in os.environ if name.startswith("PORTICO_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def portico(monkeypatch, capsys):
    """Run the command on an identity (or other text) and return what it prints, or the words it ends with."""

    def run(*arguments: str, identity: object = ADA) -> str:
        Path("ada.json").write_text(identity if isinstance(identity, str) else json.dumps(identity), encoding="utf-8")
        monkeypatch.setattr(sys, "argv", ["portico", "claims", *arguments])
        try:
            cli.main()
        except SystemExit as ended:
            return f"{ended.code}"
        return str(capsys.readouterr().out)

    return run


@pytest.fixture
def answer(portico):
    """The JSON that the command prints for these scopes."""
    return lambda scope, *more, identity=ADA: json.loads(
        portico("--identity", "ada.json", "--scope", scope, *more, identity=identity)
    )


def test_it_prints_what_both_tokens_would_hold(answer):
    output = answer("openid email")
    assert output["id_token"] == {"email": "ada@example.org", "email_verified": True}
    assert output["access_token"] == {}


def test_it_says_what_is_left_out_and_why(answer):
    left_out = answer("openid profile phone")["left_out"]["id_token"]
    assert left_out["picture"] == "wrong type: traits.picture (https_url)"
    assert left_out["nickname"] == "nothing there: traits.nickname (string)"
    assert left_out["phone_number"] == (
        "nothing there: traits.phone, traits.phone_number, verifiable_addresses[?via=='sms'].value | [0] (e164)"
    )
    assert left_out["phone_number_verified"] == "the address it is about is missing: phone_number"
    assert "name" not in left_out


def test_it_says_what_there_is_no_room_for(answer):
    ada = ADA | {"traits": {"nickname": "x" * 3000}}
    left_out = answer("profile", identity=ada)["left_out"]["id_token"]
    assert left_out["nickname"] == "no room: all claims of a token have 2,048 bytes"


def test_it_names_the_scopes_that_tell_nothing(answer):
    assert answer("openid email photos")["scopes_without_claims"] == ["openid", "photos"]


def test_it_needs_no_other_setting_and_no_server(answer):
    Path("portico.toml").write_text(RULES)
    output = answer("openid plan")
    assert (output["id_token"], output["asks_kratos_admin"]) == ({"plan": "gold"}, True)
    assert answer("openid email")["asks_kratos_admin"] is False


def test_one_application_gets_what_its_own_rules_say(answer):
    Path("portico.toml").write_text(RULES)
    output = answer("email", "--client", "billing")
    assert output["id_token"]["mail"] == "ada@example.org"
    assert output["left_out"]["access_token"] == {"kind": "nothing there: traits.kind (string)"}
    assert "mail" not in answer("email")["id_token"]


def test_an_application_without_rules_of_its_own_is_said_to_have_none(monkeypatch, capsys):
    Path("ada.json").write_text(json.dumps(ADA))
    arguments = ["--identity", "ada.json", "--scope", "email", "--client", "biling"]
    monkeypatch.setattr(sys, "argv", ["portico", "claims", *arguments])
    cli.main()
    output = capsys.readouterr()
    assert output.err == 'No [clients."biling"] in the settings: it gets what all applications get.\n'
    assert json.loads(output.out)["id_token"]["email"] == "ada@example.org"


def test_it_reads_standard_input_and_takes_a_session_for_its_identity(monkeypatch, portico):
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps({"id": "session", "identity": ADA})))
    assert json.loads(portico("--identity", "-", "--scope", "email"))["id_token"]["email"] == "ada@example.org"


def test_what_a_terminal_would_obey_is_escaped_and_letters_are_not(portico):
    """N35: C1 controls, which JSON leaves as they are, and what turns the text around."""
    name = "Ada \x9b2J\u202e Łukasz 愛 \U0001f600"
    preview = portico("--identity", "ada.json", "--scope", "profile", identity={"traits": {"name": {"first": name}}})
    assert json.loads(preview)["id_token"]["given_name"] == name
    assert preview.replace("\n", "").isprintable()
    assert "Łukasz 愛 \U0001f600" in preview


def test_half_a_pair_of_surrogates_ends_nothing(portico):
    preview = portico(
        "--identity", "ada.json", "--scope", "email", identity='{"traits": {"email": "\\ud800@example.org"}}'
    )
    assert json.loads(preview)["id_token"]["email"] == "\ud800@example.org"


def test_a_byte_order_mark_before_it_is_no_part_of_an_identity(answer):
    assert answer("email", identity="\ufeff" + json.dumps(ADA))["id_token"]["email"] == "ada@example.org"


def test_names_are_printed_as_they_are_written(portico):
    printed = portico("--identity", "ada.json", "--scope", "profile", identity={"traits": {"nickname": "阿达 😀"}})
    assert "阿达 😀" in printed


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "ada.json is not JSON."),
        ("{", "ada.json is not JSON."),
        ("[" * 100_000, "ada.json is not JSON."),
        ([ADA], "ada.json holds a list."),
        ({}, "ada.json holds no identity: there are no traits in it."),
        ({"email": "ada@example.org"}, "ada.json holds no identity: there are no traits in it."),
        ('"ada"', "ada.json holds no identity"),
    ],
    ids=["empty", "cut", "deep", "list", "nothing", "traits", "text"],
)
def test_a_file_that_is_no_identity_ends_it_with_words_that_help(portico, content, words):
    output = portico("--identity", "ada.json", "--scope", "email", identity=content)
    assert output.startswith(words)
    assert output.endswith("kratos get identity ID --format json")


def test_a_file_that_is_not_there_ends_it_with_words(portico):
    output = portico("--identity", "nobody.json", "--scope", "email")
    assert output == "nobody.json cannot be read: No such file or directory."


def test_rules_that_cannot_be_meant_end_it_with_the_mistakes(portico):
    Path("portico.toml").write_text('[claims.s]\nsub = { value = "traits.a" }')
    output = portico("--identity", "ada.json", "--scope", "email")
    assert output.startswith("The settings cannot be used:\n- PORTICO_CLAIMS cannot be used: claim 'sub' of scope 's'")


def test_the_command_runs_as_operators_run_it():
    Path("ada.json").write_text(json.dumps(ADA))
    command = [sys.executable, "-m", "app", "claims", "--identity", "ada.json", "--scope", "openid email"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["id_token"]["email_verified"] is True
