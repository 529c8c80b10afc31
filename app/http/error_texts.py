"""The texts of error pages and notices: what happened, and what to do next, without jargon or blame.

error_texts.tsv has a row for each error page: the names of our exceptions, an HTTP status or another occasion; then the
fields of ErrorText, of which an empty one has its default.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.translations import N_

START_AGAIN = N_("Go back to the app and sign in again.")
NEW_PAGE = N_("Try again on a new page.")


@dataclass(frozen=True, slots=True)
class ErrorText:
    """One error page; `advice` is for operators, in English, and shown only on a developer's own machine."""

    status: int
    title: str
    happened: str
    next: str = START_AGAIN
    button: str = N_("Try again")
    advice: str = ""


def _read(table: str) -> Mapping[str, ErrorText]:
    texts: dict[str, ErrorText] = {}
    for names, status, *words in (line.split("\t") for line in table.splitlines()):
        fields = {name: text for name, text in zip(ErrorText.__slots__[1:], words, strict=False) if text}
        texts |= dict.fromkeys(names.split(), ErrorText(int(status), **fields))
    return texts


ERROR_TEXTS = _read(Path(__file__).with_suffix(".tsv").read_text(encoding="utf-8"))

OAUTH2 = {
    "invalid_client": N_("The app isn't registered here, or couldn't prove its identity."),
    "invalid_request": N_("The app sent a request that's incomplete or not allowed."),
    "invalid_scope": N_("The app asked for more than it's allowed to."),
    "unsupported_response_type": N_("The app asked for a kind of answer it isn't allowed to use."),
    "unauthorized_client": N_("The app isn't allowed to sign people in this way."),
    "request_forbidden": N_("You started signing in from another tab or browser, or your browser blocked our cookie."),
    "access_denied": N_("Access wasn't allowed."),
    "login_required": N_("The app tried to sign you in without showing a page, but you're not signed in."),
    **dict.fromkeys(("server_error", "temporarily_unavailable"), N_("Part of this service isn't working right now.")),
}

CODE_AGAIN = N_("We had to start again, so enter the code from your device once more.")
NOTICES = {
    "ready": N_("Your account is ready. Sign in to continue."),
    "again": N_("You asked for a new code. Use the one in the newest message."),
    "ended": N_("Your session ended, so your change wasn't saved. Sign in and enter it again."),
    "expired": N_("The page expired, so here's a new one. Nothing else has changed."),
    "replaced": N_("That code has expired. Get a new one here."),
    **dict.fromkeys(("unknown", "foreign"), N_("That page expired. Start again below.")),
    "elsewhere": N_(
        "That page belongs to another browser, so here's a new one. If an app sent you here, start again in the app."
    ),
    "press_again": N_(
        "This page expired, so nothing has been decided yet. Try again below. If that doesn't help, allow "
        "cookies for this site."
    ),
}
