"""Caches the rendered forms of a login page that nobody has filled in: they are the same for all in one language.

They are rendered from a Blank and the settings only, with placeholders for what is new in each flow. Nothing is cached
with templates of the operator, which could print anything.
"""

import secrets
from operator import attrgetter
from typing import Any

from markupsafe import Markup

from app.deployment import deployment
from app.http import i18n
from app.http.catalogues import Language
from app.http.escaping import as_markup, written
from app.ory.flows import PLACEHOLDERS, Blank, Flow
from app.selfservice import last_used
from app.selfservice.flow_repairs import repaired
from app.selfservice.forms import forms
from app.selfservice.page_forms import accepted_providers, localized_fields, with_providers
from app.selfservice.return_path import ReturnPath

_state = attrgetter("method", "active", "state", "refresh", "requested_aal")
ACTION = f"action-{secrets.token_hex(16)}"  # the placeholder for the forms' address


def cached_forms(flow: Flow, return_path: ReturnPath | None, identifier: str) -> Markup | None:
    """Return the cached forms of this flow; None if it is filled in or has messages, so that nobody else gets them."""
    filled_in = identifier or (return_path and return_path.login_hint)
    if flow.blank is None or flow.messages or filled_in or deployment().settings.templates_dir:
        return None
    key = flow.blank, _state(flow), accepted_providers(flow, return_path)
    html, cookie_values = i18n.language().once(_render, *key, "")
    if (cookie := last_used.sent()) in cookie_values:
        html, _ = i18n.language().once(_render, *key, cookie)
    html = html.replace(ACTION, written(flow.action))
    for name, value in flow.values.items():
        html = html.replace(PLACEHOLDERS[name], written(value))
    return as_markup(html)


def _render(
    language: Language, blank: Blank, state: tuple[Any, ...], providers: frozenset[str] | None, cookie: str
) -> tuple[str, frozenset[str]]:
    """Render the forms for this value of the last-used cookie; also return all of its values that mark a button."""
    method, active, step, refresh, aal = state
    flow = Flow("", ACTION, method, blank.nodes, (), active=active, state=step, refresh=refresh, requested_aal=aal)
    flow = repaired("login", flow)
    fields, _ = localized_fields(flow)
    made = forms("login", flow, with_providers(fields, providers))
    cookie_values = last_used.cookie_values(flow, made)
    macros: Any = language.templates.get_template("macros/nodes.html").module
    return str(macros.show_forms(last_used.marked(flow, made, cookie))), cookie_values
