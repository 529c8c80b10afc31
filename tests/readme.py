"""The README's table of settings, made from their one declaration. `python -m tests.readme` writes it anew."""

from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from app.config.settings import Settings
from app.config.sources import PREFIX

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- settings -->", "<!-- /settings -->"


def table() -> str:
    """A Markdown table: variable, default, meaning; in the order of the declaration."""
    rows = ["| variable | default | meaning |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = "required" if field.is_required() else shown(field.default)
        meaning = (field.description or "").replace("|", "\\|")
        rows.append(f"| `{PREFIX}{name.upper()}` | {default} | {meaning} |")
    return "\n".join(rows)


def shown(default: Any) -> str:
    """A default as the table prints it: nothing where it is empty."""
    if isinstance(default, SecretStr):
        assert not default.get_secret_value(), "a secret has no default"
        return ""
    if default in (None, "", [], {}) or isinstance(default, BaseModel):
        return ""
    if isinstance(default, list):
        return f"`{','.join(default)}`"
    if isinstance(default, dict):
        return "`" + ", ".join(f"{key}={value}" for key, value in default.items()) + "`"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def written() -> str:
    """What stands between the markers of the README now; ValueError if they are missing."""
    text = README.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise ValueError(f"README.md has no {BEGIN} ... {END}")
    return text.partition(BEGIN)[2].partition(END)[0].strip()


def write() -> None:
    """Put the table between the markers."""
    text = README.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    README.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    written()
    write()
