"""People who sign in and out one after the other, while something happens to the servers."""

import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from tests.journeys.site import Site, Visitor
from tests.stack.processes import PATIENCE

PEOPLE = {"sandbox": 3, "real": 1}  # at a time; a real Hydra's database in memory now and then refuses a second writer


class Crowd:
    """`finished` counts the journeys of each place in it; `failures` has what went wrong."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.finished = [0] * PEOPLE[site.stack.kind]
        self.failures: list[str] = []
        self._ended = threading.Event()

    def let_everybody_finish_one_begun_now(self) -> None:
        """Return when each place has ended the journey it is on, and one more."""
        goal = [count + 2 for count in self.finished]
        until = time.monotonic() + PATIENCE
        while not self.failures and any(count < least for count, least in zip(self.finished, goal, strict=True)):
            assert time.monotonic() < until, self.finished
            time.sleep(0.05)

    def walk(self, place: int) -> None:
        """Journeys until the crowd is told to go home, or somebody was held up."""
        person = self.site.person("Walker")
        while not self._ended.is_set() and not self.failures:
            visitor = Visitor(self.site)
            try:
                consent = visitor.sign_in(visitor.ask(), person)
                assert visitor.claims(consent.press("action=accept"))["sub"] == person.id
                left = visitor.open(f"{self.site.demo}/demo").click("Sign out").press("action=accept")
                assert left.at(f"{self.site.demo}/demo"), left
                self.finished[place] += 1
            except Exception:  # noqa: BLE001 - whatever it is, somebody has noticed
                self.failures.append(traceback.format_exc())
            finally:
                visitor.close()

    def go_home(self) -> None:
        self._ended.set()


@contextmanager
def walking(site: Site) -> Iterator[Crowd]:
    """A crowd that is under way; at the end of the block nobody may have noticed anything."""
    crowd = Crowd(site)
    threads = [threading.Thread(target=crowd.walk, args=(place,)) for place in range(len(crowd.finished))]
    for thread in threads:
        thread.start()
    try:
        crowd.let_everybody_finish_one_begun_now()
        yield crowd
        crowd.let_everybody_finish_one_begun_now()
    finally:
        crowd.go_home()
        for thread in threads:
            thread.join()
    assert not crowd.failures, "\n".join(crowd.failures)
