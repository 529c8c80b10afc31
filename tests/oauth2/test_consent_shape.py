"""Bodies that are no whole form of ours, and every mixture of its fields (N36 N40 I2 I8)."""

import io
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.upstream import BROWSER_HYDRA

VERIFIER = f"{BROWSER_HYDRA}/oauth2/auth?consent_verifier=v"
SCOPES = ["openid", "email", "photos"]
HERE = {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-origin"}
ALLOW, DENY = ("action", "accept"), ("action", "deny")


class TestShape:
    """N36 N40: only a whole form of our own kind is read."""

    @pytest.mark.parametrize(
        "kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", "application/xml", ""]
    )
    def test_another_content_type_is_refused(self, client, body, kind):
        data = urlencode([*body, ALLOW])
        assert client.post("/consent", data=data, content_type=kind).status_code == 400

    def test_a_file_and_a_list_are_no_fields(self, client, body):
        parts = {name: (io.BytesIO(value.encode()), "x.txt") for name, value in body}
        assert client.post("/consent", data=parts, headers=HERE).status_code == 400
        assert (
            client.post("/consent", json={"consent_challenge": ["c"], "action": ["accept"]}, headers=HERE).status_code
            == 400
        )
        assert client.get("/consent?consent_challenge[]=c").status_code == 400

    def test_letters_of_two_bytes_make_no_decision(self, client, body):
        """Werkzeug reads forms as UTF-8 whatever the type says."""
        data = urlencode([*body, ALLOW]).encode("utf-16")
        kind = "application/x-www-form-urlencoded; charset=utf-16"
        assert client.post("/consent", data=data, content_type=kind, headers=HERE).status_code == 400

    def test_a_form_of_unannounced_length_is_refused(self, client, body):
        """It could be cut at the limit unseen."""
        data = urlencode([*body, ALLOW]).encode()
        environ = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}

        response = client.post(
            "/consent",
            data=data,
            content_type="application/x-www-form-urlencoded",
            headers={"Content-Length": ""},
            environ_overrides=environ | {"CONTENT_LENGTH": ""},
        )

        assert response.status_code == 400

    def test_a_form_larger_than_any_of_ours_is_refused(self, client, body):
        response = client.send("/consent", [*body, ("padding", "x" * 70_000), ALLOW])
        assert response.status_code == 413

    def test_a_body_of_odd_bytes_is_refused(self, client):
        form = "application/x-www-form-urlencoded"
        assert client.post("/consent", data=b"\xff\xfe%zz=%ff&action=accept", content_type=form).status_code == 400


def test_every_beginning_of_a_valid_form_grants_nothing(client, upstream, body):
    """N40 I8: a client that stops sending in the middle, with a length that fits what it sent."""
    whole = urlencode([*body, ("remember", "true"), ALLOW])
    upstream.mock.assert_all_requests_are_fired = False
    upstream.takes("consent", "accept", VERIFIER)
    client.checking = False
    headers = {"Origin": client.public_url}
    for length in range(len(whole)):
        client.post("/consent", data=whole[:length], content_type="application/x-www-form-urlencoded", headers=headers)
    assert upstream.sent("PUT") == []


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_mixture_of_fields_grants_more_than_was_ticked_shown_and_requested(client, upstream, body, data):
    """I2 I8: fields dropped, repeated, changed and shuffled in every way."""
    upstream.mock.assert_all_requests_are_fired = False
    upstream.mock.reset()
    upstream.chose()
    upstream.asks("consent", requested_scope=SCOPES)
    upstream.signed_in()
    upstream.takes("consent", "accept", VERIFIER)
    upstream.takes("consent", "reject", VERIFIER)
    client.checking = False
    odd = st.tuples(
        st.sampled_from(
            ["grant_scope", "action", "remember", "ticket", "consent_challenge", "scope", "requested_scope"]
        ),
        st.sampled_from(["openid", "admin", "photos", "accept", "deny", "c", "d", "", "true", "é"]),
    )
    dropped = data.draw(st.lists(st.integers(0, len(body)), max_size=2))
    kept = [field for place, field in enumerate([*body, ALLOW]) if place not in dropped]
    posted = data.draw(st.permutations(kept + data.draw(st.lists(odd, max_size=2))))
    unanswered = client.get_cookie("portico").value

    client.send("/consent", posted)

    client.set_cookie("portico", unanswered)  # or no later mixture would be looked at: one answer counts once
    accepts = upstream.sent("PUT", "consent/accept")
    if not accepts:
        return
    granted = set(upstream.body("consent/accept")["grant_scope"])
    ticked = {value for name, value in posted if name == "grant_scope"}
    assert granted <= (ticked | {"openid"}) & set(SCOPES)
    assert ALLOW in posted
    assert DENY not in posted
