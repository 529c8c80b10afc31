"""What only a real browser can show: Enter, the keyboard, the Content-Security-Policy, Back, small screens."""

from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import playwright.sync_api as playwright
import pytest

from tests.journeys.site import Person, Site

pytestmark = pytest.mark.browser

NARROW = {"width": 320, "height": 640}


def wait_until_presses_count(tab: playwright.Page) -> None:
    """Half a second after a page came up; Playwright's own clicks wait by themselves, its keys do not."""
    tab.wait_for_function("() => performance.now() > front + CALM")


def fill_in(tab: playwright.Page, person: Person) -> None:
    tab.fill("[name=identifier]", person.email)
    tab.fill("[name=password]", person.password)


def sign_in(tab: playwright.Page, site: Site, person: Person, client: str = "demo") -> None:
    """From the application's button through the login page; demo's consent page follows."""
    tab.goto(f"{site.demo}/{client}/login")
    fill_in(tab, person)
    tab.click("button[value=password]")


def enter(tab: playwright.Page, site: Site, person: Person) -> None:
    """The same into First Party, which asks for no consent."""
    sign_in(tab, site, person, "first-party")
    tab.wait_for_url(f"{site.demo}/first-party")


def unfold(tab: playwright.Page, control: str) -> None:
    """Open what is folded around a control, from the outside in."""
    folded = tab.locator(f"details:not([open]):has({control}) > summary")
    while folded.count():
        folded.first.click()


def state_of(tab: playwright.Page, site: Site, client: str = "demo") -> dict[str, Any]:
    """What the application knows of this browser."""
    answer: dict[str, Any] = tab.request.get(f"{site.demo}/{client}.json").json()
    return answer


def fields(tab: playwright.Page) -> list[str]:
    """The names of the fields one can type into."""
    names: list[str] = tab.eval_on_selector_all(
        "input:not([type=hidden], [type=checkbox])", "found => found.map(one => one.name)"
    )
    return names


@pytest.mark.parametrize("field", ["identifier", "password"])
def test_enter_on_the_login_page_signs_in_with_the_password(
    site: Site, tab: playwright.Page, ada: Person, field: str
) -> None:
    """B11."""
    tab.goto(f"{site.demo}/demo/login")
    assert fields(tab) == ["identifier", "password"]
    fill_in(tab, ada)
    tab.press(f"[name={field}]", "Enter")
    tab.wait_for_url(f"{site.portico}/consent?**")


def test_enter_on_the_code_page_submits_the_code(site: Site, tab: playwright.Page, ada: Person) -> None:
    tab.goto(f"{site.demo}/first-party/login")
    tab.fill("[name=identifier]", ada.email)
    tab.click("button[value=code]")
    tab.wait_for_selector("[name=code]")
    assert fields(tab) == ["code"]
    tab.fill("[name=code]", site.mailed_code(ada))
    tab.press("[name=code]", "Enter")
    tab.wait_for_url(f"{site.demo}/first-party")
    assert state_of(tab, site, "first-party")["signed_in"]


def test_enter_on_the_page_that_asks_again_proves_it(site: Site, tab: playwright.Page, ada: Person) -> None:
    sign_in(tab, site, ada, "first-party")
    tab.goto(f"{site.demo}/first-party/login?prompt=login")
    assert fields(tab) == ["identifier", "password"]
    assert tab.input_value("[name=identifier]") == ada.email
    tab.fill("[name=password]", ada.password)
    tab.press("[name=password]", "Enter")
    tab.wait_for_url(f"{site.demo}/first-party")


@pytest.mark.parametrize(("words", "ends"), [("Allow", True), ("Don't allow", False)])
def test_consent_ends_at_the_application_across_three_origins(
    site: Site, tab: playwright.Page, ada: Person, words: str, ends: bool
) -> None:
    """B08 B06: a form-action in the Content-Security-Policy would stop the redirects after the POST."""
    sign_in(tab, site, ada)
    tab.wait_for_url(f"{site.portico}/consent?**")
    wait_until_presses_count(tab)
    tab.get_by_role("button", name=words, exact=True).click()
    tab.wait_for_url(f"{site.demo}/demo")
    assert state_of(tab, site)["signed_in"] is ends


@pytest.mark.parametrize("kind", [pytest.param("real", marks=pytest.mark.real)], indirect=True)
def test_cookies_of_a_neighbour_hide_none_of_ours(site: Site, tab: playwright.Page, ada: Person) -> None:
    """N31: a browser sends each as it is; a reader of quotes, as the stand-ins are, takes all between them for one."""
    plant = "sent => { document.cookie = `${sent}; path=/` }"
    tab.goto(f"{site.demo}/demo")
    tab.evaluate(plant, 'first="x')
    sign_in(tab, site, ada)
    tab.wait_for_selector("button[value=accept]")
    tab.evaluate(plant, 'last=y"')
    tab.wait_for_timeout(600)
    tab.click("button[value=accept]")
    tab.wait_for_url(f"{site.demo}/demo")


def test_a_double_click_on_allow_allows_once(site: Site, tab: playwright.Page, ada: Person) -> None:
    """B09."""
    sign_in(tab, site, ada)
    tab.wait_for_url(f"{site.portico}/consent?**")
    wait_until_presses_count(tab)
    tab.get_by_role("button", name="Allow", exact=True).dblclick()
    tab.wait_for_url(f"{site.demo}/demo")
    state = state_of(tab, site)
    assert (state["signed_in"], state["error"]) == (True, None)


@pytest.fixture(scope="module")
def framing_site() -> Iterator[str]:
    """A site of another origin, on the same machine as the browser demands, whose pages frame what `?page=` names."""

    class Framing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<iframe src="{self.path.partition("?page=")[2]}"></iframe>'.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Framing) as server:
        Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("path", ["/login", "/logout", "/error", "/", "/consent", "/device"])
def test_no_page_can_be_framed(site: Site, chromium: playwright.Browser, framing_site: str, path: str) -> None:
    """B01."""
    with chromium.new_context() as context:
        tab = context.new_page()
        with tab.expect_event("requestfailed", timeout=10_000) as refused:
            tab.goto(f"{framing_site}/?page={site.portico}{path}")
        assert refused.value.failure == "net::ERR_BLOCKED_BY_RESPONSE"
        assert refused.value.url.startswith(site.portico)
        assert "frame-ancestors 'none'" in refused.value.response().headers["content-security-policy"]


def test_no_address_makes_enter_allow_anything(site: Site, tab: playwright.Page, ada: Person) -> None:
    """B04: a fragment survives Hydra's redirects, and what it names gets the focus of somebody who holds Enter."""
    sign_in(tab, site, ada)
    consent = tab.url
    ids = tab.eval_on_selector_all("[id]", "found => found.map(one => one.id)")
    submitted: list[str] = []
    tab.on("request", lambda request: submitted.append(request.url) if request.method == "POST" else None)
    for fragment in ["", "#accept", "#allow", *(f"#{id_}" for id_ in ids)]:
        tab.goto("about:blank")
        tab.goto(consent + fragment)
        wait_until_presses_count(tab)
        tab.keyboard.press("Enter")
        tab.wait_for_timeout(50)
        assert submitted == [], fragment
    assert tab.url.startswith(f"{site.portico}/consent")


@pytest.mark.parametrize("script", [True, False], ids=["with JavaScript", "without"])
def test_back_after_signing_out_shows_nothing_of_the_person(
    site: Site, new_tab: Callable[..., playwright.Page], ada: Person, script: bool
) -> None:
    """B07: pages kept for Back are restored in spite of no-store unless a cookie of ours changes."""
    tab = new_tab(java_script_enabled=script)
    sign_in(tab, site, ada)
    assert ada.email in tab.inner_text("main")
    tab.goto(f"{site.portico}/")
    assert ada.email in tab.inner_text("main")
    tab.get_by_role("link", name="Sign out").click()
    tab.get_by_role("button", name="Sign out").click()
    tab.wait_for_url(f"{site.portico}/signed-out")
    seen = []
    for _ in range(3):
        tab.go_back()
        tab.wait_for_load_state()
        seen.append(tab.url)
        assert ada.email not in tab.inner_text("body"), tab.url
    assert seen[:2] == [f"{site.portico}/logout", f"{site.portico}/"]


@pytest.mark.parametrize("words", ["Allow", "Don't allow"])
def test_everything_works_without_javascript(
    site: Site, new_tab: Callable[..., playwright.Page], ada: Person, words: str
) -> None:
    """B03."""
    tab = new_tab(java_script_enabled=False)
    tab.goto(site.demo)
    tab.get_by_role("link", name="Sign in to Demo").click()
    tab.fill("[name=identifier]", ada.email)
    tab.fill("[name=password]", "wrong")
    tab.press("[name=password]", "Enter")
    tab.wait_for_selector(".message-error")
    tab.fill("[name=password]", ada.password)
    tab.press("[name=password]", "Enter")
    tab.get_by_role("button", name=words, exact=True).click()
    tab.wait_for_url(f"{site.demo}/demo")
    assert state_of(tab, site)["signed_in"] is (words == "Allow")


def test_signing_in_and_out_with_the_keyboard_alone(site: Site, tab: playwright.Page, ada: Person) -> None:
    """B03."""

    def reach(words: str) -> None:
        """Press Tab until the control with these words has the focus, and can be seen to have it."""
        for _ in range(30):
            tab.keyboard.press("Tab")
            if tab.evaluate("(document.activeElement.labels?.[0] ?? document.activeElement).innerText.trim()") == words:
                assert tab.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none", words
                return
        raise AssertionError(f"Tab does not reach {words!r} on {tab.url}")

    tab.goto(f"{site.demo}/demo/login")
    reach("Email")
    tab.keyboard.type(ada.email)
    reach("Password")
    tab.keyboard.type(ada.password)
    reach("Sign in with password")
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{site.portico}/consent?**")
    reach("Keep its access when you're not using it, until you remove it")
    tab.keyboard.press("Space")
    reach("Allow")
    wait_until_presses_count(tab)
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{site.demo}/demo")
    assert "offline_access" not in str(state_of(tab, site)["scope"])
    tab.goto(f"{site.portico}/logout")
    reach("Sign out")
    wait_until_presses_count(tab)
    tab.keyboard.press("Enter")
    tab.wait_for_url(f"{site.portico}/signed-out")


def test_no_page_scrolls_sideways_on_a_narrow_screen(
    site: Site, new_tab: Callable[..., playwright.Page], ada: Person
) -> None:
    tab = new_tab(viewport=NARROW)
    seen = []

    def look() -> None:
        seen.append(tab.title())
        widest = tab.evaluate("document.documentElement.scrollWidth")
        assert widest <= NARROW["width"], (tab.title(), widest)

    tab.goto(f"{site.demo}/demo/login")
    look()
    tab.fill("[name=identifier]", ada.email)
    tab.fill("[name=password]", "wrong")
    tab.press("[name=password]", "Enter")
    tab.wait_for_selector(".message-error")
    look()
    tab.fill("[name=password]", ada.password)
    tab.press("[name=password]", "Enter")
    tab.wait_for_url(f"{site.portico}/consent?**")
    look()
    for path in ("/", "/logout", "/signed-out"):
        tab.goto(site.portico + path)
        look()
    assert len(set(seen)) == 6


def test_the_password_manager_is_told_which_field_is_which(site: Site, tab: playwright.Page) -> None:
    tab.goto(f"{site.demo}/demo/login")
    hints = {name: tab.get_attribute(f"[name={name}]", "autocomplete") for name in ("identifier", "password")}
    assert hints["identifier"].split()[0] == "username"  # and webauthn, where passkeys are on
    assert hints["password"] == "current-password"
