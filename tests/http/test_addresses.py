"""Whom an address stands for, as proxies write addresses."""

from hypothesis import given
from hypothesis import strategies as st

from app.http.rate_limits import household
from tests.support.cases import each_case

IPV4 = ["192.0.2.7", "192.0.2.7:51234", "::ffff:192.0.2.7", "[::ffff:192.0.2.7]:443", "::ffff:c000:207"]
IPV4 += ["64:ff9b::192.0.2.7", "::ffff:0:192.0.2.7", " 192.0.2.7 ", "192.0.2.7:", "::ffff:192.0.2.7:5060"]
IPV6 = ["2001:db8:1:2::7", "[2001:db8:1:2::7]", "[2001:db8:1:2::8]:443", "2001:DB8:1:2:FFFF::"]
IPV6 += ['"[2001:db8:1:2::1]:1"']
NOBODY = [
    *("", "unknown", "unknown:80", "Unknown", "é"),
    "x" * 9000,
    *("[", "[]", "]:", ":", "1.2.3", "01.2.3.4", "1.2.3.4.5"),
]
NOBODY += [
    *("1.2.3.4.5", "[::1", "999.0.2.1:80", "１.2.3.4", "_", "_a b"),
    "_" + "a" * 9000,
    "2001:db8::1::2",
    "1.2.3.4/24",
]
NOBODY += ["\x00"]


@each_case("forwarded", IPV4)
def test_an_ipv4_address_is_one_household_however_it_is_written(forwarded):
    assert household(forwarded) == "192.0.2.7"


@each_case("prefix", ["::ffff:", "64:ff9b::", "::ffff:0:"])
def test_strangers_with_ipv4_addresses_inside_ipv6_ones_are_not_one_household(prefix):
    assert household(f"{prefix}192.0.2.7") != household(f"{prefix}192.0.2.8")


@each_case("forwarded", IPV6)
def test_of_ipv6_it_is_the_network(forwarded):
    assert household(forwarded) == "2001:db8:1:2::/64"


def test_a_zone_belongs_to_this_machine_and_not_to_the_address():
    assert household("fe80::1%eth0") == household("[fe80::1%eth1]:80") == "fe80::/64"


@each_case("forwarded", ["_hidden", "_hidden:80", "_SEVKISEK.1-x"])
def test_a_proxys_own_name_for_somebody_stands_for_them(forwarded):
    """RFC 7239 section 6.3."""
    assert household(forwarded) == forwarded.partition(":")[0]


@each_case("forwarded", NOBODY)
def test_who_cannot_be_told_from_others_has_no_more_tries_than_they(forwarded):
    assert household(forwarded) == "unknown"


@given(st.text())
def test_whatever_it_is_it_is_somebody(forwarded):
    assert household(forwarded)
