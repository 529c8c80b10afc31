"""`python -m tests.mutants` (`make mutants`): breaks the modules that decide, and says which change no test noticed.

MODULES="login_policy consent" takes only those; MUTANTS, a line each, those that the report calls so. What no test can
notice is in explained.txt, with the reason; an entry there that is noticed after all (by a test that noticed another
change of its module), or that changes nothing that exists any more, fails the run too.
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
CRAWLS = "tests/http/test_security.py::test_every_route_keeps_the_rules"  # longer than all others of it together
LOGGED = "http/events http/operators_events"
# The modules, and the tests near them: beginnings of names in the folder of the same name, or in another one.
MODULES = {
    "app/oauth2/login_policy.py": "login_policy",
    "app/oauth2/consent_policy.py": "consent_policy consent_audience consent_rules audiences remembered_scopes",
    "app/ory/audience.py": "oauth2/audiences",
    "app/oauth2/assurance.py": "assurance login_policy.py selfservice/last_used",
    "app/oauth2/login.py": "login_a login_c login_d login_l challenge_errors brand/brand_on selfservice/return_path.py"
    f" account/applications device selfservice/passkey_offer selfservice/without_passwords http/metrics.py {LOGGED}",
    "app/oauth2/consent.py": "consent_ audiences challenge device http/browser_session brand/brand_on claims/claims_at"
    f" {LOGGED}",
    "app/oauth2/logout.py": f"logout signed_out challenge_errors brand/brand_on {LOGGED}",
    "app/oauth2/device.py": f"device {LOGGED}",
    "app/claims/expressions.py": "claims.py config/claims",
    "app/claims/rules.py": "claims.py config/claims",
    "app/claims/types.py": "claims.py",
    "app/http/browser_session.py": "browser_session key_rotation oauth2/consent_choice oauth2/consent_rules"
    " oauth2/signed_out selfservice/return_path",
    "app/http/security.py": "security errors cookie hosts drop_in key_rotation prefetch brand/brand_on"
    " oauth2/consent_tampering",
    "app/http/inputs.py": "inputs prefetch oauth2/challenge oauth2/consent_tampering oauth2/login_a oauth2/login_l",
    "app/http/detours.py": "selfservice/views account/home account/applications account/sessions",
    "app/urls.py": "urls selfservice/passkey_offer",
    "app/ory/authorization_request.py": "authorization_request oauth2/login_policy.py",
    "app/ory/redirect_uris.py": "redirect_uris",
    "app/ory/challenges.py": "challenges models oauth2/audiences oauth2/consent_ account/allowed account/leaving"
    " account/home",
    "app/ory/lists.py": "lists account/sessions account/applications",
    "app/selfservice/return_path.py": "return_path passkey_offer brand/brand_on",
    "app/account/applications.py": "applications",
    "app/account/sessions.py": f"sessions selfservice/last_used {LOGGED}",
    "app/account/leaving.py": f"leaving {LOGGED}",
    "app/account/personal_data.py": "leaving",
    "app/selfservice/login_form_cache.py": "login_form_cache login_hints selectors http/costs.py",
    "app/selfservice/passkey_offer.py": f"passkey_offer {LOGGED}",
    "app/account/session_token.py": f"session_token {LOGGED}",
}


def near(path: str) -> tuple[str, ...]:
    own = path.split("/")[1:-1]
    names = [name.rpartition("/") for name in MODULES[path].split()]
    return tuple("/".join(["tests", *([folder] if folder else own), f"test_{name}"]) for folder, _, name in names)


def chosen() -> list[Mutant]:
    wanted = os.environ.get("MODULES", "").split()
    if unknown := set(wanted) - {Path(path).stem for path in MODULES}:
        sys.exit(f"no such module: {', '.join(sorted(unknown))}")
    made = [mutant for path in MODULES if not wanted or Path(path).stem in wanted for mutant in mutants(path)]
    wished = [mutant for mutant in made if not ONLY or any(line in str(mutant) for line in ONLY)]
    return sorted(wished, key=lambda mutant: not mutant.lines)  # what is outside functions takes longest


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
        session = Session(all_of_them, near, Path(folder), explained())
        arguments = ["-q", "-p", "no:cacheprovider", "-m", "not browser", f"--deselect={CRAWLS}"]
        arguments += ["--assert=plain", "--tb=native"]  # nobody reads how a test failed
        pytest.main([*arguments, *test_files({mutant.path for mutant in all_of_them})], plugins=[session])
    if session.ended + len(session.untested) < len(all_of_them) and not session.failing:
        sys.exit("the run was broken off")
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
    for path in sorted(paths):
        ours, survived = ({key for key in keys if key.startswith(f"{path} ")} for keys in (made, alive))
        words = f"{len(ours - survived)} of {len(ours)} noticed, {len(survived & listed)} explained"
        sys.stdout.write(f"  {path}: {words}, {len(survived - listed)} left\n")
    for title, keys in troubles.items():
        if keys:
            sys.stdout.write(f"\n{title} ({len(keys)}):\n")
            sys.stdout.writelines(f"{key}\n" for key in sorted(keys))
    return 1 if any(troubles.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
