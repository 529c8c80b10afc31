"""The views of the home page, and of addresses that browsers and robots expect on every site."""

from flask import Blueprint, Response, jsonify, render_template, request
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.claims.rules import claims
from app.deployment import ask_whoami, deployment, signer
from app.http import detours, doctors_question
from app.http.security import see_other
from app.oauth2.assurance import is_older
from app.ory.identity_names import shown_addresses
from app.ory.models import Identity, Session, Whoami, text
from app.selfservice import last_used, passkey_offer, sign_in_names
from app.selfservice.flow_kinds import PASSKEY
from app.selfservice.return_path import pending_return_paths
from app.urls import with_query

JUST = 60  # seconds; a sign-in as recent as this has led to the page

bp = Blueprint("account", __name__)
bp.app_template_filter()(sign_in_names.display_name)


@bp.get("/welcome")
@bp.get("/")
def home() -> ResponseReturnValue:
    """Show who is signed in, with links, or how to sign in; ignores `?code=`, which Kratos sends for native apps."""
    whoami, urls = ask_whoami(), deployment().urls
    ready = detours.has_just_signed_up() and whoami == Whoami(whoami.now)
    wanted = cookie.get("wanted")
    detours.note_page("")
    if whoami.session and (elsewhere := _sent_on(whoami.session, whoami.now, wanted)):
        return elsewhere
    last_used.note(whoami.session)
    full_name, addresses = _name_and_addresses(whoami.session.identity) if whoami.session else ("", [])
    return render_template(
        "account/home.html",
        whoami=whoami,
        return_paths=tuple(pending_return_paths()),
        ready=ready,
        full_name=full_name,
        addresses=addresses,
        verification=urls.kratos_flow("verification", return_to=f"{urls.public}/"),
        kratos_flows=deployment().settings.kratos_flows,
        applications=deployment().hydra is not None,
    )


def _sent_on(session: Session, now: int, wanted: str | None) -> Response | None:
    """Return where a person goes who has just signed in: back to the settings, or to a passkey's offer; None: nowhere.

    `wanted`: the return_to of settings that needed a second factor first; Kratos sends the browser here without it.
    With `flow` Kratos shows the settings at this address.
    """
    urls = deployment().urls
    if wanted is not None and "flow" not in request.args and not is_older(session, "aal2", JUST, now):
        return see_other(with_query(f"{urls.public}/settings", return_to=wanted or None))
    just = not is_older(session, "aal1", JUST, now)
    return passkey_offer.offer(session, urls.account(PASSKEY)) if just else None


def _name_and_addresses(identity: Identity) -> tuple[str, list[tuple[str, bool]]]:
    """Return a person's name, as applications get it, and their addresses."""
    profile = claims(identity, ("profile",), deployment().rules.tokens.id_token)
    return text(profile.values.get("name")), shown_addresses(identity.raw)


@bp.get("/.well-known/change-password")
def change_password() -> ResponseReturnValue:
    """Redirect to the password settings (W3C, A Well-Known URL for Changing Passwords)."""
    return see_other(deployment().urls.public + "/settings#password")


@bp.get("/.well-known/passkey-endpoints")
def passkey_endpoints() -> ResponseReturnValue:
    """Say where passkeys are added and managed (W3C, Passkey Endpoints)."""
    settings = deployment().urls.public + "/settings#passkey"
    return doctors_question.answer(jsonify(enroll=settings, manage=settings), signer(doctors_question.PURPOSE))


@bp.get("/robots.txt")
def robots() -> ResponseReturnValue:
    """Exclude all pages from search engines (RFC 9309)."""
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")
