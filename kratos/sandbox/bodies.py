"""The bodies the sandbox answers with, errors among them: those that the real Kratos gives with kratos/kratos.yml."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from kratos.bodies import library

WORDS = {
    400: "The request was malformed or contained invalid parameters",
    404: "The requested resource could not be found",
}


class NotRecorded(LookupError):
    """The sandbox was led where no row of its table or no recorded body is."""


def fill(name: str, **values: Any) -> Any:
    """Give the body recorded as `name` (`login/choose_method`) with its placeholders filled in."""
    try:
        library.text(f"demo/{name}")
    except KeyError:
        raise NotRecorded(
            f"the sandbox has no recorded body {name}: add its row to the table and its posts to kratos/recorder"
        ) from None
    return library.filled(f"demo/{name}", values)


class Refusal(Exception):
    """Kratos answers with the error recorded as `errors/<name>`; `values` fill its placeholders."""

    def __init__(self, name: str, **values: Any) -> None:
        super().__init__(name)
        self.body = fill(f"errors/{name}", **values)

    @property
    def status(self) -> int:
        return int(self.body["error"]["code"])


class Unrecorded(Refusal):
    """An error of which nothing but the reason is its own."""

    def __init__(self, status: int, reason: str = "", message: str = "") -> None:
        Exception.__init__(self, reason or message)
        error = {"code": status, "status": HTTPStatus(status).phrase} | ({"reason": reason} if reason else {})
        self.body = {"error": error | {"message": message or WORDS[status]}}


class Elsewhere(Unrecorded):
    """Scripts are told the address where a browser would be sent on."""

    def __init__(self, url: str) -> None:
        reason = f"In order to complete this flow please redirect the browser to: {url}"
        super().__init__(422, reason, "browser location change required")
        self.body["error"]["id"] = "browser_location_change_required"
        self.body["redirect_browser_to"] = url


def is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False


def check_uuid(text: str) -> None:
    """Kratos parses the ids in its paths before it looks for them."""
    if not is_uuid(text):
        problem = "format" if len(text) == 36 else f"length {len(text)}"
        raise Unrecorded(400, message=f'uuid: incorrect UUID {problem} in string "{text}"')
