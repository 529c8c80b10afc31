"""`portico doctor --client` and `--authorize-url`: how a client signs people in, and why Hydra refuses a request."""

import base64
import hashlib
import json
import shlex
from urllib.parse import urlencode

import pytest

from app import urls
from tests.doctor.servers import CLIENT, HYDRA, HYDRA_ADMIN, PUBLIC

S256 = "YH41y9Snz_XII4cTd8sT8MHy-MzeBy3456aOZPHVSvk"
GOOD = {
    "client_id": "demo",
    "redirect_uri": "https://app.example.org/callback",
    "response_type": "code",
    "scope": "openid photos.read",
    "state": "0123456789",
    "nonce": "0123456789",
    "code_challenge": S256,
    "code_challenge_method": "S256",
}
TAKEN = [f"ok           Hydra takes the request and sends the browser to {PUBLIC}/login."]
BACK = "https://app.example.org/bye"
MALFORMED = "The request is missing a required parameter, or is otherwise malformed. "
NO_MATCH = f"{MALFORMED}The 'redirect_uri' parameter does not match any of the OAuth 2.0 Client's pre-registered ones."
UNKNOWN = "wrong        Hydra has no client dem. Did you mean demo?  [the request: client_id]"


def report(servers, **changes):
    """What is said of an authorization request; None leaves a parameter out."""
    parameters = {name: value for name, value in (GOOD | changes).items() if value is not None}
    return servers.request(f"{HYDRA}/oauth2/auth?{urlencode(parameters)}")


class TestClient:
    def test_the_registration_is_shown_by_its_own_names_without_secrets(self, servers):
        secrets = {
            "client_secret": "the-secret",
            "registration_access_token": "the-token",
            "jwks": {"keys": ["the-key"]},
        }
        servers.clients = [CLIENT | secrets]
        lines, status = servers.client("demo")

        assert (status, lines[10:12]) == (0, ["", *TAKEN])
        assert "redirect_uris               https://app.example.org/callback" in lines
        assert "grant_types                 authorization_code, refresh_token" in lines
        assert "post_logout_redirect_uris   none" in lines
        assert not [secret for secret in ("the-secret", "the-token", "the-key") if secret in "".join(lines)]

    @pytest.mark.parametrize(
        ("method", "present", "missing"),
        [
            ("client_secret_basic", "-u 'demo:<client secret>'", "client_id="),
            ("client_secret_post", "client_secret=<client secret>", " -u "),
            ("none", "client_id=demo", "<client secret>"),
            ("private_key_jwt", "client_assertion=<signed JWT>", "<client secret>"),
        ],
    )
    def test_the_request_and_the_line_for_its_code_belong_together(self, servers, method, present, missing):
        servers.clients = [CLIENT | {"token_endpoint_auth_method": method}]
        lines, _ = servers.client("demo")
        [request] = [urls.query(line) for line in lines if line.startswith(f"{HYDRA}/oauth2/auth?")]
        [curl] = [line for line in lines if line.startswith("curl ")]
        [verifier] = {part.partition("=")[2] for part in shlex.split(curl) if part.startswith("code_verifier=")}
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")

        assert request["redirect_uri"] == "https://app.example.org/callback"
        assert (request["response_type"], request["scope"]) == ("code", "openid")
        assert min(len(request["state"]), len(request["nonce"])) >= 20
        assert (request["code_challenge"], request["code_challenge_method"]) == (digest, "S256")
        assert present in curl
        assert missing not in curl

    def test_what_keeps_a_client_from_working_is_told_and_no_request_is_printed(self, servers):
        servers.clients = [CLIENT | {"grant_types": ["client_credentials"]}]
        lines, status = servers.client("demo")
        servers.refusal = "unsupported_response_type"
        refused, refused_status = servers.client("demo")
        assert status == refused_status == 1
        assert "wrong        authorization_code is missing.  [the client: grant_types]" in lines
        assert any(line.startswith("wrong        Hydra refuses the request with unsupported") for line in refused)
        assert not [line for line in lines + refused if "curl" in line]

    def test_what_somebody_registered_is_no_command_for_the_terminal(self, servers):
        """Where dynamic registration is on, anybody chooses the name."""
        servers.clients = [
            CLIENT | {"client_name": "\x1b[2J", "redirect_uris": ["https://app.example.org/'; reboot #"]}
        ]
        lines, _ = servers.client("demo")
        [curl] = [shlex.split(line) for line in lines if line.startswith("curl ")]
        assert "\x1b" not in "".join(lines)
        assert all(part.startswith("redirect_uri=") for part in curl if "reboot" in part)

    def test_an_unknown_client_is_told_with_the_nearest_known_one(self, servers):
        assert servers.client("dem") == ([UNKNOWN], 1)
        servers.client("../../admin/keys/x")
        assert f"{HYDRA_ADMIN}/admin/clients/..%2F..%2Fadmin%2Fkeys%2Fx" in servers.calls

    def test_a_hydra_that_does_not_answer_is_told(self, servers):
        servers.silent = {HYDRA_ADMIN}
        reason = "no answer: ConnectionError"
        assert servers.client("demo")[0] == [
            f"wrong        Hydra does not tell its clients ({reason}).  [PORTICO_HYDRA_ADMIN_URL]"
        ]


class TestSigningIn:
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"prompt": "login consent"},
            {"nonce": None, "scope": "photos.read"},
            {"request": "e30.e30.", "prompt": "beside"},
            {"request_uri": "urn:x", "nonce": "beside"},
        ],
        ids=str,
    )
    def test_a_good_request_has_nothing_to_change(self, servers, changes):
        assert report(servers, **changes) == (TAKEN, 0)

    @pytest.mark.parametrize(
        ("changes", "level", "where"),
        [
            ({"nonce": "1234567"}, "wrong", "the request: nonce"),
            ({"code_challenge_method": "plain"}, "wrong", "the request: code_challenge_method"),
            ({"code_challenge_method": None}, "wrong", "the request: code_challenge_method"),
            ({"code_challenge": f"{S256}="}, "wrong", "the request: code_challenge"),
            ({"code_challenge": None, "code_challenge_method": None}, "warning", "the request: code_challenge"),
            ({"prompt": "select_account"}, "wrong", "the request: prompt"),
            ({"prompt": "none login"}, "wrong", "the request: prompt"),
        ],
        ids=str,
    )
    def test_what_hydra_refuses_only_later_is_told(self, servers, changes, level, where):
        lines, status = report(servers, **changes)
        assert (lines[:1], status) == (TAKEN, int(level == "wrong"))
        assert [(line[:13].strip(), line.partition("  [")[2]) for line in lines[1:]] == [(level, f"{where}]")]

    @pytest.mark.parametrize(
        ("grants", "level"), [(["refresh_token"], "wrong"), (["authorization_code"], "warning")], ids=str
    )
    def test_a_client_without_the_grant_is_told(self, servers, grants, level):
        servers.clients = [CLIENT | {"grant_types": grants}]
        lines, _ = report(servers)
        assert (lines[1][:13].strip(), lines[1].partition("  [")[2]) == (level, "the client: grant_types]")

    @pytest.mark.parametrize(
        ("error", "description", "where"),
        [
            ("invalid_scope", "The OAuth 2.0 Client is not allowed to request scope 'fax'.", "the client: scope"),
            (
                "invalid_state",
                "must be at least be 8 characters long",
                "the request: state, 8 random characters or more",
            ),
            ("unsupported_response_type", "'token'", "the client: response_types"),
            ("unsupported_response_mode", "x", "the request: response_mode"),
            ("invalid_request", "Requested audience 'x' has not been whitelisted", "the client: audience"),
            ("invalid_request", "The 'redirect_uri' parameter is required", "the client: redirect_uris"),
            ("unheard_of", "Because.", "the request, or the client"),
        ],
    )
    def test_a_refusal_is_shown_in_hydras_words_with_the_place_to_change(self, servers, error, description, where):
        servers.refusal, servers.description = error, description
        (line, words), status = report(servers)
        assert (status, words.strip()) == (1, f"Hydra says: {description}")
        assert line.startswith(f"wrong        Hydra refuses the request with {error}.")
        assert line.endswith(f"{where}]")

    def test_an_unknown_client_is_told_with_the_nearest_known_one(self, servers):
        lines, _ = report(servers, client_id="dem")
        assert lines[0] == UNKNOWN
        assert lines[1] == "wrong        Hydra refuses the request with invalid_client.  [the request: client_id]"
        assert "client_id is missing." in report(servers, client_id=None)[0][0]

    @pytest.mark.parametrize(
        ("requested", "at"),
        [("https://app.example.org/Callback", len("https://app.example.org/")), (f"{GOOD['redirect_uri']}/", 32)],
    )
    def test_the_nearest_registered_uri_stands_below_with_the_first_difference_marked(self, servers, requested, at):
        servers.refusal, servers.description = "invalid_request", NO_MATCH
        servers.clients = [CLIENT | {"redirect_uris": ["https://old.example.org/", GOOD["redirect_uri"]]}]
        lines, _ = report(servers, redirect_uri=requested)
        start = lines[2].index("https")
        assert lines[3][start:] == GOOD["redirect_uri"]
        assert lines[4].index("^") == start + at

    @pytest.mark.parametrize("error", ["login_required", "consent_required"])
    def test_that_prompt_none_needs_a_session_is_no_mistake(self, servers, error):
        servers.refusal = error
        [line], status = report(servers, prompt="none")
        assert (status, line[:13].strip()) == (0, "ok")
        assert f"with {error}." in line

    @pytest.mark.parametrize(
        "url",
        [
            "https://evil.example/oauth2/auth?client_id=demo",
            f"{PUBLIC}/oauth2/sessions/logout?id_token_hint=a-token",
            f"{HYDRA}/oauth2/auth?client_id=demo&scope=openid email",
            f"{HYDRA}/authorize?client_id=demo",
            "not an address",
            "https://[::1",
        ],
    )
    def test_an_address_that_is_not_hydras_is_told_and_not_asked(self, servers, url):
        [line], status = servers.request(url)
        assert (status, line[:13].strip(), servers.calls) == (1, "wrong", [])
        assert "a-token" not in line

    def test_without_hydras_address_nothing_can_be_said(self, servers):
        [line], status = servers.request(f"{HYDRA}/oauth2/auth", hydra_public_url="")
        assert (status, line.partition("  [")[2]) == (1, "the request, or PORTICO_HYDRA_PUBLIC_URL]")

    def test_what_cannot_be_asked_is_told(self, servers):
        without_admin, _ = servers.request(f"{HYDRA}/oauth2/auth?client_id=demo", hydra_admin_url="")
        servers.silent = {HYDRA}
        silent, status = report(servers)
        assert "without Hydra's two addresses" in without_admin[0]
        assert (silent[0][:13].strip(), status) == ("cannot tell", 3)

    def test_what_may_be_secret_in_a_request_is_not_repeated(self, servers):
        servers.refusal = "invalid_scope"
        lines, _ = report(servers, state="the-state", nonce="the-nonce", login_hint="ada@example.org")
        assert not [word for word in ("the-state", "the-nonce", "ada@example.org", S256) if word in "".join(lines)]


class TestSigningOut:
    def report(self, servers, description="", **parameters):
        servers.refused_logout = description
        servers.clients = [CLIENT | {"post_logout_redirect_uris": [BACK]}]
        return servers.request(f"{HYDRA}/oauth2/sessions/logout?{urlencode(parameters)}")

    def hint(self, **claims):
        payload = json.dumps({"aud": ["demo"], "sub": "ada-identity"} | claims).encode()
        return f"e30.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.AAAA"

    @pytest.mark.parametrize("hint", [None, "", "x", "a.b.c", "a.!.c", "a.W10.c", "a.e30.c"])
    def test_a_request_that_hydra_takes_has_nothing_to_change(self, servers, hint):
        """Whatever the hint is, Hydra decides."""
        lines, status = self.report(servers, id_token_hint=self.hint() if hint is None else hint)
        assert (status, [line[:13].strip() for line in lines]) == (0, ["ok"])

    @pytest.mark.parametrize(
        ("description", "meaning", "where"),
        [
            ("go-jose/go-jose: error in cryptographic primitive", "id_token_hint cannot be read", "id_token_hint"),
            ("illegal base64 data at input byte 0", "id_token_hint cannot be read", "id_token_hint"),
            ("Token used before issued", "id_token_hint cannot be read", "id_token_hint"),
            ("Logout failed because query parameter state is set but id_token_hint is missing.", "", "id_token_hint"),
            ("Logout failed because issuer claim value 'x' from query parameter id_token_hint", "", "id_token_hint"),
            ("Logout failed because none of the listed audiences is a registered Client.", "", "id_token_hint"),
        ],
    )
    def test_what_hydra_says_is_told_and_explained_where_it_is_a_machines(self, servers, description, meaning, where):
        token = self.hint()
        lines, status = self.report(servers, MALFORMED + description, id_token_hint=token)
        assert (status, lines[0][:13].strip()) == (1, "wrong")
        assert lines[0].endswith(f"{where}]")
        assert description in lines[1]
        assert (meaning or "Hydra refuses") in lines[0]
        assert token not in "".join(lines)

    @pytest.mark.parametrize("audience", ["demo", ["demo", "other"]])
    def test_an_address_to_return_to_is_compared_with_the_nearest_registered_one(self, servers, audience):
        description = "Logout failed because query parameter post_logout_redirect_uri is not a whitelisted one."
        hint = self.hint(aud=audience)
        lines, _ = self.report(servers, description, id_token_hint=hint, post_logout_redirect_uri=f"{BACK}/")
        assert lines[0].endswith("[the client: post_logout_redirect_uris]")
        assert lines[2].split() == ["asked", "for", f"{BACK}/"]
        assert lines[3].split() == ["registered", BACK]
