"""Secret keys: what is short, published or easy to guess is refused before anybody signs in with it."""

import json
import random
import re
import string
from pathlib import Path

import pytest

from app.config.secret_keys import weakness
from tests.config.conftest import OLDER, SECRET

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = [
    *("only-for-this-machine-0123456789-change-me", "local-only-cipher-key-32-letters"),
    *("PLEASE-CHANGE-ME-I-AM-VERY-INSECURE", "youReallyNeedToChangeThis-youReallyNeedToChangeThis"),
    *("changeme-changeme-changeme-changeme", "TODO-set-a-real-value-before-go-live"),
    *("fill-me-in-fill-me-in-fill-me-in-ok1", "Change_This_Before_You_Go_Live_8f3k2j9d"),
    *("django-insecure-4f9k2)s8dj3l1=x0v7b5n6m", "replace-me-with-32-random-characters"),
    *("your-secret-key-goes-here-0192837465", "<at least 32 random characters, please>"),
    *("$(openssl rand -base64 48 | tr -d newline)", "${PORTICO_SECRET_KEY_OF_THIS_DEPLOYMENT}"),
    *("{{ lookup('vault', 'portico/key') | trim }}", "/run/secrets/portico_signing_key_of_production"),
    *("this-is-a-very-long-secret-for-portico", "Passw0rd-Passw0rd-Passw0rd-Passw0rd-1"),
]
PATTERNS = [
    *("x" * 32, "1" * 64, "-" * 32, "\u00e9" * 40, "ab" * 20, "abc" * 12, "01" * 32, "0110100110010110" * 3),
    *("0123456789abcdef" * 2, "abcdefghijklmnopqrstuvwxyz0123456789", "zyxwvutsrqponmlkjihgfedcba9876543210"),
    *("deadbeef" * 4, "aaaabbbbccccddddeeeeffffgggghhhh", "00112233445566778899aabbccddeeff"),
    *("aAbBcCdDeEfFgGhHiIjJkKlLmMnNoOpP", "kweifawskf23weas" * 2, "rT7-wq0Zp4vKx9LmB" * 2, "x" * 31 + "y"),
]


def test_a_short_key_is_refused_with_a_way_to_make_one(mistakes):
    """N52."""
    for name, value in (("SECRET_KEY", "x"), ("SECRET_KEY", "x" * 31), ("SECRET_KEY_FALLBACKS", f"{SECRET},short")):
        (sentence,) = mistakes(**{"SECRET_KEY": SECRET, "SECRET_KEY_FALLBACKS": "", name: value})
        assert sentence.startswith(f"PORTICO_{name} is too short: at least 32 random characters")
        assert "secrets.token_urlsafe" in sentence


@pytest.mark.parametrize(
    ("keys", "words"), [(EXAMPLES, "holds words of a published example"), (PATTERNS, "can be guessed")]
)
def test_a_key_that_others_can_know_is_refused_behind_https_and_fair_on_a_developers_machine(
    load, mistakes, keys, words
):
    """N71."""
    for key in keys:
        older = json.dumps([OLDER[0], key])
        (newest,) = mistakes(PUBLIC_URL="https://login.example.org", SECRET_KEY=key, SECRET_KEY_FALLBACKS="")
        (fallback,) = mistakes(PUBLIC_URL="https://login.example.org", SECRET_KEY=SECRET, SECRET_KEY_FALLBACKS=older)
        assert newest.startswith(f"PORTICO_SECRET_KEY {words}"), key
        assert "secrets.token_urlsafe" in newest
        assert fallback.startswith(f"PORTICO_SECRET_KEY_FALLBACKS {words}"), key
        assert key not in fallback
        here = load(PUBLIC_URL="http://localhost:3000", SECRET_KEY=key, SECRET_KEY_FALLBACKS=older)
        assert here.secret_key.get_secret_value() == key


def test_every_key_that_is_written_in_this_repository_is_refused_behind_https():
    """N71: those of Kratos and Hydra too: somebody takes one for the other."""
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


def test_older_keys_come_with_commas_or_as_json_or_a_line_each(load, tmp_path):
    old, older = OLDER
    for text in (f"{old},{older}", f"{old}, {older},", f'["{old}", "{older}"]', f"{old}\n{older}\n"):
        (tmp_path / "keys").write_text(text)
        for variable, file in ((text, None), (None, str(tmp_path / "keys"))):
            keys = load(SECRET_KEY_FALLBACKS=variable, SECRET_KEY_FALLBACKS_FILE=file).secret_key_fallbacks
            assert [key.get_secret_value() for key in keys] == [old, older]


def test_a_key_that_looks_like_a_number_is_a_key(load):
    for key in ("92735016482905713864027159386204", "1e74019263850274916385027491638502"):
        assert [fallback.get_secret_value() for fallback in load(SECRET_KEY_FALLBACKS=key).secret_key_fallbacks] == [
            key
        ]
