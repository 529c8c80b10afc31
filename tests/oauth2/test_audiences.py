"""Whom tokens are for: what is registered, what is shown, what a remembered consent covers."""

from app.oauth2.consent_policy import (
    audience_descriptions,
    without_asking,
)
from tests.support.builders import authorize_url, consent_request, jwt
from tests.support.cases import each_case

MCP, API = "https://mcp.example.org/mcp", "https://api.example.org"
CLIENT = {"audience": [MCP, API, "https://slash.example.org/", "urn:example:api", "plain"]}


def asking(*resources, **more):
    url = authorize_url() + "".join(f"&resource={resource}" for resource in resources)
    return consent_request(client=CLIENT, request_url=url, **more)


@each_case(
    "resources, audience",
    [
        ([], ()),
        ([MCP], (MCP,)),
        ([MCP, API, MCP], (MCP, API)),
        (["https%3A%2F%2Fmcp.example.org%2Fmcp"], (MCP,)),
        ([API + "/"], (API,)),
        (["https://slash.example.org"], ("https://slash.example.org/",)),
        (["urn:example:api"], ("urn:example:api",)),
        (["", MCP], (MCP,)),
    ],
)
def test_a_registered_resource_becomes_audience(resources, audience):
    request = asking(*resources)
    assert "" not in request.resources
    assert request.audience == audience


@each_case(
    "resource",
    [
        "https://other.example.org",
        MCP + "/",
        MCP + "/deeper",
        MCP + "%23fragment",
        MCP + "%23",
        API + "//",
        API + "?",
        API + ":443",
        *("HTTPS://api.example.org", "plain", "/mcp", "//api.example.org"),
        *("https://api.example.org%20", "https://api.example.org%0A", "%00", "urn:example:api/"),
    ],
)
@each_case("before", [[], [MCP]])
def test_any_other_resource_is_refused(resource, before):
    """N78: RFC 8707 section 2: invalid_target; not even the good one beside it is granted unseen."""
    request = asking(*before, resource)
    assert "" in request.resources
    assert request.audience == tuple(before)


@each_case("resource", [f"{MCP}#part", f"{API}#", "plain"])
def test_what_is_no_absolute_address_without_fragment_is_refused_although_it_is_registered(resource):
    url = authorize_url(resource=resource)
    assert "" in consent_request(client={"audience": [resource]}, request_url=url).resources


def test_what_hydra_has_checked_comes_first_and_once():
    request = asking(MCP, API, requested_access_token_audience=[API, "billing"])
    assert request.audience == (API, "billing", MCP)


def test_a_pair_that_hydra_would_not_read_asks_for_nothing():
    assert asking(f"{MCP};", "%zz").audience == ()


@each_case(
    "inside, audience",
    [({"resource": API}, (API,)), ({"resource": [API, MCP]}, (API, MCP)), ({"resource": []}, ()), ({}, (MCP,))],
)
def test_a_resource_in_a_request_object_takes_the_place_of_the_querys(inside, audience):
    url = authorize_url(resource=MCP, request=jwt(inside))
    assert consent_request(client=CLIENT, request_url=url).audience == audience


@each_case("inside", [5, {"a": API}, [API, None], True])
def test_a_resource_in_a_request_object_that_is_no_text_is_refused(inside):
    url = authorize_url(request=jwt({"resource": inside}))
    assert "" in consent_request(client=CLIENT, request_url=url).resources


def test_without_openid_the_request_object_says_nothing():
    url = authorize_url(scope="profile", resource=MCP, request=jwt({"resource": API}))
    assert consent_request(client=CLIENT, request_url=url).audience == (MCP,)


def test_where_a_device_is_connected_the_address_asks_for_nothing():
    """Anybody may have written it: it is not the device's request."""
    url = f"http://localhost:4444/oauth2/device/verify?client_id=demo&resource={MCP}&resource=x"
    request = consent_request(client=CLIENT, request_url=url)
    assert (request.audience, request.resources) == ((), [])


@each_case(
    "listed, trusted, assumed", [([], False, False), ([API], False, False), ([API, MCP], False, True), ([], True, True)]
)
def test_a_remembered_consent_covers_what_the_operator_lists_or_trusts(listed, trusted, assumed):
    request = consent_request(
        client=CLIENT | {"skip_consent": trusted}, requested_access_token_audience=[API, MCP], skip=True
    )
    assert without_asking(request, listed) is assumed


def test_without_audience_it_covers_everything():
    assert without_asking(consent_request(skip=True), [])


def test_audiences_are_told_in_the_operators_words_else_as_they_are():
    assert audience_descriptions([API, MCP, "\u200b"], {API: "Your invoices"}) == ("Your invoices", MCP, "%E2%80%8B")
    assert len(audience_descriptions(["x" * 999], {})[0]) == 160


def test_an_address_is_told_whole_up_to_the_longest():
    longest = f"{API}/{'x' * (160 - len(API) - 1)}"
    assert audience_descriptions([longest, f"{longest}x"], {}) == (longest, "api.example.org/…")


def test_of_an_address_that_is_too_long_or_in_other_letters_the_host_is_told():
    long = f"https://accounts.bank.example.{'a.' * 80}evil.example/x"
    [shown, cyrillic] = audience_descriptions([long, "https://аpi.example.org/x"], {})
    assert shown.endswith(".evil.example/…")
    assert "bank" not in shown
    assert cyrillic == "xn--pi-6kc.example.org/…"
