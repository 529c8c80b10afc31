"""Finds secret keys that an attacker could know or guess."""

import re

EXAMPLE = "holds words of a published example, which anybody can look up"
PATTERN = "can be guessed, because it repeats itself or follows the alphabet"

# Parts of published keys: in our compose.yaml and kratos.yml, in Ory's guides and quickstarts, in other projects'
# templates; and of commands or paths pasted instead of their result. Only letters and digits, and at least six, so
# that no random key contains one by chance.
_EXAMPLES = re.compile(
    "onlyforthismachine|localonly|"
    "changeme|changethis|changeit|changebefore|tochange|pleasechange|replaceme|replacethis|replacewith|"
    "fillmein|fillthis|realvalue|insecure|notsecure|unsecure|unsafe|placeholder|example|default(?:secret|key)|"
    "(?:your|my|some|super|very|top|test|dev|cookie|session|app|secret)secret|(?:your|test|dev)(?:secret)?key|"
    "not(?:so|a|really)secret|secret(?:here|goeshere)|insertyour|development|fortesting|testing123|donotuse|dontuse|"
    "password|passw0rd|passphrase|letmein|qwerty|asdfgh|zxcvbn|qazwsx|1q2w3e|keyboardcat|correcthorse|loremipsum|iloveyou|"
    "verylong|thisisa|secretkeyfor|randomstring|(?:random|32)characters|opensslrand|tokenurlsafe|randhex|runsecrets"
)
_UNEXPANDED = re.compile(r"\$\(|\$\{|\{\{|`|^<.*>$")
MIN_DIFFERENT, MIN_UNPREDICTABLE = 7, 13  # characters; even of the simplest keys, 32 random digits, few have fewer


def weakness(key: str) -> str:
    """Return why a key is weak, EXAMPLE or PATTERN; "" if it is not."""
    if _EXAMPLES.search(re.sub(r"[\W_]", "", key.casefold())) or _UNEXPANDED.search(key):
        return EXAMPLE
    repeats = any(key[period:] == key[:-period] for period in range(1, len(key) // 2 + 1))
    tiny = len(set(key.casefold())) < MIN_DIFFERENT
    return PATTERN if repeats or tiny or _unpredictable(key.casefold()) < MIN_UNPREDICTABLE else ""


def _unpredictable(text: str) -> int:
    """Count the characters that neither continue a sequence up or down nor repeat an earlier part."""
    seen, count = set[str](), 0
    for at in range(len(text)):
        step = ord(text[at]) - ord(text[at - 1]) if at else 2
        trigram = text[max(0, at - 2) : at + 1]
        count += abs(step) > 1 and trigram not in seen
        seen.add(trigram)
    return count
