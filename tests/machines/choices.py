"""What the rules of the machine choose from."""

from hypothesis import strategies as st

from tests.machines import changes

MOST = 40  # pages, addresses and forms that are remembered
OWN = ("/", "/logout", "/apps", "/sessions", "/recovery", "/settings", "/login", "", "", "")
BROWSERS, PERSONS, ANY = st.integers(0, 1), st.integers(0, 1), st.integers(0, MOST - 1)
NEWEST = st.sampled_from([*[0] * 8, 1, 1, 2, 3, 5, 9, 17, 33])  # counted from the newest
CLIENT = st.sampled_from(["usual", "usual", "usual", "first", "strict", "aged", "native", "paired"])
PROMPT = st.sampled_from([*[""] * 6, "login", "none", "consent", "login consent", "registration", "select_account"])
MAX_AGE = st.sampled_from([None, None, None, 0, 60, 1000, -1])
SCOPE = st.sampled_from(
    ["openid", "openid email", "openid profile email offline_access", "openid phone photos", "email"]
)
AUDIENCE = st.sampled_from(["", "", "https://api.example.org", "https://api.example.org https://other.example.org"])
ACR = st.sampled_from(["", "", "aal2", "aal1 aal2", "junk"])
CHANGE = st.one_of(st.none(), st.tuples(st.sampled_from([0, 1, 1, 2, 3]), st.integers(0, changes.MOST - 1)))
FAILURE = st.sampled_from([-1] * 12 + list(range(len(changes.STATUSES))))
SECONDS = st.sampled_from([1, 61, 301, 1000, 1900, 90000])
