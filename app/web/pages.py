"""What people read when something went wrong: what happened, and what to do next. Words only, no jargon, no blame."""

from __future__ import annotations

from dataclasses import dataclass

from app.domain import errors


@dataclass(frozen=True, slots=True)
class Page:
    """One error page: its status, its title, what happened, what to do next."""

    status: int
    title: str
    happened: str
    next: str


START_AGAIN = "Go back to the application you came from and choose sign in again."
TRY_AGAIN = "Wait a moment, then reload this page. If it keeps happening, tell the people who run this service."

PAGES: dict[type[Exception], Page] = {
    errors.ChallengeExpired: Page(
        410, "This sign-in took too long", "For your safety a sign-in has to be finished within a while.", START_AGAIN
    ),
    errors.ChallengeUsed: Page(
        410, "This sign-in is already finished", "This page was answered before, perhaps in another tab.", START_AGAIN
    ),
    errors.ChallengeGone: Page(
        404,
        "We do not know this sign-in",
        "The address is incomplete, or belongs to a sign-in that is over.",
        START_AGAIN,
    ),
    errors.FlowGone: Page(
        410,
        "This page is no longer valid",
        "It was open for too long, or was begun in another browser.",
        START_AGAIN,
    ),
    errors.NotSignedIn: Page(
        401, "You are not signed in", "This page is only for people who are signed in.", "Sign in, then try again."
    ),
    errors.FlowElsewhere: Page(
        403, "One more step comes first", "This page wants to be sure that it is you.", "Sign in again, then come back."
    ),
    errors.CookieInvisible: Page(
        400,
        "We cannot see your sign-in",
        "Your browser did not bring along the cookie that tells us who you are.",
        "Allow cookies for this site and try again. If you run this service: Portico and Kratos have to share one host "
        "name, or Kratos needs a cookies.domain that covers both; the log names the two hosts.",
    ),
    errors.TooManyHops: Page(
        400, "We could not finish this sign-in", "It was tried several times without success.", START_AGAIN
    ),
    errors.NotThisPage: Page(
        403,
        "This page was made for another sign-in",
        "What was sent does not belong to the page it came from. Nothing was allowed.",
        START_AGAIN,
    ),
    errors.UpstreamBusy: Page(
        429, "Too many attempts", "There were too many tries in a short time.", "Wait a minute, then try again."
    ),
    errors.UpstreamUnavailable: Page(
        503,
        "Signing in is not possible right now",
        "A part of this service does not answer. Nothing you did is lost.",
        TRY_AGAIN,
    ),
    errors.UpstreamError: Page(
        502, "Something went wrong on our side", "A part of this service gave an answer we cannot use.", TRY_AGAIN
    ),
    errors.BadInput: Page(
        400,
        "We cannot use this request",
        "Something in the address or the form is not as our pages make it. Nothing was changed.",
        START_AGAIN,
    ),
}

FORGED = Page(
    400,
    "Please go back and press again",
    "This form was open for too long, or your browser did not send our cookie along. Nothing was changed.",
    "Go back, reload the page and try once more. If it keeps happening, allow cookies for this site.",
)
RETURN_FORBIDDEN = Page(
    400,
    "We cannot go back to where you came from",
    "The page you came from is not one this service sends people to.",
    "Go back and try another way. If you run this service: add the address to Kratos' "
    "selfservice.allowed_return_urls; Portico's own has to be among them.",
)
INACTIVE = Page(
    403,
    "This account is not active",
    "It has been switched off.",
    "If you think that is a mistake, ask the people who run this service.",
)
DEVICE_GONE = Page(
    404,
    "This page is no longer valid",
    "It was open for too long, or its address is incomplete.",
    "Open the address that your device shows once more.",
)
TOO_MANY = Page(
    429,
    "Too many attempts",
    "There were too many tries in a short time.",
    "Wait ten minutes, then start again on your device.",
)
NOT_SIGNED_OUT = Page(
    400,
    "This application could not sign you out",
    "The application sent a request that is incomplete or not allowed.",
    "Sign out here instead: open this service's first page and choose sign out.",
)
WRONG_HOST = Page(
    400, "This address is not in use", "This service is reached under another name.", "Open the address below instead."
)

STATUSES = {
    400: PAGES[errors.BadInput],
    404: Page(
        404,
        "There is no page here",
        "The address may be mistyped, or the page has moved.",
        "Check the address, or go back.",
    ),
    405: Page(
        405,
        "This page cannot be used that way",
        "The address exists, but not for what was sent to it.",
        "Go back and try again.",
    ),
    413: Page(
        413, "That was too much at once", "The form sent more than any of our pages does.", "Go back and try again."
    ),
    500: Page(500, "Something went wrong on our side", "We did not expect this, and it has been noted.", TRY_AGAIN),
}

OAUTH2 = {
    "invalid_client": "The application is not known to this service, or could not prove who it is.",
    "invalid_request": "The application sent a request that is incomplete or not allowed.",
    "invalid_scope": "The application asked for more than it may ask for.",
    "unsupported_response_type": "The application asked for an answer in a form it may not use.",
    "unauthorized_client": "The application may not sign people in this way.",
    "request_forbidden": "This sign-in was begun in another tab or browser, or your browser did not keep our cookie.",
    "access_denied": "The sign-in was not allowed.",
    "login_required": "The application asked for a sign-in without a page, but nobody is signed in.",
    "server_error": "A part of this service failed.",
    "temporarily_unavailable": "A part of this service is not available right now.",
}

NOTICES = {
    "expired": "The page was open for too long, so here is a fresh one. Nothing else has changed.",
    "replaced": "That code cannot be used any more. Ask for a new one here.",
    "unknown": "That page is no longer valid, so here is a fresh one.",
    "foreign": "That page was begun in another browser or tab, so here is a fresh one.",
    "press_again": "Please press again: the page was open for too long, or your browser did not send our cookie along. "
    "Nothing has been decided yet.",
}
