"""Checks the proxies in front of Portico: how many there are, and whether they change requests or answers.

The doctor sends an invented X-Forwarded-For; Portico's signed answer tells what arrived.
"""

from collections.abc import Iterator, Mapping

from app.config.settings import Settings
from app.doctor.probe import Answer, Probe
from app.doctor.report import Finding
from app.http.doctors_question import ANSWER, LONG, QUESTION, ROOM, signed

INVENTED = "192.0.2.66"  # RFC 5737: nobody's
HOPS = "PORTICO_FORWARDED_HOPS"
PAGE = "/.well-known/passkey-endpoints"  # it holds its own address
CHALLENGE = "x" * 3000  # Hydra's have 1,100 and more; two hyphens are SQL to firewalls


def question(settings: Settings, about: str = ANSWER) -> Mapping[str, str]:
    """Return the headers of the signed question, with the invented address."""
    key = settings.secret_key.get_secret_value()
    return {"X-Forwarded-For": INVENTED, QUESTION: signed([key], about)}


def check_proxies(settings: Settings, answer: Answer) -> Iterator[Finding]:
    """Compare forwarded_hops with Portico's `answer`; without one, an https address means that there is a proxy."""
    hops, received = settings.forwarded_hops, answer.headers.get(ANSWER)
    addresses = [address.strip() for address in (received or "").split(",") if address.strip()]
    is_kept = INVENTED in addresses
    proxies = len(addresses[addresses.index(INVENTED) + 1 :]) if is_kept else len(addresses)
    count = f"{proxies} in front {'tells' if proxies == 1 else 'tell'} who asks, and {hops} believed."
    if hops > proxies and is_kept:
        problem = f"Whoever asks can choose their own address: {count}"
        yield Finding("wrong", problem, f"{HOPS}, or X-Forwarded-For in your proxy")
    elif received is not None and hops != proxies:
        problem = f"Everybody has the address of a proxy in rate limits: {count}"
        yield Finding("warning", problem, f"{HOPS}, or X-Forwarded-For in your proxy")
    elif not hops and settings.public_url.startswith("https:"):
        warning = "No proxy's headers are believed: if one is in front, everybody has its address in rate limits."
        yield Finding("warning", warning, HOPS)
    elif received is None and answer.status == 200:
        problem = "Portico does not tell how many proxies are in front: it runs with another secret key or version."
        yield Finding("cannot tell", problem, "PORTICO_SECRET_KEY")


def check_what_arrives(settings: Settings, outside: Probe, answer: Answer) -> Iterator[Finding]:
    """Check that answers arrive unchanged, also large ones: nginx's default limits answer some with 502."""
    if "no-store" not in answer.headers.get("Cache-Control", ""):
        problem = "Pages come without no-store, so others may be shown what was somebody's."
        yield Finding("wrong", problem, "your proxy, which has to pass Cache-Control on")
    if ANSWER in answer.headers:
        long = outside(f"{settings.public_url}{PAGE}?{CHALLENGE}", **question(settings, ROOM))
        if long.status == 200 and ANSWER not in long.headers:
            problem = "One answer of Portico's knows this secret key and another does not: so sign-ins get lost."
            yield Finding("wrong", problem, "PORTICO_SECRET_KEY of each replica")
        elif long.headers.get(ROOM) != LONG:
            problem = f"A sign-in's long addresses and headers do not get through ({long.reason})."
            yield Finding("wrong", problem, "your proxy's room for request lines and headers: docs/operators.md")
