"""The one list: every page in every state, in the order of the index."""

from tests.gallery import account, brand, flows, mishaps, oauth2

ENTRIES = [*flows.ENTRIES, *oauth2.ENTRIES, *account.ENTRIES, *mishaps.ENTRIES, *brand.ENTRIES, *flows.MESSAGES]
BY_ID = {entry.id: entry for entry in ENTRIES}
