"""W3C Trace Context: a valid trace goes on to Kratos and Hydra and into the log, anything else goes nowhere."""

import json

from app.http.logs import trace_field, trace_headers
from tests.support.cases import each_case
from tests.support.upstream import BROWSER_HYDRA

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{SPAN}-01"


def environ(parent=None, state=None):
    sent = {"HTTP_TRACEPARENT": parent, "HTTP_TRACESTATE": state}
    return {name: value for name, value in sent.items() if value is not None}


@each_case(
    "parent, goes_on",
    [
        (PARENT, PARENT),
        (f"00-{TRACE}-{SPAN}-00", f"00-{TRACE}-{SPAN}-00"),
        (f"cc-{TRACE}-{SPAN}-01", PARENT),  # of a later version what this one has of it
        (f"cc-{TRACE}-{SPAN}-01-what-the-future-brings", PARENT),
    ],
)
def test_a_valid_parent_goes_on(parent, goes_on):
    assert trace_headers(environ(parent)) == {"traceparent": goes_on}
    assert trace_field(environ(parent)) == {"trace_id": TRACE}


@each_case(
    "parent",
    [
        *(None, "", f"ff-{TRACE}-{SPAN}-01", f"00-{'0' * 32}-{SPAN}-01", f"00-{TRACE}-{'0' * 16}-01"),
        *(f"00-{TRACE.upper()}-{SPAN}-01", f"00-{TRACE}-{SPAN}-01-more", f"00-{TRACE}-{SPAN}-1"),
        *(f"00-{TRACE}-{SPAN}-011", f"cc-{TRACE}-{SPAN}-01more", f" {PARENT}", f"{PARENT}\n"),
        f"{PARENT},{PARENT}",  # two headers
        "ada@example.org",
    ],
)
def test_any_other_goes_nowhere_and_its_state_neither(parent):
    assert trace_headers(environ(parent, "vendor=1")) == {}
    assert trace_field(environ(parent)) == {}


@each_case("state", ["vendor=1", "a=1,b@c/d=x y", "a=1 ,\tb=2,", "k=" + "v" * 256, ",".join(["a=1"] * 32)])
def test_a_valid_state_goes_on_as_it_is(state):
    assert trace_headers(environ(PARENT, state))["tracestate"] == state


@each_case(
    "state",
    [
        *("", "vendor", "UPPER=1", "a=\x1b[31m", "a=é", "a=1\nb=2", "a=b=c"),
        "k=" + "v" * 257,
        "a=1," * 128 + "a=1",
        ",a=1" * 40,
    ],
)
def test_any_other_state_is_left_out_alone(state):
    assert trace_headers(environ(PARENT, state)) == {"traceparent": PARENT}


def test_kratos_and_hydra_get_the_trace_and_the_log_has_its_id(client, upstream, logs):
    upstream.asks("consent", client={"skip_consent": True})
    upstream.signed_in()
    upstream.takes("consent", "accept", f"{BROWSER_HYDRA}/oauth2/auth?consent_verifier=v")

    client.get("/consent?consent_challenge=c", headers={"traceparent": PARENT, "tracestate": "vendor=1"})

    sent = [call.request.headers for call in upstream.mock.calls]
    assert [(headers["traceparent"], headers["tracestate"]) for headers in sent] == [(PARENT, "vendor=1")] * 3
    lines = [json.loads(line) for line in logs.getvalue().splitlines()]
    assert [(line["event"], line["trace_id"]) for line in lines] == [
        ("privilege_permissions_changed", TRACE),
        ("request", TRACE),
    ]


def test_without_one_nothing_is_sent_and_no_line_has_a_trace(client, upstream, logs):
    upstream.asks("login")
    upstream.nobody()
    client.get("/login?login_challenge=c", headers={"traceparent": "made up", "tracestate": "vendor=1"})
    assert not {"traceparent", "tracestate"} & {name for call in upstream.mock.calls for name in call.request.headers}
    assert "trace_id" not in logs.getvalue()
