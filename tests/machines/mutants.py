"""Portico with one defence gone, many times over: what the machine has to notice, or it proves nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from flask import Flask

from app import urls
from app.http import browser_session, errors, logs, security
from app.oauth2 import assurance, consent, consent_policy, login_policy, logout
from app.ory import challenges, models
from app.ory.hydra import Hydra
from app.ory.kratos import Kratos
from app.selfservice import sign_in_names
from tests.machines.scene import SCOPES

Mutant = Callable[[pytest.MonkeyPatch], None]
MUTANTS: dict[str, Mutant] = {}
# What is noticed within seconds, for `make test`.
QUICK = (
    *("no new proof is demanded", "any proof is a new one", "no second factor is demanded", "hydra remembers for ever"),
    *("what is posted is granted", "nothing speaks against silence", "claims are of all scopes"),
    *("whoami is kept for the next browser", "accepted twice", "any csrf token is good", "hydra may send anywhere"),
)


def mutant(patch: Mutant) -> Mutant:
    """Take it into the list, under its name in words."""
    MUTANTS[patch.__name__.replace("_", " ")] = patch
    return patch


def changed(patch: pytest.MonkeyPatch, place: Any, name: str, change: Callable[..., Any]) -> None:
    """Put `change(original, *arguments)` in the place of a function."""
    patch.setattr(place, name, partial(change, getattr(place, name)))


@mutant
def whoever_is_signed_in_is_accepted(patch: pytest.MonkeyPatch) -> None:
    def remembered(original: Any, request: Any, whoami: Any, *rest: Any) -> Any:
        subject = whoami.session.identity.id if whoami.session else request.subject
        return original(replace(request, subject=subject), whoami, *rest)

    changed(patch, login_policy, "_with_skip", remembered)


@mutant
def no_new_proof_is_demanded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(login_policy, "_must_prove_again", lambda *_: False)


@mutant
def any_proof_is_a_new_one(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(assurance, "is_fresh", lambda *_: True)


@mutant
def no_second_factor_is_demanded(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(login_policy, "_missing_proof", lambda *_: None)


@mutant
def nobody_chooses_an_account(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(login_policy, "_account_choice", lambda *_: None)


@mutant
def hydra_remembers_for_ever(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(assurance, "remaining_seconds", lambda *_: 10**9)


@mutant
def an_inactive_account_is_active(patch: pytest.MonkeyPatch) -> None:
    changed(patch, login_policy, "decide", _active)


def _active(original: Any, request: Any, whoami: Any, *rest: Any) -> Any:
    if whoami.session:
        session = replace(whoami.session, identity=replace(whoami.session.identity, state="active"))
        whoami = replace(whoami, session=session)
    return original(request, whoami, *rest)


@mutant
def what_is_posted_is_granted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(consent_policy, "granted", lambda _, posted, required=(): tuple(dict.fromkeys([*posted, *required])))


@mutant
def everything_requested_is_granted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(consent_policy, "granted", lambda request, *_: request.requested_scope)


@mutant
def a_ticket_of_any_page_is_good(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(consent, "_check_ticket", lambda *_: None)


@mutant
def any_session_may_consent(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(consent_policy, "session_of_login", lambda _, whoami: whoami.session)


@mutant
def nothing_speaks_against_silence(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(consent_policy, "_may_be_silent", lambda _: True)


@mutant
def an_earlier_yes_answers_everything(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(consent_policy, "_covers", lambda *_: True)


@mutant
def claims_are_of_all_scopes(patch: pytest.MonkeyPatch) -> None:
    changed(patch, consent, "claims", lambda original, identity, _, rules: original(identity, SCOPES.split(), rules))


@mutant
def whoami_is_kept_for_the_next_browser(patch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []
    original = Kratos.asking_whoami

    @contextmanager
    def asking(kratos: Kratos, cookie: str) -> Iterator[Callable[[], Any]]:
        with original(kratos, cookie) as answer:

            def once() -> Any:
                if not kept and (whoami := answer()).session:
                    kept.append(whoami)
                return kept[0] if kept else answer()

            yield once

    patch.setattr(Kratos, "asking_whoami", asking)


@mutant
def accepted_twice(patch: pytest.MonkeyPatch) -> None:
    original = Hydra.accept_login

    def twice(hydra: Hydra, *arguments: Any) -> str:
        original(hydra, *arguments)
        return original(hydra, *arguments)

    patch.setattr(Hydra, "accept_login", twice)


@mutant
def skip_is_anything_true(patch: pytest.MonkeyPatch) -> None:
    original = challenges._Request._common
    patch.setattr(
        challenges._Request,
        "_common",
        staticmethod(lambda challenge, raw: original(challenge, raw) | {"skip": bool(raw.get("skip"))}),
    )


@mutant
def a_session_that_is_over_is_a_session(patch: pytest.MonkeyPatch) -> None:
    original = models.Session.parse
    patch.setattr(
        models.Session, "parse", classmethod(lambda _, data: original(dict(models.mapping(data)) | {"active": True}))
    )


@mutant
def hydra_may_send_anywhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(urls.Urls, "is_at_hydra", lambda *_: True)


@mutant
def kratos_form_may_be_anybodys(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(urls.Urls, "kratos_origin", lambda _, action: urls.origin(action))


@mutant
def any_csrf_token_is_good(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(security, "_token_is_good", lambda _: True)


@mutant
def forms_come_from_anywhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(security, "_is_same_origin", lambda _: True)


@mutant
def every_link_signs_out(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(logout, "_without_asking", lambda *_: True)


@mutant
def a_challenge_is_logged(patch: pytest.MonkeyPatch) -> None:
    def remember(original: Any, challenge: str, attempt: Any) -> None:
        logs.event("attempt", challenge=challenge)
        original(challenge, attempt)

    changed(patch, browser_session, "remember_login_attempt", remember)


@mutant
def pages_call_everybody_by_the_first_name_seen(patch: pytest.MonkeyPatch) -> None:
    kept: list[Any] = []

    def display_name(original: Any, identity: Any) -> Any:
        kept.append(original(identity))
        return kept[0]

    changed(patch, sign_in_names, "display_name", display_name)


@mutant
def error_pages_lead_nowhere(patch: pytest.MonkeyPatch) -> None:
    def page(original: Any, *arguments: Any, **more: Any) -> Any:
        response = original(*arguments, **more)
        response.set_data(response.get_data(as_text=True).replace("<a ", "<b ").replace("<form", "<b"))
        return response

    changed(patch, errors, "page", page)


def cacheable(app: Flask) -> None:
    """The last of them, of the whole: pages may be kept."""
    answer = app.wsgi_app

    def kept(environ: Any, start_response: Any) -> Any:
        def begin(status: str, headers: Any, *rest: Any) -> Any:
            fresh = [(name, "max-age=60" if name == "Cache-Control" else value) for name, value in headers]
            return start_response(status, fresh if status.startswith("200") else headers, *rest)

        return answer(environ, begin)

    app.wsgi_app = kept  # type: ignore[method-assign]
