"""The language of a page: whose wish counts, how it is chosen, and that all of the page is in it."""

import pytest
from flask import render_template

from app.config.sources import SettingsError
from tests.payloads.bodies import load
from tests.selfservice.test_return_path import opened
from tests.support.cases import each_case
from tests.support.pages import fields, heading, parsed, words
from tests.support.upstream import BROWSER_HYDRA, KRATOS, PUBLIC, authorize

# What a browser takes for another site where only a path was meant (WHATWG URL: it drops tabs and line ends, and reads
# a backslash as a slash).
AWAY = (
    *("//evil.example/", "///evil.example", "////evil.example/", "//user@evil.example/", "//evil.example:443/x?y#z"),
    *("/\\evil.example", "\\/evil.example", "\\\\evil.example", "/\t/evil.example", "\t//evil.example"),
    *(" //evil.example", "/\n/evil.example", "/\r\n/evil.example", "\x00//evil.example", "http:evil.example"),
    *("https:/evil.example", "https:\\\\evil.example", "javascript:alert(1)", "data:text/html,x"),
    *("/\u2028/evil.example", "\uff0f\uff0fevil.example"),
)
HEADINGS = {"en": "Welcome", "de": "Willkommen", "fr": "Bienvenue"}


def tag(page):
    """The language and direction a page says it has."""
    root = parsed(page).html
    return root["lang"], root["dir"]


def chosen(client, language, back="/", **more):
    return client.send("/language", [("back", back), ("language", language)], **more)


@pytest.fixture
def home(client, upstream):
    """The first page, opened with these headers."""
    upstream.nobody()
    return lambda **headers: client.get("/", headers={name.replace("_", "-"): value for name, value in headers.items()})


class TestWishes:
    @pytest.mark.parametrize(
        ("header", "language"),
        [
            ("de", "de"),
            ("de-AT,de;q=0.9,en;q=0.8", "de"),
            ("tlh, fr;q=0.5", "fr"),
            ("en;q=0.1, fr;q=0.9", "fr"),
            ("fr;q=0, en", "en"),
            ("tlh", "en"),
            ("", "en"),
            ("de;q=x,,;;=,\xff", "en"),
        ],
    )
    def test_the_browsers(self, home, header, language):
        page = home(Accept_Language=header)
        assert tag(page)[0] == language
        assert heading(page).startswith(HEADINGS[language])

    @pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("he", "rtl"), ("ja", "ltr")])
    def test_the_direction_goes_with_it(self, home, language, direction):
        assert tag(home(Accept_Language=language)) == (language, direction)

    @pytest.mark.parametrize(
        ("wishes", "language"),
        [("fr;q=0.3, de;q=0.8", "de"), ("fr;q=0, tlh, de;q=0.1", "de"), ("fr;q=0", "en"), ("de;q=NaN, ja", "ja")],
    )
    def test_what_the_browser_wants_most_counts(self, home, wishes, language):
        """N68: RFC 9110 section 12.5.4: quality 0 is what somebody does not read."""
        assert tag(home(Accept_Language=wishes))[0] == language

    def test_the_persons_choice_counts_more(self, client, home):
        client.set_cookie("language", "fr")
        assert tag(home(Accept_Language="de"))[0] == "fr"

    def test_an_unknown_choice_counts_nothing(self, client, home):
        client.set_cookie("language", "../../etc/passwd")
        assert tag(home(Accept_Language="de"))[0] == "de"

    def test_the_operators_counts_last(self, client_with, upstream):
        upstream.nobody()
        client = client_with(default_language="de")
        assert tag(client.get("/"))[0] == "de"
        assert tag(client.get("/", headers={"Accept-Language": "fr"}))[0] == "fr"

    @each_case("wish", ["german", "zh-TW", "fi", "xx-DE"])
    def test_the_operators_that_there_is_not_is_told_at_start_instead_of_english_for_everybody(self, client_with, wish):
        with pytest.raises(
            SettingsError, match="PORTICO_DEFAULT_LANGUAGE is none of the languages there are: en, ar, de"
        ):
            client_with(default_language=wish)

    @each_case("wish, language", [("pt", "pt-BR"), ("de-AT", "de"), ("EN-us", "en"), ("zh", "zh-Hans")])
    def test_the_operators_may_be_a_near_one(self, client_with, upstream, wish, language):
        upstream.nobody()
        assert tag(client_with(default_language=wish).get("/"))[0] == language

    def test_the_operators_may_be_a_language_of_their_own(self, client_with, upstream, tmp_path):
        upstream.nobody()
        tmp_path.joinpath("fi.po").write_text('msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8"\n')
        assert tag(client_with(default_language="fi", languages_dir=tmp_path).get("/"))[0] == "fi"


class TestTheApplicationsWish:
    """`ui_locales` (OpenID Connect Core 3.1.2.1), on every page of its login."""

    WISH = authorize(ui_locales="tlh fr-CA de")

    def test_the_login_page(self, client, upstream):
        upstream.asks("login", request_url=self.WISH)
        assert tag(opened(client, upstream, "login/unified"))[0] == "fr"

    @each_case("name", ["registration/unified", "recovery/email"])
    def test_the_pages_on_the_way(self, client, upstream, name):
        upstream.asks("login", request_url=self.WISH)
        assert tag(opened(client, upstream, name))[0] == "fr"

    def test_as_hydra_tells_it_where_the_request_hides_it(self, client, upstream):
        hidden = f"{BROWSER_HYDRA}/oauth2/auth?client_id=demo&request_uri=urn:par:1"
        upstream.asks("login", request_url=hidden, oidc_context={"ui_locales": ["de"]})
        assert tag(opened(client, upstream, "login/unified"))[0] == "de"

    @each_case(
        "page, request_url",
        [
            ("login", authorize(ui_locales="fr", prompt="registration")),
            ("consent", WISH),
            ("logout", "/oauth2/sessions/logout?ui_locales=fr+de"),  # RP-Initiated Logout 1.0 section 2
        ],
    )
    def test_the_pages_of_challenges(self, client, upstream, page, request_url):
        upstream.asks(page, request_url=request_url)
        upstream.signed_in()
        assert tag(client.get(f"/{page}?{page}_challenge=c"))[0] == "fr"

    def test_the_persons_choice_counts_more(self, client, upstream):
        """Else the choice would do nothing on the very pages where it is made."""
        upstream.asks("login", request_url=self.WISH)
        client.set_cookie("language", "de")
        assert tag(opened(client, upstream, "login/unified"))[0] == "de"

    def test_what_is_kept_of_wishes_is_a_few_short_words(self, client, upstream, monkeypatch):
        """N68: a megabyte of wishes in each of 256 requests stayed in the memory of every worker."""
        kept: list[str] = []
        languages = client.application.extensions["languages"]
        choose = languages._choose

        def noting(*wishes: str) -> str:
            kept.extend(wishes)
            return choose(*wishes)

        monkeypatch.setattr(languages, "_choose", noting)
        many = " ".join(f"x{number}" for number in range(1000))
        upstream.asks("login", request_url=authorize(ui_locales=f"{'w' * 9000} de {many}"))

        assert tag(opened(client, upstream, "login/unified"))[0] == "de"
        assert "de" in kept
        assert len(set(kept)) < 50
        assert max(map(len, kept)) < 100

    @each_case("wish", ["", "tlh", "\x00", "<script>", "x" * 5000, "-", "de_DE"])
    def test_an_odd_wish_is_none(self, client, upstream, wish):
        """N68."""
        upstream.asks("login", request_url=authorize(ui_locales=wish))
        assert tag(opened(client, upstream, "login/unified"))[0] == "en"


class TestChoosing:
    def test_it_lasts_a_year_and_is_no_secret_of_a_script(self, client):
        page = chosen(client, "fr", back="/sessions")
        assert (page.status_code, page.headers["Location"]) == (303, f"{PUBLIC}/sessions")
        cookie = client.get_cookie("language")
        assert (cookie.value, cookie.max_age, cookie.http_only, cookie.same_site) == ("fr", 31536000, True, "Lax")

    def test_it_outlives_signing_out(self, client, upstream):
        chosen(client, "fr")
        upstream.signed_in()
        upstream.signs_out()
        page = client.get("/logout")
        client.send("/logout", [*fields(page, "/logout"), ("action", "accept")])
        assert client.get_cookie("language")

    def test_the_page_it_was_chosen_on_is_shown_again(self, client, upstream):
        upstream.flow("login/choose_method")
        page = client.get("/login?flow=f&x=secret")
        form = parsed(page).find("form", {"action": "/language"})
        assert form.find("input", {"name": "back"})["value"] == "/login?flow=f"
        assert form.find("button", {"value": "he"}).get_text() == "עברית"
        assert [find_item["value"] for find_item in form.find_all(attrs={"aria-current": "true"})] == ["en"]

    @each_case(
        "language, back",
        [
            ("tlh", "/"),
            ("", "/"),
            ("de", ""),
            ("de", "https://evil.example/"),
            ("de", "x"),
            ("de", "/\r\nX: y"),
            ("de", "/\u00fc"),
            *(("de", back) for back in AWAY),
        ],
    )
    def test_what_no_page_of_ours_sends_is_refused(self, client, language, back):
        page = chosen(client, language, back)
        assert page.status_code == 400
        assert client.get_cookie("language") is None

    @each_case("back", ["/@evil.example", "/%09/evil.example", "/%2F/evil.example", "/.//evil.example"])
    def test_an_odd_path_stays_a_path_of_ours(self, client, back):
        """N20."""
        assert chosen(client, "de", back).headers["Location"] == f"{PUBLIC}{back}"

    @each_case(
        "headers",
        [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}],
    )
    def test_no_other_site_chooses_for_anybody(self, client, headers):
        """N06."""
        assert chosen(client, "de", headers=headers).status_code == 400
        assert client.get_cookie("language") is None

    @each_case(
        "path",
        [
            "/error?error=invalid_request&error_description=what+was+wrong%2C+in+words",
            *("/oauth2/error?error=invalid_scope", "/error"),
            *("/no-such-page", "/a%20page%3F/%C3%BC", "/logout/elsewhere"),
        ],
    )
    def test_of_an_error_it_is_offered_and_shows_the_same_error_again(self, client, path):
        page = client.get(path)
        answer = chosen(client, "fr", parsed(page).find("input", {"name": "back"})["value"])
        assert answer.headers["Location"].startswith(PUBLIC)
        again = client.get(answer.headers["Location"].removeprefix(PUBLIC))
        assert tag(again)[0] == "fr"
        assert again.status_code == page.status_code
        assert [words(said) for said in parsed(again)("bdi")][:1] == [words(said) for said in parsed(page)("bdi")][:1]

    @each_case("path", ["/no-such-page?token=the-secret", "/consent?error_description=the-secret"])
    def test_what_no_page_needs_is_not_kept(self, client, path):
        assert "the-secret" not in client.get(path).text

    def test_what_was_posted_cannot_be_asked_for_again(self, client):
        assert parsed(client.send("/no-such-page", [])).find("form", {"action": "/language"}) is None

    def test_on_https_it_cannot_be_set_by_a_neighbour(self, client_with):
        """N31."""
        client = client_with(public_url="https://login.example.org")
        chosen(client, "de")
        cookie = client.get_cookie("__Host-language", domain="login.example.org")
        assert cookie.secure


class TestAllOfThePage:
    def test_labels_buttons_and_messages_of_kratos(self, client, upstream):
        upstream.flow("login/wrong_password")
        page = parsed(client.get("/login?flow=f", headers={"Accept-Language": "de"}))
        assert words(page.title).startswith("Fehler: Anmelden")
        assert words(page.find("label", {"for": page.find("input", {"type": "password"})["id"]})) == "Passwort"
        assert "Passwort" in words(page.find("button", {"value": "password"}))
        assert not page.find(string=lambda text: "provided credentials" in text)

    def test_an_unknown_message_is_shown_as_kratos_says_it(self, client, upstream):
        body = load("login/password_only")
        body["ui"]["messages"] = [{"id": 4999999, "text": "A new sentence.", "type": "error"}]
        upstream.on("GET", f"{KRATOS}/self-service/login/flows", 200, body)
        page = client.get("/login?flow=f", headers={"Accept-Language": "de"})
        assert words(parsed(page).find(attrs={"data-testid": "ui/message/4999999"})) == "A new sentence."

    def test_dates_and_lists(self, client, upstream):
        upstream.signed_in()
        upstream.on("GET", f"{KRATOS}/sessions", 200, [])
        page = client.get("/sessions", headers={"Accept-Language": "de"})
        assert "November 2026" in words(parsed(page).find("time"))
        assert "Angemeldet" in page.text

    def test_scopes_of_the_operator_where_his_catalogue_has_them(self, client_with, upstream, tmp_path):
        (tmp_path / "de.po").write_text(
            'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8"\n\n'
            'msgid "See your <photos>"\nmsgstr "Ihre <Fotos> sehen"\n'
        )
        client = client_with(languages_dir=tmp_path, scopes={"photos": "See your <photos>"})
        upstream.asks("consent", requested_scope=["photos"])
        upstream.signed_in()

        page = client.get("/consent?consent_challenge=c", headers={"Accept-Language": "de"})

        assert "Ihre &lt;Fotos&gt; sehen" in page.text

    @each_case("language", ["de", "ar", "ja"])
    def test_other_pages(self, client, upstream, language):
        upstream.nobody()
        english, theirs = (client.get("/signed-out", headers={"Accept-Language": wish}) for wish in ("en", language))
        assert tag(theirs)[0] == language
        assert heading(theirs) != heading(english)


WRONG = {
    "another placeholder": 'msgid "Sign in to continue to %(application)s"\nmsgstr "Weiter zu %(name)s"\n',
    "none is needed": 'msgid "Welcome"\nmsgstr "Willkommen, %(name)s"\n',
    "half a placeholder": 'msgid "Sign in to continue to %(application)s"\nmsgstr "Weiter zu %(application)"\n',
    "a percent sign": 'msgid "Sign in to continue to %(application)s"\nmsgstr "100 % %(application)s"\n',
    "no name": 'msgid "Sign in to continue to %(application)s"\nmsgstr "Weiter zu %s"\n',
    "another way to print": 'msgid "Sign in to continue to %(application)s"\nmsgstr "Weiter zu %(application)c"\n',
    "as a program has it": 'msgid "Sign in to continue to %(application)s"\nmsgstr "Weiter zu %(application)r"\n',
    "a width": 'msgid "Sign in to continue to %(application)s"\nmsgstr "Weiter zu %(application)999999999s"\n',
    "in a plural": (
        'msgid "You\'re signed in on more devices than this %(number)s."\n'
        'msgid_plural "You\'re signed in on more devices than these %(number)s."\n'
        'msgstr[0] "%(number)s"\nmsgstr[1] "%(count)s"\n'
    ),
}


FINE = {
    "a percent sign and a value": 'msgid "Sign in to continue to %(application)s"\nmsgstr "100 %% %(application)s"\n',
    "a percent sign": 'msgid "Welcome"\nmsgstr "Zu 100 % willkommen"\n',
    "a placeholder left out": 'msgid "Sign in to continue to %(application)s"\nmsgstr "Weiter"\n',
    "not translated yet": 'msgid "Sign in to continue to %(application)s"\nmsgstr ""\n',
    "not sure yet": '#, fuzzy\nmsgid "Sign in to continue to %(application)s"\nmsgstr "%(name)s"\n',
}


class TestTheOperatorsOwn:
    HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8"\n\n'
    PLURALS = 'msgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=%s;\\n"\n\nmsgid "Welcome"\nmsgstr "x"\n'

    def test_a_text_is_written_over(self, client_with, upstream, tmp_path):
        (tmp_path / "en.po").write_text(self.HEADER + 'msgid "Welcome"\nmsgstr "Hello there"\n')
        upstream.nobody()
        page = client_with(languages_dir=tmp_path).get("/")
        assert heading(page) == "Hello there"
        assert "Sign in to see your account." in page.text

    def test_a_template_says_its_texts_wherever_they_stand_in_it(self, client_with, tmp_path):
        (tmp_path / "de.po").write_text(
            self.HEADER + 'msgid "Welcome"\nmsgstr "Willkommen"\n\nmsgid "My <i>own</i>"\nmsgstr "<i>Eigenes</i>"\n'
        )
        (tmp_path / "words.html").write_text(
            '{% set text = _("Welcome") %}{% macro said() %}{{ _("Welcome") }}{% endmacro %}'
            '{{ _("My <i>own</i>") }} {{ _("Welcome") if yes else _("Cancel") }} {{ text }} {{ said() }} '
            '{{ _("Welcome") | upper }} {{ _("Welcome") ~ "<" }} {{ _("Welcome") + "<" }} {{ "<" }}'
        )
        app = client_with(languages_dir=tmp_path, templates_dir=tmp_path).application

        with app.test_request_context("/", headers={"Accept-Language": "de"}):
            assert render_template("words.html", yes=True) == (
                "<i>Eigenes</i> Willkommen Willkommen Willkommen WILLKOMMEN Willkommen&lt; Willkommen&lt; &lt;"
            )
        with app.test_request_context("/"):
            assert render_template("words.html", yes=True) == (
                "My <i>own</i> Welcome Welcome Welcome WELCOME Welcome&lt; Welcome&lt; &lt;"
            )

    def test_a_language_is_added(self, client_with, upstream, tmp_path):
        (tmp_path / "fi.po").write_text(self.HEADER + 'msgid "Welcome"\nmsgstr "Tervetuloa"\n')
        upstream.nobody()
        page = client_with(languages_dir=tmp_path).get("/", headers={"Accept-Language": "fi"})
        assert (tag(page), heading(page)) == (("fi", "ltr"), "Tervetuloa")
        assert parsed(page).find("button", {"value": "fi"}).get_text() == "Suomi"
        assert "Sign in to see your account." in page.text, "what it lacks is English"

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("de.po", "Welcome: Willkommen"),
            ("de.po", b"\xff\xfe"),
            ("zz.po", HEADER + 'msgid "Welcome"\nmsgstr "x"\n'),
            (
                "de.po",
                HEADER.replace("utf-8", "klingon") + 'msgid "Welcome"\nmsgstr "\N{LATIN SMALL LETTER E WITH ACUTE}"\n',
            ),
            ("de.po", PLURALS % "n == 0 ? 1 : number"),
            ("de.po", PLURALS % "n/(n-5)"),
        ],
    )
    def test_a_catalogue_that_cannot_be_read_stops_the_start(self, client_with, tmp_path, name, content):
        """N96."""
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        with pytest.raises(SettingsError, match=name):
            client_with(languages_dir=tmp_path)

    def test_what_is_no_file_stops_it_too(self, client_with, tmp_path):
        (tmp_path / "de.po").symlink_to("gone.po")
        with pytest.raises(SettingsError, match=r"de\.po"):
            client_with(languages_dir=tmp_path)

    @pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
    def test_a_text_that_cannot_be_filled_in_stops_the_start(self, client_with, tmp_path, content):
        """N96."""
        (tmp_path / "de.po").write_text(self.HEADER + content)
        with pytest.raises(SettingsError, match=r"de\.po line 4 cannot be filled in"):
            client_with(languages_dir=tmp_path)

    @pytest.mark.parametrize("content", FINE.values(), ids=FINE)
    def test_what_can_be_filled_in_does_not(self, client_with, upstream, tmp_path, content):
        (tmp_path / "de.po").write_text(self.HEADER + content)
        upstream.nobody()
        assert client_with(languages_dir=tmp_path).get("/").status_code == 200
