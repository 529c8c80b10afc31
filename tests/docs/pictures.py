"""The two diagrams of docs/how-it-decides.md; `make screenshots` draws them anew.

Each is one list: who says what to whom in a sign-in, and what is asked of a login challenge.
"""

from html import escape
from pathlib import Path
from typing import NamedTuple

IMAGES = Path(__file__).resolve().parents[2] / "docs/images"
WIDTH, STEP, TOP = 960, 46, 70
FRAME = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" font-family="sans-serif"
 font-size="14">
<title>{title}</title>
<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto-start-reverse">
<path d="M0 0 8 4 0 8z" fill="#2446b0"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>
{body}
</svg>
"""


class Says(NamedTuple):
    """One arrow of the sign-in."""

    speaker: str
    listener: str
    words: str


class Asks(NamedTuple):
    """One line of the decision: the question, what it leads to, and the decisions of the policy that are meant."""

    question: str
    answer: str
    decisions: tuple[str, ...]


PARTIES = ("Application", "Browser", "Hydra", "Portico", "Kratos")
SIGN_IN = (
    Says("Application", "Browser", "go to /oauth2/auth"),
    Says("Browser", "Hydra", "authorization request"),
    Says("Hydra", "Browser", "go to Portico with a login_challenge"),
    Says("Browser", "Portico", "/login?login_challenge=..."),
    Says("Portico", "Hydra", "what is asked for?"),
    Says("Portico", "Kratos", "whose session is this cookie?"),
    Says("Portico", "Browser", "nobody's: go to Kratos, return_to = /login?login_challenge=..."),
    Says("Browser", "Kratos", "begin a login"),
    Says("Kratos", "Browser", "show /login?flow=..."),
    Says("Browser", "Portico", "/login?flow=... (Portico shows the form)"),
    Says("Browser", "Kratos", "email and password, sent to Kratos itself"),
    Says("Kratos", "Browser", "session cookie, back to return_to"),
    Says("Browser", "Portico", "/login?login_challenge=... once more"),
    Says("Portico", "Hydra", "accept: this person, acr, amr"),
    Says("Hydra", "Browser", "go to Portico with a consent_challenge"),
    Says("Browser", "Portico", "/consent: the person allows it"),
    Says("Portico", "Hydra", "accept: these scopes, these claims"),
    Says("Hydra", "Browser", "back to redirect_uri with a code"),
    Says("Browser", "Application", "the code"),
    Says("Application", "Hydra", "code for tokens"),
)
DECISION = (
    Asks("Would Hydra refuse this prompt? Is the account switched off?", "Tell the application no", ("Reject",)),
    Asks("Is prompt=none, and something is missing?", "Tell the application what", ("Reject",)),
    Asks("Hydra remembers somebody else than is signed in?", "Ask which of the two", ("ChooseAccount",)),
    Asks(
        "Hydra remembers this person, and their proof is too old?", "Hydra asks anew, with prompt=login", ("Restart",)
    ),
    Asks("Nobody is signed in?", "Sign in at Kratos", ("Authenticate",)),
    Asks("Came back from Kratos as nobody, without a page?", "Say that the cookie is lost", ("SessionInvisible",)),
    Asks("A new proof is demanded, and none was given since?", "Prove it again at Kratos", ("Authenticate",)),
    Asks("Another account is wished for, or expected?", "Ask which account", ("ChooseAccount",)),
    Asks("A provider or a second factor is demanded, and missing?", "Prove that at Kratos", ("Authenticate",)),
    Asks("On the way to Kratos for the eighth time?", "Stop, with a page", ("GiveUp",)),
    Asks("All is met", "Tell Hydra who it is", ("Accept",)),
)


def _text(x: float, y: float, words: str, more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" {more}>{escape(words)}</text>'


def sign_in() -> str:
    """A column for each party, an arrow for each thing said."""
    gap = WIDTH / len(PARTIES)
    columns = {name: gap * (place + 0.5) for place, name in enumerate(PARTIES)}
    height = TOP + STEP * len(SIGN_IN) + 30
    body = []
    for name, x in columns.items():
        body.append(f'<line x1="{x:g}" y1="50" x2="{x:g}" y2="{height - 20}" stroke="#b8c0d8"/>')
        body.append(f'<rect x="{x - 60:g}" y="14" width="120" height="34" rx="6" fill="#e6eafa"/>')
        body.append(_text(x, 36, name, 'text-anchor="middle" font-weight="bold" fill="#1b2340"'))
    for place, line in enumerate(SIGN_IN):
        start, end, y = columns[line.speaker], columns[line.listener], TOP + STEP * (place + 0.5)
        body.append(
            f'<line x1="{start:g}" y1="{y:g}" x2="{end:g}" y2="{y:g}" stroke="#2446b0" marker-end="url(#tip)"/>'
        )
        halo = 'text-anchor="middle" fill="#1b2340" stroke="#fff" stroke-width="5" paint-order="stroke"'
        words = f"{place + 1}. {line.words}"
        half = len(words) * 3.7  # about half of its width, so that nothing is cut at the edges
        middle = min(max((start + end) / 2, half + 4), WIDTH - half - 4)
        body.append(_text(middle, y - 8, words, halo))
    return FRAME.format(
        width=WIDTH, height=height, title="A sign-in, from the application and back", body="\n".join(body)
    )


def decision() -> str:
    """The questions from top to bottom; where the answer is yes, what is done stands to the right."""
    step = 62
    height = 20 + step * len(DECISION)
    body = []
    for place, line in enumerate(DECISION):
        y, last = 14 + step * place, place == len(DECISION) - 1
        body.append(f'<rect x="20" y="{y}" width="470" height="40" rx="6" fill="#e6eafa"/>')
        body.append(_text(36, y + 25, line.question, 'fill="#1b2340"'))
        body.append(f'<line x1="490" y1="{y + 20}" x2="556" y2="{y + 20}" stroke="#2446b0" marker-end="url(#tip)"/>')
        if not last:
            body.append(_text(523, y + 13, "yes", 'text-anchor="middle" fill="#1b2340"'))
            body.append(
                f'<line x1="60" y1="{y + 40}" x2="60" y2="{y + step}" stroke="#2446b0" marker-end="url(#tip)"/>'
            )
            body.append(_text(70, y + 56, "no", 'fill="#1b2340"'))
        body.append(f'<rect x="558" y="{y}" width="382" height="40" rx="6" fill="#eef6ee" stroke="#3c7a46"/>')
        body.append(_text(572, y + 25, f"{line.answer} ({', '.join(line.decisions)})", 'fill="#1b2340"'))
    return FRAME.format(width=WIDTH, height=height, title="How Portico answers a login challenge", body="\n".join(body))


DRAWN = {"sign-in.svg": sign_in, "decision.svg": decision}


def main() -> None:
    for name, draw in DRAWN.items():
        (IMAGES / name).write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
