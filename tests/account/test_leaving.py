"""Leaving: the file of what is known of a person, and the account deleted (`/leave`)."""

import json

import pytest

from app.account.leaving import FRESH
from tests.account.test_applications import consent
from tests.payloads.bodies import load
from tests.support.cases import each_case
from tests.support.pages import fields, heading, parsed, words
from tests.support.upstream import ADA, BOB, BROWSER_KRATOS, HYDRA, KRATOS, PUBLIC, identity, proof, query, session

ADMIN = "http://kratos.internal:4434"
DELETION = {"account_deletion": True, "kratos_admin_url": ADMIN}
IDENTITY = f"{ADMIN}/admin/identities/{ADA}"
SECOND = f"{KRATOS}/self-service/login/browser"
GRANTS, HYDRAS = (f"{HYDRA}/admin/oauth2/auth/sessions/{kind}" for kind in ("consent", "login"))
SURE = ("sure", "yes")
TWO = {"proofs": [proof(60), proof(60, "totp", "aal2")], "aal": "aal2"}


@pytest.fixture
def leaver(client_with):
    """A browser at a Portico where people may leave."""
    return client_with(**DELETION)


def without_second_factor(upstream):
    """Kratos knows no second factor of the person's."""
    return upstream.on("GET", SECOND, 200, load("login/aal2_none"))


def opened(client, upstream, **about):
    """The page of Ada, who has just signed in with a password, all she has."""
    without_second_factor(upstream)
    upstream.signed_in(**about)
    return client.get("/leave")


def allowed(upstream, *sids):
    """She is signed in to applications in these Hydra sessions, the oldest first."""
    grants = [consent(handled_at=f"2026-11-{day:02}T09:00:00Z") for day, _ in enumerate(sids, 1)]
    for grant, sid in zip(grants, sids, strict=True):
        grant["consent_request"]["login_session_id"] = sid
    return upstream.on("GET", GRANTS, 200, grants)


def ending(upstream, status=204):
    """Hydra and Kratos end everything."""
    upstream.on("GET", IDENTITY, 200, identity())
    upstream.on("DELETE", HYDRAS, 204, b"")
    upstream.on("DELETE", GRANTS, 204, b"")
    return upstream.on("DELETE", IDENTITY, status, b"" if status == 204 else {})


def deleted(upstream):
    """What was ended, in this order."""
    return [
        (str(call.url).partition("?")[0], query(call.url) if "?" in call.url else {})
        for call in upstream.sent("DELETE")
    ]


class TestOff:
    @each_case("path", ["/leave", "/leave/data"])
    def test_there_is_no_such_page_and_nobody_is_asked(self, client, upstream, path):
        assert client.get(path).status_code == 404
        assert not upstream.mock.calls

    def test_a_forged_form_does_not_find_one_either(self, client, upstream):
        """What it shows again is shown before anything else of the page is asked."""
        assert client.send("/leave", [SURE]).status_code == 404
        assert not upstream.mock.calls

    def test_the_account_page_does_not_lead_there(self, client, upstream):
        upstream.signed_in()
        assert "/leave" not in client.get("/").text

    def test_switched_on_it_does(self, leaver, upstream):
        upstream.signed_in()
        assert parsed(leaver.get("/")).find("a", href="/leave")


class TestProof:
    """B13."""

    def test_nobody_signs_in_first(self, leaver, upstream):
        upstream.nobody()
        there = leaver.get("/leave").headers["Location"]
        assert there.startswith(f"{BROWSER_KRATOS}/self-service/login/browser?")
        assert query(there) == {"return_to": f"{PUBLIC}/leave?n=1"}

    @pytest.mark.parametrize("path", ["/leave", "/leave/data"])
    def test_an_old_sign_in_is_proved_again(self, leaver, upstream, path):
        upstream.signed_in(proofs=[proof(FRESH + 1)])
        there = leaver.get(path).headers["Location"]
        assert there.startswith(f"{BROWSER_KRATOS}/self-service/login/browser?")
        assert query(there) == {"refresh": "true", "return_to": f"{PUBLIC}{path}?n=1"}

    def test_the_last_second_of_a_proof_counts(self, leaver, upstream):
        assert opened(leaver, upstream, proofs=[proof(FRESH)]).status_code == 200

    def test_a_recovery_is_no_proof(self, leaver, upstream):
        upstream.signed_in(proofs=[proof(5, "code_recovery")])
        assert query(leaver.get("/leave").headers["Location"])["refresh"] == "true"

    @pytest.mark.parametrize("path", ["/leave", "/leave/data"])
    def test_who_has_a_second_factor_gives_it(self, leaver, upstream, path):
        upstream.signed_in()
        upstream.on("GET", SECOND, 200, load("login/aal2_all"))
        there = leaver.get(path).headers["Location"]
        assert query(there) == {"aal": "aal2", "return_to": f"{PUBLIC}{path}?n=1"}
        assert query(upstream.sent("GET", "login/browser")[0].url) == {"aal": "aal2"}

    def test_who_has_given_it_is_not_asked(self, leaver, upstream):
        upstream.signed_in(**TWO)
        assert leaver.get("/leave").status_code == 200

    def test_a_second_factor_alone_is_no_fresh_proof(self, leaver, upstream):
        upstream.signed_in(proofs=[proof(FRESH + 1), proof(5, "totp", "aal2")], aal="aal2")
        assert query(leaver.get("/leave").headers["Location"])["refresh"] == "true"

    @pytest.mark.parametrize(
        ("about", "begun"), [({"proofs": [proof(FRESH + 1)]}, None), ({}, "login/aal2_all")], ids=["old", "one factor"]
    )
    def test_a_form_that_comes_without_it_deletes_nothing(self, leaver, upstream, about, begun):
        page = opened(leaver, upstream)
        upstream.mock.reset()
        upstream.signed_in(**about)
        if begun:
            upstream.on("GET", SECOND, 200, load(begun))
        answer = leaver.submit(page, "/leave", SURE)
        assert answer.headers["Location"] == f"{PUBLIC}/leave"
        assert not upstream.sent("DELETE")

    def test_a_kratos_that_cannot_say_shows_no_page(self, leaver, upstream):
        upstream.signed_in()
        upstream.on("GET", SECOND, 500)
        assert leaver.get("/leave").status_code == 503


class TestFile:
    def test_it_has_the_person_their_devices_and_their_applications(self, leaver, upstream):
        without_second_factor(upstream)
        upstream.signed_in()
        upstream.on("GET", f"{KRATOS}/sessions", 200, [session(id="session-2")])
        allowed(upstream, "hydra-1")

        answer = leaver.get("/leave/data")
        file = json.loads(answer.text)

        assert answer.headers["Content-Disposition"] == 'attachment; filename="account.json"'
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.mimetype == "application/json"
        names = {"id", "schema_id", "state", "traits", "verifiable_addresses", "recovery_addresses", "metadata_public"}
        assert names <= file["identity"].keys()
        assert file["identity"]["id"] == ADA
        assert file["identity"]["traits"]["email"] == "ada@example.org"
        assert file["identity"]["verifiable_addresses"][0]["verified"] is True
        assert [each["id"] for each in file["sessions"]] == ["session-1", "session-2"]
        assert file["apps"] == [
            {
                "client_id": "demo",
                "client_name": "Demo",
                "scopes": ["openid", "email"],
                "audience": [],
                "allowed_at": "2026-11-01T09:00:00+00:00",
            }
        ]
        assert file["complete"] is True

    def test_what_kratos_and_hydra_do_not_tell_is_left_out_or_empty(self, leaver, upstream):
        """Identities of before organizations have none, and of some consents Hydra keeps no time."""
        without_second_factor(upstream)
        body = session()
        body["identity"] = {"id": ADA, "state": "active", "traits": {}}
        upstream.whoami(body)
        upstream.on("GET", f"{KRATOS}/sessions", 200, [])
        upstream.on("GET", GRANTS, 200, [consent(handled_at=None)])

        file = json.loads(leaver.get("/leave/data").text)

        assert file["identity"] == {"id": ADA, "state": "active", "traits": {}}
        assert [app["allowed_at"] for app in file["apps"]] == [None]

    def test_what_kratos_tells_of_the_account_and_its_devices_is_whole(self, leaver, upstream):
        without_second_factor(upstream)
        body, account = session(), {"organization_id": "o", "created_at": "2026-01-01", "updated_at": "2026-01-02"}
        body["identity"] |= account
        times = {"issued_at": "2026-01-03", "expires_at": "2027-01-03", "authenticated_at": body["authenticated_at"]}
        body |= times | {"devices": [{"ip_address": "192.0.2.1", "user_agent": "A browser"}]}
        upstream.whoami(body)
        upstream.on("GET", f"{KRATOS}/sessions", 200, [])
        allowed(upstream)

        file = json.loads(leaver.get("/leave/data").text)

        assert file["identity"].items() >= account.items()
        names = ("id", *times, "authentication_methods", "devices")
        assert file["sessions"] == [{name: body[name] for name in names}]

    def test_nothing_an_operator_keeps_for_himself_is_in_it(self, leaver, upstream):
        without_second_factor(upstream)
        body = session(tokenized="a-token")
        body["identity"] |= {"metadata_admin": {"note": "x"}, "credentials": {"password": {}}}
        upstream.whoami(body)
        upstream.on("GET", f"{KRATOS}/sessions", 200, [])
        allowed(upstream)
        file = leaver.get("/leave/data").text
        assert not [name for name in ("metadata_admin", "credentials", "a-token") if name in file]

    def test_a_page_that_comes_in_its_place_is_not_saved_as_the_file(self, leaver, upstream):
        """The sign-in after 15 minutes, say: the answer says what a file is, the link does not."""
        [link] = parsed(opened(leaver, upstream)).select("a[href='/leave/data']")
        assert not link.has_attr("download")

    def test_what_cannot_be_read_is_no_file(self, leaver, upstream):
        without_second_factor(upstream)
        upstream.signed_in()
        upstream.on("GET", GRANTS, 500)
        answer = leaver.get("/leave/data")
        assert (answer.status_code, answer.mimetype) == (503, "text/html")
        assert "Content-Disposition" not in answer.headers

    def test_that_there_is_more_is_said(self, leaver, upstream):
        without_second_factor(upstream)
        upstream.signed_in()
        upstream.on("GET", f"{KRATOS}/sessions", 200, [])
        link = {"Link": '</c?page_size=50&page_token=more>; rel="next"'}
        upstream.on("GET", GRANTS, 200, [consent()], headers=link)
        assert json.loads(leaver.get("/leave/data").text)["complete"] is False

    def test_so_it_is_of_devices(self, leaver, upstream):
        without_second_factor(upstream)
        upstream.signed_in()
        link = {"Link": '</sessions?page_size=50&page_token=more>; rel="next"'}
        upstream.on("GET", f"{KRATOS}/sessions", 200, [session(id="session-2")], headers=link)
        allowed(upstream)
        assert json.loads(leaver.get("/leave/data").text)["complete"] is False

    def test_without_hydra_there_are_no_applications(self, client_with, upstream):
        client = client_with(**DELETION, hydra_admin_url="", hydra_public_url="")
        page = opened(client, upstream)
        upstream.on("GET", f"{KRATOS}/sessions", 200, [])
        file = json.loads(client.get("/leave/data").text)
        assert (file["apps"], file["complete"]) == ([], True)
        assert "your apps" not in words(parsed(page).main)


class TestDeletion:
    def test_the_page_says_whose_account_it_is(self, leaver, upstream):
        page = opened(leaver, upstream)
        assert "Delete the account ada@example.org for good" in words(parsed(page).main)
        assert "your apps lose access to your account" in words(parsed(page).main)
        assert not parsed(page).select(".error-summary, .notice")

    def test_applications_are_told_before_their_access_ends_and_the_identity_goes_last(self, leaver, upstream):
        page = opened(leaver, upstream)
        allowed(upstream, "hydra-1", "hydra-2", "hydra-2")
        ending(upstream)

        answer = leaver.submit(page, "/leave", SURE)

        assert (answer.status_code, heading(answer)) == (200, "Your account is deleted")
        assert deleted(upstream) == [
            (HYDRAS, {"sid": "hydra-2"}),
            (HYDRAS, {"sid": "hydra-1"}),
            (HYDRAS, {"subject": ADA}),
            (GRANTS, {"subject": ADA, "all": "true"}),
            (IDENTITY, {}),
        ]

    def test_of_a_consent_without_a_session_there_is_none_to_end(self, leaver, upstream):
        """Such is one of before Hydra noted it."""
        page = opened(leaver, upstream)
        allowed(upstream, "hydra-1", "")
        ending(upstream)
        leaver.submit(page, "/leave", SURE)
        assert [about for address, about in deleted(upstream) if address == HYDRAS] == [
            {"sid": "hydra-1"},
            {"subject": ADA},
        ]

    def test_nothing_of_the_person_stays_in_the_browser(self, leaver, upstream):
        page = opened(leaver, upstream)
        allowed(upstream)
        ending(upstream)
        answer = leaver.submit(page, "/leave", SURE)
        assert answer.headers["Clear-Site-Data"] == '"cache"'
        assert leaver.get_cookie("portico") is None
        assert "ada@" not in answer.text

    def test_somebody_with_thousands_of_sessions_can_leave_too(self, leaver, upstream):
        page = opened(leaver, upstream)
        days = [f"hydra-{number}" for number in range(28)]
        grants = [
            consent(consent_request=consent()["consent_request"] | {"login_session_id": f"{sid}-{more}"})
            for sid in days
            for more in range(5)
        ]
        upstream.on("GET", GRANTS, 200, grants)
        ending(upstream)

        leaver.submit(page, "/leave", SURE)

        assert len([call for call in deleted(upstream) if "sid" in call[1]]) == 100

    def test_without_hydra_the_identity_alone_is_deleted(self, client_with, upstream):
        client = client_with(**DELETION, hydra_admin_url="", hydra_public_url="")
        page = opened(client, upstream)
        upstream.on("GET", IDENTITY, 200, identity())
        upstream.on("DELETE", IDENTITY, 204, b"")
        assert heading(client.submit(page, "/leave", SURE)) == "Your account is deleted"

    def test_without_a_tick_nothing_is_deleted_and_the_page_says_so(self, leaver, upstream):
        page = opened(leaver, upstream)
        answer = leaver.submit(page, "/leave")
        assert answer.status_code == 400
        assert not parsed(answer).select(".notice")
        assert parsed(answer).title.string.startswith("Error: ")
        assert parsed(answer).find(id="sure")["aria-invalid"] == "true"
        assert "Something went wrong halfway" not in answer.text
        assert not upstream.sent("DELETE")

    @pytest.mark.parametrize("broken", [HYDRAS, GRANTS, IDENTITY])
    def test_a_failure_halfway_is_told_and_can_be_repeated(self, leaver, upstream, broken):
        """F29."""
        page = opened(leaver, upstream)
        allowed(upstream, "hydra-1")
        upstream.on("GET", IDENTITY, 200, identity())
        for address in (HYDRAS, GRANTS, IDENTITY):
            upstream.on("DELETE", address, 500 if address == broken else 204, {})
            if address == broken:
                break

        answer = leaver.submit(page, "/leave", SURE)

        assert answer.status_code == 503
        assert "Your account wasn't deleted" in words(parsed(answer).main)
        upstream.mock.reset()
        without_second_factor(upstream)
        upstream.signed_in()
        allowed(upstream)
        ending(upstream)
        assert heading(leaver.submit(answer, "/leave", SURE)) == "Your account is deleted"

    def test_a_hydra_that_is_not_there_is_told_too(self, leaver, upstream, logs):
        """F29: its 404 is an error of another kind than all other failures."""
        page = opened(leaver, upstream)
        allowed(upstream)
        upstream.on("GET", IDENTITY, 200, identity())
        upstream.on("DELETE", HYDRAS, 204, b"")
        upstream.on("DELETE", GRANTS, 404)

        answer = leaver.submit(page, "/leave", SURE)

        assert "Your account wasn't deleted" in words(parsed(answer).main)
        assert '"event": "user_deletion_failed"' in logs.getvalue()
        assert '"service": "Hydra"' in logs.getvalue()

    @pytest.mark.parametrize("status", [200, 302, 400])
    def test_what_is_no_deletion_is_not_called_one(self, leaver, upstream, status):
        """F29."""
        page = opened(leaver, upstream)
        allowed(upstream)
        ending(upstream, status)
        assert leaver.submit(page, "/leave", SURE).status_code == 502

    @pytest.mark.parametrize(("status", "shown"), [(404, 303), (401, 502), (503, 503), (200, 502)])
    def test_an_admin_api_that_does_not_know_the_person_ends_nothing(self, leaver, upstream, status, shown):
        """F29: with Hydra's sessions their own may end, and nobody would tell them that they still have an account."""
        page = opened(leaver, upstream)
        upstream.on("GET", IDENTITY, status, identity(BOB) if status == 200 else {})
        assert leaver.submit(page, "/leave", SURE).status_code == shown
        assert not upstream.sent("DELETE")

    def test_not_found_is_no_deletion_while_the_person_is_signed_in(self, leaver, upstream):
        """F29: a wrong address of the admin API, say; its 404 is not that of an account that has gone."""
        page = opened(leaver, upstream)
        allowed(upstream)
        ending(upstream, 404)
        assert leaver.submit(page, "/leave", SURE).headers["Location"] == f"{PUBLIC}/leave"
        again = leaver.get("/leave")
        assert again.status_code == 502
        assert "Your account wasn't deleted" in words(parsed(again).main)
        assert leaver.get("/leave").status_code == 200, "said once"

    def test_a_second_press_is_not_told_that_nothing_was_deleted(self, leaver, upstream):
        """The first one deleted the account while this one was under way."""
        page = opened(leaver, upstream)
        allowed(upstream)
        ending(upstream, 404)
        leaver.submit(page, "/leave", SURE)
        upstream.mock.reset()
        upstream.nobody()
        there = leaver.get("/leave").headers["Location"]
        assert there.startswith(f"{BROWSER_KRATOS}/self-service/login/browser?")

    def test_nor_is_who_comes_next(self, leaver, upstream):
        page = opened(leaver, upstream)
        allowed(upstream)
        ending(upstream, 404)
        leaver.submit(page, "/leave", SURE)
        upstream.mock.reset()
        without_second_factor(upstream)
        upstream.signed_in(BOB)
        assert leaver.get("/leave").status_code == 200


class TestSomebodyElse:
    """N90."""

    def test_an_old_page_of_another_person_deletes_nobody(self, leaver, upstream):
        page = opened(leaver, upstream)
        upstream.mock.reset()
        without_second_factor(upstream)
        upstream.signed_in(BOB)
        answer = leaver.submit(page, "/leave", SURE)
        assert answer.headers["Location"] == f"{PUBLIC}/leave"
        assert not upstream.sent("DELETE")

    def test_a_form_can_name_nobody_else(self, leaver, upstream):
        page = opened(leaver, upstream)
        allowed(upstream)
        ending(upstream)
        more = [("subject", BOB), ("id", BOB), ("identity", BOB), SURE]
        leaver.send(f"/leave?subject={BOB}&id={BOB}", [*fields(page, "/leave"), *more])
        assert BOB not in str(deleted(upstream))

    def test_two_accounts_in_one_form_are_none(self, leaver, upstream):
        page = opened(leaver, upstream)
        answer = leaver.send("/leave", [*fields(page, "/leave"), ("account", "0" * 16), SURE])
        assert answer.status_code == 400

    def test_who_has_signed_out_in_another_tab_deletes_nothing(self, leaver, upstream):
        page = opened(leaver, upstream)
        upstream.mock.reset()
        upstream.nobody()
        assert leaver.submit(page, "/leave", SURE).headers["Location"] == f"{PUBLIC}/leave"

    def test_a_forged_form_shows_the_page_again(self, leaver, upstream):
        """N05."""
        page = opened(leaver, upstream)
        form = [(name, "x" if name == "csrf_token" else value) for name, value in fields(page, "/leave")]
        answer = leaver.send("/leave", [*form, SURE])
        assert answer.status_code == 400
        assert "Delete account" in answer.text
        assert not upstream.sent("DELETE")

    @pytest.mark.parametrize("header", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}])
    def test_nor_does_one_of_another_site(self, leaver, upstream, header):
        """N06."""
        page = opened(leaver, upstream)
        assert leaver.send("/leave", [*fields(page, "/leave"), SURE], headers=header).status_code == 400
        assert not upstream.sent("DELETE")

    def test_an_address_alone_deletes_nothing(self, leaver, upstream):
        without_second_factor(upstream)
        upstream.signed_in()
        leaver.get("/leave?sure=yes&action=delete")
        assert not upstream.sent("DELETE")
