"""Our cookie in the browser: when it is set, and what stands beside it (N31 N33)."""

from app.http.security import Request
from app.http.signing import SHORT, kept_serializer
from tests.support.cases import each_case
from tests.support.upstream import BROWSER_HYDRA, BROWSER_KRATOS, seen_and_proven

LOGIN = "/login?login_challenge="


def test_nothing_is_kept_before_there_is_something_to_keep(client, upstream):
    """N33."""
    upstream.nobody()
    client.get("/")
    client.get("/static/app.css")
    assert client.get_cookie("portico") is None


def test_after_signing_out_no_cookie_is_kept(client, upstream):
    upstream.signed_in()
    upstream.signs_out()
    page = client.get("/logout")
    assert client.get_cookie("portico")
    client.submit(page, "/logout", ("action", "accept"))
    assert client.get_cookie("portico") is None


def test_on_https_the_cookie_is_bound_to_our_host(client_with, upstream):
    """N31: `__Host-` keeps a neighbour domain from planting one; the client fixture checks the attributes."""
    upstream.asks("login")
    upstream.nobody()
    client = client_with(public_url="https://login.example.org")
    response = client.get(LOGIN + "c")
    names = [cookie.partition("=")[0] for cookie in response.headers.getlist("Set-Cookie")]
    assert sorted(names) == ["__Host-portico", "__Host-portico-way0"]


def test_below_a_path_cookies_are_called_by_it(client_with, upstream):
    """A neighbour below another path of the host has some of its own; a slash may not stand in a name."""
    upstream.asks("login")
    upstream.nobody()
    client = client_with(public_url="https://example.org/login/pages")
    names = [
        line.partition("=")[0]
        for line in client.get(LOGIN + "c", base_url="https://example.org/login/pages").headers.getlist("Set-Cookie")
    ]
    assert "__Host-portico.login.pages" in names


@each_case("size, is_compressed", [(SHORT, False), (SHORT + 1, True)])
def test_only_what_is_long_is_compressed(size, is_compressed):
    """Short as most cookies are, to compress one cost more than to sign it."""
    serializer, kept = kept_serializer("x" * 32, "notes"), "y" * (size - 2)  # quotes around it
    sent = serializer.dumps(kept)
    assert (sent.startswith("."), serializer.loads(sent)) == (is_compressed, kept)


@each_case(
    "order",
    [
        *("{ours}; portico=planted", "portico=planted; {ours}"),
        *("{ours},portico=planted", "portico=planted,{ours}", "{ours},a"),
        *("{ours}x", "portico; {ours}", "portico=; {ours}", "portico={ours}"),
    ],
)
def test_a_second_cookie_of_our_name_costs_a_sign_in_at_most(client, upstream, order):
    """N31."""
    cookie = seen_and_proven(client, upstream)
    upstream.mock.assert_all_requests_are_fired = False
    upstream.takes("login", "accept")
    response = client.without_jar().get(f"{LOGIN}c&n=1", headers={"Cookie": order.format(ours=f"portico={cookie}")})
    assert response.status_code == 303
    assert response.headers["Location"].startswith((BROWSER_HYDRA, BROWSER_KRATOS))


def test_names_and_values_lose_blanks_and_quotes_and_nothing_else():
    read = Request({"HTTP_COOKIE": ' X=X ;\tY = "X" ; Z'}).cookies
    assert read.to_dict() == {"X": "X", "Y": "X", "Z": ""}


@each_case(
    "around",
    [
        *(
            "{ours}",
            "{quoted}",
            "a=1; {ours}; b=2",
            "  {ours}\t ",
            ";;{ours};;",
            "=; {ours}; =x",
            "{ours}; portico=planted",
        ),
        # What others under our name's host may set: browsers send each of them as it is.
        *('a="x; {ours}; b=y"', 'a="; {ours}; b="', 'a="x\\"; {ours}; b="', 'a="; b="; {ours}; c="'),
        *('{{"a":1}}; {ours}', "a b; {ours}", "a=b=c=; {ours}", "a=b,portico=x; {ours}", "portico\xa0=x; {ours}"),
        *("\xe2\x80\x80portico=x; {ours}", "a=\xff\x80; {ours}", "Portico=x; {ours}", "portico[]=x; {ours}"),
    ],
)
def test_a_cookie_of_somebody_elses_does_not_hide_ours(client, upstream, around):
    """N31. Kratos divides the same header in the same way (tests/contract/test_kratos_generated.py)."""
    cookie = seen_and_proven(client, upstream)
    upstream.takes("login", "accept")
    header = around.format(ours=f"portico={cookie}", quoted=f'portico="{cookie}"')
    response = client.without_jar().get(f"{LOGIN}c&n=1", headers={"Cookie": header})
    assert response.headers["Location"].startswith(BROWSER_HYDRA)
    assert {call.request.headers["Cookie"] for call in upstream.mock.calls if "whoami" in call.request.url} >= {header}
