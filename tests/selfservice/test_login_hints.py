"""What an application says about whom it expects and how: login_hint, display, and the providers it allows."""

from tests.payloads.bodies import load
from tests.selfservice.test_return_path import opened
from tests.support.cases import each_case
from tests.support.pages import parsed
from tests.support.upstream import ADA, BROWSER_HYDRA, EMAILS, authorize

EMAIL = "nora@example.org"


def filled(page):
    """The visible fields that have something in them, with what."""
    boxes = parsed(page).select("form[data-group] input:not([type=hidden], [type=checkbox], [readonly])")
    return {box["name"]: box["value"] for box in boxes if box.get("value")}


def providers(page):
    """The social buttons of a page."""
    return [button["value"] for button in parsed(page).select("button[name=provider]")]


class TestLoginHint:
    @each_case(
        "name, field",
        [
            ("login/unified", "identifier"),
            ("login/identifier_first", "identifier"),
            ("registration/unified", "traits.email"),
            ("registration/profile", "traits.email"),
        ],
    )
    def test_it_stands_in_the_field_for_who_one_is(self, client, upstream, name, field):
        """OpenID Connect Core 3.1.2.1; Hydra passes it on and does no more."""
        upstream.asks("login", request_url=authorize(login_hint=EMAIL))
        assert filled(opened(client, upstream, name)) == {field: EMAIL}

    def test_hydras_word_counts_where_the_request_hides_it(self, client, upstream):
        hidden = f"{BROWSER_HYDRA}/oauth2/auth?client_id=demo&request_uri=urn:par:1"
        upstream.asks("login", request_url=hidden, oidc_context={"login_hint": EMAIL})
        assert filled(opened(client, upstream, "login/unified")) == {"identifier": EMAIL}

    def test_a_name_that_is_no_address_is_not_put_into_the_field_for_one(self, client, upstream):
        upstream.asks("login", request_url=authorize(login_hint="nora"))
        assert filled(opened(client, upstream, "registration/unified")) == {}

    @each_case("name", ["login/code_sent", "login/aal2_all", "recovery/email", "registration/credentials"])
    def test_no_other_field_is_filled_or_changed(self, client, upstream, name):
        login_request = upstream.asks("login")
        before = parsed(opened(client, upstream, name)).select("form[data-group]")
        upstream.mock.remove(login_request)
        upstream.asks("login", request_url=authorize(login_hint=EMAIL))
        after = opened(client, upstream, name)
        assert parsed(after).select("form[data-group]") == before
        assert EMAIL not in after.text

    def test_what_somebody_has_typed_stays(self, client, upstream):
        upstream.asks("login", request_url=authorize(login_hint=EMAIL))
        body = load("login/unified")
        [node] = [node for node in body["ui"]["nodes"] if node["attributes"].get("name") == "identifier"]
        node["attributes"]["value"] = "typed@example.org"
        assert filled(opened(client, upstream, "login/unified", ui=body["ui"])) == {"identifier": "typed@example.org"}

    def test_who_has_to_prove_it_again_is_not_another_person(self, client, upstream):
        upstream.asks("login", request_url=authorize(login_hint=EMAIL, prompt="login"))
        assert set(filled(opened(client, upstream, "login/refresh_everything")).values()) <= {EMAILS[ADA]}

    @each_case(
        "hint",
        ['"><script>alert(1)</script>', "{{ 7*7 }}", "x" * 10_000, "a\r\nSet-Cookie: b=c", "\u202egro.elpmaxe", "\x00"],
    )
    def test_a_hostile_hint_is_text_and_short(self, client, upstream, hint):
        """N70; the client fixture checks the page."""
        upstream.asks("login", request_url=authorize(login_hint=hint))
        value = filled(opened(client, upstream, "login/unified")).get("identifier", "")
        assert value == "".join(character for character in hint[:320] if character.isprintable())


@each_case("fields", [{"request_url": authorize(display="popup")}, {"oidc_context": {"display": "popup"}}])
def test_a_page_for_a_popup_is_a_narrow_one(client, upstream, fields):
    upstream.asks("login", **fields)
    page = opened(client, upstream, "login/unified")
    assert parsed(page).body["class"] == ["popup"]
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@each_case("display", ["page", "touch", "wap", "<script>", "popup popup", "x" * 10_000])
def test_every_other_display_is_a_page(client, upstream, display):
    """N70."""
    upstream.asks("login", request_url=authorize(display=display), oidc_context={"display": display})
    assert not parsed(opened(client, upstream, "login/unified")).body.get("class")


@each_case(
    "odd",
    [
        {"ui_locales": "../../etc/passwd"},
        {"ui_locales": "en;q=NaN " * 2000},
        {"claims_locales": "se"},
        {"unknown": "x"},
        {"acr_values": "<script> \u0000 " * 100},
    ],
)
def test_parameters_that_say_nothing_to_us_change_nothing(client, upstream, odd):
    """N68 N70."""
    upstream.asks("login", request_url=authorize(**odd))
    upstream.signed_in()
    upstream.takes("login", "accept")
    assert client.get("/login?login_challenge=c").status_code == 303
    assert upstream.body("login/accept")["acr"] == "aal1"


@each_case("odd", [None, [], "x", {"acr_values": "aal2", "login_hint": [], "display": {}}])
def test_a_context_of_another_shape_says_nothing(client, upstream, odd):
    """In a device's login Hydra's is null."""
    upstream.asks("login", oidc_context=odd)
    upstream.signed_in()
    upstream.takes("login", "accept")
    assert client.get("/login?login_challenge=c").status_code == 303


class TestIdentityProviders:
    @each_case("name", ["login/unified", "registration/unified"])
    def test_only_the_ones_the_application_allows_have_a_button(self, client, client_with, upstream, name):
        upstream.asks("login")
        every = providers(opened(client, upstream, name))
        assert every
        for allowed in ([], every[:1]):
            site = client_with(clients={"demo": {"identity_providers": allowed}})
            assert providers(opened(site, upstream, name)) == allowed

    def test_who_has_to_show_whose_an_account_is_may_do_it_by_any(self, client_with, upstream):
        """Kratos adds the allowed one to it afterwards; without theirs they would have no way in."""
        upstream.asks("login")
        site = client_with(clients={"demo": {"identity_providers": []}})
        ui = load("login/unified")["ui"] | {"messages": load("login/account_linking")["ui"]["messages"]}
        assert providers(opened(site, upstream, "login/unified", ui=ui))

    def test_other_applications_have_them_all(self, client_with, upstream):
        upstream.asks("login")
        site = client_with(clients={"another": {"identity_providers": []}})
        assert providers(opened(site, upstream, "login/unified"))
