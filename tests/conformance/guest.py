"""Somebody at a browser who uses one application."""

from tests.conformance.libraries import Application, Login
from tests.journeys.browsing import Page
from tests.journeys.site import Person, Site, Visitor


class Guest(Visitor):
    """A visitor of one application."""

    def __init__(self, site: Site, application: Application, person: Person) -> None:
        super().__init__(site)
        self.application, self.person = application, person

    def arrive(self, **parameters: str) -> Page:
        """Where a request with these parameters ends, once the person has signed in and allowed what was asked."""
        return self.agree(self.open(self.application.begin(**parameters)))

    def agree(self, page: Page) -> Page:
        """Sign in where the page asks for that, and allow everything for good."""
        if page.has_button("method=password"):
            page = self.sign_in(page, self.person)
        if page.has_button("action=accept"):
            page = page.press("action=accept", {"remember": ["true"]})
        return page

    def login(self, **parameters: str) -> Login:
        """What the application knows in the end, and the library has believed."""
        return self.application.finish(self.arrive(**parameters))
