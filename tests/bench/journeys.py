"""People who sign in, look at every page in one language or another, and are asked for consent, again and again."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from threading import Event

import requests

from tests.bench.paths import Browser
from tests.stack.errors import StackError
from tests.stack.stack import Stack

PEOPLE = 6
LANGUAGES = ("en", "de", "ar", "ja", "pt-BR")
PAGES = ("/", "/sessions", "/apps", "/settings", "/recovery", "/registration", "/error?error=access_denied", "/none")


@contextmanager
def journeys(stack: Stack) -> Iterator[Counter[str]]:
    """For the length of a block; it is told how many were `whole`, and how many `broken off`."""
    done, ended = Counter[str](), Event()

    def person(first: int) -> None:
        for number in count(first):
            if ended.is_set():
                return
            done["whole" if _journey(stack, LANGUAGES[number % len(LANGUAGES)]) else "broken off"] += 1

    with ThreadPoolExecutor(PEOPLE) as pool:
        people = [pool.submit(person, first) for first in range(PEOPLE)]
        try:
            yield done
        finally:
            ended.set()
    for run in people:
        run.result()


def _journey(stack: Stack, language: str) -> bool:
    """Whether it came to its end: Kratos' database in memory answers 500 to some under load."""
    browser = Browser(stack)
    browser.http.headers["Accept-Language"] = language
    try:
        browser.sign_in()
        for page in PAGES:
            browser.http.get(stack.urls["portico"] + page, timeout=60)
        consent = browser.stopped_at(f"{stack.urls['demo']}/demo/login", "consent_challenge")
        return browser.http.get(consent, timeout=60).status_code == 200
    except (StackError, requests.RequestException, AttributeError, TypeError):  # no form on the page
        return False
    finally:
        browser.http.close()
