"""A name that nobody can see is no name (N77)."""

from app.ory.challenges import Client
from app.ory.visible_names import shown_name
from tests.support.cases import each_case


@each_case(
    "name",
    [
        *("", "   ", "\t\n\r", "\u200b", "\u200b\u200c\u200d\u2060\ufeff", "\u00a0\u2003\u3000"),
        *("\u00ad\u00ad", "\u202e\u202c", "\u2066\u2069", "\u3164\u115f\uffa0", "\u2800\u2800"),
        *("\ufe0f\u0301", "\U000e0041\U000e007f", "\x00\x1b", "\ue000", None, 5),
    ],
)
def test_a_name_of_nothing_that_can_be_seen_gives_way_to_the_id(name):
    assert shown_name(name) == ""
    assert Client.parse({"client_id": "billing", "client_name": name}).title == "billing"


@each_case(
    "name, shown",
    [
        ("Demo", "Demo"),
        ("  Demo \n Two ", "Demo Two"),
        ("\u202egro.live\u202c", "gro.live"),
        ("De\u200bmo", "Demo"),
        ("\u2066Demo\u2069", "Demo"),
        ("\u2800" * 70 + "Demo", "Demo"),
        ("\u0301" * 70 + "Demo", "Demo"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("\N{FAMILY}\ufe0f", "\N{FAMILY}\ufe0f"),
        ("Ünïcödé", "Ünïcödé"),
        ("日本", "日本"),
    ],
)
def test_what_can_be_seen_of_a_name_stays(name, shown):
    assert shown_name(name) == shown


def test_a_name_of_half_a_megabyte_is_not_read_to_its_end():
    assert len(shown_name("é" * 500_000)) == 500


@each_case("blank", ["\ufffc", "\U00013441", "\U00013442", "\U0001d159"])
def test_letters_and_symbols_that_look_like_nothing_are_no_name(blank):
    assert shown_name(blank * 3) == ""
    assert shown_name(f"De{blank}mo") == "De mo"
