"""What the doctor asks a running Portico for through all proxies; whoever has no secret key is told nothing."""

import time

from itsdangerous import TimestampSigner

from app.http.doctors_question import ANSWER, LONG, MAX_AGE, QUESTION, ROOM, signed
from tests.support.cases import each_case
from tests.support.fixtures import SETTINGS

SECRET = SETTINGS["secret_key"]
PAGE, SENT = "/.well-known/passkey-endpoints", "192.0.2.66, 198.51.100.7"
OTHER = "oT3hEr-Zt5yRk7uBn2mCg9dHf4jAe6iVq3pX8sLw0"


def answer_to(client, question):
    return client.get(PAGE, headers={QUESTION: question, "X-Forwarded-For": SENT}).headers.get(ANSWER)


def test_who_knows_the_key_is_told_what_has_arrived(client):
    assert answer_to(client, signed([SECRET])) == SENT
    assert client.get(PAGE, headers={QUESTION: signed([SECRET])}).headers[ANSWER] == ""


def test_what_arrived_is_told_as_it_came_and_not_as_it_is_believed(client_with):
    assert answer_to(client_with(forwarded_hops=1), signed([SECRET])) == SENT


def test_a_long_answer_is_given_to_who_asks_for_it_with_the_key(client):
    """Longer than the headers of pages, and shorter than what the samples of proxies have room for."""
    questions = {"with it": signed([SECRET], ROOM), "for less": signed([SECRET]), "with another": signed([OTHER], ROOM)}
    answers = {
        how: client.get(PAGE, headers={QUESTION: question}).headers.get(ROOM) for how, question in questions.items()
    }
    assert answers == {"with it": LONG, "for less": None, "with another": None}


def test_while_keys_change_the_older_one_is_good_too(client_with):
    client = client_with(secret_key=OTHER, secret_key_fallbacks=[SECRET])
    assert answer_to(client, signed([SECRET])) == answer_to(client, signed([OTHER])) == SENT


@each_case("question", ["", "forwarded", signed([OTHER]), TimestampSigner(SECRET, "way").sign("x").decode()])
def test_nobody_else_is(client, question):
    answer = client.get(PAGE, headers={QUESTION: question, "X-Forwarded-For": SENT})
    assert ANSWER not in answer.headers
    assert answer.json


def test_a_question_is_good_for_a_minute(client, monkeypatch):
    question, now = signed([SECRET]), time.time()
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda _: int(now) + MAX_AGE + 2)
    assert answer_to(client, question) is None


def test_no_other_page_answers_it(client):
    assert ANSWER not in client.get("/robots.txt", headers={QUESTION: signed([SECRET])}).headers
