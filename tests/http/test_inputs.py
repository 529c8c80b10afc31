"""What is read of a request, one value at a time."""

import pytest
from flask import Flask, request

from app.errors import BadInput, ChallengeElsewhere
from app.http import inputs
from tests.support.cases import each_case

APP, PAGES = Flask(__name__), Flask(__name__)
PAGES.add_url_rule("/login", "login")


def test_a_challenge_is_read_from_the_address():
    with APP.test_request_context("/login?login_challenge=c"):
        assert inputs.challenge("login_challenge", is_needed=True) == "c"


@each_case("query", ["", "login_challenge=", "login_challenge=&consent_challenge="])
def test_without_a_challenge_there_is_none(query):
    with APP.test_request_context(f"/login?{query}"):
        assert inputs.challenge("login_challenge") == ""
        with pytest.raises(BadInput):
            inputs.challenge("login_challenge", is_needed=True)


def test_a_challenge_of_another_page_in_its_place_is_told():
    with APP.test_request_context("/login?consent_challenge=c"), pytest.raises(ChallengeElsewhere):
        inputs.challenge("login_challenge")


def test_beside_the_right_challenge_no_other_counts():
    with APP.test_request_context("/login?login_challenge=c&consent_challenge=d"):
        assert inputs.challenge("login_challenge") == "c"


@each_case("query, body", [("", {}), ("", {"login_challenge": ""}), ("login_challenge=c", {"login_challenge": "c"})])
def test_a_form_has_its_challenge_and_its_address_has_none(query, body):
    with APP.test_request_context(f"/login?{query}", method="POST", data=body), pytest.raises(BadInput):
        inputs.posted_challenge("login_challenge")


@each_case("path, ahead", [("/login", True), ("//login", False), ("/nowhere", False)])
def test_a_challenge_that_is_looked_at_by_head_is_so_where_there_is_a_page(path, ahead):
    with PAGES.test_request_context(f"{path}?login_challenge=c", method="HEAD"):
        assert inputs.is_prefetch(request) is ahead
    with PAGES.test_request_context(path, method="HEAD"):
        assert not inputs.is_prefetch(request)


def test_a_browser_without_cookies_sends_none():
    with APP.test_request_context("/"):
        assert inputs.cookie_header() == ""


def test_an_id_of_kratos_is_at_most_128_characters_long():
    with APP.test_request_context(f"/login?flow={'x' * 128}"):
        assert inputs.kratos_id("flow") == "x" * 128
    with APP.test_request_context(f"/login?flow={'x' * 129}"), pytest.raises(BadInput):
        inputs.kratos_id("flow")
