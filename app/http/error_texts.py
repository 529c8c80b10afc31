"""What people read when something went wrong: what happened, and what to do next. Words only, no jargon, no blame."""

from dataclasses import dataclass, replace

from app import errors
from app.translations import N_

START_AGAIN = N_("Go back to the application you came from and choose sign in again.")
GO_BACK = N_("Please go back and try once more.")
TRY_AGAIN = N_("Wait a moment, then reload this page. If it keeps happening, tell the people who run this service.")


@dataclass(frozen=True, slots=True)
class ErrorText:
    """One error page: its status, its title, what happened, what to do next."""

    status: int
    title: str
    happened: str
    next: str = START_AGAIN


UNAVAILABLE = ErrorText(
    503,
    N_("Signing in is not possible right now"),
    N_("A part of this service does not answer. Nothing you did is lost."),
    TRY_AGAIN,
)
ERROR_TEXTS: dict[type[Exception], ErrorText] = {
    errors.ChallengeExpired: ErrorText(
        410, N_("This sign-in took too long"), N_("For your safety a sign-in has to be finished within a while.")
    ),
    errors.ChallengeUsed: ErrorText(
        410, N_("This sign-in is already finished"), N_("This page was already used, perhaps in another tab.")
    ),
    errors.ChallengeGone: ErrorText(
        404, N_("We cannot find this sign-in"), N_("The address is incomplete, or belongs to a sign-in that is over.")
    ),
    errors.FlowGone: ErrorText(
        410, N_("This page is no longer valid"), N_("It was open for too long, or was begun in another browser.")
    ),
    errors.NotSignedIn: ErrorText(
        401,
        N_("You are not signed in"),
        N_("This page is only for people who are signed in."),
        N_("Sign in, then try again."),
    ),
    errors.FlowElsewhere: ErrorText(
        403,
        N_("One more step comes first"),
        N_("This page wants to be sure that it is you."),
        N_("Sign in again, then come back."),
    ),
    errors.CookieInvisible: ErrorText(
        400,
        N_("We cannot see your sign-in"),
        N_("Your browser did not bring along the cookie that tells us who you are."),
        N_(
            "Allow cookies for this site and try again. If you run this service: Portico and Kratos have to share one "
            "host name, or Kratos needs a cookies.domain that covers both; the log names the two hosts."
        ),
    ),
    errors.TooManyRoundTrips: ErrorText(
        400, N_("We could not finish this sign-in"), N_("It was tried several times without success.")
    ),
    errors.NotThisPage: ErrorText(
        403,
        N_("This page was made for another sign-in"),
        N_("What was sent does not belong to the page it came from. Nothing was allowed."),
    ),
    errors.UpstreamBusy: ErrorText(
        429,
        N_("Too many attempts"),
        N_("There were too many tries in a short time."),
        N_("Wait a minute, then try again."),
    ),
    errors.UpstreamUnavailable: UNAVAILABLE,
    errors.Overloaded: UNAVAILABLE,
    errors.UpstreamError: ErrorText(
        502,
        N_("Something went wrong on our side"),
        N_("A part of this service gave an answer we cannot use."),
        TRY_AGAIN,
    ),
    errors.BadInput: ErrorText(
        400,
        N_("We cannot use this request"),
        N_("Something in the address or the form is not as our pages make it. Nothing was changed."),
    ),
}

FORGED = ErrorText(
    400,
    N_("Please go back and press again"),
    N_("This form was open for too long, or your browser did not send our cookie along. Nothing was changed."),
    N_("Go back, reload the page and try once more. If it keeps happening, allow cookies for this site."),
)
RETURN_FORBIDDEN = ErrorText(
    400,
    N_("We cannot go back to where you came from"),
    N_("The page you came from is not one this service sends people to."),
    N_(
        "Go back and try another way. If you run this service: add the address to Kratos' "
        "selfservice.allowed_return_urls; Portico's own has to be among them."
    ),
)
INACTIVE = ErrorText(
    403,
    N_("This account is not active"),
    N_("It has been switched off."),
    N_("If you think that is a mistake, ask the people who run this service."),
)
DEVICE_GONE = ErrorText(
    404,
    N_("This page is no longer valid"),
    N_("It was open for too long, or its address is incomplete."),
    N_("Open the address that your device shows once more."),
)
TOO_MANY = replace(ERROR_TEXTS[errors.UpstreamBusy], next=N_("Wait ten minutes, then start again on your device."))
NOT_SIGNED_IN = ErrorText(
    400, N_("This application could not sign you in"), N_("The application and this service could not agree.")
)
NOT_SIGNED_OUT = ErrorText(
    400,
    N_("This application could not sign you out"),
    N_("The application sent a request that is incomplete or not allowed. Nobody was signed out."),
    N_("You can sign out here instead, of this service and of the applications you use with it."),
)
SIGN_OUT_OVER = ErrorText(
    410,
    N_("This sign-out is over"),
    N_("It was finished before, or it took too long."),
    N_("If you want to be sure, sign out here once more."),
)
WRONG_HOST = ErrorText(
    400,
    N_("This address is not in use"),
    N_("This service is reached under another name."),
    N_("Open the address below instead."),
)

STATUSES = {
    400: ERROR_TEXTS[errors.BadInput],
    404: ErrorText(
        404,
        N_("There is no page here"),
        N_("The address may be mistyped, or the page has moved."),
        N_("Check the address, or go back."),
    ),
    405: ErrorText(
        405,
        N_("This page cannot be used that way"),
        N_("The address exists, but not for what was sent to it."),
        GO_BACK,
    ),
    413: ErrorText(413, N_("That was too much at once"), N_("The form sent more than any of our pages does."), GO_BACK),
    500: replace(
        ERROR_TEXTS[errors.UpstreamError],
        status=500,
        happened=N_("We did not expect this, and the error has been recorded."),
    ),
}

OAUTH2 = {
    "invalid_client": N_("The application is not known to this service, or could not prove who it is."),
    "invalid_request": N_("The application sent a request that is incomplete or not allowed."),
    "invalid_scope": N_("The application asked for more than it may ask for."),
    "unsupported_response_type": N_("The application asked for an answer in a form it may not use."),
    "unauthorized_client": N_("The application may not sign people in this way."),
    "request_forbidden": N_(
        "This sign-in was begun in another tab or browser, or your browser did not keep our cookie."
    ),
    "access_denied": N_("The sign-in was not allowed."),
    "login_required": N_("The application asked for a sign-in without a page, but nobody is signed in."),
    "server_error": N_("A part of this service failed."),
    "temporarily_unavailable": N_("A part of this service is not available right now."),
}

NOTICES = {
    "ready": N_("Your account is ready. Sign in to continue."),
    "expired": N_("The page was open for too long, so here is a fresh one. Nothing else has changed."),
    "replaced": N_("That code cannot be used any more. Ask for a new one here."),
    "unknown": N_("That page is no longer valid, so here is a fresh one."),
    "foreign": N_("That page was begun in another browser or tab, so here is a fresh one."),
    "press_again": N_(
        "Please press again: the page was open for too long, or your browser did not send our cookie along. "
        "Nothing has been decided yet."
    ),
}
