"""Nodes that mean harm do none: no script of theirs runs, no address of theirs is asked or followed (N15)."""

from tests.payloads.bodies import load, name_of
from tests.support.cases import each_case
from tests.support.hostile_nodes import BODIES, answer_for, node, shown
from tests.support.pages import parsed
from tests.support.upstream import BROWSER_KRATOS

WEBAUTHN = f"{BROWSER_KRATOS}/.well-known/ory/webauthn.js"
PIXEL = "iVBORw0KGgo="


def scripts(page):
    """The scripts that are not ours."""
    return [script["src"] for script in page.find_all("script") if not script["src"].startswith("/static/")]


class TestScripts:
    @each_case(
        "src",
        [
            "https://evil.example/.well-known/ory/webauthn.js",
            "http://localhost:4433.evil.example/.well-known/ory/webauthn.js",
            "http://localhost:4433@evil.example/.well-known/ory/webauthn.js",
            "https://localhost:4433/.well-known/ory/webauthn.js",
            *("http://localhost:4434/.well-known/ory/webauthn.js", "//evil.example/.well-known/ory/webauthn.js"),
            *("/.well-known/ory/webauthn.js", f"{BROWSER_KRATOS}/self-service/errors.js"),
            f"{BROWSER_KRATOS}\\.evil.example/.well-known/ory/webauthn.js",
            *("data:text/javascript,alert(1)//.well-known/ory/webauthn.js", "javascript:alert(1)", "", None),
        ],
    )
    @each_case("group", ["webauthn", "captcha"])
    def test_only_kratos_own_runs(self, client, upstream, src, group):
        """Of the groups with scripts, captcha has none until the operator names a host for it."""
        page = shown(
            client, upstream, "login/password_only", node("script", group, id="s", src=src, integrity="sha512-x")
        )
        assert not scripts(page)

    def test_kratos_own_does_not_run_unchecked(self, client, upstream):
        page = shown(client, upstream, "login/password_only", node("script", "webauthn", id="s", src=WEBAUTHN))
        assert not scripts(page)

    def test_what_a_script_node_says_about_itself_is_not_repeated(self, client, upstream):
        """Of its attributes only address and integrity are looked at; the nonce is ours."""
        odd = {
            "type": "module",
            "referrerpolicy": "unsafe-url",
            "nonce": "theirs",
            "onload": "alert(1)",
            "text": "alert(1)",
        }

        page = shown(
            client,
            upstream,
            "login/password_only",
            node("script", "webauthn", id="s", src=WEBAUTHN, integrity="i", **odd),
        )

        [script] = page.find_all("script", {"src": WEBAUTHN})
        assert set(script.attrs) == {"id", "src", "nonce", "integrity", "crossorigin", "async", "data-testid"}
        assert script["nonce"] != "theirs"

    @each_case("kind", ["text", "hidden", "submit", "button", "checkbox", "email", "hologram"])
    def test_strings_of_script_are_no_attributes(self, client, upstream, kind):
        odd = {"onclick": "alert(1)", "onload": "alert(1)", "onfocus": "alert(1)", "onclickTrigger": "alert"}
        page = shown(client, upstream, "login/password_only", node(type=kind, value="v", onloadTrigger="eval", **odd))
        element = page.find(attrs={"name": "odd", "value": True})
        assert not {name for name in element.attrs if name.startswith("on")}
        assert not {"alert", "eval"} & set(map(str, element.attrs.values()))
        assert "alert(1)" not in str(page)


@each_case("kind", ["text", "hidden", "submit", "button", "checkbox", "select", "password"])
def test_attributes_come_from_a_fixed_list(client, upstream, kind):
    odd = {"style": "position:fixed", "formaction": "https://evil.example/", "form": "other", "autofocus": True}
    odd |= {"class": "x", "id": "csrf_token", "placeholder": "x", "list": "x", "accesskey": "x", "formtarget": "_top"}
    odd |= {"data-trigger": "x", "is": "x", "src": "https://evil.example/", "href": "https://evil.example/"}
    options = {"options": [{"value": "a"}, {"value": "b"}]} if kind == "select" else {}

    page = shown(client, upstream, "login/password_only", node(type=kind, value="v", **options, **odd))

    controls = page.find_all(attrs={"name": "odd"})
    assert controls
    assert {name for control in controls for name in control.attrs} <= {
        "id", "class", "type", "name", "value", "spellcheck", "autocapitalize", "autocomplete", "checked", "dir",
    }  # fmt: skip
    assert "evil.example" not in str(page)


class TestImages:
    @each_case("kind", ["png", "jpeg"])
    def test_a_picture_within_the_answer_is_shown(self, client, upstream, kind):
        page = shown(client, upstream, "login/unified", node("img", id="i", src=f"data:image/{kind};base64,{PIXEL}"))
        assert page.find("img", {"src": f"data:image/{kind};base64,{PIXEL}"})

    @each_case(
        "src",
        [
            *("https://evil.example/pixel.png", "//evil.example/pixel.png"),
            "http://localhost:4433.evil.example/pixel.png",
            *("data:image/svg+xml;base64,PHN2Zz4=", "data:text/html,<script>alert(1)</script>"),
            *("data:image/png,<svg onload=alert(1)>", "javascript:alert(1)", "/logout", None),
            {"a": 1},
        ],
    )
    def test_no_other_picture_is_fetched(self, client, upstream, src):
        page = shown(client, upstream, "login/unified", node("img", id="i", src=src))
        assert not page.find_all("img")


class TestLinks:
    @each_case(
        "href",
        [
            *("javascript:alert(1)", " javascript:alert(1)", "java\nscript:alert(1)"),
            *("JavaScript:alert(1)", "data:text/html,<script>alert(1)</script>", "vbscript:msgbox(1)"),
            *("//evil.example/", "https://localhost:3000@evil.example/", "file:///etc/passwd", None),
        ],
    )
    @each_case("name", ["login/unified", "verification/passed"])
    def test_a_link_is_plain_http(self, client, upstream, name, href):
        body = load(name)
        body["ui"]["nodes"] = [raw for raw in body["ui"]["nodes"] if raw["type"] != "a"] + [
            node("a", "code", id="continue", href=href, title={"id": 1, "text": "Continue", "type": "info"})
        ]
        page = answer_for(client, upstream, name, body)
        assert page.status_code == 200
        assert href not in [link["href"] for link in parsed(page).find_all("a")]
        assert "evil.example" not in page.text

    @each_case("action", ["javascript:alert(1)", "https://evil.example/", "http://localhost:4433@evil.example/"])
    @each_case("name", BODIES)
    def test_what_people_type_is_sent_to_kratos_only(self, client, upstream, name, action):
        body = load(name)
        body["ui"]["action"] = action
        assert answer_for(client, upstream, name, body).status_code == 502


def test_nodes_that_are_no_nodes_are_left_out(client, upstream):
    page = shown(
        client, upstream, "login/unified", None, 5, "node", [], {}, {"type": {}}, {"attributes": 5, "meta": []}
    )
    assert {name_of(raw) for raw in load("login/unified")["ui"]["nodes"]} >= {
        control["name"] for control in page.main.find_all("input") if control.get("name")
    }
