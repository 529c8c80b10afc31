"""The page for the code that a device shows (RFC 8628 sections 3.3 and 5), and how such a login ends."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.http import rate_limits
from app.http.rate_limits import LIMITS, TIMEOUTS, Counts
from tests.support.cases import each_case
from tests.support.pages import fields, heading, parsed, words
from tests.support.upstream import BROWSER_HYDRA, EXPIRED, HYDRA, identity, query, session

PAGE = "/device?device_challenge=c"
VERIFY = f"{BROWSER_HYDRA}/oauth2/device/verify"
DEVICE = {"request_url": f"{VERIFY}?client_id=demo&user_code=%2A%2A%2A%2A", "oidc_context": None}
WARNING = "Only continue if you started this on your own device."
WRONG = {"error": "invalid_request", "error_description": "..."}
ROOT = Path(__file__).resolve().parent.parent.parent
TRIES, TRIES_PER_ADDRESS = (int(LIMITS[per].split()[0]) for per in ("browser", "address"))


def send(client, code, **more):
    body = dict(fields(client.get(PAGE), "/device")) | {"user_code": code}
    return client.send("/device", list(body.items()), **more)


def codes_are_wrong(upstream):
    upstream.on("PUT", f"{upstream.url('device')}/accept", 400, WRONG)


class TestThePage:
    @each_case("code", ["aB3xY", "X"])
    def test_a_code_of_the_link_is_filled_in_and_not_sent(self, client, code):
        """N60."""
        page = client.get(f"{PAGE}&user_code={code}")
        assert heading(page) == "Sign in to a device"
        assert parsed(page).find("input", {"name": "user_code"})["value"] == code
        assert parsed(page).find(role="alert") is None
        assert WARNING in words(parsed(page).main)

    def test_no_address_can_focus_the_field(self, client):
        """B04: Enter, held down in a pop-up, would send the code of the link."""
        ids = {element["id"] for _ in range(2) for element in parsed(client.get(PAGE)).select("main [id]")}
        assert len(ids) == 2, "one a page"

    def test_a_form_without_a_token_sends_nothing_and_keeps_the_code(self, client):
        """N60."""
        page = client.send("/device", [("device_challenge", "c"), ("user_code", "aB3xY")])
        assert page.status_code == 400
        assert "so nothing has been decided yet" in page.text
        assert dict(fields(page, "/device"))["user_code"] == "aB3xY"

    @each_case("code", ["****", "%2A%2A%2A%2A", "a%20b", "%00", "x" * 65, "%C3%A9", ""])
    def test_what_can_be_no_code_is_not_filled_in(self, client, code):
        """Hydra writes **** when a login is started over."""
        assert parsed(client.get(f"{PAGE}&user_code={code}")).find("input", {"name": "user_code"})["value"] == ""

    def test_a_code_that_hydra_hides_is_asked_for_once_more(self, client):
        """It began again, after another page of a code, say; the empty field alone would look like a fault."""
        said = ["We had to start again, so enter the code from your device once more."]
        for code, notices in (("****", said), ("", []), ("aB3xY", [])):
            page = parsed(client.get(f"{PAGE}&user_code={code}"))
            assert [words(notice) for notice in page.main.find_all(role="status")] == notices, code

    def test_a_hostile_code_stays_text(self, client):
        page = client.get(f"{PAGE}&user_code=%22%3E%3Cscript%3E")
        assert parsed(page).find("input", {"name": "user_code"})["value"] == '"><script>'

    def test_an_address_without_a_challenge_leads_to_hydra(self, client):
        """N63."""
        page = client.get("/device?user_code=aB3xY")
        assert (page.status_code, heading(page)) == (404, "This page has expired")
        assert parsed(page).find("a", string="Try again")["href"] == VERIFY

    def test_where_hydras_address_is_not_known_it_leads_there_by_no_link(self, client_with):
        page = client_with(hydra_public_url="").get("/device")
        assert parsed(page).main.find("a", class_="button")["href"] == "/"

    def test_without_hydra_there_is_none(self, client_with):
        """N58."""
        client = client_with(hydra_admin_url="", hydra_public_url="")
        for path in (PAGE, "/device", "/device/success"):
            page = client.get(path)
            assert (page.status_code, heading(page)) == (404, "Page not found"), path

    def test_nor_is_there_one_after_a_form_whose_code_never_came_to_hydra(self, client_with, upstream):
        upstream.signed_in()
        client = client_with(hydra_admin_url="")
        body = [*fields(client.get("/logout"), "/logout"), ("device_challenge", "c"), ("user_code", "\u00e9")]
        assert client.send("/device", [*body, ("action", "accept")]).status_code == 404


class TestTwoPages:
    """N63: Hydra has one cookie for all, and answers an older page's code with 403 and JSON."""

    def page(self, client, challenge, code="aB3xY"):
        return client.get(f"/device?device_challenge={challenge}&user_code={code}")

    def press(self, client, page, code):
        return client.send("/device", list((dict(fields(page, "/device")) | {"user_code": code}).items()))

    @each_case("again", [False, True])
    def test_the_older_one_begins_again_with_its_code(self, client, upstream, again):
        upstream.takes("device", "accept", f"{VERIFY}?device_verifier=v")
        older, newer = (self.page(client, challenge) for challenge in ("older", "newer"))
        if again:
            older = self.page(client, "older")
        assert self.press(client, older, " aB3 xY").headers["Location"] == f"{VERIFY}?user_code=aB3xY"
        assert upstream.sent("PUT") == []
        assert self.press(client, newer, "aB3xY").headers["Location"] == f"{VERIFY}?device_verifier=v"

    def test_where_hydras_address_is_not_known_it_cannot(self, client_with, upstream):
        upstream.takes("device", "accept", f"{VERIFY}?device_verifier=v")
        client = client_with(hydra_public_url="")
        older, _ = (self.page(client, challenge) for challenge in ("older", "newer"))
        assert self.press(client, older, "aB3xY").headers["Location"] == f"{VERIFY}?device_verifier=v"


class TestACode:
    @each_case("typed", ["aB3-xY9z", "  aB3-xY9z \t", "12345678"])
    def test_it_goes_to_hydra_as_it_was_typed(self, client, upstream, typed):
        upstream.takes("device", "accept", f"{VERIFY}?device_verifier=v&client_id=demo")
        response = send(client, typed)
        assert response.headers["Location"] == f"{VERIFY}?device_verifier=v&client_id=demo"
        assert upstream.body("device/accept") == {"user_code": typed.strip()}
        assert query(upstream.sent("PUT")[0].url) == {"device_challenge": "c"}

    @each_case(
        "typed, verbatim",
        [
            ("aB3-xY9z", True),
            ("a-B-3-x-Y-9-z", True),
            ("aB3 xY9z", False),
            ("aB3\u2013xY9z", False),
            ("aB3\u00a0-\u00a0xY9z", False),
            (" a B 3 x Y 9 z ", False),
            ("\uff41\uff22\uff13\uff58\uff39\uff19\uff5a", False),
        ],
    )
    def test_else_without_what_people_put_between(self, client, upstream, typed, verbatim):
        """As it was typed first: an operator's codes may have dashes, never spaces."""

        def hydra(request):
            right = json.loads(request.body)["user_code"] == "aB3xY9z"
            return (200, {}, json.dumps({"redirect_to": f"{VERIFY}?device_verifier=v"})) if right else (400, {}, "{}")

        upstream.mock.add_callback("PUT", f"{upstream.url('device')}/accept", hydra)

        assert send(client, typed).headers["Location"] == f"{VERIFY}?device_verifier=v"
        tried = [json.loads(request.body or "")["user_code"] for request in upstream.sent("PUT")]
        assert tried == [*([typed] if verbatim else []), "aB3xY9z"]

    def test_marks_on_letters_are_not_put_in_order_without_end(self, client, monkeypatch):
        """N61: a form of 64 kB full of them held a worker for two seconds, sixty times before it was stopped."""
        lengths: list[int] = []

        def normalize(_: str, text: str) -> str:
            lengths.append(len(text))
            return text

        monkeypatch.setattr("app.oauth2.device.normalize", normalize)

        assert send(client, "\u0301\u0316" * 1000).status_code == 400
        assert max(lengths) <= 500

    def test_a_wrong_one_may_be_corrected(self, client, upstream):
        """N61: wrong, expired and used ones look alike; Hydra itself makes no difference (contract)."""
        codes_are_wrong(upstream)
        page = send(client, "WRONGCOD")
        assert (page.status_code, heading(page)) == (400, "Sign in to a device")
        assert "Wrong or expired code" in words(parsed(page).find(role="alert"))
        assert dict(fields(page, "/device")).items() >= {"device_challenge": "c", "user_code": "WRONGCOD"}.items()
        assert "Enter the code shown on your device" not in words(parsed(page).main)  # the alert says what to enter
        assert WARNING in words(parsed(page).main)

    @each_case(
        "code, said",
        [
            ("", "Enter the code."),
            ("   ", "Enter the code."),
            *((code, "Wrong or expired code") for code in ("é", "- -", "x" * 1000)),
        ],
    )
    def test_what_can_be_none_is_not_sent(self, client, code, said):
        page = send(client, code)
        assert page.status_code == 400
        assert said in words(parsed(page).find(role="alert"))
        assert len(page.data) < 10_000

    @each_case("status", [401, 404])
    def test_a_challenge_hydra_does_not_know_is_a_page(self, client, upstream, status):
        """N63."""
        upstream.on("PUT", f"{upstream.url('device')}/accept", status, EXPIRED)
        page = send(client, "aB3xY")
        assert (page.status_code, heading(page)) == (404, "This page has expired")

    def test_hydra_in_trouble_is_no_wrong_code(self, client, upstream):
        upstream.on("PUT", f"{upstream.url('device')}/accept", 403, {"error": "x"})
        assert send(client, "aB3xY").status_code == 502

    def test_nobody_is_sent_elsewhere(self, client, upstream):
        """N22."""
        upstream.takes("device", "accept", "https://evil.example/")
        assert send(client, "aB3xY").status_code == 502

    def test_it_is_not_logged(self, client, upstream, logs):
        codes_are_wrong(upstream)
        send(client, "aB3-secret")
        assert json.loads(logs.getvalue().splitlines()[-1])["status"] == 400
        assert "secret" not in logs.getvalue()


class TestGuessing:
    """N61: Hydra's endpoint counts nothing, so we do."""

    @pytest.fixture
    def site(self, client_with):
        """A Portico nobody has tried codes at."""
        app = client_with(workers=1).application
        return lambda: app.test_client()

    def test_a_browser_is_stopped_after_some_tries(self, site, upstream):
        codes_are_wrong(upstream)
        browser = site()
        statuses = [send(browser, f"wrong{n}").status_code for n in range(TRIES + 2)]
        assert statuses == [400] * TRIES + [429] * 2
        assert len(upstream.sent("PUT")) == TRIES

    def test_it_is_told_to_wait(self, site, upstream):
        codes_are_wrong(upstream)
        browser = site()
        for n in range(TRIES):
            send(browser, f"wrong-{n}")
        page = send(browser, "right")
        assert heading(page) == "Too many attempts"
        assert 1 <= int(page.headers["Retry-After"]) <= 600

    def test_they_are_as_many_as_the_guide_says(self):
        """RFC 8628 section 5.1: a code of eight letters has 34 bits, which 8,640 tries a day do not reach."""
        assert LIMITS == {"address": "60 per 10 minutes", "browser": "10 per 10 minutes"}
        guide = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
        assert "Ten tries in ten minutes for a browser, sixty for an address" in guide

    def test_other_browsers_of_the_same_address_go_on(self, site, upstream):
        codes_are_wrong(upstream)
        browser = site()
        for n in range(TRIES + 1):
            send(browser, f"wrong-{n}")
        assert send(site(), "wrong").status_code == 400

    @pytest.mark.parametrize(
        ("address", "neighbour", "stopped"),
        [("192.0.2.1", "192.0.2.2", False), ("2001:db8::1", "2001:db8::ffff:2", True), ("2001:db8::1", "::2", False)],
    )
    def test_an_address_is_stopped_whatever_its_browsers_are(self, site, upstream, address, neighbour, stopped):
        """N29: who throws the cookie away is a new browser; a household has 2^64 addresses of IPv6."""
        codes_are_wrong(upstream)
        for n in range(TRIES_PER_ADDRESS):  # a page is looked over once for each code
            assert send(site(), f"wrong-{n % 3}", environ_base={"REMOTE_ADDR": address}).status_code == 400
        assert send(site(), "wrong", environ_base={"REMOTE_ADDR": address}).status_code == 429
        status = send(site(), "wrong", environ_base={"REMOTE_ADDR": neighbour}).status_code
        assert status == (429 if stopped else 400)

    @each_case(
        "forwarded",
        ["192.0.2.1:5060", "[2001:db8::1]:443", "[2001:db8::1]", "unknown", "_hidden", "é", "x" * 8000, "[", ",", '"'],
    )
    def test_a_proxy_may_write_addresses_as_it_likes(self, client_with, upstream, forwarded):
        """N29: With a port, as Azure's gateways do, or RFC 7239's words: the code is tried all the same."""
        codes_are_wrong(upstream)
        browser = client_with(forwarded_hops=1)
        assert send(browser, "wrong", headers={"X-Forwarded-For": forwarded}).status_code == 400

    def test_strangers_behind_a_proxy_that_writes_ports_do_not_stop_each_other(self, client_with, upstream):
        codes_are_wrong(upstream)
        browser = client_with(forwarded_hops=1)

        def tried(forwarded):
            browser.delete_cookie("portico")
            return send(browser, "wrong", headers={"X-Forwarded-For": forwarded}).status_code

        assert {tried(f"::ffff:192.0.2.1:{n}" if n % 2 else f"192.0.2.1:{n}") for n in range(TRIES_PER_ADDRESS)} == {
            400
        }
        assert tried("[::ffff:192.0.2.1]:9") == 429
        assert tried("[::ffff:192.0.2.2]:9") == tried("192.0.2.3:9") == 400

    def test_looking_and_forging_do_not_count(self, site, upstream):
        codes_are_wrong(upstream)
        browser = site()
        for _ in range(TRIES + 1):
            browser.get(PAGE)
            browser.send("/device", [("device_challenge", "c"), ("user_code", "x")])
        assert send(browser, "wrong").status_code == 400

    def test_tries_are_counted_while_the_storage_is_away(self, client_with, upstream):
        """F26."""
        codes_are_wrong(upstream)
        browser = client_with(rate_limit_storage="redis://127.0.0.1:1/0")
        statuses = [send(browser, f"wrong{n}").status_code for n in range(TRIES + 1)]
        assert statuses == [400] * TRIES + [429]

    def test_what_is_counted_by_cannot_be_tried_out_without_the_key(self, client_with, upstream, monkeypatch):
        """N61: of an address a plain hash is soon found, by whoever may read the storage."""
        codes_are_wrong(upstream)
        keys = []
        monkeypatch.setattr(rate_limits.Counts, "wait", lambda counts, item, key: keys.append(key))
        for secret_key in ("a-key-of-this-deployment-that-is-long", "another-key-that-is-just-as-long-too"):
            send(client_with(secret_key=secret_key), "wrong")
        assert len(set(keys)) == len(keys) == 2 * len(LIMITS)

    def test_losing_the_storage_is_logged_once_and_so_is_its_return(self, client_with, upstream, logs, monkeypatch):
        """F26."""
        codes_are_wrong(upstream)
        browser = client_with(rate_limit_storage="redis://127.0.0.1:1/0")
        for _ in range(3):
            send(browser, "wrong")
        lost = logs.getvalue()
        monkeypatch.setattr(rate_limits.Counts, "_shared", property(lambda counts: counts._own))
        for _ in range(3):
            send(browser, "wrong")

        assert lost.count('"rate_limit_storage_lost"') == 1
        assert logs.getvalue().count('"rate_limit_storage_lost"') == 1
        assert logs.getvalue().count('"rate_limit_storage_back"') == 1
        assert "redis://" not in logs.getvalue()


class TestTheEnd:
    @each_case("client_id", ["demo", "%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "x" * 5000])
    def test_success_says_so_and_believes_nobody(self, client, client_id):
        """N64: no lookup (no call is prepared), no reflection."""
        page = client.get(f"/device/success?client_id={client_id}")
        assert heading(page) == "You can go back to your device"
        assert page.text.count("script") == client.get("/device/success").text.count("script")
        assert "demo" not in words(parsed(page).main)

    def test_a_login_cancelled_is_a_page_of_ours(self, client, upstream, logs):
        """Hydra would show JSON, and the device learns nothing of it either way."""
        upstream.asks("login", **DEVICE)
        upstream.nobody()
        client.get("/login?login_challenge=c")
        page = client.get("/device?device_challenge=c")
        token = dict(fields(page, "/device"))["csrf_token"]
        page = client.send("/login/cancel", [("login_challenge", "c"), ("csrf_token", token)])
        assert heading(page) == "Your device isn't signed in"
        assert '"event": "authn_login_cancel"' in logs.getvalue()

    def test_a_consent_denied_is_a_page_of_ours_and_in_the_log(self, client, upstream, logs):
        upstream.asks("consent", **DEVICE)
        upstream.signed_in()
        page = client.submit(client.get("/consent?consent_challenge=c"), "/consent", ("action", "deny"))
        assert heading(page) == "Your device isn't signed in"
        assert '"event": "privilege_permissions_denied"' in logs.getvalue()

    @each_case("kind", ["login", "consent"])
    def test_with_an_account_that_is_not_active_it_is_not_said_to_start_again(self, client, upstream, kind):
        upstream.asks(kind, **DEVICE)
        upstream.whoami(session() | {"identity": identity(state="inactive")})
        page = client.get(f"/{kind}?{kind}_challenge=c")
        assert (page.status_code, heading(page)) == (403, "Your account is deactivated")
        assert parsed(page).main.find(href="/login")


class TestConsent:
    """N62."""

    @pytest.fixture
    def page(self, client, upstream):
        upstream.asks(
            "consent", skip=True, client={"skip_consent": True}, requested_scope=["openid", "photos"], **DEVICE
        )
        upstream.signed_in()
        return client.get("/consent?consent_challenge=c")

    def test_it_asks_whatever_was_remembered_and_says_that_it_is_for_a_device(self, page):
        assert heading(page) == "Allow Demo to access your account?"
        assert WARNING.rstrip(".") in words(parsed(page).main)
        facts = {words(row.dt): words(row.dd) for row in parsed(page).select(".facts > div")}
        assert facts == {"Account": "ada@example.org", "Used by": "a device that showed a code"}
        assert [scope["value"] for scope in parsed(page).select("fieldset [name=grant_scope]")] == ["openid", "photos"]

    def test_nothing_more_than_it_showed_is_granted_or_remembered(self, client, upstream, page):
        upstream.takes("consent", "accept", f"{VERIFY}?consent_verifier=v")
        more = [("grant_scope", "admin"), ("remember", "true"), ("action", "accept")]
        client.send("/consent", [*fields(page, "/consent"), *more])
        accept = upstream.body("consent/accept")
        assert (accept["grant_scope"], accept["remember"]) == (["openid", "photos"], False)

    def test_who_is_somebody_else_begins_anew_with_the_code(self, client, upstream, page):
        upstream.signs_out()
        upstream.ends_sessions()
        response = client.submit(page, "/consent/account", ("action", "another"))
        assert response.headers["Location"] == DEVICE["request_url"]
        assert upstream.sent("DELETE", HYDRA)


def test_a_storage_elsewhere_is_not_waited_for_long():
    """F26."""
    storage: Any = Counts("redis://127.0.0.1:9")._shared.storage
    assert storage.storage.connection_pool.connection_kwargs.items() >= TIMEOUTS.items()
