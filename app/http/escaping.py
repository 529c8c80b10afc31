"""Values as a page has them: what MarkupSafe's `escape` does, without wrapping each anew on its way into the page."""

from collections.abc import Callable
from functools import partial

import markupsafe

# What `escape` does with a string before it wraps it; where MarkupSafe has no such thing, `escape` itself.
_escaped: Callable[[str], str] = getattr(markupsafe, "_escape_inner", markupsafe.escape)
# Says of a text that it is markup, without a look at what it may be in place of one.
as_markup: Callable[[str], markupsafe.Markup] = partial(str.__new__, markupsafe.Markup)


def written(value: object) -> str:
    """A value for a page, escaped unless it is markup already; to be joined at once, as nothing says that it is."""
    if type(value) is str:
        return _escaped(value)
    return value if type(value) is markupsafe.Markup else markupsafe.escape(value)
