"""Chooses the language of an answer, and formats texts, names, dates and lists in it (docs/languages.md)."""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Literal, cast
from urllib.parse import quote

from babel.dates import format_date, format_time, format_timedelta
from babel.lists import format_list
from flask import Blueprint, Flask, current_app, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape
from werkzeug.datastructures import LanguageAccept
from werkzeug.exceptions import HTTPException
from werkzeug.http import parse_accept_header

from app.deployment import deployment
from app.errors import BadInput
from app.http import catalogues, here, inputs
from app.http.branding import check_all
from app.http.catalogues import SOURCE, Language
from app.http.escaping import as_markup, written
from app.http.languages import MAX_WISHES, choose, is_tag, language_name
from app.http.security import A_YEAR, cookie_name, see_other, set_cookie
from app.http.templates import MARKS, Templates
from app.ory.visible_names import in_form, shown_word
from app.translations import N_
from app.urls import MAX_URL, UNRESERVED, as_query, consists_of, is_below, is_path

bp = Blueprint("i18n", __name__)

OUR_CATALOGUES = Path(__file__).resolve().parent.parent / "translations"
# Parameters that pages need in their address; others are for other sites, or secret.
PAGE_PARAMS = ("flow", *inputs.CHALLENGES, "user_code", "id", "page")
ERROR_PARAMS = ("error", "error_description")  # from Hydra, for the error page only
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d(T[\d:]+Z)?")
_PLAIN = UNRESERVED + b"=+/:"
COOKIE = "language"  # not in the session cookie: it lives longer and is no secret
MAX_ACCEPT_LANGUAGE = 1000  # characters of Accept-Language that are read
MAX_DETAIL = 300  # characters of each of ERROR_PARAMS


class Languages:
    """The languages of one deployment; raises ValueError for mistakes in the operator's catalogues."""

    def __init__(self, default: str, own: Path | None, templates: Templates, cookie: str) -> None:
        self.files: dict[str, list[Path]] = {SOURCE: []}
        self.files |= {path.stem: [path] for path in _catalogues(OUR_CATALOGUES)}
        own_catalogues = _catalogues(own) if own else []
        check_all(catalogues.check, own_catalogues)
        for path in own_catalogues:
            alike = self.files.get(choose([path.stem], self.files), [])
            self.files.setdefault(path.stem, alike[:1]).append(path)
        self.default = choose([default], self.files)
        for tag in self.files:
            catalogues.locale_of(tag)  # one by one, so that each frees memory for the next
        names = {tag: language_name(tag) for tag in self.files}
        self.names = dict(sorted(names.items(), key=lambda row: row[1].casefold()))
        self.get = cache(lambda tag: catalogues.read(tag, self.files[tag], templates, self._whole(tag)))
        self._cookie, self._kept = cookie, re.compile(rf"(?:^|; ?){re.escape(cookie)}=([A-Za-z0-9-]+)")
        self._choose = lru_cache(maxsize=256)(lambda *wishes: choose(wishes, self.files) or self.default)

    def tag_for(self, environ: Mapping[str, str], wished: tuple[str, ...] = ()) -> str:
        """Return the language: the person's choice, else the application's, the browser's, the operator's default."""
        sent = environ.get("HTTP_COOKIE", "")
        kept = self._kept.search(sent) if self._cookie in sent else None  # few have it, and it is slow to look for
        accepted = _accepted(environ.get("HTTP_ACCEPT_LANGUAGE", "")[:MAX_ACCEPT_LANGUAGE])
        return self._choose(kept[1] if kept else "", *wished, *accepted)

    def _whole(self, tag: str) -> Path | None:
        """Return a catalogue with every text, to find what an operator's language lacks; None for our own languages."""
        is_whole = choose([tag], [SOURCE]) or any(path.parent == OUR_CATALOGUES for path in self.files[tag])
        return None if is_whole else next(OUR_CATALOGUES.glob("*.po"))


def _catalogues(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*.po") if is_tag(path.stem))


def init_app(app: Flask, default: str, own: Path | None) -> Languages:
    """Set up translation in templates and the choice of language; return the languages."""
    templates, cookie = cast(Templates, app.jinja_env), app.config["COOKIES"][COOKIE]
    app.extensions["languages"] = languages = Languages(default, own, templates, cookie)
    app.register_blueprint(bp)
    app.jinja_env.globals.update(language=language, languages=languages.names, current_address=current_address)
    # `translated` is for texts of operators and others; each Language replaces it with a look-up in its catalogue.
    app.jinja_env.filters.update(bdi=isolated, strong=strong, translated=str, shown_word=shown_word, in_form=in_form)
    app.jinja_env.filters.update(dates_whole=dates_whole, has_name=has_name)
    app.jinja_env.filters.update(moment=moment, day=day, age=age, listed=listed)
    return languages


def prefer(ui_locales: Iterable[str]) -> None:
    """Note the languages that the application prefers, in its order (OpenID Connect Core 3.1.2.1)."""
    here.notes()["ui_locales"] = tuple(filter(is_tag, islice(ui_locales, MAX_WISHES)))  # few: the choice is cached


def language() -> Language:
    """Return the language of this answer."""
    notes = here.notes()
    chosen: Language | None = notes.get("language")
    if chosen is None:
        languages: Languages = here.app().extensions["languages"]
        chosen = notes["language"] = languages.get(languages.tag_for(here.sent().environ, notes.get("ui_locales", ())))
    return chosen


@lru_cache(maxsize=256)
def _accepted(header: str) -> tuple[str, ...]:
    """Return the languages of an Accept-Language header, most wanted first; cached, as parsing it is slow."""
    return tuple(tag for tag, quality in parse_accept_header(header, LanguageAccept) if quality)


def isolated(name: object) -> Markup:
    """Return a name that may have another writing direction than the text around it (Unicode TR9)."""
    return as_markup(f"<bdi>{written(name)}</bdi>")


def strong(name: object) -> Markup:
    """Return an important name, isolated, too."""
    return as_markup(f"<strong>{isolated(name)}</strong>")


def dates_whole(words: str) -> Markup:
    """Mark ISO dates so that no line ends inside one: browsers break lines at a hyphen."""
    return Markup(_ISO_DATE.sub(r"<code>\g<0></code>", str(escape(words))))  # noqa: S704 - escaped


def has_name(words: str, name: str) -> bool:
    """Whether a message has a field's name: at the start of a word, a short name as a whole word."""
    name = name.strip("".join(MARKS)).lower()
    start, end = (r"\b" if letter != letter.upper() else "" for letter in (name[:1], name[-1:]))
    return bool(re.search(start + re.escape(name) + end * (len(name) < 4), words.lower()))


def moment(when: datetime) -> Markup:
    """Return a date and time in UTC, as we do not know the reader's time zone."""
    locale = language().locale
    translated = f"{format_date(when, 'long', locale)}, {format_time(when, 'short', tzinfo=UTC, locale=locale)} UTC"
    return Markup('<time datetime="{}">{}</time>').format(f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", translated)


def day(when: datetime) -> str:
    """Return a date in words."""
    return language().day(when.date())


def age(span: timedelta) -> str:
    """Return how long ago something was, without line breaks."""
    if span < timedelta(minutes=1):
        return str(language().gettext(N_("just now")))
    return format_timedelta(-span, add_direction=True, threshold=1, locale=language().locale).replace(" ", "\u00a0")


def listed(words: Iterable[object], style: Literal["standard", "or"] = "standard") -> str:
    """Return words as one list: with "and", or with "or"."""
    return format_list([str(word) for word in words], style, language().locale)


def current_address(of_form: bool = False) -> str:
    """Return this page's address with only the parameters it needs, "" for none; `of_form`: that of a failed form."""
    sent = here.sent()
    if sent.method != "GET":
        return _address_of_form() if of_form else ""
    args = [(name, value) for name, value in sent.args.items() if value and name in PAGE_PARAMS]
    needed = {name: value for name, value in args if consists_of(value, _PLAIN)}
    if sent.endpoint == "error_page.error_page":
        needed |= {name: sent.args[name][:MAX_DETAIL] for name in ERROR_PARAMS if name in sent.args}
    return _address(sent.path, needed)


def _address_of_form() -> str:
    """Return the address of the form's page, which is the form's own address or its parent; "" for none."""
    pages = current_app.url_map.bind("")
    path = next((path for path in (request.path, request.path.rpartition("/")[0]) if pages.test(path, "GET")), "")
    try:
        sent = request.form.items() if path else ()
    except HTTPException:  # the body that caused the error cannot be read now either
        return ""
    filled = [(name, value) for name, value in sent if value and name in inputs.CHALLENGES]
    challenges = {name: value for name, value in filled if consists_of(value, _PLAIN)}
    return _address(path, challenges)


def _address(path: str, needed: Mapping[str, str]) -> str:
    bare, query = quote(path), as_query(needed)
    address = f"{bare}?{query}" if query else bare
    return address if is_path(bare) and len(address) <= MAX_URL else ""  # nothing in a query leads elsewhere


@bp.post("/language")
def choose_language() -> ResponseReturnValue:
    """Store the person's choice for a year (a sign-out keeps it), and show the page again."""
    tag, back = inputs.single(request.form, "language"), inputs.single(request.form, "back")
    languages: Languages = current_app.extensions["languages"]
    page = deployment().urls.public + back
    if tag not in languages.files or not is_path(back) or not is_below(page, deployment().urls.path):
        raise BadInput("no such language, or no page to go back to")
    response = see_other(page)
    set_cookie(response, cookie_name(COOKIE), tag, A_YEAR)
    return response
