"""Where an answer goes is told as a browser goes there, and so that nobody is deceived."""

import unicodedata
from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from app.ory.redirect_uris import Target, are_safe_from_interception, destinations, hosts, matches, target
from tests.support.cases import each_case
from tests.support.counting import calls

bounded = settings(derandomize=True, database=None)
EVIL = "evil.example"
OWN = "https://app.example/cb"
LENGTH = 4000
MARKS = "\u0301\u0316" * (LENGTH // 2)
CHINESE = "".join(map(chr, range(0x4E00, 0x6000)))


@each_case(
    "uri, shown",
    [
        ("https://app.example:8443/callback", "app.example:8443"),
        ("HTTPS://App.Example:443/", "app.example"),
        ("http://app.example:80/", "app.example"),
        ("http://app.example:443/", "app.example:443"),
        ("https://app.example./cb", "app.example"),
        ("http://127.0.0.1:5555/cb", "127.0.0.1:5555"),
        ("http://[::1]:5555/cb", "[::1]:5555"),
        ("https://xn--gd-pbab.example/", "xn--gd-pbab.example"),
        (f"https://accounts.bank.example@{EVIL}/", EVIL),
        (f"https://accounts.bank.example:443@{EVIL}/", EVIL),
        (f"https://a@b@{EVIL}/", EVIL),
        (f"https://{EVIL}\\@accounts.bank.example/", EVIL),
        (f"https:\\\\{EVIL}/accounts.bank.example", EVIL),
        (f"https:{EVIL}/cb", EVIL),
        (f"https:/{EVIL}/cb", EVIL),
        (f"https:///{EVIL}/cb", EVIL),
        (f"https://{EVIL}?@accounts.bank.example/", EVIL),
        (f"https://{EVIL}#@accounts.bank.example/", EVIL),
        (f"https://{EVIL}/a path", EVIL),
        (f"https://{EVIL}/é", EVIL),
        (f" https://{EVIL}/", EVIL),
        ("ht\ntps://ev\til.example/", EVIL),
        ("https://%65vil.example/", EVIL),
        ("https://evil。example/", EVIL),
        ("https://ｅｖｉｌ.example/", EVIL),
        ("https://bücher.example/", "xn--bcher-kva.example"),
        ("https://b%C3%BCcher.example/", "xn--bcher-kva.example"),
        ("https://аррӏе.example/", "xn--80ak6aa92e.example"),
        ("https://pаypal.example/", "xn--pypal-4ve.example"),
        ("https://straße.example/", "xn--strae-oqa.example"),
        ("com.example.app:/callback", ""),
        ("accounts.bank.example:/cb", ""),
        ("accounts.bank.example://accounts.bank.example/cb", ""),
        ("urn:ietf:wg:oauth:2.0:oob", ""),
        ("https://a b.example/", "a%20b.example"),
        ("https://2130706433/", "127.0.0.1"),
        ("https://0X7f.1/", "127.0.0.1"),
        ("https://0300.0250.257/", "192.168.1.1"),
        ("https://127.0.0./", "127.0.0.0"),
        ("https://１.%32.3。4/", "1.2.3.4"),
        ("https://1.2.3.4.5/", "1.2.3.4.5"),
        ("https://1.2.3.4.0/", "1.2.3.4.0"),
        ("https://0x7f.0.0.1/", "127.0.0.1"),
        ("https://1_0.1/", "1_0.1"),
        ("https://08.1/", "08.1"),
        ("https://4294967296/", "4294967296"),
        ("https://126.256.0.1/", "126.256.0.1"),
        ("https://127.0.0.256/", "127.0.0.256"),
        ("https://126.16777217/", "126.16777217"),
        ("https://0x7f.0X.1/", "127.0.0.1"),
        ("https://1.example/", "1.example"),
        ("https://app.example:00443/", "app.example"),
        ("https://app.example:0000008443/", "app.example:8443"),
    ],
)
def test_a_redirect_uri_is_shown_by_the_host_that_a_browser_goes_to(uri, shown):
    """N76."""
    assert hosts([uri], "en") == (shown,)


@each_case("uri", ["", "no address", "//evil.example/", "https://", "https:///", "https://h:x/", "https://h:999999/"])
def test_what_no_browser_goes_to_is_not_shown(uri):
    assert hosts([uri], "en") == ()


@each_case("filler", ["a" * 9, "accounts.bank.example.", "accounts-bank-example-"])
def test_of_a_long_host_the_end_is_shown_from_the_beginning_of_a_label(filler):
    """N76."""
    host = (filler * 40)[:170].rstrip(".-") + ".login.evil.example"
    [shown] = hosts([f"https://{host}/"], "en")
    assert shown.startswith("…")
    assert shown.endswith("login.evil.example")
    assert len(shown) <= 81
    assert host.endswith("." + shown[1:])


def test_a_label_that_begins_where_the_longest_end_does_is_shown_whole():
    for before, label in (("x.", "y" * 72), ("x", "y" * 72), ("x.y", "y" * 71)):
        [shown] = hosts([f"https://{before}.{label}.example/"], "en")
        assert shown == f"…{label}.example"


def test_a_long_label_does_not_lose_its_beginning_to_look_like_another_name():
    [shown] = hosts([f"https://{'x' * 60}bank.co.{'y' * 30}.example/"], "en")
    assert "bank" not in shown or "x" * 60 + "bank" in shown


@each_case(
    "name, language, readable",
    [
        ("bücher", "de", True),
        ("bücher", "de-AT", True),
        ("bücher", "en", False),
        ("bücher", "uk", False),
        ("crème", "fr", True),
        ("são", "pt-BR", True),
        ("ɡoogle", "de", False),
        ("pаypal", "uk", False),
        ("сосо", "uk", False),
        ("київ", "uk", True),
        ("приклад", "uk", True),
        ("приклад", "de", False),
        ("例え", "ja", True),
        ("例子", "zh-Hans", True),
        ("ノノノ", "ja", False),
        ("مثال", "ar", True),
        ("דוגמה", "he", True),
        ("דוגמה", "ar", False),
        ("aדוגמה", "he", False),
    ],
)
def test_a_name_in_other_letters_is_shown_to_who_reads_them(name, language, readable):
    """N76."""
    [shown] = hosts([f"https://{name}.example/"], language)
    punycode = "xn--" + name.encode("punycode").decode() + ".example"
    assert shown == (f"{name}.example" if readable else punycode)


def test_a_name_is_read_that_is_as_long_as_any_may_be_and_a_longer_one_is_none():
    """63 characters (RFC 1035)."""
    names = ["п" * 57, "п" * 58]
    labels = ["xn--" + name.encode("punycode").decode() for name in names]
    assert list(map(len, labels)) == [63, 64]
    assert [hosts([f"https://{label}.example/"], "uk")[0] for label in labels] == [
        f"{names[0]}.example",
        f"{labels[1]}.example",
    ]


TOO_LONG = "xn--" + ("ö" * 60).encode("punycode").decode()


@each_case("label", ["xn--google-", "xn--bcher-KVA2", "xn--", "xn--99999999", "xn--a-ecp.ru", TOO_LONG])
def test_punycode_that_stands_for_no_name_stays_as_it_is(label):
    assert hosts([f"https://{label}.example/"], "de") == (f"{label.lower()}.example",)


@each_case(
    "host, looked_up",
    [
        ("ä." * 126 + "x", "xn--4ca." * 126 + "x"),
        ("ä." * 126 + "xx", "%C3%A4." * 126 + "xx"),
        ("ä" * 63, "xn--" + ("ä" * 63).encode("punycode").decode()),
        ("ä" * 64, "%C3%A4" * 64),
    ],
)
def test_a_host_and_a_label_that_are_too_long_for_any_name_are_not_put_in_punycode(host, looked_up):
    """N95: more than 253 and 63 characters (RFC 1035); punycode of n characters takes n² steps."""
    assert target(f"https://{host}/") == Target("https", looked_up)


def test_an_address_of_usual_length_is_taken_apart_once_and_a_long_one_is_not_kept():
    """Hydra registers addresses of a megabyte: 256 of them would stay in memory."""
    for length, is_kept in ((256, True), (257, False)):
        uri = "https://kept.example/".ljust(length, "x")
        first, again = (calls(partial(target, uri))[1] for _ in range(2))
        assert (again < first) is is_kept


def test_each_host_is_shown_once_and_not_too_many():
    assert hosts(["https://a/1", "https://a/2", "app:/x", "other:/y"], "en") == ("a", "")
    many = hosts([f"https://h{number}/" for number in range(99)], "en")
    assert (len(many), many[-1]) == (21, "…")


@bounded
@given(st.text(max_size=40), st.sampled_from(["https://", "http:", "https:\\", "x:", ""]))
def test_no_text_breaks_the_reader_or_shows_what_is_no_host(text, scheme):
    for shown in hosts([scheme + text], "de"):
        assert not set(shown) & set(" \t\n/\\?#@<>\u202e")


# Which of them it is


@each_case(
    "requested, registered",
    [
        ("https://app.example/cb", "https://app.example/cb"),
        ("http://127.0.0.1:51004/cb?x=1", "http://127.0.0.1/cb?x=1"),
        ("HTTP://127.0.0.1:51004/cb", "http://127.0.0.1/cb"),
        ("http://[::1]:51004/cb", "http://[::1]:1/cb"),
        ("http://[::ffff:127.0.0.1]:51004/cb", "http://[::ffff:127.0.0.1]/cb"),
        ("http://127.0.0.1:51004/%63b", "http://127.0.0.1/cb"),
        ("http://127.0.0.1:51004/café", "http://127.0.0.1/café"),
    ],
)
def test_the_requested_address_counts_where_hydra_matches_it(requested, registered):
    assert destinations(requested, [registered, "https://other.example/"]) == (requested,)


@each_case(
    "requested",
    [
        *("", "https://app.example/cb/", "https://app.example:443/cb", "HTTPS://app.example/cb"),
        *("http://localhost:51004/cb", "http://127.0.0.1:51004/other", "http://127.0.0.1:51004/cb?x=1"),
        *("http://127.0.0.2:51004/cb", "http://127.0.0.1:51004/c%FF", "http://127.0.0.1.evil.example/cb", "http://["),
    ],
)
def test_else_every_registered_one_may_be_it(requested):
    registered = ["https://app.example/cb", "http://localhost/cb", "http://127.0.0.1/cb"]
    assert destinations(requested, registered) == tuple(registered)


@each_case("uri", ["https://app.example/cb", "http://127.0.0.1/cb", "http://[::1]/", "http://a.localhost/"])
def test_an_answer_by_https_or_to_this_machine_reaches_nobody_else(uri):
    assert are_safe_from_interception([uri])


@each_case(
    "uris",
    [
        [],
        ["app:/cb"],
        ["http://app.example/"],
        ["https://app.example/", "app:/cb"],
        ["http://localhost@evil.example/"],
        ["http:\\\\evil.example\\@localhost/"],
        ["no address"],
    ],
)
def test_an_answer_that_could_be_taken_is_told_apart(uris):
    assert not are_safe_from_interception(uris)


def test_the_parts_of_an_address():
    address = target("https://u:p@App.Example:8443/x")
    assert address is not None
    assert (address.scheme, address.host, address.port) == ("https", "app.example", "8443")


def test_an_applications_own_scheme_leads_to_no_host():
    assert target("com.example.app://localhost:1/callback") == Target("com.example.app", "", "")
    assert not are_safe_from_interception(["com.example.app://localhost:1/callback"])


@each_case(
    "uri, shown",
    [
        ("https://\u00e4_b.example/", "xn--_b-uia.example"),
        ("https://\ufffd.example/", "%EF%BF%BD.example"),
        ("https://[\ufffd]/", "[%EF%BF%BD]"),
        ("https://[\u00e4]/", "xn--[]-via"),
        ("https://\u00e4.example./", "\u00e4.example"),
        ("https://aaaabcher-kva.example/", "aaaabcher-kva.example"),
        ("https://xn---tda.example/", "xn---tda.example"),
        ("https://xn--tda.example/", "\u00fc.example"),
        ("app:/x", ""),
    ],
)
def test_a_host_that_is_odd_is_told_as_it_is_looked_up(uri, shown):
    assert hosts([uri], "de") == (shown,)


@each_case(
    "host, shown",
    [
        ("a" * 72 + ".example", "a" * 72 + ".example"),
        ("a" * 73 + ".example", "…example"),
        ("a" * 81, "…" + "a" * 80),
        ("x.y." + "a" * 70 + ".example", "…y." + "a" * 70 + ".example"),
    ],
)
def test_of_a_long_host_the_end_is_told(host, shown):
    assert hosts([f"https://{host}/"], "en") == (shown,)


def test_a_host_of_a_thousand_labels_costs_what_a_long_one_does():
    """N76: one of 100 kB, which Hydra registers, held a worker for 13 seconds at each page that names it."""
    uris = [f"https://{'a.' * number}example/" for number in (300, 3000)]
    costs = [calls(partial(hosts, [uri], "en")) for uri in uris]
    assert [shown[0][-11:] for shown, _ in costs] == ["a.a.example"] * 2
    assert costs[1][1] < 1.1 * costs[0][1]


def test_twenty_hosts_are_told_and_of_more_that_there_are_more():
    uris = [f"https://h{number}.example/" for number in range(21)]
    assert len(hosts(uris[:20], "en")) == 20
    assert hosts(uris, "en")[19:] == ("h19.example", "…")


def test_an_empty_redirect_uri_is_none_that_was_asked_for():
    assert destinations("", ["", "https://app.example/"]) == ("", "https://app.example/")


@each_case("scheme", ["https", "app"])
def test_any_port_will_do_for_http_alone(scheme):
    assert not matches(f"{scheme}://127.0.0.1:1/cb", [f"{scheme}://127.0.0.1:2/cb"])
    assert matches("http://127.0.0.1:1/cb", ["http://127.0.0.1:2/cb"])


@each_case("host", ["192.0.2.1", "[2001:db8::1]", "[::ffff:192.0.2.1]"])
def test_nor_on_another_machine(host):
    assert not matches(f"http://{host}:1/cb", [f"http://{host}:2/cb"])


@each_case(
    "language, word",
    [
        *(("de", "größe"), ("es", "ñandú"), ("fr", "été"), ("it", "città"), ("nl", "coöp"), ("pl", "łódź")),
        *(("pt", "ação"), ("sv", "smörgås"), ("tr", "çağ"), ("sv-SE", "smörgås")),
    ],
)
def test_a_name_in_the_letters_of_the_pages_language_is_told_in_them(language, word):
    assert hosts([f"https://{word}.example/"], language) == (f"{word}.example",)
    assert hosts([f"https://{word}.example/"], "en")[0].startswith("xn--")


def test_a_mark_before_an_address_is_a_part_of_it():
    assert hosts([" https://app.example/"], "en") == ("app.example",)
    assert hosts(["!https://app.example/"], "en") == ()
    assert hosts(["Xhttps://app.example/"], "en") == ("",)


def test_marks_on_a_letter_are_not_put_in_order_for_every_page(monkeypatch):
    """N95: an address of 160 kB of them, which Hydra registers, held a worker for 26 seconds at each consent page."""
    lengths: list[int] = []

    def normalize(form, text, of_python=unicodedata.normalize):
        lengths.append(len(text))
        return of_python(form, text)

    monkeypatch.setattr("unicodedata.normalize", normalize)
    marks = [f"{scheme}://{MARKS}.example/cb" for scheme in ("https", "http")]

    assert destinations("http://127.0.0.1:1/cb", [*marks, "http://127.0.0.1/cb"]) == ("http://127.0.0.1:1/cb",)
    assert destinations(marks[0], [*marks, OWN]) == (marks[0],)
    assert destinations(marks[0], [marks[1], OWN]) == (marks[1], OWN)
    assert [shown[:1] for shown in hosts(marks, "en")] == ["…"]
    assert not are_safe_from_interception(marks)
    assert max(lengths, default=0) < LENGTH


def test_letters_of_a_host_cost_as_much_as_there_are_of_them():
    """N95: 300 addresses of a thousand Chinese letters held a worker for 55 seconds at each page that names them."""
    uris = [[f"https://{CHINESE[first : first + number]}.example/" for first in range(9)] for number in (100, 1000)]
    few, many = (calls(partial(hosts, each, "en"))[1] for each in uris)
    assert many < 11 * few


def test_of_very_many_addresses_some_are_looked_at_and_nothing_is_trusted():
    """N95: Hydra registers 90,000 of them."""
    uris = [f"https://h.example/{number}" for number in range(101)]
    assert hosts(uris[1:], "en") == ("h.example",)
    assert hosts(uris, "en") == ("h.example", "…")
    assert are_safe_from_interception(uris[1:])
    assert not are_safe_from_interception(uris)

    own = "http://127.0.0.1:8/cb"
    assert destinations(own, [*uris, "http://127.0.0.1/cb"]) == (own,)  # else a stranger's hosts would stand for it
    assert destinations(own, [*uris, "http://127.0.0.1/other"])[0] == uris[0]

    def cost(uris):
        return calls(
            lambda: (hosts(uris, "en"), are_safe_from_interception(uris), destinations("http://127.0.0.1/", uris))
        )[1]

    cost(uris)  # what is kept of them
    assert cost(uris * 10) == cost(uris)
