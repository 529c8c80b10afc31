"""Everything that can go wrong, named once; shown in one place only: `app.http.errors`."""

import traceback


class PorticoError(Exception):
    """Root of all errors that have a page of their own."""


class BadInput(PorticoError):
    """The request is not one our pages make; nothing was sent upstream because of it."""


class ChallengeGone(PorticoError):
    """Hydra answered 404: garbage, a challenge of another kind, or a dropped `secrets.system`."""


class ChallengeExpired(ChallengeGone):
    """Hydra answered 401: more than `ttl.login_consent_request` have passed since the authorization request."""


class ChallengeUsed(ChallengeGone):
    """Hydra answered 410: answered already; `redirect_to` (may be empty) is where Hydra would go on."""

    def __init__(self, redirect_to: str = "") -> None:
        super().__init__("challenge was used")
        self.redirect_to = redirect_to


class ChallengeElsewhere(PorticoError):
    """This page answers other challenges; `name` is the parameter that came instead, such as `consent_challenge`."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} belongs to another page")
        self.name = name


class WrongUserCode(PorticoError):
    """Hydra answered 400 to the code of a device; it does not say whether it is unknown, expired or used."""


class FlowGone(PorticoError):
    """A flow that is `expired`, `unknown` or `foreign` (`reason`); `successor`: the id of the next one, or ""."""

    def __init__(self, reason: str, return_to: str = "", successor: str = "") -> None:
        super().__init__(reason)
        self.reason, self.return_to, self.successor = reason, return_to, successor


class FlowElsewhere(PorticoError):
    """Kratos answered 403 or 422 with `redirect_browser_to`: a second factor or a fresh sign-in comes first."""

    def __init__(self, redirect_to: str) -> None:
        super().__init__("kratos asks for another page first")
        self.redirect_to = redirect_to


class NotSignedIn(PorticoError):
    """Kratos answered 401: there is no session (any more)."""


class CookieInvisible(PorticoError):
    """Kratos' cookie does not come along to us; `again`: where the person can try once more, "" for nowhere."""

    def __init__(self, again: str = "") -> None:
        super().__init__("kratos' cookie does not reach us")
        self.again = again


class NotThisPage(PorticoError):
    """The signed ticket of a form was made for another challenge, person or browser."""


class TooManyRoundTrips(PorticoError):
    """One challenge came back from Kratos more often than any honest journey needs."""


class Overloaded(PorticoError):
    """The request has waited for too long, among too many; nothing was sent upstream because of it."""


class UpstreamError(PorticoError):
    """`service` ("Kratos" or "Hydra") could not do its part; `status` is what it answered, 0 for nothing."""

    def __init__(self, service: str, what: str, status: int = 0) -> None:
        super().__init__(f"{service}: {what}" + (f" ({status})" if status else ""))
        self.service, self.what, self.status = service, what, status


class UpstreamUnavailable(UpstreamError):
    """No answer within the time allowed, or a 5xx."""


class UpstreamBusy(UpstreamError):
    """429; `retry_after` is in seconds, or None when the server did not say."""

    def __init__(self, service: str, retry_after: int | None) -> None:
        super().__init__(service, "too many requests", 429)
        self.retry_after = retry_after


class UpstreamRefused(UpstreamError):
    """A 4xx no rule of ours expects; `error_id` is Kratos' `error.id` or Hydra's `error`."""

    def __init__(self, service: str, status: int, error_id: str) -> None:
        super().__init__(service, f"refused: {error_id or 'no reason given'}", status)
        self.error_id = error_id


class NotLetIn(UpstreamError):
    """401 or 403 of an admin API: the token in `setting` is missing, wrong, or may not do this."""

    def __init__(self, service: str, status: int, setting: str) -> None:
        super().__init__(service, f"does not let Portico in: see {setting}", status)


class UpstreamBadReply(UpstreamError):
    """Not JSON, cut short, too large, a required field missing, or a redirect to a place we do not know."""


class ReplyTooLarge(UpstreamBadReply):
    """More bytes than any answer needs; a list can be asked for in smaller pages."""


def last_calls(error: BaseException) -> list[str]:
    """Where it was raised, the last calls: what to tell of an error whose text may quote what a person sent."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
