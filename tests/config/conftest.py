"""Settings of an empty machine: only what a test sets."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from app.config import settings
from app.config.settings import Settings
from app.config.sources import ALIASES, SettingsError

SECRET = "a-signing-key-that-nobody-may-ever-read-in-a-log"
OLDER = ["rT7-wq0Zp4vKx9LmBs2_Yh6dFj3nGc8e", "Vq3pX8sLw0Zt5yRk7uBn2mCg9dHf4jAe"]
MINIMUM = {
    "PORTICO_PUBLIC_URL": "https://login.example.org",
    "PORTICO_SECRET_KEY": SECRET,
    "PORTICO_KRATOS_PUBLIC_URL": "http://kratos:4433",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An empty working directory, no PORTICO_ variable and none of the reference UI's."""
    for name in [name for name in os.environ if name.startswith("PORTICO_") or name in ALIASES.values()]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Settings]:
    """Load with the smallest configuration and these variables beside it; None takes one away."""

    def loaded(**variables: str | None) -> Settings:
        for name, value in {**MINIMUM, **{f"PORTICO_{name}": value for name, value in variables.items()}}.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        return settings.load()

    return loaded


@pytest.fixture
def mistakes(load: Callable[..., Settings]) -> Callable[..., list[str]]:
    """The sentences that loading with these variables ends in."""

    def sentences(**variables: str | None) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            load(**variables)
        return caught.value.mistakes

    return sentences


def toml(text: str, name: str = "portico.toml") -> Path:
    """Write a settings file into the working directory."""
    path = Path(name)
    path.write_text(text, encoding="utf-8")
    return path
