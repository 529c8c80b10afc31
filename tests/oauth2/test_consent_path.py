"""How much of the house a consent challenge passes through (docs/design.md, section 5): six files of its own."""

import sys
import threading
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
CONSENT = "/consent?consent_challenge=c"
OWN = {
    *("app/oauth2/consent.py", "app/oauth2/consent_policy.py", "app/claims/rules.py"),
    *("app/http/browser_session.py", "app/ory/hydra.py", "app/ory/kratos.py"),
}
# What other requests pass as well, and a reader of consent need not open: how a call is made and a reply read, the
# language of claim rules, a hash.
SHARED = ("app/ory/", "app/claims/expressions.py", "app/claims/types.py")
HELPERS = {("app/oauth2/assurance.py", "short_hash"), ("app/oauth2/assurance.py", "remaining_seconds")}


def entered(run):
    """The files of oauth2, ory, claims and account, and the cookie's, of which a function is called meanwhile."""
    calls = set()

    def note(frame, event, _):
        if event == "call":
            calls.add((frame.f_code.co_filename, frame.f_code.co_name))

    threading.setprofile(note)
    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
        threading.setprofile(None)
    ours = {(str(Path(file).relative_to(ROOT)), name) for file, name in calls if file.startswith(str(ROOT / "app"))}
    folders = ("app/oauth2/", "app/ory/", "app/claims/", "app/account/", "app/http/browser_session.py")
    files = {file for file, name in ours - HELPERS if file.startswith(folders)}
    return {file for file in files if file in OWN or not file.startswith(SHARED)}


@pytest.mark.parametrize("action", ["accept", "deny"])
def test_a_page_and_its_answer_pass_six_files_of_their_own(client, upstream, action):
    upstream.asks("consent", requested_scope=["openid", "profile", "email"])
    upstream.signed_in()
    upstream.takes("consent", "reject" if action == "deny" else "accept")
    pages = []
    assert entered(lambda: pages.append(client.get(CONSENT))) == OWN - {"app/claims/rules.py"}
    answer = entered(lambda: pages.append(client.submit(pages[0], "/consent", ("action", action))))
    assert answer == (OWN if action == "accept" else OWN - {"app/claims/rules.py"})
    assert [page.status_code for page in pages] == [200, 303]


@pytest.mark.parametrize("fields", [{"skip": True}, {"client": {"skip_consent": True}}], ids=["skip", "skip_consent"])
def test_a_grant_without_a_page_passes_the_same(client, upstream, fields):
    upstream.asks("consent", requested_scope=["openid", "profile", "email"], **fields)
    upstream.signed_in()
    upstream.takes("consent", "accept")
    assert entered(lambda: client.get(CONSENT)) == OWN
