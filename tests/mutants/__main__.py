"""`python -m tests.mutants` (`make mutants`): breaks the modules that decide, and says which change no test noticed.

MODULES="login_policy consent" takes only those; MUTANTS, a line each, those that the report calls so. What no test can
notice is in explained.txt, with the reason; an entry there that is noticed after all, or that changes nothing that
exists any more, fails the run too.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.mutants.changes import ROOT, Mutant, mutants
from tests.mutants.session import Session

ONLY = os.environ.get("MUTANTS", "").splitlines()
EXPLAINED = Path(__file__).with_name("explained.txt")
# The modules, and the beginnings of the names of the tests near them: all there are would take too long.
MODULES = {
    "app/oauth2/login_policy.py": "oauth2/test_login_policy",
    "app/oauth2/consent_policy.py": "oauth2/test_consent_p oauth2/test_a oauth2/test_r oauth2/test_consent_r",
    "app/oauth2/assurance.py": "oauth2/test_assurance oauth2/test_login_policy.py",
    "app/oauth2/login.py": "oauth2/test_login_ oauth2/test_challenge_errors oauth2/test_round_trips",
    "app/oauth2/consent.py": "oauth2/test_consent_ oauth2/test_audiences oauth2/test_challenge_errors",
    "app/oauth2/logout.py": "oauth2/test_logout oauth2/test_signed_out",
    "app/oauth2/device.py": "oauth2/test_device",
    "app/claims/expressions.py": "claims/test_claims.py config/test_claims",
    "app/claims/rules.py": "claims/test_claims.py config/test_claims",
    "app/claims/standard.py": "claims/test_claims.py",
    "app/claims/types.py": "claims/test_claims.py",
    "app/http/browser_session.py": "http/test_b http/test_k oauth2/test_consent_ch selfservice/test_return",
    "app/http/security.py": "http/test_s http/test_c http/test_hosts http/test_d http/test_k oauth2/test_consent_t",
    "app/http/inputs.py": "http/test_p oauth2/test_ch oauth2/test_consent_t oauth2/test_login_ oauth2/test_device",
    "app/http/detours.py": "selfservice/test_views account/test_home account/test_sessions",
    "app/urls.py": "test_urls.py",
    "app/ory/authorization_request.py": "ory/test_authorization_request oauth2/test_login_policy.py",
    "app/ory/redirect_uris.py": "ory/test_redirect_uris",
    "app/ory/challenges.py": "ory/test_models oauth2/test_login_p oauth2/test_consent_p oauth2/test_r account/test_a",
    "app/ory/lists.py": "account/test_sessions account/test_applications oauth2/test_consent_choice",
    "app/selfservice/return_path.py": "selfservice/test_return_path",
    "app/account/applications.py": "account/test_applications",
    "app/account/sessions.py": "account/test_sessions",
    "app/account/session_token.py": "account/test_session_token",
}


def near(path: str) -> tuple[str, ...]:
    return tuple(f"tests/{beginning}" for beginning in MODULES[path].split())


def chosen() -> list[Mutant]:
    wanted = os.environ.get("MODULES", "").split()
    if unknown := set(wanted) - {Path(path).stem for path in MODULES}:
        sys.exit(f"no such module: {', '.join(sorted(unknown))}")
    made = [mutant for path in MODULES if not wanted or Path(path).stem in wanted for mutant in mutants(path)]
    return [mutant for mutant in made if not ONLY or any(line in str(mutant) for line in ONLY)]


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
    listed = {key for key in reasons if (key in made if ONLY else key.split(" ")[0] in paths)}
    troubles = {
        "Could not be made": {str(mutant) for mutant in session.impossible},
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
