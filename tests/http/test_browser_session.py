"""Our one cookie: what it remembers, and that nothing in it can be forged or break a page."""

import json
import random
import re
import string
import time
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from uuid import uuid4

from flask import session
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import TimestampSigner
from responses import matchers

from app.deployment import signer
from app.http import browser_session
from app.oauth2.assurance import LoginAttempt, short_hash
from app.ory.models import SECOND
from tests.payloads.bodies import load
from tests.support.cases import each_case
from tests.support.pages import parsed, words
from tests.support.upstream import BROWSER_HYDRA, BROWSER_KRATOS, KRATOS, NOW, authorize, proof, query, seen_and_proven

LOGIN = "/login?login_challenge="


def content(client):
    """What our cookie holds."""
    cookie = client.get_cookie("portico")
    if cookie is None:
        return {}
    packed = cookie.value.startswith(".")
    raw = cookie.value.lstrip(".").split(".")[0]
    data = urlsafe_b64decode(raw + "=" * (-len(raw) % 4))
    return json.loads(zlib.decompress(data) if packed else data)


def ways(client):
    """The sign-ins kept in cookies of their own, the newest first: challenge, application, its name and page."""
    kept = []
    for slot in range(3):
        cookie = client.get_cookie(f"portico-way{slot}")
        if cookie is not None:
            challenge, words = cookie.value.rsplit(".", 2)[0].split("!")
            client_id, title, home, at = json.loads(urlsafe_b64decode(words))
            kept.append((at, challenge, client_id, title, home))
    return [way[1:] for way in sorted(kept, reverse=True)]


def begin(client, upstream, challenge, **about):
    """Begin a login with nobody signed in."""
    reply, who = upstream.asks("login", client=about), upstream.nobody()
    client.get(LOGIN + challenge)
    upstream.mock.remove(reply)
    upstream.mock.remove(who)


def test_of_a_challenge_the_signed_notes_have_a_short_hash(client, upstream):
    """N34: a challenge could be used again."""
    begin(client, upstream, "older-challenge")
    begin(client, upstream, "newer-challenge")
    assert "challenge" not in json.dumps(content(client))
    assert [len(key) for key in content(client)["attempts"]] == [16, 16]


def noting(client, *notes):
    """The challenges that are known after these were noted, each with its time in microseconds."""
    with client.application.test_request_context():
        for challenge, at in notes:
            browser_session.remember_login_attempt(challenge, LoginAttempt(at))
        return {challenge for challenge, _ in notes if browser_session.login_attempt(challenge)}


def test_of_what_hydra_asked_the_last_eight_are_known_in_order(client):
    with client.application.test_request_context():
        for number in range(9):
            browser_session.note_shown(f"application {number % 2}", f"c{number}")
        older = [n for n in range(9) if browser_session.is_older(f"application {n % 2}", f"c{n}")]
        assert (older, len(session["shown"])) == ([0, 1, 2, 3, 4, 5, 6], 8)
        browser_session.note_shown("application 0", "c2")  # opened anew
        assert browser_session.is_older("application 0", "c2")
        assert not browser_session.is_older("another", "c0")


def test_a_consent_without_a_page_is_noted_only_if_it_makes_a_page_an_older_one(client):
    """Else every silent sign-in would send the cookie again."""
    with client.application.test_request_context():
        browser_session.note_shown("demo", "silent", has_page=False)
        assert "shown" not in session
        browser_session.remember_consent("page", browser_session.Application("demo", "Demo", ""))
        browser_session.note_shown("another", "silent", has_page=False)
        assert not browser_session.is_older("demo", "page")
        browser_session.note_shown("demo", "silent", has_page=False)
        assert browser_session.is_older("demo", "page")


def test_a_challenge_that_is_noted_again_takes_no_other_ones_place(client):
    sixteen = [(f"c{number}", number) for number in range(1, 17)]
    assert len(noting(client, *sixteen, ("c16", 17))) == 16
    assert noting(client, *sixteen, ("c17", 17)) == {f"c{number}" for number in range(2, 18)}


def test_the_hydra_sessions_of_this_browser_are_known_and_nothing_is_none(client):
    with client.application.test_request_context():
        browser_session.remember_hydra_session("")
        assert "sids" not in session
        for sid in ("first", "second", "first"):
            browser_session.remember_hydra_session(sid)
        assert browser_session.hydra_sessions() == ("second", "first")


def test_what_is_known_already_does_not_make_the_cookie_anew(client):
    with client.application.test_request_context():
        browser_session.note_answered("login", "c")
        session.modified = False
        browser_session.note_answered("login", "c")
        assert not session.modified


def test_the_newest_sign_in_is_not_noted_once_more(client):
    """Its cookie would be sent again by every page on the way."""
    application = browser_session.Application("demo", "Demo", "")
    with client.application.test_request_context():
        browser_session.remember_pending_login("older", application._replace(client_id="other"))
        browser_session.remember_pending_login("c", application)
        before = browser_session.pending_logins()
        browser_session.remember_pending_login("c", application)
        assert browser_session.pending_logins() == before


def test_a_sign_in_that_needs_more_room_than_all_may_take_is_noted_alone(client):
    long = browser_session.Application("x" * 255, "😀" * 60, "")
    with client.application.test_request_context():
        browser_session.remember_pending_login("c", browser_session.Application("demo", "Demo", ""))
        browser_session.remember_pending_login("c" * 2200, long)
        browser_session.remember_pending_login("d" * 2500, browser_session.Application("demo", "Demo", ""))
        browser_session.remember_pending_login("c" * 2200, long)
        assert [login.client_id for login in browser_session.pending_logins()] == [long.client_id]


def test_two_applications_whose_long_ids_begin_alike_are_two(client):
    first, second = "x" * 254 + "1", "x" * 254 + "2"
    with client.application.test_request_context():
        browser_session.remember_pending_login("c", browser_session.Application(first, "Demo", ""))
        browser_session.remember_pending_login("d", browser_session.Application(second, "Demo", ""))
        assert browser_session.newer_challenge("c", first) == browser_session.newer_challenge("d", second) == ""
        browser_session.forget_pending_login(first)
        assert [login.client_id for login in browser_session.pending_logins()] == [second]


def test_to_forget_everything_empties_every_cookie(client):
    with client.application.test_request_context():
        browser_session.remember_pending_login("c", browser_session.Application("demo", "Demo", ""))
        browser_session.remember_hydra_session("sid")
        browser_session.forget_everything()
        assert (dict(session), browser_session.pending_logins()) == ({}, ())


@each_case("written", ["c", "c!WyJkZW1vIl0=", "c!bm8gSlNPTg==", "c!x!y"])
def test_a_sign_in_that_another_version_wrote_is_none(client, written):
    with client.application.test_request_context():
        signed = signer("way").sign(written).decode()
    with client.application.test_request_context(headers={"Cookie": f"portico-way0={signed}"}):
        assert browser_session.pending_logins() == ()


def test_only_the_cookies_that_change_are_sent(client):
    application = browser_session.Application("demo", "Demo", "")
    with client.application.test_request_context():
        browser_session.remember_pending_login("c", application)
        browser_session.forget_pending_login("another")
        response = client.application.process_response(client.application.make_response(""))
        assert [cookie.partition("=")[0] for cookie in response.headers.getlist("Set-Cookie")] == ["portico-way0"]


def test_a_challenge_older_than_they_live_is_forgotten_when_another_is_noted(client):
    life = browser_session.LIFETIME * SECOND
    assert noting(client, ("old", 1), ("new", life)) == {"old", "new"}
    assert noting(client, ("old", 1), ("new", life + 1)) == {"new"}


def test_of_one_application_the_newest_challenge_is_kept(client, upstream):
    """Hydra's cookie of that application is the newest challenge's."""
    begin(client, upstream, "older-challenge")
    begin(client, upstream, "newer-challenge")
    assert ways(client) == [("newer-challenge", "demo", "Demo", "")]


def test_of_several_applications_the_newest_three_are_kept(client, upstream):
    for number in range(5):
        begin(client, upstream, f"c{number}", client_id=f"app-{number}", client_name=f"App {number}")
    assert [way[:3] for way in ways(client)] == [(f"c{n}", f"app-{n}", f"App {n}") for n in (4, 3, 2)]


def test_going_on_with_an_older_one_makes_it_the_newest(client, upstream):
    for number in (0, 1, 0, 2, 3):
        begin(client, upstream, f"c{number}", client_id=f"app-{number}")
    assert [way[0] for way in ways(client)] == ["c3", "c2", "c0"]


def test_there_is_room_for_fewer_when_their_challenges_are_long(client, upstream):
    """Common proxies take 8 kB for all cookies of a browser together."""
    for number in range(4):
        begin(client, upstream, str(number) * 2000, client_id=f"app-{number}")
    assert [way[1] for way in ways(client)] == ["app-3", "app-2"]


@each_case("letter", ["x", "\u00e9", "\u4e2d", "\U0001f600"])
def test_a_name_in_any_letters_leaves_room_for_the_challenge(client, upstream, letter):
    """Hydra takes 255 characters of any kind as a client's id; browsers drop a cookie of more than 4 kB."""
    begin(client, upstream, "c" * 1500, client_id=letter * 255, client_name=letter * 60)
    assert ways(client) == [("c" * 1500, letter * 255, letter * 60, "")]
    assert len(client.get_cookie("portico-way0").value) < 4000


@each_case("length, kept", [(3750, [3750]), (3850, [])])
def test_a_sign_in_whose_challenge_would_cost_the_whole_cookie_is_not_kept(client, upstream, length, kept):
    """Browsers drop a cookie of more than 4 kB; an older sign-in to the application is forgotten all the same."""
    begin(client, upstream, "older")
    begin(client, upstream, "c" * length)
    assert [len(challenge) for challenge, *_ in ways(client)] == kept


def test_a_long_name_counts_as_it_is_written_in_the_cookie(client):
    """In base64 three bytes take four letters."""
    named = browser_session.Application("\U0001f600" * 255, "\U0001f600" * 60, "")
    with client.application.test_request_context():
        browser_session.remember_pending_login("c" * 2000, named)
        assert browser_session.pending_logins() == ()


def test_a_consent_without_a_page_leaves_the_cookie_as_it_is(client, upstream):
    upstream.asks("consent", skip=True)
    upstream.signed_in()
    upstream.takes("consent", "accept")
    client.get("/consent?consent_challenge=c")
    assert "shown" not in content(client)


@each_case(
    "uri, home",
    [
        ("https://demo.example.org/", "https://demo.example.org/"),
        *((bad, "") for bad in ("http://demo.example.org/", "javascript:alert(1)", "x", "", None, 7)),
    ],
)
def test_the_applications_own_page_is_kept_if_it_is_https(client, upstream, uri, home):
    begin(client, upstream, "c", client_uri=uri)
    assert ways(client) == [("c", "demo", "Demo", home)]


def test_the_way_is_kept_until_the_application_has_its_answer(client, upstream):
    """Back from the consent page leads to it again by the login challenge, which Hydra takes twice (contract B1)."""
    begin(client, upstream, "c")
    upstream.asks("login")
    upstream.signed_in()
    upstream.takes("login", "accept")

    client.get(LOGIN + "c")
    assert ways(client)[0][1] == "demo"

    upstream.asks("consent", skip=True)
    upstream.takes("consent", "accept")
    client.get("/consent?consent_challenge=c")
    assert ways(client) == []


def test_a_consent_that_is_denied_ends_the_way_too(client, upstream):
    begin(client, upstream, "c")
    upstream.asks("consent")
    upstream.signed_in()
    upstream.takes("consent", "reject")
    client.submit(client.get("/consent?consent_challenge=c"), "/consent", ("action", "deny"))
    assert ways(client) == []


def test_consent_for_another_application_keeps_the_way(client, upstream):
    begin(client, upstream, "c")
    upstream.signed_in()
    upstream.asks("consent", skip=True, client={"client_id": "other"})
    upstream.takes("consent", "accept")
    client.get("/consent?consent_challenge=c")
    assert ways(client)[0][1] == "demo"


def test_a_cancelled_challenge_is_not_kept(client, upstream):
    upstream.asks("login", request_url=authorize(prompt="registration"))
    upstream.signed_in()
    upstream.takes("login", "reject")
    page = client.get(LOGIN + "c")
    client.submit(page, "/login/cancel")
    assert ways(client) == []


def test_signing_out_forgets_every_way(client, upstream):
    begin(client, upstream, "c")
    upstream.signed_in()
    upstream.signs_out()
    client.submit(client.get("/logout"), "/logout", ("action", "accept"))
    assert ways(client) == []


def test_the_persons_page_offers_every_way(client, upstream):
    for number in range(3):
        begin(client, upstream, f"c{number}", client_id=f"app-{number}", client_name=f"App {number}")
    for number in range(3):
        upstream.on(
            "GET",
            upstream.url("login"),
            200,
            {
                "challenge": f"c{number}",
                "client": {"client_id": f"app-{number}", "client_name": f"App {number}"},
                "request_url": authorize(),
            },
            match=[matchers.query_param_matcher({"login_challenge": f"c{number}"})],
        )
    upstream.signed_in()

    page = parsed(client.get("/"))

    links = page.find_all("a", href=re.compile("login_challenge="))
    assert [words(link) for link in links] == ["Continue to App 2", "Continue to App 1", "Continue to App 0"]


BAD_WAYS = ["", "x", "c!e30=", "c!e30=.aaaa.bbbb", "!!!", "\xff", "." * 50, "c" * 4000]


@each_case("value", BAD_WAYS)
def test_a_way_that_nobody_signed_is_none(client, upstream, value):
    upstream.signed_in()
    page = client.without_jar().get("/", headers={"Cookie": f"portico-way0={value}; portico-way1={value}"})
    assert page.status_code == 200
    assert "login_challenge" not in page.text


def test_a_way_cut_or_changed_anywhere_is_none(client, upstream):
    begin(client, upstream, "c")
    whole = client.get_cookie("portico-way0").value
    upstream.signed_in()
    jarless = client.without_jar()
    for value in [whole[:at] for at in range(0, len(whole), 7)] + ["d" + whole[1:], whole.swapcase()]:
        assert "login_challenge" not in jarless.get("/", headers={"Cookie": f"portico-way0={value}"}).text


def test_a_way_of_half_an_hour_ago_is_none(client, upstream, monkeypatch):
    """N30."""
    begin(client, upstream, "c")
    upstream.signed_in()
    later = time.time() + 31 * 60
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: int(later))
    assert "login_challenge" not in client.get("/").text


def test_on_https_a_ways_cookie_is_bound_to_our_host(client_with, upstream):
    """The client fixture checks its attributes."""
    secure = client_with(public_url="https://login.example.org")
    upstream.asks("login")
    upstream.nobody()
    answer = secure.get(LOGIN + "c", base_url="https://login.example.org")
    assert any(header.startswith("__Host-portico-way0=c!") for header in answer.headers.getlist("Set-Cookie"))


def test_a_challenge_that_is_answered_at_once_is_not_kept(client, upstream):
    upstream.asks("login")
    upstream.signed_in()
    upstream.takes("login", "accept")
    client.get(LOGIN + "c")
    assert content(client) == {}


def test_the_note_of_an_answered_challenge_is_deleted(client, upstream):
    upstream.asks("login")
    whoami = upstream.nobody()
    client.get(LOGIN + "a")
    client.get(LOGIN + "b")
    upstream.mock.remove(whoami)
    upstream.signed_in()
    upstream.takes("login", "accept")

    client.get(LOGIN + "b")

    assert len(content(client)["attempts"]) == 1


def test_an_answered_challenge_opened_again_starts_over_and_is_nobody_elses(client, upstream):
    """Hydra takes the second accept and refuses its verifier at the application; this browser did begin it."""
    begin(client, upstream, "c")
    upstream.asks("login")
    who = upstream.signed_in()
    upstream.takes("login", "accept")
    client.get(LOGIN + "c&n=1")

    assert client.get(LOGIN + "c&n=1").headers["Location"].startswith(BROWSER_HYDRA)

    upstream.mock.remove(who)
    upstream.nobody()
    assert client.get(LOGIN + "c&n=1").headers["Location"].startswith(BROWSER_KRATOS)


def test_sixteen_challenges_are_kept_and_the_oldest_gives_way(client, upstream):
    upstream.asks("login", request_url=authorize(prompt="login"))
    for number in range(20):
        whoami = upstream.signed_in(now=NOW + timedelta(seconds=number))
        client.get(f"{LOGIN}c{number}")
        upstream.mock.remove(whoami)
    times = sorted(mark[0] for mark in content(client)["attempts"].values())
    newest = int(NOW.timestamp() + 20) * 1_000_000
    assert times == [newest - 1_000_000 * age for age in range(15, -1, -1)]


def test_of_challenges_seen_in_the_same_second_the_last_one_is_kept(client, upstream):
    upstream.asks("login", request_url=authorize(prompt="login"))
    whoami = upstream.signed_in()
    for number in range(17):
        client.get(f"{LOGIN}c{number}")
    upstream.mock.remove(whoami)
    upstream.signed_in(proofs=[proof(60), proof(-5)])
    upstream.takes("login", "accept")
    assert client.get(f"{LOGIN}c16&n=1").headers["Location"].startswith(BROWSER_HYDRA)


def test_challenges_older_than_half_an_hour_are_forgotten(client, upstream):
    """N30."""
    upstream.asks("login")
    whoami = upstream.nobody(now=NOW)
    client.get(LOGIN + "old")
    upstream.mock.remove(whoami)
    upstream.nobody(now=NOW + timedelta(minutes=31))
    client.get(LOGIN + "new")
    assert len(content(client)["attempts"]) == 1


def test_the_ten_newest_hydra_sessions_are_kept_each_once(client, upstream):
    upstream.signed_in()
    for number in [*range(12), 5, 5]:
        reply = upstream.asks("consent", login_session_id=f"hydra-{number}")
        client.get("/consent?consent_challenge=c")
        upstream.mock.remove(reply)
    assert content(client)["sids"] == [f"hydra-{n}" for n in (2, 3, 4, 6, 7, 8, 9, 10, 11, 5)]


def test_a_full_cookie_is_one_a_browser_keeps(client, upstream):
    """Browsers keep 4,096 bytes; the client fixture checks each Set-Cookie."""
    upstream.signed_in()
    for number in range(12):
        letters = "".join(random.Random(number).choices(string.ascii_lowercase, k=255))
        other = {
            "client_id": letters,
            "client_name": "".join(map(chr, random.Random(number).choices(range(0x4E00, 0x9FA0), k=80))),
            "client_uri": f"https://{letters[:90]}.example.org/",
        }
        reply = upstream.asks("consent", login_session_id=str(uuid4()), client=other)
        upstream.takes("consent", "accept")
        page = client.get(f"/consent?consent_challenge=c{number}")
        client.submit(page, "/consent", ("action", "accept"))
        upstream.mock.remove(reply)
    reply = upstream.asks("login", request_url=authorize(prompt="login"))
    for number in range(16):
        client.get(f"{LOGIN}c{number}")
    upstream.mock.remove(reply)
    longest = "".join(random.Random(1).choices(string.ascii_letters + string.digits + "-_", k=2700))
    words_ = "".join(random.Random(2).choices(string.ascii_lowercase, k=300))
    named = {
        "client_id": words_[:255],
        "client_name": "".join(map(chr, range(0x4E00, 0x4E50))),
        "client_uri": f"https://demo.example.org/{words_}",
    }
    upstream.asks("login", request_url=authorize(prompt="login"), client=named)

    client.get(LOGIN + longest)

    kept = content(client)
    challenge, *about = ways(client)[0]
    assert (len(kept["attempts"]), len(kept["sids"]), challenge) == (16, 10, longest)
    assert list(map(len, about)) == [255, 60, 0]
    assert (len(kept["answered"]), list(map(len, kept["consent_page"]))) == (12, [255, 60, 111])
    assert len("portico=" + client.get_cookie("portico").value) < 2800
    assert len("portico-way0=" + client.get_cookie("portico-way0").value) < 4093


def test_a_full_cookie_has_room_for_where_the_settings_lead_back_to(client, upstream):
    """A browser that is given a larger one keeps the old one: then nothing at all is noted."""
    upstream.signed_in()
    numbers = random.Random(3)

    def hashes(many):
        return [short_hash(str(numbers.random())) for _ in range(many)]

    def attempt():
        [session_hash, chosen, flow], at = hashes(3), numbers.randrange(10**15, 2 * 10**15)
        return list(LoginAttempt(at, session_hash, at + 5, chosen, page="registration", second_factor="had", flow=flow))

    with client.session_transaction() as noted:
        noted["attempts"] = {key: attempt() for key in hashes(16)}
        noted |= {"answered": hashes(12), "sids": [str(uuid4()) for _ in range(10)], "details": hashes(4)}
        noted |= {"failed_flows": hashes(2), "codes": hashes(2), "completing": str(uuid4()), "texted": hashes(1)[0]}
        letters = "".join(numbers.choices(string.ascii_lowercase, k=255))
        title = "".join(map(chr, numbers.choices(range(0x4E00, 0x9FA0), k=60)))
        noted["consent_page"] = [letters, title, f"https://{letters[::-1][:100]}.example"]
    link = "https://demo.example.org/" + "".join(numbers.choices(string.ascii_letters + string.digits, k=2000))

    for length in range(300, 2000, 100):
        client.get(f"/settings?return_to={link[:length]}")
        assert len("__Host-portico=" + client.get_cookie("portico").value) < 3700  # room for a note more


@each_case("length, kept", [(120, True), (121, False), (400, False)])
def test_a_link_to_an_application_is_kept_whole_or_not_at_all(client, upstream, length, kept):
    """Cut short it would lead to another page, or another host."""
    home = "https://" + "shop.example.org.".ljust(length - 17, "x") + ".example/"
    begin(client, upstream, "challenge", client_uri=home)
    assert ways(client)[0][-1] == (home if kept else "")


GARBAGE = [
    *("", "x", ".", "..", ".x.y.z", "é", "\xff\xfe", "a.b.c", "\x7f"),
    "x" * 5000,
    "eyJzZWVuIjp7fX0.aaaa.bbbb",
    "." * 100,
]


@each_case("value", GARBAGE)
def test_a_garbage_cookie_means_to_sign_in_again(client, upstream, value):
    """N30: another UI answers 500 to everybody after its key was changed."""
    upstream.asks("login", request_url=authorize(prompt="login"))
    upstream.signed_in(proofs=[proof(-5)])
    response = client.without_jar().get(f"{LOGIN}c&n=1", headers={"Cookie": f"portico={value}"})
    assert query(response.headers["Location"])["refresh"] == "true"


def test_the_cookie_cut_anywhere_means_to_sign_in_again(client, upstream):
    """N30."""
    cookie = seen_and_proven(client, upstream)
    for length in range(len(cookie)):
        client.set_cookie("portico", cookie[:length])
        response = client.get(f"{LOGIN}c&n=1")
        assert query(response.headers["Location"])["refresh"] == "true"


def test_a_cookie_with_another_content_means_to_sign_in_again(client, upstream):
    """N30."""
    cookie = seen_and_proven(client, upstream)
    payload, signature = cookie.split(".", 1) if not cookie.startswith(".") else cookie[1:].split(".", 1)
    forged = json.dumps({"attempts": {key: [0, "", 0, "", False] for key in content(client)["attempts"]}}).encode()
    client.set_cookie("portico", urlsafe_b64encode(forged).decode().rstrip("=") + "." + signature)
    assert payload
    assert query(client.get(f"{LOGIN}c&n=1").headers["Location"])["refresh"] == "true"


@each_case("key", ["another-key-another-key-another-key", ""])
def test_a_cookie_signed_with_another_key_means_to_sign_in_again(client, upstream, key):
    """N30."""
    seen_and_proven(client, upstream)
    payload = urlsafe_b64encode(json.dumps({"attempts": {}}).encode()).decode().rstrip("=")
    signer = TimestampSigner(key or "x", salt="cookie-session", key_derivation="hmac")
    client.set_cookie("portico", signer.sign(payload).decode())
    assert query(client.get(f"{LOGIN}c&n=1").headers["Location"])["refresh"] == "true"


ODD = [
    {"attempts": []},
    {"attempts": {"x": 1}},
    {"attempts": {short_hash("c"): [1, 2, 3, 4, 5, 6]}},
    {"sids": "x"},
    {"sids": [1, None]},
    {"attempts": "x"},
    {"notice": 5},
    {"sids": []},
    {"failed_flows": 5},
    {"answered": 5},
    {"answered": [None, 5]},
    {"page": []},
    {"sent": "x"},
]


@each_case("kept", ODD)
def test_a_cookie_of_another_version_breaks_no_page(client, upstream, kept):
    """N30: its signature is good, its shape is not what this version writes."""
    signer = SecureCookieSessionInterface().get_signing_serializer(client.application)
    client.set_cookie("portico", signer.dumps(kept))
    upstream.asks("login")
    upstream.nobody()
    assert client.get(LOGIN + "c").headers["Location"].startswith(BROWSER_KRATOS)


def test_a_cookie_under_another_of_our_names_is_none(client, upstream):
    """N30: each is signed for what it is."""
    cookie, way = seen_and_proven(client, upstream), client.get_cookie("portico-way0").value
    client.set_cookie("portico", way)
    client.set_cookie("portico-way0", cookie)
    assert query(client.get(f"{LOGIN}c&n=1").headers["Location"])["refresh"] == "true"


def test_a_note_is_good_for_its_challenge_only(client, upstream):
    """N30."""
    seen_and_proven(client, upstream)
    assert query(client.get(f"{LOGIN}another&n=1").headers["Location"])["refresh"] == "true"


def test_a_fresh_proof_counts_for_the_person_who_gave_it_here(client, upstream):
    seen_and_proven(client, upstream)
    upstream.takes("login", "accept")
    assert client.get(f"{LOGIN}c&n=1").headers["Location"].startswith(BROWSER_HYDRA)


def test_what_is_noted_of_a_persons_details_can_be_tried_by_nobody_without_our_key(client_with, upstream):
    """Beside it the cookie may name the flow; with a plain hash of both somebody could see whether an email fits."""
    body = load("settings/everything")
    upstream.on("GET", f"{KRATOS}/self-service/settings/flows", 200, body)
    noted = set()
    for key in ("one-key-of-thirty-two-characters", "two-keys-of-thirty-two-characters"):
        browser = client_with(secret_key=key)
        for _ in range(2):
            browser.get(f"/settings?flow={body['id']}")
        [details] = content(browser)["details"]
        noted.add(details)

    assert len(noted) == 2
