"""No text that people read is hidden from translators: by the syntax of the code, whether a test shows it or not.

tests/languages/test_pseudo.py looks at the same from the other side: at what pages say.
"""

from pathlib import Path

from tests.languages.catalogues import ROOT
from tests.languages.literals import in_python, in_template
from tests.support.cases import each_case, each_of

# What these say is for operators: they check settings, or name what is wrong in a log.
FOR_OPERATORS = ("brand", "brands", "errors", "events", "secret_keys")
RECOGNISED = ("web_hooks", "hydra_errors", "purposes")  # words of Kratos, Hydra and schemas that these look for
FOLDERS = ("account", "http", "oauth2", "ory", "selfservice")
SPEAKING = [
    path
    for folder in FOLDERS
    for path in sorted((ROOT / "app" / folder).rglob("*.py"))
    if path.stem not in FOR_OPERATORS + RECOGNISED
]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
KNOWN = {
    r"\bWindows NT\b": "what a browser calls itself",
    r"\bMac(?:intosh| OS X)\b": "what a browser calls itself",
    "no answer: ": "in the log",
    "\r\nAccept-Encoding: identity\r\n": "a header",
    "A second factor": "told to the application",
    "Another way of signing in": "told to the application",
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox": "a header",
    "Retry-After, X-Request-Id": "a header",
    "text/html; charset=utf-8": "a header",
    "not ready": "told to probes",
    "not asked": "an error's beginning",
    "each worker counts tries for itself": "told to the log",
    "Workers that do not ask this upstream, because it says nothing": "told to Prometheus",
    "all workers count tries together again": "told to the log",
    "Kratos' admin API": "told to the log and to operators",
    '<code dir="ltr">portico doctor --authorize-url "…"</code>': "a command",
    "Portico": "our name",
    "ours are called portico/base.html and so on": "told to operators at start",
    "width=device-width, initial-scale=1": "told to browsers",
    "light dark": "told to browsers",
    "noindex": "told to robots",
    "Requested identity schema ": "the beginning of a reason of Kratos'",
    "value must be one of ": "the beginning of a reason of Kratos'",
    "wide": "a class: the block's name is `shape`",
}


@each_of(SPEAKING)
def test_no_module_has_a_sentence_that_is_not_marked(path: Path) -> None:
    assert [text for text in in_python(path.read_text()) if text not in KNOWN] == []


@each_of(TEMPLATES)
def test_no_template_has_words_that_are_not_marked(path: Path) -> None:
    assert [text for text in in_template(path.read_text()) if text not in KNOWN] == []


def test_everything_known_is_still_there() -> None:
    texts = {text for path in SPEAKING for text in in_python(path.read_text())}
    texts |= {text for path in TEMPLATES for text in in_template(path.read_text())}
    assert KNOWN.keys() - texts == set()


@each_case(
    "source",
    [
        'shown = Page(400, "The app couldn\'t sign you in", happened, START_AGAIN)',
        'happened = OAUTH2.get(code, "Something is wrong with the app\'s request.")',
        'NOTICES = {"late": "That took too long."}',
        'def title(self):\n    """A name."""\n    return self.name or "the application"',
        'render_template("a.html", notice=f"Hello {name}, welcome back")',
        "flash('Please try again')",
        'words = N_("Sign in") if known else "Sign in again"',
        'x = "Mot de passe oublié"',
    ],
)
def test_a_sentence_of_a_module_is_found(source: str) -> None:
    assert len(list(in_python(source))) >= 1


@each_case(
    "source",
    [
        '"""A module that does things."""',
        'words = N_("Sign in again")',
        'said = gettext("You\'re signed in as %(account)s.", account=name)',
        'raise BadInput("no decision was made")',
        'DENIED = Reject("access_denied", "The person did not allow it.")',
        'observability.event("late", why="took too long")',
        'if error.get("message") == "identity is disabled": pass',
        'x = "a_word", "button button-primary", "text/html"'.replace("button button", "button-button"),
    ],
)
def test_what_nobody_reads_is_not(source: str) -> None:
    assert list(in_python(source)) == []


@each_case(
    "source",
    [
        *("<p>Hello</p>", "<p>{{ _('Hello') }} there</p>", "{% if late %}<p>Too late</p>{% endif %}"),
        *('<button aria-label="Close"></button>', '<img alt="{{ name }} logo">', '<input placeholder="Your name">'),
        *('<a title="Read more" href="/">{{ icon("x") }}</a>', '{{ "Sign out" if known else _("Sign in") }}'),
        *('{{ "You\'re signed in" if known }}', '{{ "Cancel" if known }}', '{% set title = "You\'re signed in" %}'),
        *('{{ note("Your settings are saved.") }}', '{% set ended = {"one": "You\'re signed out of that device."} %}'),
        *("{{ name | default('the application') }}", "{% macro hint() %}<p>Look here</p>{% endmacro %}"),
    ],
)
def test_words_of_a_template_are_found(source: str) -> None:
    assert list(in_template(source))


@each_case(
    "source",
    [
        "{# A comment that explains #}",
        '<p class="notice wide">{{ _("Hello there") }}</p>',
        '{{ _("Hello %(name)s, welcome", name=name | bdi) }}',
        '{{ ngettext("One device", "%(number)s devices", n) }}',
        '<button class="button{{ " button-primary" if main }}" type="submit">{{ label }}</button>',
        '<svg viewBox="0 0 24 24"><path d="M2 12s3.5-6.5 10-6.5"/></svg>',
        "{% if kind in ('login', 'registration') %}{{ label }}{% endif %}",
        '<code>{{ "portico doctor" }}</code>'.replace("portico doctor", "portico"),
    ],
)
def test_what_is_no_text_of_a_template_is_not(source: str) -> None:
    assert list(in_template(source)) == []
