"""An authorization request is read as Hydra v26.2.0 reads it: Go's url.ParseQuery, then fosite's request object."""

import base64

from app.ory.authorization_request import Parameters, jwt_payload
from app.urls import query, with_prompt_login, with_query
from tests.support.builders import AUTHORIZE, authorize_url, jwt
from tests.support.cases import each_case

BANK, OWN = "https://accounts.bank.example/", "https://own.example.org/cb"


def parse(text: str) -> Parameters:
    return Parameters.parse(f"{AUTHORIZE}?client_id=demo&{text}")


@each_case(
    "text, expected",
    [
        ("a=1;&a=2", "2"),
        ("a;=1&a=2", "2"),
        ("a=1;b=3&a=2", "2"),
        ("a=1%3B&a=2", "1;"),
        ("a=%zz&a=2", "2"),
        ("a=1%&a=2", "2"),
        ("a=1%4&a=2", "2"),
        ("a%=1&a=2", "2"),
        ("a&a=2", ""),
        ("a=&a=2", ""),
        ("=1&a=2", "2"),
        ("&&a=2&", "2"),
        ("a=1+2&a=2", "1 2"),
        ("a=x=y&a=2", "x=y"),
        ("%61=1&a=2", "1"),
        ("a+=1&a=2", "2"),
        ("A=1&a=2", "2"),
        ("a=%C3%A9", "é"),
        ("a=%ff", "\N{REPLACEMENT CHARACTER}"),
        ("a=1?&a=2", "1?"),
        ("a=1#&a=2", "1"),
        ("b=1#?a=2", None),
        ("&".join(["b=1"] * 5000 + ["a=2"]), "2"),
    ],
)
def test_a_query_is_read_as_go_reads_it(text, expected):
    """N72."""
    assert query(f"{AUTHORIZE}?{text}").get("a") == expected


def test_a_pair_that_hydra_drops_decides_nothing():
    """N72."""
    parameters = parse(f"redirect_uri={BANK};&redirect_uri={OWN}&prompt=login;&max_age=0%&prompt=consent")
    assert (parameters.redirect_uri, parameters.prompt, parameters.max_age) == (OWN, frozenset({"consent"}), None)


def test_behind_a_raw_hash_anything_may_stand():
    """Hydra has read it when it asks for a login, and not when it sends the answer."""
    parameters = parse(f"redirect_uri={OWN}&x=#&prompt=login&redirect_uri={BANK}")
    assert (parameters.redirect_uri, parameters.prompt, parameters.hidden) == ("", frozenset(), True)


def test_lists_are_split_at_spaces_alone():
    parameters = parse("acr_values=aal2%C2%A0+%1Caal1++aal2%C2%A0&ui_locales=de%0Afr+nl")
    assert parameters.acr_values == ("aal2\u00a0", "\x1caal1")
    assert parameters.ui_locales == ("de\nfr", "nl")


@each_case("scope", ["openid", "profile+openid", "OpenID", "profile%20%0Aopenid", "open%C4%B0d"])
def test_a_request_object_counts_with_openid_in_the_query(scope):
    """In any case: fosite compares by strings.ToLower, for which İ is an i."""
    parameters = parse(f"scope={scope}&redirect_uri={OWN}&request={jwt({'redirect_uri': BANK, 'prompt': 'login'})}")
    assert (parameters.redirect_uri, parameters.prompt) == (BANK, frozenset({"login"}))
    assert parameters.has_request_object


def test_a_request_object_that_is_too_deep_to_be_read_may_hold_anything():
    """N73: Hydra's JSON may be ten times as deep; the page was a 500."""
    for depth in (500, 5000):
        value = "[" * depth + "]" * depth
        inside = base64.urlsafe_b64encode(f'{{"prompt": {value}}}'.encode()).decode().rstrip("=")
        parameters = parse(f"scope=openid&prompt=consent&request=e30.{inside}.")
        assert (parameters.hidden, parameters.has_request_object) == (True, True)


def test_a_request_object_that_is_too_long_to_be_read_may_hold_anything():
    """N73: one of a megabyte, which is small in a challenge, held a worker for half a second at each page."""
    for more, is_hidden in ((0, False), (1, True)):
        token = jwt({"prompt": "none"})
        token += "x" * (64 * 1024 + more - len(token))
        assert parse(f"scope=openid&request={token}").hidden is is_hidden


@each_case("scope", ["", "profile", "openid.x", "profile,openid", "profile%09openid"])
def test_without_openid_in_the_query_hydra_does_not_look_at_it(scope):
    inside = jwt({"redirect_uri": BANK, "prompt": "none", "scope": "openid"})
    parameters = parse(f"scope={scope}&redirect_uri={OWN}&prompt=login&request={inside}")
    assert (parameters.redirect_uri, parameters.prompt, parameters.hidden) == (OWN, frozenset({"login"}), False)
    assert not parameters.has_request_object


def test_without_openid_an_unreadable_object_hides_nothing():
    assert not parse("scope=profile&request=x").hidden
    assert parse("scope=openid&request=x").hidden


@each_case("separator", ["%1C", "%1D", "%1E", "%1F"])
def test_what_only_python_takes_for_a_space_is_a_part_of_the_word(separator):
    """N73: a client with a scope that begins with such a letter would otherwise have its object shown, not used."""
    parameters = parse(f"scope=profile%20{separator}openid&redirect_uri={OWN}&request={jwt({'redirect_uri': BANK})}")
    assert (parameters.redirect_uri, parameters.has_request_object) == (OWN, False)


@each_case(
    "more",
    [
        "request_uri=https%3A%2F%2Fown.example.org%2Frequest.jwt",
        "request_uri=urn:ietf:params:oauth:request_uri:x",
        "request=%7B%22payload%22%3A%22%22%7D",
    ],
)
def test_a_redirect_uri_beside_an_unseen_request_is_not_believed(more):
    """N75: Hydra goes by the one inside, which may be another that is registered."""
    parameters = parse(f"scope=openid&redirect_uri={BANK}&{more}")
    assert (parameters.redirect_uri, parameters.hidden) == ("", True)


def test_an_empty_request_is_none():
    assert not Parameters.parse(authorize_url(request="", request_uri="")).has_request_object
    assert not Parameters.parse(authorize_url(request="", request_uri="")).hidden


@each_case(
    "claim, prompt",
    [
        ("login", {"login"}),
        ("login\n consent", {"login", "consent"}),
        ("login\tconsent", {"login\tconsent"}),
        (["login", "consent"], {"[login", "consent]"}),
        ({"b": 1, "a": "x"}, {"map[a:x", "b:%!s(int64=1)]"}),
        (5, {"%!s(int64=5)"}),
        (True, {"%!s(bool=true)"}),
        (1.5, {"%!s(float64=1.5)"}),
        (None, {"%!s(<nil>)"}),
        ([None, {"b": None}], {"[<nil>", "map[b:<nil>]]"}),
        ("\ud83d x\ud83d\ude00", {"\N{REPLACEMENT CHARACTER}", "x\N{GRINNING FACE}"}),
    ],
)
def test_a_claim_that_is_no_text_becomes_what_go_prints(claim, prompt):
    """So that Portico refuses a prompt that Hydra will refuse, before anybody types a password."""
    assert Parameters.parse(authorize_url(prompt="consent", request=jwt({"prompt": claim}))).prompt == prompt


@each_case("claim, seconds", [(300, 300), ("300", 300), ("+5", 5), (-1, None), (True, None), ([1], None)])
def test_a_max_age_inside_counts_also_as_the_number_it_is_meant_as(claim, seconds):
    assert Parameters.parse(authorize_url(max_age="9", request=jwt({"max_age": claim}))).max_age == seconds


HEAD, BODY, _ = jwt({"prompt": "login"}).split(".")


@each_case("token", [f"{HEAD}.{BODY}.", f" {HEAD}.\n{BODY} .\t", f"{HEAD}.{BODY}.AAAA", f"..{BODY}"[1:] + "."])
def test_what_the_jose_library_of_hydra_takes_is_read(token):
    assert jwt_payload(token) == {"prompt": "login"}


@each_case(
    "token",
    [
        *(f"{HEAD}.{BODY}=.", f"{HEAD}.{BODY}==.", f"{HEAD}.{BODY}!.", f"{HEAD}.{BODY}", f"{HEAD}.{BODY}.."),
        *(f"{HEAD}.{BODY[:-2]}.", f"{HEAD}.A.", f"{HEAD}..", "e30.W10."),
        '{"payload":"e30","x":"a.' + BODY + '.b"}',
    ],
)
def test_what_is_not_read_as_hydra_would_is_not_read_at_all(token):
    """N73: Hydra takes a JWS in JSON; its dots must not make a compact one of it."""
    assert jwt_payload(token) is None


@each_case(
    "text",
    ["a=1;&prompt=none;", "a=%zz&b=2", "a=b+c%20d&%61=2", "redirect_uri=https%3A%2F%2Fb%3B&x;", "state=%FF%fe", ""],
)
def test_a_request_begun_again_says_the_same(text):
    """N72: a pair that Hydra dropped must not come alive."""
    url = f"{AUTHORIZE}?{text}"
    again = with_prompt_login(url)
    assert {name: value for name, value in query(again).items() if name != "prompt"} == query(url)
    assert again.startswith(f"{url}{'&' if text else ''}prompt=")


def test_every_pair_of_the_name_is_replaced_however_it_is_written():
    assert with_query("https://h/?prompt=a&%70rompt=b&c=d&prompt#f", prompt="x y") == "https://h/?c=d&prompt=x%20y#f"


@each_case(
    "text, seconds",
    [
        *(("0", 0), ("1", 1), ("-1", None), ("", None), ("%2B" + "0" * 80 + "7", 7), ("0" * 5000, 0), ("-00", 0)),
        *(("-07", None), ("9" * 15, 10**15 - 1), ("9" * 16, None), ("0x1", None), ("1_0", None), ("%D9%A3", None)),
    ],
)
def test_a_max_age_of_nothing_is_one_and_zeros_before_a_number_change_nothing(text, seconds):
    """N73: Hydra asks for a sign-in; whoever reads no age there takes the one of before."""
    assert parse(f"max_age={text}").max_age == seconds


@each_case("claim, moment", [(7, 7.0), (0, 0.0), (True, None), ("7", None), (10**12, None)])
def test_the_end_of_a_request_object_is_a_number(claim, moment):
    assert Parameters.parse(authorize_url(request=jwt({"exp": claim}))).expires_at == moment


CONTEXT = {"login_hint": "ada@inside.example", "display": "page", "ui_locales": ["fr", "it"], "acr_values": ["gold"]}
WISHES = "login_hint=ada@example.org&display=popup&ui_locales=de%20en&acr_values=silver+bronze"


def wishes(text: str, context: object = None) -> tuple[object, ...]:
    parameters = Parameters.parse(f"{AUTHORIZE}?client_id=demo&{text}", context)
    return parameters.login_hint, parameters.popup, parameters.ui_locales, parameters.acr_values


def test_what_an_application_wishes_for_is_read_from_the_query():
    assert wishes(WISHES) == ("ada@example.org", True, ("de", "en"), ("silver", "bronze"))
    assert wishes("") == ("", False, (), ())


def test_the_schema_for_who_signs_up_is_read_from_the_query():
    texts = ("&identity_schema=a", "")
    assert [Parameters.parse(f"{AUTHORIZE}?client_id=demo{text}").identity_schema for text in texts] == ["a", ""]


def test_what_hydra_has_read_of_it_counts_before():
    assert wishes(WISHES, CONTEXT) == ("ada@inside.example", False, ("fr", "it"), ("gold",))


def test_a_hint_is_shown_in_part_and_without_what_cannot_be_seen():
    assert wishes("login_hint=a%00b%E2%80%AE")[0] == "ab"
    assert [len(wishes(f"login_hint={'x' * size}")[0]) for size in (320, 321)] == [320, 320]


def test_only_the_first_twenty_acr_values_are_looked_at():
    values = ["+".join(map(str, range(size))) for size in (20, 21)]
    assert [len(wishes(f"acr_values={text}")[3]) for text in values] == [20, 20]


def test_each_resource_is_wanted_once():
    assert parse(f"resource={OWN}&resource={BANK}&resource={OWN}").resource == (OWN, BANK)


def test_a_request_without_a_redirect_uri_has_none():
    assert parse("scope=openid").redirect_uri == ""


def test_a_request_object_elsewhere_is_one():
    assert parse("request_uri=https%3A%2F%2Fown.example.org%2Frequest.jwt").has_request_object


def test_a_request_object_is_good_until_it_ends():
    request = Parameters.parse(authorize_url(request=jwt({"exp": 7})))
    assert [request.can_be_repeated(now) for now in (6.9, 7)] == [True, False]


@each_case(
    "inside, resources",
    [({"resource": BANK}, (BANK,)), ({"resource": [BANK, BANK, 5]}, (BANK, "%!s(int64=5)")), ({}, (OWN,))],
)
def test_a_resource_inside_a_request_object_takes_the_place_of_the_querys(inside, resources):
    assert Parameters.parse(authorize_url(resource=OWN, request=jwt(inside))).resource == resources


def test_a_request_object_with_half_a_letter_is_read_and_an_endless_one_is_not():
    def encoded(payload: bytes) -> str:
        return f"{HEAD}.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}."

    assert jwt_payload(encoded(b'{"prompt": "login", "x": "\xff"}')) == {
        "prompt": "login",
        "x": "\N{REPLACEMENT CHARACTER}",
    }
    assert jwt_payload(encoded(b"[" * 200_000)) is None
