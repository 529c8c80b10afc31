"""Of what Babel knows of a language all that pages show is kept, and what is large and never shown is not."""

import json
import subprocess
import sys

SHOWN = """
import json, sys
from datetime import UTC, datetime, timedelta
from babel import Locale, localedata
from babel.dates import format_date, format_time, format_timedelta
from babel.lists import format_list
from app.config.settings import Settings
from app.factory import create_app
from app.http.languages import language_name
from tests.languages.catalogues import files
from tests.support.fixtures import SETTINGS

tags = ["en", *(path.stem for path in files())]
spans = [timedelta(**{unit: number}) for unit in ("minutes", "hours", "days", "weeks") for number in (1, 2, 5, 40, 900)]

def shown():
    for tag in tags:
        locale, when = Locale.parse("en-GB" if tag == "en" else tag, sep="-"), datetime(2026, 11, 29, 17, 5, tzinfo=UTC)
        yield [format_date(when, "long", locale), format_time(when, "short", tzinfo=UTC, locale=locale)]
        yield [format_timedelta(-span, add_direction=True, threshold=1, locale=locale) for span in spans]
        yield [format_timedelta(span, locale=locale) for span in spans]
        yield [format_list(["a", "b", "c"], style, locale) for style in ("standard", "or")]
        yield [language_name(tag), locale.text_direction]

def entries(data):
    return sum(map(entries, data.values())) if isinstance(data, dict) else 1

whole = list(shown())
before = entries(localedata.load("de"))
for _ in range(2):  # at the start, and at SIGHUP
    languages = create_app(Settings(**SETTINGS)).extensions["languages"]
    for tag in tags:
        languages.get(tag)
    assert list(shown()) == whole
print(json.dumps([len(whole), before, entries(localedata.load("de"))]), file=sys.stderr)
"""


def test_pages_show_the_same_and_most_is_not_kept():
    """In a process that has read nothing yet: of CLDR 16 MB for 15 languages, in each worker's memory for good."""
    done = subprocess.run([sys.executable, "-c", SHOWN], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    lists, before, after = json.loads(done.stderr.splitlines()[-1])
    assert lists == 5 * 15
    assert after < before / 2
