"""What must hold of every answer (docs/design.md section 12, I1 to I8), judged without Portico's code."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from tests.machines.browser import Page
from tests.machines.model import Model, Shown, has_good_token, origin_of
from tests.machines.oracle_consent import check_consent_accepted
from tests.machines.oracle_login import check_login_accepted
from tests.machines.oracle_writes import check_writes
from tests.machines.records import ACCEPTS, Exchange
from tests.support.pages import check_headers

SERVER_ERROR, SEE_OTHER = 500, 303
ENDS = ("/device/success",)  # where nothing more is to be done in this browser
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
TICKET = re.compile(r'name="ticket" value="([^"]+)"')


def check(model: Model, exchange: Exchange) -> None:
    """Everything; AssertionError says which request broke what."""
    learn(model, exchange)
    check_headers(exchange.answer, model.origins["portico"], model.nonces)
    _check_status(exchange)
    _check_redirect(model, exchange)
    _check_log(model, exchange)
    _check_calls(model, exchange)
    check_writes(model, exchange)
    for call in exchange.writes:
        if call.kind == "accept login":
            check_login_accepted(model, exchange, call)
        elif call.kind == "accept consent":
            check_consent_accepted(model, exchange, call)
    if exchange.answer.mimetype == "text/html" and exchange.text:
        _check_page(model, exchange)


def learn(model: Model, exchange: Exchange) -> None:
    """Note what this answer gave the browser, and what the person chose by this request."""
    text = exchange.text
    for value in exchange.cookies.values():
        model.keep_secret(value)
    for line in exchange.answer.headers.getlist("Set-Cookie"):
        model.issued.add(line.partition("=")[2].partition(";")[0])
    tokens, tickets = TOKEN.findall(text), TICKET.findall(text)
    model.issued.update(tokens)
    for secret in (*tokens, *tickets):
        model.keep_secret(secret)
    for ticket in tickets:
        scopes = re.findall(r'<input type="(?:checkbox|hidden)" name="grant_scope" value="([^"]+)"', text)
        challenge = re.findall(r'name="consent_challenge" value="([^"]+)"', text)[0]
        model.shown[ticket] = Shown(challenge, frozenset(scopes))
    is_choice = exchange.path == "/login/account" and exchange.posted("action") == ["continue"]
    if is_choice and has_good_token(model, exchange) and any(call.kind == "whoami" for call in exchange.calls):
        who = exchange.read("whoami").object().get("identity") or {}
        model.chosen.add((exchange.posted("login_challenge")[0], str(who.get("id"))))


def _check_status(exchange: Exchange) -> None:
    """Nothing is Portico's own fault (I3)."""
    if exchange.answer.status_code >= SERVER_ERROR:
        broken = any(call.change or call.status >= SERVER_ERROR for call in exchange.calls)
        assert broken, f"an error without a reason: {exchange}"


def _check_redirect(model: Model, exchange: Exchange) -> None:
    """I4: to ourselves, Kratos or Hydra, and there only to what browsers use."""
    answer = exchange.answer
    if not 300 <= answer.status_code < 400:
        return
    assert answer.status_code == SEE_OTHER, exchange
    target = answer.headers["Location"]
    assert re.fullmatch(r"[!-\[\]-~]+", target), f"browsers read this in other ways: {target!r} {exchange}"
    ours = {model.origins[name] for name in ("portico", "kratos_public", "hydra_public")}
    assert origin_of(target) in ours, f"sent to {target}: {exchange}"


def _check_log(model: Model, exchange: Exchange) -> None:
    """I6."""
    for secret in model.secrets:
        assert secret not in exchange.log, f"logged {secret}: {exchange.log}"
    for person in model.people:
        assert person.email not in exchange.log, exchange.log
    assert '"failure"' not in exchange.log or exchange.changes, f"{exchange.log} {exchange}"


def _check_calls(model: Model, exchange: Exchange) -> None:
    """Kratos hears of this browser's cookies and nobody else's; one answer for one request (I7)."""
    sent = "; ".join(f"{name}={value}" for name, value in exchange.cookies.items())
    for call in exchange.calls:
        assert call.cookie in ("", sent), f"somebody else's cookies: {call} {exchange}"
        assert call.kind != "whoami" or call.cookie == sent
    answers = [call for call in exchange.writes if call.kind in ACCEPTS]
    assert len(answers) <= 1, exchange
    if exchange.method == "POST" and exchange.writes:
        assert has_good_token(model, exchange), f"a forged form was believed: {exchange}"


def _check_page(model: Model, exchange: Exchange) -> None:
    page = Page(exchange.url, exchange.answer.status_code, exchange.text, True, [])
    ours = (model.origins["portico"], model.origins["kratos_public"])
    for form in page.forms:
        assert origin_of(urljoin(model.origins["portico"], form.action)) in ours, f"{form} {exchange}"
    for source in page.sources:
        assert source.startswith("data:image/") or origin_of(urljoin(ours[0], source)) in ours, f"{source} {exchange}"
    for link in page.links:
        leaves = link.startswith(("https://", "otpauth://totp/"))  # the second one to an authenticator app
        assert leaves or origin_of(urljoin(ours[0], link)) in model.origins.values(), exchange
    if exchange.path not in ENDS:
        assert page.forms or page.links, f"no way on: {page!r} {exchange}"
    _check_whose(model, exchange)
    _check_silence(model, exchange)


def _check_whose(model: Model, exchange: Exchange) -> None:
    """Nobody is on a page but who was read or typed in for it."""
    read = " ".join(str(call.reply) for call in exchange.calls) + exchange.url + str(exchange.form)
    for person in model.people:
        if person.email in exchange.text:
            assert person.email in read, f"{person.email} is on a page of somebody else's: {exchange}"


def _check_silence(model: Model, exchange: Exchange) -> None:
    """prompt=none shows no page."""
    kind = exchange.path[1:]
    if kind not in ("login", "consent") or exchange.answer.status_code != 200 or exchange.changes:
        return
    for call in exchange.calls:
        if call.kind == kind and call.status == 200 and exchange.method == "GET":
            assert "none" not in model.authorization_of(call).prompt, f"a page for prompt=none: {exchange}"
