"""Login flows begin, begin again, and end without a second factor."""

from urllib.parse import urlencode

from kratos.sandbox.bodies import fill
from tests.payloads.bodies import load
from tests.support.cases import each_case
from tests.support.pages import parsed, words
from tests.support.upstream import BROWSER_KRATOS, KRATOS, PUBLIC, authorize, flow, proof, query

PAGE = "/login?flow=flow-1"
BACK = f"{PUBLIC}/login?login_challenge=c&n=1"


class TestNoSecondFactor:
    def lone_token(self, upstream):
        body = flow("aal2/choose_method", return_to=BACK, requested_aal="aal2")
        body["ui"]["nodes"] = [node for node in body["ui"]["nodes"] if node["attributes"].get("name") == "csrf_token"]
        upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)

    def test_where_it_was_a_wish_the_login_goes_on_at_the_level_reached(self, client, upstream):
        self.lone_token(upstream)
        upstream.asks("login", request_url=authorize(acr_values="aal2"))
        upstream.signed_in()
        upstream.takes("login", "accept")
        back = client.get(PAGE)
        client.get(back.headers["Location"])
        assert back.headers["Location"] == BACK
        assert upstream.body("login/accept")["acr"] == "aal1"

    def test_a_wish_for_fresh_proofs_goes_on_after_the_first_factor(self, client, upstream):
        upstream.asks("login", request_url=authorize(acr_values="aal2", prompt="login"))
        whoami = upstream.signed_in()
        client.get("/login?login_challenge=c")
        self.lone_token(upstream)
        upstream.mock.remove(whoami)
        upstream.signed_in(proofs=[proof(60), proof(-5)])
        upstream.takes("login", "accept")
        stepping = client.get(BACK)

        back = client.get(PAGE)
        client.get(back.headers["Location"])

        assert query(stepping.headers["Location"])["aal"] == "aal2"
        assert upstream.body("login/accept")["acr"] == "aal1"

    def test_where_it_is_a_must_the_person_sets_one_up_and_comes_back(self, client_with, upstream):
        client = client_with(clients={"demo": {"required_aal": "aal2"}})
        self.lone_token(upstream)
        upstream.asks("login")
        location = client.get(PAGE).headers["Location"]
        assert location.startswith(f"{BROWSER_KRATOS}/self-service/settings/browser?")
        assert query(location) == {"return_to": f"{BACK}&task=second_factor"}

    def test_a_must_is_never_accepted_without(self, client_with, upstream):
        """Even by a cookie that says there is none."""
        wish, must = client_with(), client_with(clients={"demo": {"required_aal": "aal2"}})
        self.lone_token(upstream)
        upstream.asks("login", request_url=authorize(acr_values="aal2"))
        upstream.signed_in()
        wish.get(PAGE)
        must.set_cookie("portico", wish.get_cookie("portico").value)
        assert query(must.get(BACK).headers["Location"])["aal"] == "aal2"

    def test_outside_of_a_login_the_page_says_that_there_is_no_way(self, client, upstream):
        body = flow("aal2/choose_method", requested_aal="aal2")
        body["ui"]["nodes"] = body["ui"]["nodes"][:0]
        upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)
        upstream.half_signed_in()
        assert "can't continue with this account" in client.get(PAGE).text


class TestBeginning:
    def test_without_a_flow_kratos_begins_one(self, client, upstream):
        assert client.get("/login").headers["Location"] == f"{BROWSER_KRATOS}/self-service/login/browser"

    def test_the_parameters_a_login_takes_are_passed_on_and_no_others(self, client, upstream):
        parameters = {"aal": "aal2", "refresh": "true", "return_to": f"{PUBLIC}/", "organization": "o", "via": "v"}
        odd = {"login_challenge": "", "identity_schema": "person", "next": "https://evil.example/", "id": "x"}
        location = client.get("/login", query_string=parameters | odd).headers["Location"]
        assert query(location) == parameters | {"identity_schema": "person"}

    @each_case(
        "back",
        [
            *("//evil.example", "/\\evil.example", "/\t/evil.example", "/\n/evil.example", "\\\\evil.example"),
            *("https:evil.example", "/%09/evil.example", "%2f%2fevil.example", "%252f%252fevil.example"),
            *("/..//evil.example", "https:/\\evil.example", "https://good@evil.example", "javascript:alert(1)"),
            *("data:text/html,x", "https://evil.example\r\nSet-Cookie: a=b", "https://ёvil.example"),
            *("https://evil.example:x/", "https://"),
            "https://a.example/" + "x" * 40_000,
            " https://a.example/",
            "/settings",
        ],
    )
    def test_a_way_back_that_is_no_plain_address_is_left_out(self, client, upstream, back):
        """N20 N25: Kratos checks the rest against its allowed_return_urls."""
        location = client.get("/login", query_string={"return_to": back}).headers["Location"]
        assert location == f"{BROWSER_KRATOS}/self-service/login/browser"

    @each_case("value", ["a\r\nb", "a&b=c", "a#b", "\0", "é", "a\u2028b"])
    def test_a_parameter_stays_one_parameter(self, client, upstream, value):
        location = client.get("/login", query_string={"via": value}).headers["Location"]
        assert query(location) == {"via": value}

    @each_case("flow_id", ["a b", "../x", "é", "x" * 129, "a/b", "a?b", "a&b"])
    def test_an_id_no_flow_can_have_is_not_asked_for(self, client, upstream, flow_id):
        assert client.get("/login", query_string={"flow": flow_id}).status_code == 400


class TestFlowsThatAreGone:
    EXPIRED = fill("errors/flow_expired", redirect_to="https://evil.example/", return_to=BACK)
    GONE = ((410, EXPIRED), (404, fill("errors/not_found")), (403, fill("errors/csrf_mismatch")))

    def gone(self, upstream, status, body):
        return upstream.on("GET", f"{KRATOS}/self-service/login/flows", status, body)

    @each_case("status, body", GONE)
    def test_another_one_is_begun_and_its_page_says_why(self, client, upstream, status, body):
        first = self.gone(upstream, status, body)
        again = client.get(PAGE).headers["Location"]
        upstream.mock.remove(first)
        upstream.flow("login/choose_method", request_url=f"{BROWSER_KRATOS}/?notice={query(again)['notice']}")
        page = parsed(client.get(PAGE))
        assert again.startswith(f"{BROWSER_KRATOS}/self-service/login/browser")
        assert "expired" in words(page.find(class_="notice"))

    @each_case("notice", ["<script>", "nonsense", "", "x" * 3000])
    def test_a_notice_nobody_wrote_is_none(self, client, upstream, notice):
        upstream.flow("login/choose_method", request_url=f"{BROWSER_KRATOS}/?{urlencode({'notice': notice})}")
        assert parsed(client.get(PAGE)).find(class_="notice") is None

    def test_the_way_back_to_the_application_is_kept(self, client, upstream):
        self.gone(upstream, 410, self.EXPIRED)
        assert query(client.get(PAGE).headers["Location"]) == {"return_to": BACK, "notice": "expired"}

    def test_a_browser_without_cookies_is_told_so(self, client, upstream, logs):
        """It is asked for ours first: that it has none of Kratos' may be because it was never here."""
        self.gone(upstream, 403, fill("errors/csrf_no_cookies"))
        once = client.without_jar().get(PAGE).headers["Location"]
        page = client.without_jar().get(once)
        assert (once, page.status_code) == (f"{PUBLIC}{PAGE}&n=1", 400)
        assert "Allow cookies" in page.text
        assert '"event": "cookie_invisible"' in logs.getvalue()

    def test_a_way_back_to_nowhere_is_left_out(self, client, upstream):
        self.gone(upstream, 410, fill("errors/flow_expired", redirect_to="", return_to="javascript:alert(1)"))
        location = client.get(PAGE).headers["Location"]
        assert location == f"{BROWSER_KRATOS}/self-service/login/browser?notice=expired"


def not_verified():
    """Kratos' login flow with legacy_require_verified_login_error: the address has to be confirmed first."""
    body = load("login/address_not_verified")
    return body | {"return_to": f"{PUBLIC}/login?login_challenge=c&n=1"}


@each_case("enabled", [True, False])
def test_an_address_that_is_not_confirmed_can_be_confirmed_from_here(client_with, upstream, enabled):
    upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, not_verified())
    upstream.asks("login")
    flows = ["registration", "recovery", *(["verification"] if enabled else [])]
    alert = parsed(client_with(kratos_flows=flows).get("/login?flow=f")).find(role="alert")
    links = [link["href"] for link in alert.find_all("a")]
    way = urlencode({"return_to": f"{PUBLIC}/login?login_challenge=c&n=1"})
    assert links == ([f"{BROWSER_KRATOS}/self-service/verification/browser?{way}"] if enabled else [])
