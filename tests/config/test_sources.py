"""Where settings come from: variables, files they name, portico.toml, the variables of Ory's reference UI."""

from pathlib import Path

import pytest

from app.config import settings
from app.config.settings import Settings, names_in_use
from app.config.sources import ALIASES, SettingsError
from tests.config.conftest import OLDER, SECRET, toml

# Files named by variables


def test_every_setting_may_come_from_a_file(load, tmp_path):
    for name, text, expected in (
        ("ALLOWED_HOSTS", "a.example, b.example\n", ["a.example", "b.example"]),
        ("ALLOWED_HOSTS", '["a.example"]', ["a.example"]),
        ("SCOPES", '{"admin": "Everything"}', {"admin": "Everything"}),
        ("WORKERS", "4\n", 4),
        ("PUBLIC_URL", "https://other.example.org\n", "https://other.example.org"),
    ):
        (tmp_path / "value").write_text(text)
        loaded = load(**{name: None, f"{name}_FILE": str(tmp_path / "value")})
        assert getattr(loaded, name.lower()) == expected
        load(**{f"{name}_FILE": None})


def test_a_secret_is_read_from_the_file_a_variable_names(load, tmp_path):
    (tmp_path / "key").write_text(f"{SECRET}\n")
    loaded = load(SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "key"))
    assert loaded.secret_key.get_secret_value() == SECRET


@pytest.mark.parametrize("make", [None, Path.mkdir, lambda path: path.write_bytes(b"\xff\xfe\x00")])
def test_a_file_that_cannot_be_read_is_named_by_its_variable_only(mistakes, tmp_path, make):
    if make:
        make(tmp_path / "key-with-a-telling-name")
    sentences = mistakes(SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "key-with-a-telling-name"))
    assert sentences == ["PORTICO_SECRET_KEY_FILE names a file that cannot be read."], "and not that it is missing"


def test_an_empty_file_holds_no_secret(mistakes, tmp_path):
    (tmp_path / "key").write_text("\n")
    (sentence,) = mistakes(SECRET_KEY=None, SECRET_KEY_FILE=str(tmp_path / "key"))
    assert sentence.startswith("PORTICO_SECRET_KEY is missing")


def test_a_file_variable_that_is_empty_names_no_file(load):
    assert load(SECRET_KEY_FILE="").secret_key.get_secret_value() == SECRET


# Names nobody knows


@pytest.mark.parametrize(
    ("name", "value", "nearest"),
    [
        ("PUBLIC_ULR", "x", "PORTICO_PUBLIC_URL"),
        ("PUBLIC_ULR", "", "PORTICO_PUBLIC_URL"),
        ("SECRET", "x", "PORTICO_SECRET_KEY"),
        ("SECRETKEY_FILE", "x", "PORTICO_SECRET_KEY_FILE"),
        ("KRATOS_ADMN_URL", "x", "PORTICO_KRATOS_ADMIN_URL"),
        ("KRATOS_URL", "x", "PORTICO_KRATOS_PUBLIC_URL"),  # as near to the admin API's
        ("HYDRA_URL", "x", "PORTICO_HYDRA_ADMIN_URL"),
        ("CONFIG_FILE", "x", "PORTICO_CONFIG"),
    ],
)
def test_an_unknown_variable_is_refused_with_the_nearest_known_one(mistakes, name, value, nearest):
    assert mistakes(**{name: value}) == [f"PORTICO_{name} is no setting of Portico. Did you mean {nearest}?"]


def test_what_kubernetes_says_of_a_service_called_portico_is_no_mistake(load):
    """It gives these to every container beside that Service, unless enableServiceLinks is false."""
    links = {
        "SERVICE_HOST": "10.0.0.9",
        "SERVICE_PORT": "80",
        "SERVICE_PORT_HTTP": "80",
        "PORT": "tcp://10.0.0.9:80",
        "PORT_80_TCP": "tcp://10.0.0.9:80",
        "PORT_80_TCP_PROTO": "tcp",
        "PORT_80_TCP_PORT": "80",
        "PORT_80_TCP_ADDR": "10.0.0.9",
        "VALKEY_SERVICE_HOST": "10.0.0.8",
        "VALKEY_PORT": "tcp://10.0.0.8:6379",
        "VALKEY_PORT_6379_TCP": "tcp://10.0.0.8:6379",
    }
    assert load(**links).listen == "127.0.0.1:3000"


def test_a_port_that_an_operator_sets_is_one(mistakes):
    assert mistakes(PORT="3000")[0].startswith("PORTICO_PORT is no setting of Portico.")


def test_a_name_like_no_other_is_refused_without_a_guess(mistakes):
    assert mistakes(QQQQQQQQQQQQQQQQQQQQQQQQQQ="x") == ["PORTICO_QQQQQQQQQQQQQQQQQQQQQQQQQQ is no setting of Portico."]


def test_an_unknown_name_in_the_file_is_refused_with_the_nearest_known_one(mistakes):
    toml("public_ulr = 'https://h'")
    assert mistakes() == ["'public_ulr' in portico.toml is no setting. Did you mean public_url?"]


def test_other_programs_variables_are_none_of_our_business(load, monkeypatch):
    monkeypatch.setenv("PORTICOES_URL", "x")
    monkeypatch.setenv("KRATOS_PUBLIC_URL", "x")
    assert load().kratos_public_url == "http://kratos:4433"


# portico.toml


def test_a_file_that_was_named_is_read_instead_and_has_to_be_there(load, mistakes):
    toml("listen = '127.0.0.1:4000'")
    toml("listen = '127.0.0.1:5000'", "other.toml")
    assert load(CONFIG="").listen == "127.0.0.1:4000"
    assert load(CONFIG="other.toml").listen == "127.0.0.1:5000"
    assert mistakes(CONFIG="/nowhere/portico.toml") == ["PORTICO_CONFIG names a file that does not exist."]


@pytest.mark.parametrize(
    "make",
    [
        Path.mkdir,
        lambda path: path.write_bytes("listen = 'ä'".encode("latin-1")),
        lambda path: path.write_text("amr = " + "[" * 10_000),
    ],
)
def test_what_cannot_be_read_is_no_settings_file(mistakes, make):
    make(Path("portico.toml"))
    assert mistakes() == ["portico.toml cannot be read."]


def test_a_slip_in_the_file_is_told_with_its_place_and_hides_no_other_mistake(mistakes):
    toml("listen = '127.0.0.1:4000'\npublic_url =\n")
    slip, *others = mistakes(SECRET_KEY="short", WORKERS="0")
    assert slip.startswith("portico.toml is not valid TOML: ")
    assert "line 2" in slip
    assert len(others) == 2


# Who wins


def test_the_environment_and_its_files_win_over_the_toml(load, tmp_path):
    toml("listen = '127.0.0.1:1'")
    (tmp_path / "listen").write_text("127.0.0.1:2")
    assert load().listen == "127.0.0.1:1"
    assert load(LISTEN_FILE=str(tmp_path / "listen")).listen == "127.0.0.1:2"
    assert load(LISTEN="127.0.0.1:3", LISTEN_FILE=None).listen == "127.0.0.1:3"


def test_a_variable_and_its_file_are_not_both_taken(mistakes, load, tmp_path):
    """Whoever replaces a secret in the file alone would go on with the old one."""
    (tmp_path / "key").write_text(OLDER[0])
    assert mistakes(SECRET_KEY_FILE=str(tmp_path / "key")) == [
        "PORTICO_SECRET_KEY and PORTICO_SECRET_KEY_FILE are both set. Keep one of them."
    ]
    (tmp_path / "key").write_text("\n")
    assert load(SECRET_KEY_FILE=str(tmp_path / "key")).secret_key.get_secret_value() == SECRET


def test_an_empty_variable_does_not_hide_the_file(load, tmp_path):
    (tmp_path / "key").write_text(OLDER[0])
    loaded = load(SECRET_KEY="", SECRET_KEY_FILE=str(tmp_path / "key"))
    assert loaded.secret_key.get_secret_value() == OLDER[0]


def test_a_table_in_the_environment_replaces_the_one_in_the_toml(load):
    """A value is taken from one place: nobody can take an entry away by adding another."""
    toml('[scopes]\nadmin = "Do everything"\n[clients.demo]\nrequired_aal = "aal2"')
    loaded = load(SCOPES='{"read": "Read"}', CLIENTS="{}")
    assert (loaded.scopes, loaded.clients) == ({"read": "Read"}, {})


def test_a_list_is_written_with_commas_or_as_json(load):
    for text in (
        *("a.example,b.example", " a.example , b.example ", '["a.example", "b.example"]', "a.example,,b.example,"),
        "a.example\nb.example\n",
    ):
        assert load(ALLOWED_HOSTS=text).allowed_hosts == ["a.example", "b.example"]
    assert load(ALLOWED_HOSTS="a.example").allowed_hosts == ["a.example"]


def test_a_table_is_written_as_json(load):
    loaded = load(ACR='{"gold": "aal2"}', BRAND='{"name": "Example"}')
    assert (loaded.acr, loaded.brand.name) == ({"gold": "aal2"}, "Example")


# The variables of Ory's reference UI


REFERENCE_UI = {
    "KRATOS_PUBLIC_URL": "http://localhost:4433/",
    "KRATOS_BROWSER_URL": "http://localhost:4455/",
    "KRATOS_ADMIN_URL": "http://localhost:4434/",
    "HYDRA_ADMIN_URL": "http://localhost:4445/",
    "COOKIE_SECRET": "changeme12345678",
    "CSRF_COOKIE_NAME": "__HOST-x",
    "CSRF_COOKIE_SECRET": "8f0e",
    "PORT": "4456",
}


@pytest.fixture
def replace(monkeypatch):
    """Load with the reference UI's variables and these beside them; None takes one away."""

    def loaded(**variables: str | None) -> Settings:
        for name, value in {**REFERENCE_UI, **variables}.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        return settings.load()

    return loaded


@pytest.fixture
def refused(replace):
    """The sentences that loading with these variables ends in."""

    def sentences(**variables: str | None) -> list[str]:
        with pytest.raises(SettingsError) as caught:
            replace(**variables)
        return caught.value.mistakes

    return sentences


def test_the_reference_uis_variables_are_enough(replace):
    loaded = replace(ORY_ADMIN_API_TOKEN="ory_pat_secret")
    assert loaded.public_url == ""
    assert loaded.kratos_public_url == "http://localhost:4433"
    assert loaded.kratos_browser_url == "http://localhost:4455"
    assert loaded.hydra_admin_url == "http://localhost:4445"
    assert loaded.kratos_admin_url == "http://localhost:4434"
    assert loaded.secret_key.get_secret_value() == "changeme12345678"
    assert loaded.listen == "127.0.0.1:4456"
    assert loaded.allowed_hosts == ["localhost", "127.0.0.1", "::1"]
    assert (
        loaded.hydra_admin_token.get_secret_value() == loaded.kratos_admin_token.get_secret_value() == "ory_pat_secret"
    )


def test_the_reference_uis_two_necessary_variables_are_enough(replace):
    loaded = replace(
        KRATOS_BROWSER_URL=None, HYDRA_ADMIN_URL=None, KRATOS_ADMIN_URL=None, PORT=None, ORY_ADMIN_API_TOKEN="pat"
    )
    assert loaded.kratos_browser_url == loaded.kratos_public_url
    assert loaded.hydra_admin_url == ""
    assert loaded.listen == "127.0.0.1:3000"
    assert loaded.hydra_admin_token.get_secret_value() == "", "a token is for the APIs there are"


@pytest.mark.parametrize("missing", ["KRATOS_PUBLIC_URL", "COOKIE_SECRET"])
def test_without_one_of_the_two_our_own_settings_are_asked_for_by_both_names(refused, missing):
    own = next(f"PORTICO_{name.upper()}" for name, alias in ALIASES.items() if alias == missing)
    public_url, *others = refused(**{missing: None})
    assert public_url.startswith("PORTICO_PUBLIC_URL is missing: ")
    assert "where KRATOS_PUBLIC_URL and COOKIE_SECRET are both set" in public_url
    [named] = [sentence for sentence in others if sentence.startswith(f"{own} is missing: ")]
    assert named.endswith(f"; {missing} is taken in its place.")


def test_a_port_in_the_environment_is_no_drop_in_mode(mistakes, monkeypatch):
    """Many platforms set PORT."""
    monkeypatch.setenv("PORT", "8080")
    (sentence,) = mistakes(PUBLIC_URL=None)
    assert sentence.startswith("PORTICO_PUBLIC_URL is missing")


def test_our_own_names_win(replace, monkeypatch):
    toml('listen = "127.0.0.1:3"')
    own = {"PORTICO_KRATOS_BROWSER_URL": "http://localhost:1", "PORTICO_HYDRA_ADMIN_URL": "http://localhost:2"}
    loaded = replace(**own)
    assert (loaded.kratos_browser_url, loaded.hydra_admin_url, loaded.listen) == (*own.values(), "127.0.0.1:3")


@pytest.mark.parametrize("name", ["PORTICO_KRATOS_PUBLIC_URL", "PORTICO_SECRET_KEY"])
def test_who_uses_our_own_names_is_asked_for_our_address(refused, name):
    (sentence,) = refused(COOKIE_SECRET=SECRET, **{name: "http://localhost:4433/" + "x" * 32})
    assert sentence.startswith("PORTICO_PUBLIC_URL is missing")


@pytest.mark.parametrize(("base_path", "path"), [("/myapp", "/myapp"), ("/my/app/", "/my/app"), ("/", ""), ("", "")])
def test_in_its_place_portico_lives_below_the_same_path(replace, base_path, path):
    loaded = replace(BASE_PATH=base_path)
    assert (loaded.public_url, loaded.base_path) == ("", path)


@pytest.mark.parametrize("base_path", ["myapp", "//evil.example", "/a/../b", "/my app", "/%61", "https://h/a"])
def test_a_path_that_is_none_is_refused_by_its_own_name(refused, base_path):
    words = "BASE_PATH, in place of PORTICO_BASE_PATH, is not a path of letters, digits, - and _, such as /auth."
    assert refused(BASE_PATH=base_path) == [words]


@pytest.mark.parametrize("public_url", ["https://example.org/auth", "https://login.example.org"])
def test_with_our_address_the_path_is_the_one_in_it(replace, public_url):
    """What the reference UI's environment still has is none of a mistake."""
    loaded = replace(COOKIE_SECRET=SECRET, BASE_PATH="/myapp", PORTICO_PUBLIC_URL=public_url)
    assert (loaded.public_url, loaded.base_path) == (public_url, "")


def test_a_base_path_in_the_environment_is_no_drop_in_mode(load, monkeypatch):
    monkeypatch.setenv("BASE_PATH", "/of-something-else")
    assert load().base_path == ""


@pytest.mark.parametrize("in_file", [False, True])
def test_with_our_address_the_other_variables_are_only_other_names(replace, in_file):
    if in_file:
        toml('public_url = "https://login.example.org"')
    loaded = replace(COOKIE_SECRET=SECRET, **({} if in_file else {"PORTICO_PUBLIC_URL": "https://login.example.org"}))
    assert loaded.public_url == "https://login.example.org"
    assert loaded.secret_key.get_secret_value() == SECRET
    assert loaded.allowed_hosts == []


def test_every_variable_of_the_reference_ui_is_refused_by_its_own_name_without_its_value(refused):
    for name in (
        "KRATOS_PUBLIC_URL",
        "KRATOS_BROWSER_URL",
        "KRATOS_ADMIN_URL",
        "HYDRA_ADMIN_URL",
        "COOKIE_SECRET",
        "PORT",
    ):
        (sentence,) = refused(**{**REFERENCE_UI, name: "~7~"})
        assert sentence.startswith(f"{name}, in place of PORTICO_")
        assert "~7~" not in sentence


def test_the_doctor_names_the_variables_that_were_set(monkeypatch):
    monkeypatch.setenv("KRATOS_PUBLIC_URL", "http://localhost:4433")
    monkeypatch.setenv("HYDRA_ADMIN_URL", "http://localhost:4445")
    monkeypatch.setenv("PORTICO_HYDRA_ADMIN_URL", "http://localhost:4445")
    assert names_in_use() == {"PORTICO_KRATOS_PUBLIC_URL": "KRATOS_PUBLIC_URL"}


@pytest.mark.parametrize(
    ("public_url", "secret", "least"), [("https://login.example.org", "changeme12345678", 32), ("", "x" * 15, 16)]
)
def test_a_short_secret_is_refused_by_the_name_it_has(refused, public_url, secret, least):
    (sentence,) = refused(PORTICO_PUBLIC_URL=public_url, COOKIE_SECRET=secret)
    assert sentence.startswith(f"COOKIE_SECRET, in place of PORTICO_SECRET_KEY, is too short: at least {least} ")
    assert secret not in sentence


def test_without_our_address_it_is_for_this_machine_only(replace, refused):
    for name, values in (
        ("LISTEN", ("0.0.0.0:3000", "[::]:3000", "10.0.0.7:3000", "portico.example.org:3000")),
        ("METRICS_LISTEN", ("0.0.0.0:3000", "[::]:3000")),
        ("ALLOWED_HOSTS", ("localhost,login.example.org",)),
    ):
        for value in values:
            (sentence,) = refused(**{f"PORTICO_{name}": value})
            assert sentence.startswith(f"PORTICO_{name} can be this machine only")
        replace(**{f"PORTICO_{name}": None})
    for address in ("127.0.0.1:1", "localhost:1", "[::1]:1"):
        assert replace(PORTICO_LISTEN=address).listen == address


def test_an_unknown_name_of_ours_is_refused_in_drop_in_mode_too(refused):
    (sentence,) = refused(PORTICO_COOKIE_SECRET="x")
    assert sentence.startswith("PORTICO_COOKIE_SECRET is no setting of Portico.")


def test_the_page_for_who_comes_from_the_reference_ui_has_every_variable():
    page = Path(__file__).parents[2] / "docs" / "coming-from-kratos-selfservice-ui-node.md"
    text = page.read_text(encoding="utf-8")
    assert [name for name in {*REFERENCE_UI, *ALIASES.values()} if f"`{name}`" not in text] == []
