"""Escapes values for HTML like MarkupSafe's `escape`, without wrapping each one in a new Markup."""

from collections.abc import Callable
from functools import partial

import markupsafe

# `escape` without the wrapping, or `escape` itself if this MarkupSafe has no such function.
_escaped: Callable[[str], str] = getattr(markupsafe, "_escape_inner", markupsafe.escape)
# Turns a string into Markup without checking its type.
as_markup: Callable[[str], markupsafe.Markup] = partial(str.__new__, markupsafe.Markup)


def written(value: object) -> str:
    """Return the value escaped (Markup stays as it is); join it at once, because a later `escape` would repeat it."""
    if type(value) is str:
        return _escaped(value)
    return value if type(value) is markupsafe.Markup else markupsafe.escape(value)
