"""Every address we build, and every address we let a browser go to."""

from urllib.parse import parse_qsl, quote, urlsplit

from hypothesis import given, settings
from hypothesis import strategies as st

from app.urls import (
    MAX_URL,
    ReturnTo,
    Urls,
    https_link,
    is_below,
    is_local,
    is_loopback,
    is_path,
    netloc,
    origin,
    pairs,
    query,
    quoted,
    same_origin,
    split,
    with_prompt_login,
    with_query,
    without_registration,
    words,
)
from tests.support.cases import each_case

GOOD = "https://good.example"
URLS = Urls(GOOD, "https://kratos.example", "https://hydra.example")
bounded = settings(derandomize=True, database=None)

# N20: what must never pass for an address of ours
HOSTILE = [
    *("", "/", "//evil", "///evil", "/\\evil", "\\\\evil", "/\tevil", "/\nevil", "/%09/evil", "/%0a/evil"),
    *("/..//evil", "https:evil", "https:/evil", "https:///evil", "https:/\\evil", "https:\\\\evil"),
    *("https://good.example.evil", "https://evil.good.example", "https://goodXexample"),
    *("https://good.example@evil", "https://good.example:443@evil", "https://user:password@good.example/"),
    *("https://good.example\\@evil", "https://good.example\\.evil", "https://good%2eexample"),
    *("https://good.example%2eevil", "https://%67ood.example/", "https://good.example;evil/"),
    *("https://[good.example]evil/", "https://good.example%00.evil", "https://good.example\x00.evil"),
    *("https://good.example\t.evil", "https://good.example\r\n.evil", "https://good.example .evil"),
    *(" https://good.example/", "https://good.example:444/", "https://good.example:80/", "https://good.example:x/"),
    *("https://good.example:99999/", "https://good.example./", "http://good.example/", "http://good.example:443/"),
    *("ftp://good.example/", "javascript:alert(1)", "JaVaScRiPt:alert(1)", "javascript://good.example/%0aalert(1)"),
    *("data:text/html,x", "vbscript:x", "blob:https://good.example/x", "%2f%2fevil", "%252f%252fevil"),
    *("https%3a%2f%2fgood.example", "https%253a%252f%252fgood.example", "https://g\u043e\u043ed.example/"),
    *("https://xn--gd-pbab.example/", "https://good\u3002example/", "https://good.example\uff0fevil"),
    *("https://[good.example]/", "https://[::1"),
    "https://good.example" + "/" * MAX_URL,
    None,
    7,
    ["https://good.example/"],
    b"https://good.example/",
]


@each_case("url", HOSTILE)
def test_what_only_looks_like_ours_is_not(url):
    """N20."""
    assert not same_origin(url, GOOD)


@each_case("url", HOSTILE)
def test_no_hostile_return_to_leads_to_a_challenge(url):
    """N21: nor encoded once more."""
    tail = "/login?login_challenge=c&n=1"
    for text in (url, f"{url}{tail}", quote(str(url), safe="") + tail):
        assert URLS.return_to_of(text) is None


@each_case("url", HOSTILE)
def test_no_hostile_redirect_of_an_upstream_is_followed(url):
    """N22: a compromised or misconfigured upstream."""
    urls = Urls("https://portico.example", kratos=GOOD, hydra=GOOD)
    assert not urls.is_at_hydra(url)
    assert not urls.is_at_kratos(url)


@each_case(
    "url",
    [
        *("https://good.example", "https://good.example/", "https://GOOD.example/x?y=//evil#z"),
        *("https://good.example:443/x", "https://good.example:/x", "HTTPS://good.example/x"),
        *("https://good.example/%2f%2fevil", "https://good.example/?return_to=https://evil"),
    ],
)
def test_what_is_ours_is_ours(url):
    assert same_origin(url, GOOD)


@each_case("sign", [*map(chr, range(0x21)), "\\", "\x7f", "\x80", "\u00e9", "\u3002", "\U0001f600"])
def test_a_sign_that_browsers_rewrite_is_in_no_address_that_they_get(sign):
    """Where it would be harmless too: whoever reads on (a proxy, a log, another browser) may take it for a slash."""
    for url in (f"https://good.example/a{sign}b", f"https://good.example/?a={sign}", f"http://a{sign}.localhost/"):
        assert split(url) is None
        assert not same_origin(url, GOOD)
    assert not is_path(f"/{sign}evil.example")
    assert not is_path(f"/a{sign}b")


PIECES = [
    "/",
    "\\",
    "//",
    "@",
    "evil",
    ".",
    "\t",
    ":",
    "443",
    "444",
    "%2e",
    "%40",
    "#",
    "?",
    "\u3002",
    "[",
    "]",
    ";",
    "&",
]


@bounded
@given(st.lists(st.sampled_from(PIECES), max_size=5).map(lambda pieces: "https://good.example" + "".join(pieces)))
def test_whatever_passes_has_the_origin_that_a_browser_would_go_to(url):
    """N20."""
    if same_origin(url, GOOD):
        rest = url[len("https://good.example") :]
        assert rest.partition("/")[0].partition("?")[0].partition("#")[0] in ("", ":", ":443")


@bounded
@given(st.text(max_size=60))
def test_no_text_breaks_any_reader_of_addresses(url):
    split(url), https_link(url), query(url), URLS.return_to_of(url), origin(url)


@each_case("url", [None, 7, "", "https://a b", "https://a\\b", "javascript:x"])
def test_an_unusable_address_has_none(url):
    assert origin(url) == ""


def test_an_unusable_address_has_no_origin_that_equals_another_unusable_one():
    assert not same_origin("javascript:x", "javascript:x")
    assert not same_origin("", "")


@each_case(
    "url, expected",
    [
        ("HTTPS://Login.Example:443/x", "https://login.example"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:3000/x", "http://localhost:3000"),
        ("http://[::1]:3000/x", "http://[::1]:3000"),
        ("https://h:80/", "https://h:80"),
        ("x", ""),
    ],
)
def test_an_origin_is_written_as_browsers_compare_it(url, expected):
    assert origin(url) == expected


# Links on our pages (N14)


@each_case(
    "url",
    [
        *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "\tjavascript:alert(1)", "data:text/html,<script>"),
        *("vbscript:x", "blob:https://a.example/x", "//evil", "http://a.example/", "http://u:p@x"),
        *("https://u:p@x", "https://a.example/ b", "https://a.example/\u202e"),
        "https://a.example/" + "x" * 100_000,
        "https://a.example/" + "x" * 2048,
        *("https://", "", None, 7),
        ["https://a.example/"],
        {"https://a.example/": 1},
    ],
)
def test_what_is_no_https_address_is_no_link(url):
    """N14."""
    assert https_link(url) == ""


@each_case("url", ["https://a.example/terms?x=1#y", "https://a.example:8443/", 'https://a.example/"><b'])
def test_an_https_address_is_a_link(url):
    assert https_link(url) == url


@each_case("host", ["localhost", "127.0.0.1", "::1", "portico.localhost"])
def test_names_that_can_only_mean_this_machine(host):
    assert is_loopback(host)


@each_case(
    "host", ["", None, "localhost.evil", "evillocalhost", "127.0.0.1.evil", "0.0.0.0", "example.org", "192.168.0.1"]
)
def test_names_that_may_mean_another_machine(host):
    assert not is_loopback(host)


# Reading and writing parameters


def test_of_a_doubled_parameter_the_first_is_taken_as_hydra_does():
    assert query("https://h/?a=1&a=2&b=")["a"] == "1"
    assert query("https://h/?a=1&a=2&b=") == {"a": "1", "b": ""}


@each_case("url", ["https://h/?" + "a=1&" * 500, "http://[", "", "https://h/?%ff=%zz&;=&=&&"])
def test_a_query_nobody_can_read_breaks_nothing(url):
    assert isinstance(query(url), dict)


parameters = st.lists(
    st.tuples(st.sampled_from(["state", "scope", "client_id", "x"]), st.text(max_size=12)), max_size=5
)


@bounded
@given(parameters, st.text(max_size=12))
def test_setting_one_parameter_leaves_the_others_as_they_were(pairs, value):
    url = with_query("http://h/oauth2/auth", x="0")
    for name, text in pairs:
        url += f"&{quote(name, safe='')}={quote(text, safe='')}"
    changed = parse_qsl(urlsplit(with_query(url, prompt=value)).query, keep_blank_values=True)
    assert changed == [("x", "0"), *pairs, ("prompt", value)]


def test_bytes_that_are_no_text_survive_a_restart():
    """A `state` is the application's; it must come back as it was sent."""
    assert "state=%FF%FE" in with_prompt_login("http://h/oauth2/auth?state=%FF%FE&client_id=x")


@each_case(
    "before, after",
    [
        ("", "login"),
        ("&prompt=consent", "consent login"),
        ("&prompt=login", "login"),
        ("&prompt=login%20consent", "login consent"),
        ("&prompt=consent+registration", "consent registration login"),
        ("&prompt=", "login"),
        ("&prompt=login%0A", "login login"),
    ],
)
def test_login_is_added_to_prompt_once(before, after):
    changed = with_prompt_login(f"http://localhost:4444/oauth2/auth?client_id=demo{before}&state=a%2Bb%26c")
    assert query(changed) == {"client_id": "demo", "state": "a+b&c", "prompt": after}


@each_case(
    "before, after",
    [
        ("&prompt=registration", {"prompt": ""}),
        ("&prompt=consent%20registration", {"prompt": "consent"}),
        ("&prompt=login", {"prompt": "login"}),
        ("", {}),
    ],
)
def test_who_has_an_account_is_not_sent_to_sign_up_again(before, after):
    changed = without_registration(f"http://localhost:4444/oauth2/auth?client_id=demo{before}&state=a%2Bb%26c")
    assert query(changed) == {"client_id": "demo", "state": "a+b&c"} | after


# The addresses of this deployment


@each_case("challenge", ["c", "a+b/c=~._-", "x" * 6000, "é &?#"])
@each_case("round_trips", [0, 1, 8])
def test_a_return_to_is_understood_as_it_was_built(challenge, round_trips):
    assert URLS.return_to_of(URLS.login(challenge, round_trips)) == ReturnTo(challenge, round_trips)


@each_case(
    "parameter, round_trips",
    [("n=7", 7), ("n=999", 999), ("n=1&n=2", 1), *((n, 0) for n in ("n=-1", "n=", "n=x", "n=%D9%A3", "n=1000", "m=1"))],
)
def test_a_hop_count_that_is_none_is_zero(parameter, round_trips):
    target = URLS.return_to_of(f"{GOOD}/login?login_challenge=c&{parameter}")
    assert target == ReturnTo("c", round_trips)


@each_case(
    "path",
    [
        *("/login", "/login?login_challenge=", "/login?flow=f", "/Login?login_challenge=c"),
        *("/login/?login_challenge=c", "/x/../login?login_challenge=c"),
        *("/consent?login_challenge=c", "/#/login?login_challenge=c", "/login#?login_challenge=c"),
    ],
)
def test_our_other_addresses_lead_to_no_challenge(path):
    assert URLS.return_to_of(GOOD + path) is None


def test_kratos_gets_the_challenge_only_inside_return_to():
    url = URLS.kratos_flow("login", refresh="true", aal="", return_to=URLS.login("c+d", 3))
    assert url.startswith("https://kratos.example/self-service/login/browser?")
    assert query(url) == {"refresh": "true", "return_to": f"{GOOD}/login?login_challenge=c%2Bd&n=3"}


def test_a_flow_without_parameters_has_no_query():
    assert URLS.kratos_flow("recovery", aal="", return_to="") == (
        "https://kratos.example/self-service/recovery/browser"
    )


def test_a_parameter_is_read_back_as_it_was():
    for value in ("=", "a==", "aX=", "a=b=", "%3D=", "=X", "a b=", "é="):
        assert quoted(value) == quote(value, safe="")
        assert query(f"http://h/?x={quoted(value)}") == {"x": value}


def test_hydras_origin_is_the_configured_one_whatever_the_request_says():
    assert URLS.is_at_hydra("https://hydra.example/oauth2/auth", "https://evil.example/oauth2/auth")
    assert not URLS.is_at_hydra("https://evil.example/oauth2/auth", "https://evil.example/oauth2/auth")


def test_without_a_configured_one_hydras_origin_is_that_of_its_own_request():
    urls = Urls(GOOD, "https://kratos.example")
    assert urls.is_at_hydra("https://hydra.example/x", "https://hydra.example/oauth2/auth?y")
    assert not urls.is_at_hydra("https://evil.example/x", "https://hydra.example/oauth2/auth?y")
    assert not urls.is_at_hydra("https://hydra.example/x", "")
    assert not urls.is_at_hydra("/oauth2/auth", None)


def test_what_shares_an_origin_with_hydra_or_kratos_is_neither():
    urls = Urls(GOOD, "https://shared.example/kratos", "https://shared.example/hydra")
    assert urls.is_at_hydra("https://shared.example/hydra/oauth2/auth")
    assert not urls.is_at_hydra("https://shared.example/kratos/oauth2/auth")
    assert urls.kratos_origin("https://shared.example/kratos/self-service/login") == "https://shared.example"
    assert not urls.kratos_origin("https://shared.example/hydra/self-service/login")


def test_kratos_is_followed_to_kratos_only():
    assert URLS.is_at_kratos("https://kratos.example/self-service/login/browser?aal=aal2")
    assert not URLS.is_at_kratos("https://hydra.example/")


# Drop-in mode: no address of ours is known, and everything is on this machine

DROP_IN = Urls("", "http://localhost:4433")


@each_case("url", ["/login?login_challenge=c&n=1", "/settings", "/"])
def test_in_drop_in_mode_our_own_addresses_are_paths(url):
    assert is_path(url)
    assert DROP_IN.can_return_to(url)
    assert not URLS.can_return_to(url)


def test_in_drop_in_mode_a_return_to_is_understood_as_it_was_built():
    assert DROP_IN.login("c", 2, "second_factor") == "/login?login_challenge=c&n=2&task=second_factor"
    assert DROP_IN.return_to_of(DROP_IN.login("c", 2, "second_factor")) == ReturnTo("c", 2, "second_factor")


@each_case(
    "url",
    [
        *("//evil.example/login?login_challenge=c", "/\\evil.example/login?login_challenge=c"),
        *("\\/login?login_challenge=c", "/\t/evil.example/login?login_challenge=c"),
        *("///login?login_challenge=c", "http://evil.example/login?login_challenge=c"),
        *("http:/login?login_challenge=c", "login?login_challenge=c", "?login_challenge=c"),
        *("javascript:/login?login_challenge=c", "/login/?login_challenge=c", "/logins?login_challenge=c"),
        "/login?login_challenge=" + "c" * MAX_URL,
        "",
        None,
    ],
)
def test_in_drop_in_mode_nothing_but_our_login_path_leads_to_a_challenge(url):
    assert DROP_IN.return_to_of(url) is None


def test_with_an_address_of_ours_a_path_leads_nowhere():
    assert URLS.return_to_of("/login?login_challenge=c") is None


@each_case("url", ["http://localhost:4455/self-service/login", "http://127.0.0.1/x", "http://[::1]:1/x"])
def test_in_drop_in_mode_kratos_may_be_behind_any_proxy_of_this_machine(url):
    assert DROP_IN.is_at_kratos(url)
    assert DROP_IN.kratos_origin(url) == origin(url)
    assert not Urls("http://localhost:3000", "http://localhost:4433").is_at_kratos(url)


@each_case(
    "url", ["http://kratos.example/x", "http://localhost.evil.example/x", "http://localhost@evil.example/", "/x", ""]
)
def test_in_drop_in_mode_kratos_is_on_no_other_machine(url):
    assert not DROP_IN.is_at_kratos(url)
    assert not DROP_IN.kratos_origin(url)


def test_in_drop_in_mode_a_kratos_that_was_named_is_kratos():
    assert Urls("", "https://kratos.example").kratos_origin("https://kratos.example/x") == "https://kratos.example"


@each_case("scheme", ["ftp", "ws", "javascript", "app", ""])
def test_only_http_and_https_are_followed(scheme):
    assert split(f"{scheme}://good.example/") is None


def test_words_are_parted_by_spaces_alone_without_what_is_white_for_go():
    assert words("a  b\tc") == ["a", "b\tc"]
    for white in "\t\n\v\f\r\u0085\u00a0\u1680\u2000\u2001\u2009\u200a\u2028\u2029\u202f\u205f\u3000":
        assert words(f"{white}a{white} {white} b{white}") == ["a", "b"]
    for black in "\x1c\x1d\x1e\x1f\u200b\u1fff\ufeffX":
        assert words(f"{black}a{black}") == [f"{black}a{black}"]


def test_a_pair_that_go_cannot_read_does_not_count():
    url = "https://good.example/?a=%zz&b=%4&c=1;2&;d=1&e=%4a&f=%&%=g&h=%C3%A4#&i=1"
    assert pairs(url) == [("e", "J"), ("h", "ä")]


def test_of_more_pairs_than_go_takes_none_is_read():
    """N72: Go's urlmaxqueryparams; a flow of Kratos begun with a megabyte of them cost half a second each time."""
    most = f"{GOOD}/?a=1{'&' * 9_999}"
    assert pairs(most) == pairs(f"{most}#&") == [("a", "1")]
    assert pairs(f"{most}&") == []


def test_what_has_a_meaning_in_an_address_is_escaped():
    reserved = "%:/?#[]@!$&'()*+,;= "
    assert with_query(GOOD, a=reserved) == f"{GOOD}?a={quote(reserved, safe='')}"


def test_an_origin_may_be_that_of_any_of_several():
    assert same_origin(f"{GOOD}/x", "https://other.example", GOOD)


@each_case("read, longest", [(https_link, 2048), (split, MAX_URL)])
def test_an_address_may_be_as_long_as_allowed_and_no_longer(read, longest):
    whole = f"{GOOD}/".ljust(longest, "x")
    assert read(whole)
    assert not read(f"{whole}x")


@each_case("sign, plain", [("!", True), ("~", True), (" ", False), ("\x7f", False), ("é", False), ("\ud800", False)])
def test_an_address_consists_of_what_ascii_can_show(sign, plain):
    """Half a surrogate pair is none of it, and no error."""
    assert (split(f"{GOOD}/{sign}") is not None) is plain


def test_nothing_between_two_ampersands_is_no_pair():
    assert pairs(f"{GOOD}/?&a=1&&b=2&") == [("a", "1"), ("b", "2")]


@each_case(
    "url, expected",
    [
        (f"{GOOD}/?prompt=%zz&prompt=x", f"{GOOD}/?prompt=%zz&prompt=y"),
        (f"{GOOD}/?a=1#part", f"{GOOD}/?a=1&prompt=y#part"),
        (f"{GOOD}/?a=\ud800", f"{GOOD}/?a=?&prompt=y"),
    ],
)
def test_a_parameter_is_set_beside_all_that_is_there(url, expected):
    assert with_query(url, prompt="y") == expected


@each_case("url", [f"{GOOD}/?a=1#part", f"{GOOD}/#part", GOOD])
def test_where_no_parameter_is_set_nothing_changes(url):
    assert with_query(url, prompt=None) == url


def test_of_a_prompt_registration_alone_is_taken():
    without = without_registration(f"{GOOD}/?prompt=login+registration+consent")
    assert query(without)["prompt"] == "login consent"


def test_the_way_back_begins_to_count_at_zero():
    assert URLS.login("c") == f"{GOOD}/login?login_challenge=c&n=0"


@each_case(
    "urls, url, may",
    [
        (URLS, "https://app.example/x", True),
        (URLS, "/x", False),
        (Urls("", GOOD), "/x", True),
        (Urls("", GOOD), "https://app.example/x", True),
        (Urls("", GOOD), "x", False),
        (Urls("", GOOD), "//app.example/x", False),
    ],
)
def test_kratos_is_given_addresses_and_in_drop_in_mode_paths(urls, url, may):
    """Which of them it allows is Kratos' own to check."""
    assert urls.can_return_to(url) is may


@each_case("public_url, here", [("", True), ("http://localhost:4455", True), ("http://[::1]", True), (GOOD, False)])
def test_a_deployment_is_for_this_machine_on_loopback_or_without_an_address(public_url, here):
    assert is_local(public_url) is here


@each_case("url, host", [(f"{GOOD}:8443/x", "good.example:8443"), ("javascript:x", ""), (None, "")])
def test_host_and_port_are_those_of_an_address_a_link_may_carry(url, host):
    assert netloc(url) == host


@each_case(
    "path",
    [
        *("", "/", "x", "/..", "/../x", "/%2e%2E/x", "/.", "/./x"),
        *("/..%2fx", "/%2F..%2fx", "/a%5c..%5Cx", "/a\\..\\x", "/a/..%5cx"),
    ],
)
def test_what_a_proxy_may_read_as_elsewhere_is_not_below(path):
    below = path == "/"
    assert is_below(f"https://example.org/hydra{path}", "/hydra") is below
    assert is_below(f"https://example.org{path}", "")


@each_case("path", ["/x", "/x..y", "/..x", "/x../y", "/.well-known/openid", "/x?next=/../y"])
def test_dots_in_names_lead_nowhere_else(path):
    assert is_below(f"https://example.org/hydra{path}", "/hydra")
