"""A person is called by what they would recognise, whatever the schema: no UUID if that can be helped."""

from app.ory.identity_names import MAX_KEY, MAX_VALUES, display_name, leaves, likely_sign_in_name, verifiable_addresses
from tests.support.cases import each_case
from tests.support.counting import Counted, calls

FIRST = {"value": "a@example.org", "via": "email", "verified": False}
SECOND = {"value": "b@example.org", "via": "email", "verified": True}
PHONE = {"value": "+442079460000", "via": "sms", "verified": True}


@each_case(
    "identity, name",
    [
        ({"traits": {"email": "x@example.org"}, "verifiable_addresses": [SECOND]}, "x@example.org"),
        ({"traits": {"username": "ada"}, "verifiable_addresses": [SECOND]}, "ada"),
        (
            {"traits": {"emails": ["a@example.org", "b@example.org"]}, "verifiable_addresses": [FIRST, SECOND]},
            "b@example.org",
        ),
        ({"traits": {"emails": ["b@example.org", "a@example.org"]}}, "b@example.org"),
        ({"traits": {"contact": {"mail": "m@example.org"}}}, "m@example.org"),
        ({"traits": {"contact": {"e-mail": "m@example.org", "opt_in_email": "yes"}}}, "m@example.org"),
        ({"traits": {"workEmail": "m@example.org"}}, "m@example.org"),
        ({"traits": {"name": "Ada", "employee_number": "E-1815"}}, "E-1815"),
        ({"traits": {"name": "Ada", "employeeNumber": 1815}}, "1815"),
        ({"traits": {"staff": {"badge": "007"}}}, "007"),
        ({"traits": {"deep": {"er": {"login": "ada"}}}}, "ada"),
        ({"traits": {"mobile": "+44"}}, "+44"),
        ({"traits": {}, "verifiable_addresses": [PHONE]}, "+442079460000"),
        ({"traits": {}, "recovery_addresses": [{"value": "r@example.org", "via": "email"}]}, "r@example.org"),
        ({"traits": {"name": {"first": "Ada", "last": "Lovelace"}}}, "Ada Lovelace"),
        ({"traits": {"first_name": "Ada", "city": "London"}}, "Ada"),
        ({"traits": {"name": "Ada L."}}, "Ada L."),
        ({"traits": {"active": True, "code": None, "email": ["x"]}}, ""),
        ({"traits": []}, ""),
        ({}, ""),
    ],
)
def test_the_person_is_called_by_what_they_know(identity, name):
    assert display_name(identity) == name


def test_a_persons_own_name_is_no_sign_in_name():
    """A password manager would keep the password under it."""
    assert likely_sign_in_name({"traits": {"name": {"first": "Ada", "last": "Lovelace"}}}) == ""


@each_case("odd", [None, 7, "x", [None, 7, "x", {}, {"via": "email"}, {"via": "email", "value": 7}]])
def test_odd_addresses_are_none(odd):
    assert verifiable_addresses({"verifiable_addresses": odd, "traits": {}}) == []


def test_of_traits_as_large_and_deep_as_kratos_takes_them_a_part_is_looked_at():
    """N66: every page of somebody with 400 kB in 850 lists took 12 seconds of a worker that many share."""
    for depth in (0, 900):
        inner: object = ["1"] * (2 * MAX_VALUES)
        for _ in range(depth):
            inner = [inner]
        assert MAX_VALUES - depth - 1 <= len(list(leaves({"x": inner}))) <= MAX_VALUES
    inner = {"login": "ada"}
    for _ in range(900):
        inner = {"x": inner}
    assert display_name({"traits": inner}) == "ada"


def test_a_long_key_is_not_read_once_for_each_item_of_its_list():
    """N66: of 100 kB, above 10,000 items, it held a worker for 121 seconds, several times a page."""
    assert display_name({"traits": {"user" + "_name" * 2000: ["ada"] * MAX_VALUES}}) == ""
    assert display_name({"traits": {"x" * (MAX_KEY - 5) + "_name": ["ada"], "login": "grace"}}) == "grace"
    assert display_name({"traits": {"x" * (MAX_KEY - 6) + "_login": ["ada"]}}) == "ada"
    assert display_name({"traits": {"x" * (MAX_KEY - 5) + "_login": ["ada"]}}) == ""


def test_many_addresses_are_not_looked_for_one_by_one():
    """N95: to sort 20,000 took 6 seconds of a worker that many share, several times a page."""
    values = [f"a{number}@example.org" for number in range(300)]
    rows = [{"value": Counted(value), "via": "email"} for value in reversed(values)]
    known, cost = calls(lambda: verifiable_addresses({"traits": {"emails": values}, "verifiable_addresses": rows}))
    assert [row["value"] for row in known] == values
    assert cost < 30 * len(values)
