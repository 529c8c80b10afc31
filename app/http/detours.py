"""Ways through Kratos' pages on which no application waits: what our cookie remembers of them from page to page."""

from flask import request, session


def note_page(shown: str) -> None:
    """Note what the page for signing up or confirming an address was, "" for any other; flows can be shown again."""
    for name in ("turns", "sent", "page"):
        session.pop(name, None)
    if shown:
        session["page"] = shown


def note_sent() -> None:
    """Note that the browser was sent to Kratos, and that no page of a flow has been shown since."""
    session["sent"] = True


def is_sent() -> bool:
    """Whether the browser comes back from Kratos without having been shown any page; told once."""
    return session.pop("sent", None) is not None


def has_just_signed_up() -> bool:
    """Whether the page before was for signing up and Kratos sent the browser on here, as it does when that is done.

    Nobody who types our address comes from there.
    """
    before = session.get("page")
    note_page("")
    return before == "verification" or (before == "registration" and request.headers.get("Sec-Fetch-Site") != "none")
