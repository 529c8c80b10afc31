"""Loads the operator's settings for a preview: leaves out wrong ones and reports them."""

from typing import Any

from app import urls
from app.config.settings import Settings, load_beside
from app.config.sources import SettingsError, read, subject
from app.preview.player import OURS_ONLY, PUBLIC, Player


class Operator:
    """The operator's `settings`, a `player` with the usable ones, and all `mistakes`."""

    def __init__(self) -> None:
        sources = read(Settings.model_fields)
        self._own = sources.aliased | sources.own
        parts = urls.split(str(self._own.get("public_url", "")))
        path = parts.path if parts else str(self._own.get("base_path", ""))
        self._values = OURS_ONLY | {"public_url": PUBLIC + path.rstrip("/")}
        self._left_out: set[str] = set()
        self.mistakes = [*sources.mistakes]
        self.settings: Settings | None = None
        self.player = Player(lambda values: load_beside(self._values | values))
        while self._leaves_out_mistakes():
            pass

    def _leaves_out_mistakes(self) -> bool:
        """Try to create the application; if that fails, note the mistakes, leave their settings out, return True."""
        try:
            self.settings = self.settings or load_beside(self._values)
            self.player.app()
        except SettingsError as error:
            wrong = {mistake: subject(mistake) for mistake in error.mistakes}
            self.mistakes += [mistake for mistake, path in wrong.items() if not self._follows(mistake, path)]
            for path in sorted({*wrong.values()}):
                self._leave_out(path)
            return True
        return False

    def _follows(self, mistake: str, path: str) -> bool:
        """Whether a mistake only exists because another setting was left out."""
        folders = [name.upper() for name in ("brand_dir", "languages_dir") if name in self._left_out]
        return any(f"{other}.".startswith(f"{path}.") for other in self._left_out) or any(
            folder in mistake or (folder, path) == ("LANGUAGES_DIR", "default_language") for folder in folders
        )

    def _leave_out(self, path: str) -> None:
        name, _, where = path.partition(".")
        table = self._values.get(name, self._own.get(name))
        rest = _without(table, where) if where and path not in self._left_out else None
        if rest is None and name in self._left_out:
            raise SettingsError(self.mistakes)
        if rest is None:
            path, rest = name, OURS_ONLY.get(name, Settings.model_fields[name].get_default())
        self._left_out.add(path)
        self._values |= {name: rest}


def _without(table: Any, path: str) -> dict[str, Any] | None:
    for name, value in table.items() if isinstance(table, dict) else ():
        if name == path:
            return {other: table[other] for other in table if other != name}
        if path.startswith(f"{name}.") and (rest := _without(value, path.removeprefix(f"{name}."))) is not None:
            return {**table, name: rest}
    return None
