"""What a server said to one of the doctor's questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain import urls
from app.domain.models import mapping, text


@dataclass(frozen=True, slots=True)
class Answer:
    """Status (0 for no answer, `why` then says the reason), where it redirects to (absolute), headers, JSON body.

    `at`: when it came by this machine's clock, in seconds since the epoch. `is_about_tls`: somebody is there whose
    certificate is not believed, or who speaks http where https was expected, or the reverse.
    """

    status: int = 0
    why: str = ""
    location: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    at: float = 0
    is_about_tls: bool = False

    @property
    def page(self) -> str:
        """Where it redirects to, without query and fragment."""
        return self.location.partition("#")[0].partition("?")[0]

    def parameter(self, name: str) -> str:
        """A parameter of where it redirects to, in the query or, as for implicit grants, in the fragment."""
        before, _, fragment = self.location.partition("#")
        return urls.query(before).get(name, "") or urls.query(f"?{fragment}").get(name, "")

    @property
    def object(self) -> Mapping[str, Any]:
        """The JSON object in it, empty when there is none."""
        return mapping(self.body)

    @property
    def reason(self) -> str:
        """Why it is none of the expected answers, in a few words."""
        error = mapping(self.object.get("error"))
        said = text(error.get("reason")) or text(error.get("message")) or text(self.object.get("error_description"))
        on = f", on to {urls.origin(self.location) or 'another place'}" if self.location else ""
        return self.why or f"status {self.status}{on}" + (f", {said[:200]}" if said else "")
