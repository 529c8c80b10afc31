"""The settings: what is on, folded away what changes it, what has been changed, and codes that were not kept."""

import re
from types import MappingProxyType
from urllib.parse import unquote

import pytest

from app.selfservice.fields import DESTRUCTIVE
from tests.payloads.bodies import NAMES, load, name_of, nodes
from tests.support.pages import parsed, words
from tests.support.upstream import BROWSER_KRATOS, KRATOS, PUBLIC, query

BACK = f"{PUBLIC}/login?login_challenge=c&n=1"
CHANGED = "Think someone else used your account?"
LEFT = "You were shown new backup codes"
ADDED = "21 November 2026"
SETTINGS = [name for name in NAMES if "settings/" in name]


@pytest.fixture
def opened(client, upstream):
    """Opens the page of a body with other top fields."""

    def open_page(name, flow_id="f", **more):
        body = load(f"settings/{name}" if "/" not in name else name) | {"id": flow_id} | more
        body["ui"]["action"] = f"{BROWSER_KRATOS}/self-service/settings?flow={more.pop('next', flow_id)}"
        upstream.on("GET", f"{KRATOS}/self-service/settings/flows", 200, body)
        return parsed(client.get(f"/settings?flow={flow_id}"))

    return open_page


def test_in_place_of_the_reference_ui_nothing_is_folded(client_with, upstream):
    """Suites written for that, Ory's own among them, look for every field at once."""
    for kind, name in (("settings", "settings/everything"), ("login", "login/aal2_all")):
        upstream.on("GET", f"{KRATOS}/self-service/{kind}/flows", 200, load(name) | {"id": "f"})
    upstream.signed_in()
    client = client_with(public_url="", allowed_hosts=["localhost"])
    for kind in ("settings", "login"):
        folds = parsed(client.get(f"/{kind}?flow=f")).select(".methods > details, .other-way")
        assert folds
        assert all(details.has_attr("open") for details in folds)


def folded(page):
    """What each method says of itself while it is folded, by the place an address leads to."""
    return {
        details.find(class_="stack").get("id", "profile"): words(details.summary)
        for details in page.select(".methods > details")
    }


def open_methods(page):
    """The methods that are not folded."""
    return [details.find(class_="stack").get("id", "profile") for details in page.select(".methods > details[open]")]


def advice(page, group):
    """What stands under the heading of a group."""
    return [words(paragraph) for paragraph in page.select(f"#{group} > .heading > p")]


def without(name, *removed):
    """The nodes of a body without those of these names."""
    body = load(f"settings/{name}")
    return body | {"ui": body["ui"] | {"nodes": [node for node in nodes(body) if name_of(node) not in removed]}}


class TestWhatIsOn:
    def test_everything_by_its_name_and_date(self, opened):
        assert folded(opened("everything")) == {
            "profile": "Change your details",
            "password": "Password",
            "passkey": f"Passkeys Added on {ADDED}",
            "totp": "Authenticator app On",
            "webauthn": f"Security keys My key, added on {ADDED}",
            "lookup_secret": "Backup codes On",
            "oidc": "Change linked accounts Demo ID",
        }

    def test_nothing(self, opened):
        said = folded(opened("nothing_enrolled"))
        assert said["passkey"] == "Passkeys None yet"
        assert said["totp"] == "Authenticator app Off"
        assert said["lookup_secret"] == "Backup codes Off"
        assert said["oidc"] == "Change linked accounts"  # Kratos hides the one that is the only way to sign in

    @pytest.mark.parametrize("added", ["0001-01-01T00:00:00Z", "soon", None, 5])
    def test_a_day_that_is_not_known_is_not_told(self, opened, added):
        body = load("settings/everything")
        for node in nodes(body):
            if name_of(node) == "webauthn_remove":
                node["meta"]["label"]["context"]["added_at"] = added
        assert folded(opened("everything", ui=body["ui"]))["webauthn"] == "Security keys My key"

    def test_every_group_can_be_linked_to(self, opened):
        page = opened("everything")
        groups = ["profile", "sign-in", "two-step", "linked"]
        assert [section["id"] for section in page.select("section.settings")] == groups
        assert [link["href"] for link in page.select("nav.jump a")] == [f"#{name}" for name in groups]

    def test_a_group_nobody_knows_stands_alone(self, opened):
        body = load("settings/password_only")
        extra = {"type": "input", "group": "brand_new", "messages": [], "meta": {}}
        extra["attributes"] = {"name": "method", "type": "submit", "value": "x", "node_type": "input"}
        body["ui"]["nodes"].append(extra)
        page = opened("password_only", ui=body["ui"])
        assert page.select_one("section#brand_new button[name=method][value=x]")

    def test_addresses_are_verified_or_lead_to_where_they_are(self, opened):
        addresses = {"ada@example.org": True, "+44": False, "b@example.org": False}
        rows = [{"value": address, "verified": verified} for address, verified in addresses.items()]
        identity = load("settings/password_only")["identity"] | {"verifiable_addresses": rows}
        page = opened("password_only", identity=identity)
        assert {words(row.bdi) for row in page.select("#profile li")} == {*addresses}
        [link] = page.select("#profile li a")  # Kratos verifies emails alone there
        assert link["aria-label"] == "Verify b@example.org"
        assert query(link["href"]) == {"return_to": f"{PUBLIC}/settings"}


class TestTheWayOut:
    def test_leads_to_the_account_or_by_way_of_kratos_to_the_site_that_sent_the_person_here(self, opened):
        here, sent = opened("password_only"), opened("password_only", return_to="https://shop.example/x")
        assert here.find("a", string="Back to your account")["href"] == "/"
        assert query(sent.find("a", string="Back")["href"]) == {"return_to": "https://shop.example/x"}


class TestWhatComesNext:
    @pytest.mark.parametrize(
        ("body", "removed", "said"),
        [
            ("everything", (), "On"),
            ("nothing_enrolled", (), "Off. Turn it on, so that a stolen password or code isn't enough to sign in."),
            ("totp_linked", (), "On. Get backup codes, too, in case you lose your phone or key."),
            ("totp_linked", ("lookup_secret_regenerate",), "On. Add another way, too, in case you lose this one."),
            (
                "everything",
                ("totp_unlink", "webauthn_remove"),
                "Only backup codes are on. Add an authenticator app or a security key, too.",
            ),
        ],
    )
    def test_of_two_step_verification(self, opened, body, removed, said):
        assert advice(opened(body, ui=without(body, *removed)["ui"]), "two-step") == [said]

    def test_while_codes_are_shown_nothing_is_advised(self, opened):
        assert advice(opened("lookup_revealed"), "two-step") == []

    def test_one_way_to_sign_in_is_few(self, opened):
        [said] = advice(opened("passkey_only"), "sign-in")
        assert said == "You have only one way to sign in. Add another, in case you lose it."

    def test_two_are_enough(self, opened):
        assert advice(opened("everything"), "sign-in") == []


class TestWhatIsUnderWay:
    @pytest.mark.parametrize(
        ("body", "place"), [("totp_wrong", "totp"), ("password_short", "password"), ("profile_email_wrong", "profile")]
    )
    def test_what_went_wrong_is_open_where_it_always_stands(self, opened, body, place):
        page = opened(body)
        assert open_methods(page) == [place]
        assert list(folded(page))[:2] == ["profile", "password"]
        [problem] = page.select(".error-summary")
        assert problem.find_parent("details").summary.has_attr("autofocus")
        assert problem.find_next("form").find(attrs={"aria-invalid": "true"})["id"] == problem.a["href"][1:]

    @pytest.mark.parametrize("body", ["lookup_revealed", "lookup_shown_with_used"])
    def test_codes_that_are_shown_are_open(self, opened, body):
        page = opened(body)
        assert open_methods(page) == ["lookup_secret"]
        assert [words(summary)[:12] for summary in page.select("summary[autofocus]")] == ["Backup codes"]

    def test_nothing_else_is(self, opened):
        page = opened("everything")
        assert not open_methods(page)
        assert not page.select("[autofocus]")

    def test_new_codes_say_that_they_do_not_work_yet(self, opened):
        page = opened("lookup_revealed")
        assert "These codes don't work yet. Any codes you had before still do." in words(page)
        assert folded(page)["lookup_secret"] == "Backup codes Not saved yet"

    def test_codes_that_are_in_use_do_not(self, opened):
        assert "These codes don't work yet" not in words(opened("lookup_shown_with_used"))

    @pytest.mark.parametrize(("body", "times"), [("nothing_enrolled", 1), ("totp_wrong", 1), ("totp_linked", 0)])
    def test_who_has_no_authenticator_app_yet_reads_what_to_do_with_the_picture(self, opened, body, times):
        page = opened(body)
        assert words(page.main).count("Scan this QR code with it, then enter the code it shows.") == times
        assert len(page.select("img.picture")) == times

    @pytest.mark.parametrize("body", ["after_recovery", "no_credentials_after_recovery"])
    def test_after_a_recovery_it_is_the_password(self, opened, body):
        assert open_methods(opened(body, return_to="", request_url="")) == ["password"]

    def test_what_only_one_thing_can_be_done_about_is_open(self, opened):
        body = load("settings/code_only")
        assert open_methods(opened("code_only", ui=body["ui"])) == ["profile"]


class TestTakingAway:
    @pytest.mark.parametrize("name", SETTINGS)
    def test_it_asks_once_and_enter_in_a_field_never_does_it(self, opened, upstream, name):
        """Kratos puts the field for a new key's name and the buttons that remove keys into one group."""
        upstream.mock.assert_all_requests_are_fired = False
        upstream.asks("login")
        page = opened(name)

        for button in page.find_all("button", {"name": list(DESTRUCTIVE)}):
            around = button.find_parent("details")
            assert "remove" in around["class"]
            assert not around.has_attr("open")
            assert words(around.summary) == words(button)
            fields = button.find_parent("form").find_all(["input", "button"])
            assert [field["name"] for field in fields] == ["csrf_token", button["name"]]

    def test_it_goes_to_kratos(self, opened):
        page = opened("everything")
        [button] = page.select("button[name=totp_unlink]")
        form = button.find_parent("form")
        assert (form["action"], form["method"]) == (f"{BROWSER_KRATOS}/self-service/settings?flow=f", "post")

    def test_the_only_way_to_sign_in_says_why_it_stays(self, opened):
        [button] = opened("passkey_only").select("button[name=passkey_remove]")
        assert button.has_attr("disabled")
        assert "only way to sign in" in words(button.find_parent("form"))

    def test_where_a_second_factor_is_demanded_nothing_takes_one_away(self, opened, upstream):
        upstream.asks("login")
        page = opened("everything", return_to=f"{BACK}&task=second_factor")
        assert not page.find_all("button", {"name": list(DESTRUCTIVE)})
        assert folded(page) == {"webauthn": "Security keys", "lookup_secret": "Backup codes"}
        assert open_methods(page) == ["webauthn"]


class TestWhatHasChanged:
    SAVED = MappingProxyType({"state": "success"})

    def test_the_password(self, opened):
        """A new one ends neither sessions nor refresh tokens."""
        opened("everything")
        page = opened("everything", **self.SAVED)
        assert CHANGED in words(page)
        assert {"/sessions", "/apps"} <= {link["href"] for link in page.select("main > p > a")}

    def test_without_hydra_there_are_no_applications_to_disconnect(self, client_with, upstream):
        client = client_with(hydra_admin_url="", hydra_public_url="")
        for state in ("show_form", "success"):
            body = load("settings/everything") | {"state": state}
            upstream.on("GET", f"{KRATOS}/self-service/settings/flows", 200, body)
            page = parsed(client.get(f"/settings?flow={body['id']}"))
        assert [link["href"] for link in page.select("main > p > a")] == ["/sessions", "/"]

    def test_not_the_details(self, opened):
        opened("everything")
        identity = load("settings/everything")["identity"]
        page = opened("everything", **self.SAVED, identity=identity | {"traits": {"email": "new@example.org"}})
        assert CHANGED not in words(page)

    def test_no_other_way_to_sign_in(self, opened):
        """Advice against an intruder would only worry who has just made their account safer."""
        everything = load("settings/everything")["ui"]
        for name in DESTRUCTIVE:
            fewer = everything | {"nodes": [node for node in everything["nodes"] if name_of(node) != name]}
            for what, before, after in (("added", fewer, everything), ("removed", everything, fewer)):
                opened("everything", flow_id=name + what, ui=before)
                assert CHANGED not in words(opened("everything", flow_id=name + what, ui=after, **self.SAVED)), name

    def test_no_new_backup_codes_in_place_of_others(self, opened):
        for name in ("lookup_confirmed", "lookup_revealed"):
            opened(name, state="show_form")
        said = [CHANGED in words(opened("lookup_confirmed", **self.SAVED, next="g")) for _ in range(2)]
        assert said == [False, False]

    def test_it_is_the_same_after_a_reload(self, opened):
        opened("everything")
        assert [CHANGED in words(opened("everything", **self.SAVED, next="g")) for _ in range(2)] == [True, True]

    def test_nor_do_the_details_become_it_by_a_reload(self, opened):
        opened("everything")
        new = self.SAVED | {"identity": {"traits": {"email": "new@example.org"}}}
        assert [CHANGED in words(opened("everything", **new, next="g")) for _ in range(2)] == [False, False]

    def test_the_flow_a_saved_page_leads_on_to_is_known(self, opened):
        opened("everything", **self.SAVED, next="g")
        assert CHANGED in words(opened("everything", flow_id="g", **self.SAVED))

    def test_nothing_is_said_of_a_page_that_another_browser_began(self, opened):
        assert CHANGED not in words(opened("everything", **self.SAVED))

    def test_before_any_change_nothing_is(self, opened):
        assert CHANGED not in words(opened("everything"))


class TestAChangedAddress:
    ROW = MappingProxyType(
        {"value": "new@example.org", "via": "email", "verified": False, "created_at": "2026-11-21T09:31:00Z"}
    )

    def saved(self, opened, **row):
        identity = load("settings/profile_saved")["identity"] | {"verifiable_addresses": [{**self.ROW, **row}]}
        return opened("profile_saved", identity=identity)

    def test_has_to_be_verified(self, opened):
        notice = self.saved(opened, status="sent").select_one("main > .notice")
        assert words(notice) == "new@example.org isn't verified yet. Open the message we sent you. Verify it"
        assert query(notice.a["href"]) == {"return_to": f"{PUBLIC}/settings"}

    def test_nothing_is_said_to_be_sent_that_was_not(self, opened):
        assert "Open the message" not in words(self.saved(opened, status="pending"))

    def test_a_text_message_has_nothing_to_open(self, opened):
        notice = self.saved(opened, value="+4915112345679", via="sms", status="sent").select_one("main > .notice")
        assert words(notice) == "+4915112345679 isn't verified yet."

    @pytest.mark.parametrize("row", [{"verified": True}, {"created_at": "2026-11-21T09:29:00Z"}, {"created_at": None}])
    def test_others_are_no_news(self, opened, row):
        assert not self.saved(opened, **row).select("main > .notice")

    def test_without_verification_there_is_no_way_to(self, client_with, upstream):
        identity = load("settings/profile_saved")["identity"] | {"verifiable_addresses": [dict(self.ROW)]}
        body = load("settings/profile_saved") | {"identity": identity}
        upstream.on("GET", f"{KRATOS}/self-service/settings/flows", 200, body)
        page = parsed(client_with(kratos_flows=[]).get(f"/settings?flow={body['id']}"))
        assert "isn't verified yet" in words(page)
        assert not page.select("a[href*=verification]")


def test_what_went_well_in_part_is_not_called_done(opened):
    body = load("settings/profile_saved")
    body["ui"]["messages"].append({"id": 4000001, "type": "error", "text": "Not everything was saved."})
    assert words(opened("profile_saved", ui=body["ui"]).title).startswith("Error: Settings")


class TestCodesThatWereNotKept:
    def test_the_next_page_says_so_once_and_leads_back_to_them(self, opened):
        opened("lookup_revealed")
        page = opened("nothing_enrolled", flow_id="g")
        [notice] = page.select("main > .notice")
        assert words(notice).startswith(f"{LEFT}, but you didn't save them here. They don't work.")
        assert notice.a["href"] == "/settings?flow=f"
        assert LEFT not in words(opened("nothing_enrolled", flow_id="g"))

    def test_where_codes_are_on_it_is_not_known_which(self, opened):
        opened("lookup_revealed")
        assert "If you didn't save them, your earlier codes still work" in words(opened("everything", flow_id="g"))

    def test_codes_that_were_kept_are_no_news(self, opened):
        opened("lookup_revealed")
        assert LEFT not in words(opened("lookup_confirmed"))
        assert LEFT not in words(opened("nothing_enrolled", flow_id="g"))

    def test_another_form_of_the_same_page_loses_them(self, opened):
        opened("lookup_revealed")
        [notice] = opened("profile_saved").select("main > .notice")
        assert words(notice).endswith("They don't work.")

    def test_they_are_no_news_for_who_comes_next(self, opened):
        """The session of the one before has run out, and nobody has signed out."""
        opened("lookup_revealed")
        somebody = load("settings/nothing_enrolled")["identity"] | {"id": "somebody"}
        assert LEFT not in words(opened("nothing_enrolled", flow_id="g", identity=somebody))
        assert LEFT not in words(opened("nothing_enrolled", flow_id="h"))

    def test_they_are_none_while_they_are_shown(self, opened):
        opened("lookup_revealed")
        assert LEFT not in words(opened("lookup_revealed"))

    def test_where_another_site_comes_next_nobody_can_tell(self, opened):
        opened("lookup_revealed", return_to="https://app.example.org/")
        assert LEFT not in words(opened("nothing_enrolled", flow_id="g"))


def test_the_key_of_an_app_stands_in_groups_that_are_not_copied(opened):
    [key] = opened("nothing_enrolled").select("code.key")
    assert [len(part.text) for part in key.find_all("span")] == [4] * 8
    assert re.fullmatch("[A-Z2-7]{32}", key.text)
    assert key["dir"] == "ltr"


def test_on_the_phone_itself_a_link_takes_the_key_to_the_app(opened):
    """Nobody can scan the screen that shows the code. The service and the account name the entry in the app."""
    page = opened("nothing_enrolled")
    [key], [link] = page.select("code.key"), page.select('a[href^="otpauth:"]')
    assert unquote(link["href"].partition("?")[0]) == "otpauth://totp/Portico:ada@example.org"
    assert query(link["href"]) == {"secret": key.text, "issuer": "Portico"}


def test_a_name_of_the_service_cannot_be_read_as_another_part_of_the_link(client_with, upstream):
    """Apps part the service from the account at the first colon, also a quoted one, and the path at each slash."""
    upstream.on("GET", f"{KRATOS}/self-service/settings/flows", 200, load("settings/nothing_enrolled") | {"id": "f"})
    page = parsed(client_with(brand={"name": 'Shop: "R/D" & more 😀'}).get("/settings?flow=f"))
    [link] = page.select('a[href^="otpauth:"]')
    label = link["href"].partition("?")[0].removeprefix("otpauth://totp/")
    assert "/" not in label
    assert unquote(label).split(":") == ['Shop "R/D" & more 😀', "ada@example.org"]
    assert query(link["href"])["issuer"] == 'Shop "R/D" & more 😀'
