"""What the consent page says, and that hostile words stay words (design section 5)."""

from functools import cache

import pytest

from tests.support.cases import each_case
from tests.support.counting import calls
from tests.support.fixtures import _app, browser
from tests.support.pages import fields, heading, parsed, words
from tests.support.upstream import CALLBACK, authorize, identity, query, session

CONSENT = "/consent?consent_challenge=c"
SCOPES = ["openid", "profile", "email", "offline_access", "photos:read"]


def asking(upstream, **fields):
    upstream.asks("consent", **fields)
    upstream.signed_in()


class TestThePage:
    def test_it_names_the_application_the_person_and_where_the_answer_goes(self, client, upstream):
        """N07 N16."""
        asking(upstream)
        page = client.get(CONSENT)
        assert heading(page) == "Allow Demo to access your account?"
        facts = {words(row.dt): words(row.dd) for row in parsed(page).select(".facts > div")}
        assert facts == {"Account": "ada@example.org", "Returns you to": "app.example.org"}
        assert "Client ID: demo" in [words(line) for line in parsed(page).select("p.small")]

    def test_a_long_name_ends_with_an_ellipsis_and_can_be_read_in_full(self, client, upstream):
        name = "The Society for the Advancement of Extraordinarily Long Application Names"
        asking(upstream, client={"client_name": name})
        page = client.get(CONSENT)
        assert heading(page) == f"Allow {name[:59]}… to access your account?"
        assert words(parsed(page).select("p.small")[-1]) == f"{name} Client ID: demo"

    def test_it_says_scopes_in_words_and_unknown_ones_by_name(self, client_with, upstream):
        """N65."""
        asking(upstream, requested_scope=[*SCOPES, "orders"])
        page = parsed(client_with(scopes={"orders": "See your orders"}).get(CONSENT))
        labels = [words(label) for label in page.select("fieldset .field-check")]
        assert labels[0].endswith("(required)")
        assert "See your orders" in labels
        assert "photos:read" in labels
        assert not {"profile", "email", "offline_access"} & set(labels)

    def test_openid_and_the_applications_required_scopes_are_locked(self, client_with, upstream):
        asking(upstream, requested_scope=SCOPES)
        page = client_with(clients={"demo": {"required_scopes": ["email"]}}).get(CONSENT)
        boxes = parsed(page).select("fieldset input[type=checkbox]")
        assert [box["value"] for box in boxes] == ["profile", "photos:read", "offline_access"]
        assert all(box.has_attr("checked") and not box.has_attr("disabled") for box in boxes)
        ticks = [words(line) for line in parsed(page).select("fieldset p:has(.icon)")]
        assert len(ticks) == 2
        assert all(line.endswith("(required)") for line in ticks)

    def test_a_locked_scope_is_posted_too(self, client, upstream):
        """It has no box."""
        asking(upstream, requested_scope=SCOPES)
        posted = fields(client.get(CONSENT), "/consent")
        assert sorted(value for name, value in posted if name == "grant_scope") == sorted(SCOPES)

    def test_remember_is_left_to_the_person(self, client, upstream):
        asking(upstream)
        assert not parsed(client.get(CONSENT)).find(attrs={"name": "remember"}).has_attr("checked")

    def test_no_button_can_be_focused_by_an_address(self, client, upstream):
        """B04, GitLab #444467: an `id` on the button and Enter held down in a pop-up is a consent."""
        asking(upstream)
        for button in parsed(client.get(CONSENT)).find_all("button"):
            assert not button.has_attr("id")
            assert not button.has_attr("autofocus")

    def test_it_lets_somebody_else_take_over_and_the_log_says_why_the_session_ended(self, client, upstream, logs):
        asking(upstream)
        page = client.get(CONSENT)
        upstream.signs_out()
        upstream.ends_sessions()
        response = client.submit(page, "/consent/account", ("action", "another"))
        assert response.headers["Location"] == authorize()
        assert query(upstream.sent("DELETE")[0].url) == {"sid": "hydra-1"}
        assert '"reason": "another_account"' in logs.getvalue()

    def test_a_request_for_nothing_is_a_page_too(self, client, upstream):
        asking(upstream, requested_scope=None)
        assert "Know that you signed in, and nothing else" in client.get(CONSENT).text

    def test_a_scope_asked_for_twice_is_shown_once(self, client, upstream):
        asking(upstream, requested_scope=["openid", "openid", "email"])
        assert len(parsed(client.get(CONSENT)).select("fieldset .field-check")) == 2

    def test_five_hundred_scopes_are_a_page_of_reasonable_size_and_cost(self, client, upstream):
        """N65."""
        asking(upstream, requested_scope=[f"scope-{n}<b>" for n in range(500)])
        client.checking = False
        page, cost = calls(lambda: client.get(CONSENT))
        assert cost < 1_000_000  # calls: 40,000, and half a million to compile templates at first use
        assert len(page.data) < 200_000
        assert "<b>" not in page.text

    def test_a_scope_of_five_kilobytes_is_cut_for_the_eye(self, client, upstream):
        """N65."""
        asking(upstream, requested_scope=["x" * 5000])
        assert max(len(words(label)) for label in parsed(client.get(CONSENT)).find_all("label")) < 400

    def test_a_scope_that_is_an_address_is_broken_between_its_parts(self, client, upstream):
        """On a phone it broke within a word, and the word is what it is about."""
        asking(upstream, requested_scope=["https://a.example/auth/read<b"])
        page = client.get(CONSENT)
        assert "https:/<wbr>/<wbr>a.example/<wbr>auth/<wbr>read&lt;b" in page.text
        assert "https://a.example/auth/read<b" in words(parsed(page).main)


HOSTILE = [
    *("<script>alert(1)</script>", '"><svg onload=alert(1)>', "{{7*7}}${7*7}", "\u202egnp.exe", "\u200b\u200d"),
    "x" * 20_000,
    *("😀\n\n\nDemo\ttoo", "\0", "</title></h1>", "' onmouseover='alert(1)"),
]


@each_case("text", HOSTILE)
def test_hostile_words_of_an_application_stay_words(client, upstream, text):
    """N16; the client fixture checks the page."""
    asking(upstream, client={"client_name": text}, requested_scope=[text or "x"])
    client.checking = "\0" not in text  # HTML5 itself forbids it, escaped or not

    page = client.get(CONSENT)

    assert page.status_code == 200
    assert "49" not in heading(page)
    assert len(page.data) < 200_000
    assert "app.example.org" in words(parsed(page).find(class_="facts"))
    assert "Client ID: demo" in words(parsed(page).select("p.small")[-1])
    for shown in parsed(page).find_all("bdi"):
        assert len(shown.get_text()) <= 256


@each_case("text", HOSTILE)
def test_hostile_words_of_a_person_stay_words(client, upstream, text):
    """N16."""
    upstream.asks("consent")
    upstream.whoami(session() | {"identity": identity(email=text, username=text)})
    client.checking = "\0" not in text
    page = client.get(CONSENT)
    assert page.status_code == 200
    assert len(page.data) < 200_000


def test_half_a_character_breaks_no_page(client, upstream):
    """N16: a lone surrogate is valid JSON and no valid text."""
    upstream.chose()
    upstream.on(
        "GET",
        upstream.url("consent"),
        200,
        b'{"client": {"client_id": "x", "client_name": "a\\ud800b"}, "subject": "ada-identity",'
        b'"context": {"kratos_session": "session-1"}, "request_url": "http://localhost:4444/oauth2/auth?client_id=x"}',
    )
    upstream.signed_in()

    assert client.get(CONSENT).status_code == 200


LINKS = [
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "\tjavascript:alert(1)", "data:text/html,x", "vbscript:x"),
    *("blob:https://app.example.org/1", "//evil.example/", "http://app.example.org/", "https://u:p@evil.example/"),
    *("https://evil.example\\@app.example.org/", "https:///x", "https://app.example.org:x/"),
    "https://" + "x" * 100_000,
    "",
    None,
    17,
    ["https://app.example.org/"],
    {"a": 1},
]


@cache
def with_logos():
    """One application for all links."""
    return _app(client_logo_hosts=["app.example.org", "evil.example"])


@pytest.mark.parametrize("link", LINKS, ids=range(len(LINKS)))
@pytest.mark.parametrize("name", ["policy_uri", "tos_uri", "logo_uri"])
def test_a_link_that_is_no_plain_https_address_is_left_out(unhurried, upstream, name, link):
    """N14: Hydra up to v25.4 stored any scheme."""
    asking(upstream, client={name: link})
    page = parsed(browser(with_logos()).get(CONSENT))
    assert page.select(".fine a") == []
    assert page.find_all("img") == []


def test_privacy_and_terms_are_linked_without_telling_from_where(client, upstream):
    asking(
        upstream, client={"policy_uri": "https://app.example.org/privacy", "tos_uri": "https://app.example.org/terms"}
    )
    links = parsed(client.get(CONSENT)).select(".fine a")
    assert [link["href"] for link in links] == ["https://app.example.org/privacy", "https://app.example.org/terms"]
    assert all({"noopener", "noreferrer"} <= set(link["rel"]) for link in links)


class TestLogos:
    LOGO = "https://cdn.example.org/logo.png"

    def test_nobodys_logo_is_fetched_by_default(self, client, upstream):
        """N17: the picture's host would learn who signs in where."""
        asking(upstream, client={"logo_uri": self.LOGO})
        assert parsed(client.get(CONSENT)).find_all("img") == []

    def test_a_logo_from_a_host_the_operator_named_is_shown_and_allowed_exactly(self, client_with, upstream):
        """N17."""
        asking(upstream, client={"logo_uri": self.LOGO})
        page = client_with(client_logo_hosts=["cdn.example.org"]).get(CONSENT)
        logo = parsed(page).find("img")
        assert (logo["src"], logo["referrerpolicy"], logo["alt"]) == (self.LOGO, "no-referrer", "Demo")
        assert "img-src 'self' data: https://cdn.example.org;" in page.headers["Content-Security-Policy"]

    @each_case("host", ["cdn.example.org.evil.example", "evil-cdn.example.org", "cdn.example.org:8443"])
    def test_a_host_that_only_looks_like_it_is_not_it(self, client_with, upstream, host):
        asking(upstream, client={"logo_uri": f"https://{host}/logo.png"})
        assert parsed(client_with(client_logo_hosts=["cdn.example.org"]).get(CONSENT)).find_all("img") == []


def test_an_apps_own_scheme_is_shown_as_where_the_answer_goes(client, upstream):
    own = "accounts.bank.example:/callback"
    asking(upstream, client={"redirect_uris": [CALLBACK, own]}, request_url=authorize(redirect_uri=own))
    page = client.get(CONSENT).text
    assert "an app on this device" in page
    assert "bank.example" not in page


@each_case("display, shape", [("popup", ["popup"]), ("page", [])])
def test_a_page_in_a_small_window_is_made_for_it(client, upstream, display, shape):
    upstream.asks("consent", request_url=authorize(display=display))
    upstream.signed_in()
    assert [name for name in parsed(client.get("/consent?consent_challenge=c")).body["class"] if name] == shape
