"""The one list: every page in every state, in the order of the index; and the site that shows them."""

from app.preview.site import Site
from tests.gallery import account, brand, error_pages, flows, oauth2
from tests.gallery.entry import GALLERY

ENTRIES = [*flows.ENTRIES, *oauth2.ENTRIES, *account.ENTRIES, *error_pages.ENTRIES, *brand.ENTRIES, *flows.MESSAGES]
SITE = Site(GALLERY, ENTRIES, None)
BY_ID = SITE.states
