"""`python -m kratos.sandbox.record` (`make record`): records the bodies the stand-in replays from the real Kratos.

Every state is reached anew by its script of posts, and read the way Portico reads it. What differs from run to run
(ids, times, tokens, addresses) is written as the placeholders bodies.py fills in, so recording twice gives no diff.
"""

import argparse
import json
import re
import sys
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import requests

from kratos.sandbox.bodies import RECORDED
from kratos.sandbox.browser import JSON, Browser, code_for, wait_until
from kratos.sandbox.servers import HOW_TO_GET_KRATOS, Kratos, real_kratos, running

Post = dict[str, Any]
Bodies = Iterator[tuple[str, Any]]

EMAIL, PASSWORD = "recorded@example.org", "a-password-for-the-recorder"
RETURN_TO = "http://localhost:3000/recorded"
UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
OTHER_COOKIE = {"Cookie": "other=cookie"}

NO_METHOD = {"identifier": EMAIL, "password": "wrong"}
WRONG_PASSWORD = {"method": "password", "identifier": EMAIL, "password": "wrong"}
SEND = {"method": "code", "identifier": EMAIL}
WRONG_CODE = SEND | {"code": "wrong"}
RIGHT_CODE = SEND | {"code": "$code"}  # replaced by the code that was mailed

FIRST_FACTOR: dict[str, list[Post]] = {
    "choose_method": [],
    "no_method": [NO_METHOD],
    "nothing_entered": [{"method": "password", "identifier": "", "password": ""}],
    "no_identifier": [{"method": "password", "identifier": "", "password": "wrong"}],
    "no_password": [{"method": "password", "identifier": EMAIL, "password": ""}],
    "wrong_password": [WRONG_PASSWORD],
    "unknown_identifier": [SEND | {"identifier": "unknown@example.org"}],
    "sent_email": [SEND],
    "code_no_method": [SEND, {"identifier": EMAIL, "resend": "code"}],
    "no_code": [SEND, SEND | {"code": ""}],
    "wrong_code": [SEND, WRONG_CODE],
    "too_many_codes": [SEND, *[WRONG_CODE] * 6],
    "sent_again": [SEND, WRONG_CODE, SEND | {"resend": "code"}],
}
SCRIPTS: dict[str, dict[str, list[Post]]] = {
    "login": FIRST_FACTOR,
    "refresh": FIRST_FACTOR | {"code_used": [SEND, RIGHT_CODE, RIGHT_CODE]},
    "aal2": {"choose_method": [], "no_method": [WRONG_PASSWORD]},
    "refresh_aal2": {"choose_method": [], "no_method": [WRONG_PASSWORD]},
}
QUERIES: dict[str, Post] = {
    "login": {},
    "refresh": {"refresh": "true"},
    "aal2": {"aal": "aal2"},
    "refresh_aal2": {"refresh": "true", "aal": "aal2"},
}


class Recorder:
    """Drives one Kratos that has an identity of the recorder's own, and gives (name, body with placeholders)."""

    def __init__(self, kratos: Kratos) -> None:
        self.kratos = kratos
        identity = {
            "schema_id": "person",
            "traits": {"email": EMAIL},
            "credentials": {"password": {"config": {"password": PASSWORD}}},
        }
        identities = f"{kratos.admin_url}/admin/identities"
        for old in requests.get(identities, params={"credentials_identifier": EMAIL}, timeout=10).json():
            requests.delete(f"{identities}/{old['id']}", timeout=10).raise_for_status()
        self.created = requests.post(identities, json=identity, timeout=10)
        self.created.raise_for_status()
        self.identity_id: str = self.created.json()["id"]
        self.conflict = requests.post(identities, json=identity, timeout=10)
        self.invalid = requests.post(identities, json=identity | {"traits": {}}, timeout=10)

    def everything(self) -> Bodies:
        """Record all bodies; the flows that have to expire first are begun first."""
        expiring = {kind: self.begin(kind) for kind in SCRIPTS}
        yield from self.identity_and_session()
        for kind, scripts in SCRIPTS.items():
            for state, posts in scripts.items():
                yield f"{kind}/{state}", self.reach(kind, posts)
        yield from self.errors()
        yield from self.expired(expiring)
        yield from self.disabled()

    def begin(self, kind: str) -> tuple[Browser, dict[str, Any]]:
        browser = Browser(self.kratos.public_url)
        if kind != "login":
            self.sign_in(browser)
        return browser, browser.login(**QUERIES[kind], return_to=RETURN_TO)

    def sign_in(self, browser: Browser) -> requests.Response:
        return browser.post(browser.login(), method="password", identifier=EMAIL, password=PASSWORD)

    def reach(self, kind: str, posts: list[Post]) -> Any:
        browser, flow = self.begin(kind)
        for post in posts:
            if post.get("code") == "$code":
                post = post | {"code": code_for(self.kratos.admin_url, EMAIL)}
            browser.post(flow, **post)
        return self.flow(browser.read(flow["id"]).json())

    def flow(self, body: dict[str, Any]) -> Any:
        """Write a flow with placeholders."""
        names = {body["id"]: "id", body["request_url"]: "request_url", RETURN_TO: "return_to"}
        text = {"unknown@example.org": "identifier", EMAIL: "identifier"}
        body.pop("transient_payload", None)  # only JSON posts are answered with it
        return self.placed(body | {"organization_id": "$organization_id"}, names | text)

    def placed(self, body: Any, names: dict[str, str]) -> Any:
        """Write placeholders: `names` maps what stands in the body to their names; times, tokens, ids go by shape."""
        text = json.dumps(body)
        names = names | {self.kratos.public_url: "public_url"}
        for literal in sorted(names, key=len, reverse=True):
            text = text.replace(json.dumps(literal)[1:-1], f"${names[literal]}")
        text = re.sub(r'"(\w+_at)": "2\d{3}-[^"]+Z"', r'"\1": "$\1"', text)
        text = re.sub(r'"(since|expired_at_unix)": \d+', r'"\1": "$\1"', text)
        text = re.sub(r"[A-Za-z0-9+/]{86}==", "$csrf_token", text)
        text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "$uuid", text)
        return json.loads(re.sub(r"expired [\d.]+ minutes", "expired $minutes minutes", text))

    def identity_and_session(self) -> Bodies:
        names = {self.identity_id: "id", EMAIL: "email"}
        variable = {key: f"${key}" for key in ("credentials", "traits", "metadata_public", "state")}
        yield "identity", self.placed(self.created.json() | variable, names)
        browser = Browser(self.kratos.public_url)
        self.sign_in(browser)
        body = browser.whoami().json()
        body |= {key: f"${key}" for key in ("identity", "authentication_methods", "active")}
        body["devices"][0] |= {"id": "$device_id", "ip_address": "$ip_address", "user_agent": "$user_agent"}
        yield "session", self.placed(body, {body["id"]: "id"})
        self.reach("login", [SEND])
        queue = f"{self.kratos.admin_url}/admin/courier/messages"
        message = requests.get(queue, params={"recipient": EMAIL}, timeout=10).json()[0]
        message |= {"status": "queued", "send_count": 0}  # as it is before the courier has seen it
        code = code_for(self.kratos.admin_url, EMAIL)
        yield "courier_message", self.placed(message, {EMAIL: "recipient", code: "code"})

    def errors(self) -> Bodies:
        begin, evil = "/self-service/login/browser", "http://evil.example/"
        stranger, signed_in = self.begin("login")[0], self.begin("refresh")[0]
        flow = stranger.login(return_to=RETURN_TO)
        flows = "/self-service/login/flows"
        nowhere = {"ui": flow["ui"] | {"action": f"{self.kratos.public_url}/self-service/login"}}
        answers = {
            "no_session": stranger.whoami(),
            "session_inactive": stranger.get("/self-service/logout/browser"),
            "session_already_available": signed_in.get(begin),
            "session_aal1_required": stranger.get(begin, aal="aal2"),
            "aal_unknown": stranger.get(begin, aal="aal9"),
            "return_to_forbidden": stranger.get(begin, return_to=evil),
            "invalid_configuration": stranger.get(begin, login_challenge="any"),
            "not_found": stranger.read(UNKNOWN_ID),
            "csrf_no_cookies": Browser(self.kratos.public_url).read(flow["id"]),
            "csrf_no_csrf_cookie": Browser(self.kratos.public_url).get(flows, JSON | OTHER_COOKIE, id=flow["id"]),
            "csrf_no_token": signed_in.read(flow["id"]),
            "csrf_mismatch": stranger.post(flow, JSON, **WRONG_PASSWORD, csrf_token="forged"),
            "flow_missing": stranger.post(nowhere, JSON),
            "logout_token_missing": signed_in.get("/self-service/logout"),
            "logout_token_mismatch": signed_in.get("/self-service/logout", token="wrong"),
            "stub_500": stranger.get("/self-service/errors", id="stub:500"),
            "identity_conflict": self.conflict,
            "identity_invalid": self.invalid,
        }
        for name, answer in answers.items():
            yield f"errors/{name}", self.placed(answer.json(), {evil: "return_to", "aal9": "aal"})
        yield "login/session_detected", self.flow(signed_in.post(flow, JSON, **WRONG_PASSWORD).json())

    def expired(self, begun: dict[str, tuple[Browser, dict[str, Any]]]) -> Bodies:
        """Record what becomes of flows that outlived their lifespan; waits for that."""
        end = max(datetime.fromisoformat(flow["expires_at"]).timestamp() for _, flow in begun.values())
        if end - time.time() > 20:
            sys.stderr.write(f"waiting {end - time.time():.0f} s for a flow to expire\n")
        wait_until(end + 0.1)
        browser, flow = begun.pop("login")
        gone = browser.read(flow["id"]).json()
        yield (
            "errors/flow_expired",
            self.placed(gone, {gone["error"]["details"]["redirect_to"]: "redirect_to", RETURN_TO: "return_to"}),
        )
        replaced = browser.post(flow, JSON, **WRONG_PASSWORD).json()
        yield "errors/flow_replaced", self.placed(replaced, {replaced["use_flow_id"]: "use_flow_id"})
        yield "login/expired", self.flow(browser.read(replaced["use_flow_id"]).json())
        for kind, (signed_in, old) in begun.items():
            yield f"{kind}/session_detected", self.flow(signed_in.post(old, JSON, **WRONG_PASSWORD).json())

    def disabled(self) -> Bodies:
        path = f"{self.kratos.admin_url}/admin/identities/{self.identity_id}"
        change = [{"op": "replace", "path": "/state", "value": "inactive"}]
        requests.patch(path, json=change, timeout=10).raise_for_status()
        browser = Browser(self.kratos.public_url)
        refused = browser.post(browser.login(), JSON, method="password", identifier=EMAIL, password=PASSWORD)
        yield "errors/identity_disabled", self.placed(refused.json(), {self.identity_id: "identity_id"})
        requests.delete(path, timeout=10).raise_for_status()


def write(bodies: Bodies) -> int:
    """Write each body to its file, remove files nobody recorded, and say how many there are."""
    kept = set()
    for name, body in list(bodies):  # all of them or none: a failure half-way leaves the files alone
        path = RECORDED / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n")
        kept.add(path)
    for stale in set(RECORDED.rglob("*.json")) - kept:
        stale.unlink()
    return len(kept)


def main() -> int:
    """Record from the Kratos named by the flags, or from one started for it; 1 when there is none."""
    parser = argparse.ArgumentParser(prog="python -m kratos.sandbox.record", description=__doc__)
    parser.add_argument("--public", help="public URL of a running Kratos; a short login lifespan saves waiting")
    parser.add_argument("--admin", help="its admin URL")
    flags = parser.parse_args()
    if flags.public and flags.admin:
        count = write(Recorder(Kratos("real", flags.public.rstrip("/"), flags.admin.rstrip("/"))).everything())
    elif real_kratos():
        with running("real", courier_url="http://127.0.0.1:9/") as kratos:  # nobody listens there; mails stay queued
            count = write(Recorder(kratos).everything())
    else:
        sys.stderr.write(f"kratos recorder: {HOW_TO_GET_KRATOS}\n")
        return 1
    sys.stdout.write(f"{count} bodies recorded in {RECORDED}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
