"""All errors of Portico, each with its name; only `app.http.errors` shows them."""

import traceback


class PorticoError(Exception):
    """Base class of all errors that have a page of their own."""


class BadInput(PorticoError):
    """The request cannot come from one of our pages; nothing was sent to Kratos or Hydra."""


class ChallengeGone(PorticoError):
    """Hydra answered 404: the challenge is garbage, of another kind, or encrypted with a removed `secrets.system`."""


class ChallengeExpired(ChallengeGone):
    """Hydra answered 401: the authorization request is older than `ttl.login_consent_request`."""


class ChallengeUsed(ChallengeGone):
    """Hydra answered 410: the challenge was answered before; Hydra continues at `redirect_to` (may be empty)."""

    def __init__(self, redirect_to: str = "") -> None:
        super().__init__("challenge was used")
        self.redirect_to = redirect_to


class ChallengeElsewhere(PorticoError):
    """The challenge belongs to another page; `name` is its parameter, such as `consent_challenge`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} belongs to another page")
        self.name = name


class WrongUserCode(PorticoError):
    """Hydra answered 400 to a device's code: unknown, expired or used, which Hydra does not distinguish."""


class FlowGone(PorticoError):
    """The flow is `expired`, `unknown` or `foreign` (`reason`); `successor` is the id of the flow after it, or ""."""

    def __init__(self, reason: str, return_to: str = "", successor: str = "") -> None:
        super().__init__(reason)
        self.reason, self.return_to, self.successor = reason, return_to, successor


class FlowElsewhere(PorticoError):
    """Kratos answered 403 or 422 with `redirect_browser_to`: it wants a second factor or a fresh sign-in first."""

    def __init__(self, redirect_to: str) -> None:
        super().__init__("kratos asks for another page first")
        self.redirect_to = redirect_to


class NotSignedIn(PorticoError):
    """Kratos answered 401: nobody is signed in, or no longer."""


class CookieInvisible(PorticoError):
    """The browser does not send us Kratos' cookie; `again` is the address for another attempt, or ""."""

    def __init__(self, again: str = "") -> None:
        super().__init__("kratos' cookie does not reach us")
        self.again = again


class NotThisPage(PorticoError):
    """The signed ticket of a form was made for another challenge, person or browser."""


class TooManyRoundTrips(PorticoError):
    """One challenge came back from Kratos more often than any regular sign-in needs."""


class Overloaded(PorticoError):
    """Too many requests were waiting, and this one too long; nothing was sent to Kratos or Hydra."""


class UpstreamError(PorticoError):
    """A call to `service` ("Kratos" or "Hydra") failed; `status` is that of the answer, 0 without an answer."""

    def __init__(self, service: str, what: str, status: int = 0) -> None:
        super().__init__(f"{service}: {what}" + (f" ({status})" if status else ""))
        self.service, self.what, self.status = service, what, status


class UpstreamUnavailable(UpstreamError):
    """No answer within the time allowed, or a 5xx."""


class UpstreamBusy(UpstreamError):
    """429; `retry_after` is in seconds, None if the server did not say."""

    def __init__(self, service: str, retry_after: int | None) -> None:
        super().__init__(service, "too many requests", 429)
        self.retry_after = retry_after


class UpstreamRefused(UpstreamError):
    """An unexpected 4xx; `error_id` is Kratos' `error.id` or Hydra's `error`."""

    def __init__(self, service: str, status: int, error_id: str) -> None:
        super().__init__(service, f"refused: {error_id or 'no reason given'}", status)
        self.error_id = error_id


class NotLetIn(UpstreamError):
    """An admin API answered 401 or 403: our token is missing, wrong, or lacks the permission."""


class UpstreamBadReply(UpstreamError):
    """The answer is not JSON, incomplete, too large, lacks a required field, or redirects to an unknown address."""


class ReplyTooLarge(UpstreamBadReply):
    """The answer has more bytes than any should; a list can be read in smaller pages."""


def last_calls(error: BaseException) -> list[str]:
    """Return the last six calls before the error, for the log: the error's text may quote what a person sent."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
