"""The one exception of the stand-in."""

from typing import Any

from kratos.sandbox.bodies import fill


class Refusal(Exception):
    """Kratos answers with the error recorded as `errors/<name>`; `values` fill its placeholders."""

    def __init__(self, name: str, **values: Any) -> None:
        super().__init__(name)
        self.body = fill(f"errors/{name}", **values)
        self.status: int = self.body["error"]["code"]
