"""Marks the texts that people read and that stand outside the templates, so that translators find them."""


def N_(text: str) -> str:  # noqa: N802 - gettext's own name for it
    """The text as it is; what shows it translates it (GNU gettext, "special cases of translatable strings")."""
    return text
