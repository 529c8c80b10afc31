"""The library of Kratos' bodies: how a body is put together, and how the recorder writes it."""

import json

import pytest

from kratos.bodies import library
from kratos.recorder import differences
from kratos.recorder.cases import VARIANTS
from tests.payloads.bodies import VALUES
from tests.support.cases import each_case

NAMES = [f"{folder}/{name}" for folder in differences.FOLDERS for name in library.names(folder)]


@each_case(
    "target, patch, result",
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        ({"a": "foo"}, "bar", "bar"),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ],
)
def test_a_difference_is_a_json_merge_patch(target, patch, result):
    """The examples of RFC 7386, appendix A."""
    assert library.merged(target, patch) == result


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """The library as a copy: what is read and written lies there."""
    for path in library.HERE.rglob("*.json"):
        copy = tmp_path / path.relative_to(library.HERE)
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(path.read_bytes())
    monkeypatch.setattr(library, "HERE", tmp_path)
    forget()
    yield tmp_path
    forget()


def forget():
    """Have everything read anew."""
    for read in (library.text, library.form, library.differences):
        read.cache_clear()


def test_what_is_written_is_read_again(elsewhere):
    bodies = {name: library.body(name) for name in NAMES}
    differences.write(bodies)
    forget()
    assert {name: library.body(name) for name in NAMES} == bodies


def test_a_new_body_is_written_over_the_nearest_one(elsewhere):
    bodies = {name: library.body(name) for name in NAMES if name.startswith("demo/")}
    new = library.body("demo/login/wrong_password") | {"active": None}
    differences.write(bodies | {"demo/login/a_new_state": new})
    stored = json.loads((elsewhere / "demo" / "login.json").read_text())["a_new_state"]
    assert stored == {"of": "demo/login/wrong_password", "active": "$null"}
    forget()
    assert library.body("demo/login/a_new_state") == new


def test_a_body_that_others_differ_from_does_not_go(elsewhere):
    """Nothing is written then."""
    before = (elsewhere / "demo" / "login.json").read_text()
    bodies = {name: library.body(name) for name in NAMES if name.startswith("demo/")}
    del bodies["demo/login/choose_method"]
    with pytest.raises(ValueError, match="demo/login/choose_method"):
        differences.write(bodies)
    assert (elsewhere / "demo" / "login.json").read_text() == before


def test_two_nodes_of_a_name_and_null_survive():
    nodes = [{"attributes": {"name": "address", "value": value}} for value in ("a@b", None)]
    body = {"ui": {"nodes": nodes}, "metadata": None}
    form = differences.form_of(body)
    assert form["ui"]["nodes"] == ["address", "address #2"]
    assert json.loads(json.dumps(library.listed(form)).replace('"$null"', "null")) == body


def test_the_sandbox_needs_no_bodies_but_its_own():
    files = [json.loads(path.read_text()) for path in library.files("demo")]
    assert {state.get("of", "demo/").split("/")[0] for states in files for state in states.values()} == {"demo"}


def test_every_case_of_the_recorder_has_its_body():
    assert sorted(name for variant in VARIANTS for name in variant.cases) == library.names("variants")


@pytest.mark.parametrize("folder", ["variants", "made"])
def test_the_tests_have_a_value_for_every_placeholder(folder):
    for name in library.names(folder):
        library.filled(f"{folder}/{name}", VALUES | {"id": "1"})
