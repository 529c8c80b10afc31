"""The bodies the sandbox answers with: those that the real Kratos gives with kratos/kratos.yml (kratos/bodies/demo)."""

from typing import Any

from kratos.bodies import library


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
