"""Marks texts outside the templates, so that translators find them."""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """Return the text unchanged; it is translated when it is shown (GNU gettext: deferred translation)."""
    return text
