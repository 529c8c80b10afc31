"""`python -m tests.mutants` (`make mutants`): breaks the modules that decide, and says which change no test noticed.

MODULES="login_policy consent" takes only those. What no test can notice is in explained.txt, with the reason; an
entry there that is noticed after all, or that changes nothing that exists any more, fails the run too.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.mutants.changes import ROOT, Mutant, mutants
from tests.mutants.session import Session

EXPLAINED = Path(__file__).with_name("explained.txt")
# The modules, and the tests near them.
MODULES = {
    "app/oauth2/": ("login_policy consent_policy assurance login consent logout device", "oauth2/"),
    "app/claims/": ("expressions rules standard types", "claims/ config/test_claims.py oauth2/test_consent"),
    "app/http/": ("browser_session security inputs detours", "http/ oauth2/ account/ selfservice/test_return_path"),
    "app/ory/": ("authorization_request redirect_uris challenges lists", "ory/ oauth2/ account/"),
    "app/account/": ("applications sessions session_token", "account/"),
    "app/selfservice/": ("return_path", "selfservice/test_return_path selfservice/test_views.py oauth2/"),
    "app/": ("urls", "test_urls.py oauth2/ selfservice/test_return_path config/test_settings.py"),
}


def near(path: str) -> tuple[str, ...]:
    """Where the tests for a module are, as the beginnings of their names."""
    folder = path[: path.rindex("/") + 1]
    return tuple(f"tests/{name}" for name in MODULES[folder][1].split())


def chosen() -> list[Mutant]:
    wanted = os.environ.get("MODULES", "").split()
    paths = [f"{folder}{name}.py" for folder, (names, _) in MODULES.items() for name in names.split()]
    if unknown := set(wanted) - {Path(path).stem for path in paths}:
        sys.exit(f"no such module: {', '.join(sorted(unknown))}")
    return [mutant for path in paths if not wanted or Path(path).stem in wanted for mutant in mutants(path)]


def explained() -> dict[str, str]:
    """The changes no test can notice, and below each one (indented) why."""
    entries, key = dict[str, str](), ""
    for line in EXPLAINED.read_text(encoding="utf-8").splitlines():
        if line.startswith(" "):
            entries[key] = f"{entries[key]} {line.strip()}".strip()
        elif line and not line.startswith("#"):
            key = line
            entries[key] = ""
    return entries


def test_files(paths: set[str]) -> list[str]:
    beginnings = tuple(beginning for path in paths for beginning in near(path))
    files = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    return [file for file in files if file.startswith(beginnings)]


def main() -> int:
    began, all_of_them = time.monotonic(), chosen()
    with tempfile.TemporaryDirectory() as folder:
        session = Session(all_of_them, near, Path(folder))
        arguments = ["-q", "-p", "no:cacheprovider", "-m", "not stack and not browser"]
        pytest.main([*arguments, *test_files({mutant.path for mutant in all_of_them})], plugins=[session])
    if session.failing:
        sys.stdout.write("Tests that fail with nothing broken:\n")
        sys.stdout.writelines(f"  {name}\n" for name in session.failing)
        return 1
    return report(session, time.monotonic() - began)


def report(session: Session, seconds: float) -> int:
    """1 where a change is neither noticed nor explained, or an explanation is not needed."""
    reasons, made = explained(), {str(mutant) for mutant in session.chosen}
    alive = {str(mutant) for mutant in [*session.survivors, *session.untested]}
    paths = {mutant.path for mutant in session.chosen}
    listed = {key for key in reasons if key.split(" ")[0] in paths}
    troubles = {
        "Survived, and nothing explains it": alive - listed,
        "Explained, but a test notices it": listed & made - alive,
        "Explained, but there is no such change": listed - made,
        "Listed without a reason": {key for key in listed if not reasons[key]},
    }
    sys.stdout.write(f"\n{len(made)} mutants, {len(made - alive)} noticed, {len(alive)} not, in {seconds:.0f} s\n")
    for title, keys in troubles.items():
        if keys:
            sys.stdout.write(f"\n{title} ({len(keys)}):\n")
            sys.stdout.writelines(f"{key}\n" for key in sorted(keys))
    return 1 if any(troubles.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
