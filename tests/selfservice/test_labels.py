"""An operator's links in the labels of traits lead where links may, and are words everywhere else."""

from app.selfservice.localization import parts, plain
from tests.support.cases import each_case


@each_case("address", ["https://example.org/terms?a=b&c=d#e", "/terms", "/", "https://example.org"])
def test_a_link_is_made_of_https_and_of_paths_of_this_site(address):
    assert parts(f"I accept the [terms]({address}).") == (("I accept the ", ""), ("terms", address), (".", ""))


@each_case(
    "address",
    [
        *("http://example.org", "javascript:alert(1)", "//evil.example", "/\\evil.example", "\\/evil.example"),
        *("terms", "data:x", "https:example.org", "https://", "HTTPS:\\\\evil.example", "mailto:a@example.org"),
        *("/a\\b", "/\x01"),
    ],
)
def test_other_addresses_are_no_links(address):
    """N93."""
    assert not [part for part in parts(f"I accept the [terms]({address}).") if part[1]]


@each_case("label", ["", "Email", "a [b] c", "[b] (c)", "[](https://x.example)", "[a]()", "[a](b c)"])
def test_a_label_without_links_is_left_alone(label):
    assert plain(label) == label


def test_a_label_may_have_several_links():
    assert plain("[Terms](/terms) and [privacy](/privacy)") == "Terms and privacy"
