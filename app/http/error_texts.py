"""The texts of error pages: what happened, and what to do next, without jargon or blame."""

from dataclasses import dataclass, replace

from app import errors
from app.translations import N_

START_AGAIN = N_("Go back to the app and sign in again.")
APP_AGAIN = N_("Go back to the app and try again. If that doesn't help, contact the app's support.")
UNEXPECTED = N_("Something unexpected happened. We've recorded the error.")
NEW_PAGE = N_("Try again on a new page.")
GO_BACK = N_("Go back and try again.")
TRY_AGAIN = N_("Wait a moment, then try again. If that doesn't help, contact support.")


@dataclass(frozen=True, slots=True)
class ErrorText:
    """One error page; `advice` is for operators, in English, and shown only on a developer's own machine."""

    status: int
    title: str
    happened: str
    next: str = START_AGAIN
    advice: str = ""
    button: str = N_("Try again")


UNAVAILABLE = ErrorText(
    503,
    N_("Sign-in isn't available right now"),
    N_("Part of this service isn't responding. Nothing you've done is lost."),
    TRY_AGAIN,
)
ERROR_TEXTS: dict[type[Exception], ErrorText] = {
    errors.ChallengeExpired: ErrorText(
        410, N_("This sign-in request expired"), N_("To keep you safe, signing in has a time limit.")
    ),
    errors.ChallengeUsed: ErrorText(
        410, N_("This sign-in request is finished"), N_("This page was already used, maybe in another tab.")
    ),
    errors.ChallengeGone: ErrorText(
        404,
        N_("We can't find this sign-in request"),
        N_("The link is incomplete, or belongs to a sign-in request that's over."),
    ),
    errors.FlowGone: ErrorText(
        410, N_("This page has expired"), N_("It was open for too long, or was opened in another browser.")
    ),
    errors.NotSignedIn: ErrorText(
        401,
        N_("You're not signed in"),
        N_("You need to be signed in to see this page."),
        N_("Sign in, then try again."),
    ),
    errors.FlowElsewhere: ErrorText(
        403,
        N_("Verify it's you first"),
        N_("This page needs a fresh sign-in to keep your account safe."),
        N_("Sign in again, then come back."),
    ),
    errors.CookieInvisible: ErrorText(
        400,
        N_("We can't sign you in without cookies"),
        N_("Your browser didn't send a cookie that we need."),
        N_("Allow cookies for this site, then try again."),
        "Portico and Kratos have to share one host name, or Kratos needs a cookies.domain that covers both; "
        "the log names the two hosts.",
    ),
    errors.TooManyRoundTrips: ErrorText(
        400, N_("We couldn't sign you in"), N_("We tried several times, and it didn't work.")
    ),
    errors.NotThisPage: ErrorText(
        403,
        N_("This page is for another sign-in request"),
        N_("The form doesn't belong to your sign-in request. Nothing was allowed."),
    ),
    errors.UpstreamBusy: ErrorText(
        429,
        N_("Too many attempts"),
        N_("You've tried too often in a short time."),
        N_("Wait a minute, then try again."),
    ),
    errors.UpstreamUnavailable: UNAVAILABLE,
    errors.Overloaded: UNAVAILABLE,
    errors.UpstreamError: ErrorText(
        502, N_("Something went wrong on our side"), N_("Part of this service isn't working right now."), TRY_AGAIN
    ),
    errors.BadInput: ErrorText(
        400,
        N_("This request didn't work"),
        N_("The link or the form is incomplete or was changed. Nothing has happened."),
    ),
}

FORGED = ErrorText(
    400,
    N_("This form expired"),
    N_(
        "It was open for too long, you signed in or out in another tab, or your browser blocked our cookie. "
        "Nothing was changed."
    ),
    N_("Try again. If that doesn't help, allow cookies for this site."),
)
# By the name, in Kratos' error, of the flow that is switched off.
SWITCHED_OFF = {
    "Registration": ErrorText(
        403,
        N_("You can't create an account here"),
        N_("This service doesn't let people create their own account."),
        N_("If you already have an account, sign in. If you need one, contact support."),
        button=N_("Sign in"),
    ),
    "Recovery": ErrorText(
        403,
        N_("You can't reset a password here"),
        N_("This service doesn't offer that."),
        N_("Sign in, or contact support if you can't."),
        button=N_("Sign in"),
    ),
    "Verification": ErrorText(
        403,
        N_("You can't verify your email or phone here"),
        N_("This service doesn't offer that."),
        N_("You don't need to do anything. Continue to your account."),
    ),
}
RETURN_FORBIDDEN = ErrorText(
    400,
    N_("This link doesn't work"),
    N_("It leads to a page that this service doesn't allow."),
    APP_AGAIN,
    "Add the address to Kratos' selfservice.allowed_return_urls; Portico's own has to be among them.",
)
INACTIVE = ErrorText(
    403,
    N_("Your account is deactivated"),
    N_("You can't use it to sign in right now."),
    N_("If you think this is a mistake, contact support."),
    button=N_("Use a different account"),
)
DEVICE_GONE = ErrorText(
    404,
    N_("This page has expired"),
    N_("It was open for too long, or the link is incomplete."),
    N_("Open the web address on your device's screen again."),
)
TOO_MANY = replace(ERROR_TEXTS[errors.UpstreamBusy], next=N_("Wait ten minutes, then start again on your device."))
NOT_SIGNED_IN = ErrorText(
    400,
    N_("The app couldn't sign you in"),
    N_("Something is wrong with the app's request."),
    APP_AGAIN,
)
NOT_SIGNED_OUT = ErrorText(
    400,
    N_("The app couldn't sign you out"),
    N_("The app sent a request that's incomplete or not allowed. You haven't been signed out."),
    N_("You can still sign out of this service and the apps you use with it."),
)
SIGN_OUT_OVER = ErrorText(
    410,
    N_("This sign-out request is over"),
    N_("It was already finished, or it took too long."),
    N_("To be sure, sign out here again."),
)
WRONG_HOST = ErrorText(
    400, N_("Wrong web address"), N_("This service uses another web address."), N_("Use the one below.")
)

STATUSES = {
    400: ERROR_TEXTS[errors.BadInput],
    404: ErrorText(
        404,
        N_("Page not found"),
        N_("The web address may be misspelled, or the page has moved."),
        N_("Check the web address, or go back."),
    ),
    405: ErrorText(
        405, N_("This page can't be used that way"), N_("This page doesn't accept what was sent to it."), GO_BACK
    ),
    413: ErrorText(413, N_("That was too much data"), N_("You sent more than this page accepts."), GO_BACK),
    500: replace(ERROR_TEXTS[errors.UpstreamError], status=500, happened=UNEXPECTED),
}

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

NOTICES = {
    "ready": N_("Your account is ready. Sign in to continue."),
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
