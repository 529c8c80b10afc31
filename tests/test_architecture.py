"""The layout of design section 3 and the size limits of the house, held by a test."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

from tests.support.cases import each_of

ROOT = Path(__file__).resolve().parent.parent
APP = sorted((ROOT / "app").rglob("*.py"))
STAND_INS = sorted([*(ROOT / "kratos").rglob("*.py"), *(ROOT / "hydra").rglob("*.py")])
MODULE, FUNCTION, USUAL = 250, 40, 25  # lines
# What one reads to understand a login and a consent, and its length with five lines to spare.
READING = (
    *("factory.py", "oauth2/login_policy.py", "oauth2/login.py", "oauth2/consent_policy.py", "oauth2/consent.py"),
    *("ory/models.py", "ory/kratos.py", "ory/hydra.py", "selfservice/return_path.py", "http/browser_session.py"),
)
READING_LINES = 1600

# What a package may import of the application. Two rules more: nobody imports in a circle, and only views import views.
CORE = {"app.errors", "app.ory", "app.translations", "app.urls"}
PAGES = {"app.account", "app.oauth2", "app.selfservice"}
MAY_IMPORT = {
    "app.urls": set[str](),
    "app.translations": set[str](),
    "app.errors": set[str](),
    "app.ory": {"app.errors", "app.urls"},
    "app.claims": CORE,
    "app.brand": CORE,
    "app.oauth2": {*CORE, *PAGES, "app.claims", "app.deployment", "app.http"},
    "app.selfservice": {*CORE, *PAGES, "app.claims", "app.deployment", "app.http"},
    "app.account": {*CORE, *PAGES, "app.claims", "app.deployment", "app.http"},
    "app.http": {"app", *CORE, "app.brand", "app.deployment", "app.oauth2"},
    "app.deployment": {*CORE, "app.brand", "app.claims", "app.config", "app.http", "app.oauth2"},
    "app.config": {*CORE, "app.brand", "app.claims", "app.http", "app.oauth2"},
    "app.factory": {*CORE, *PAGES, "app.brand", "app.claims", "app.config", "app.deployment", "app.http"},
    "app.doctor": {*CORE, "app.config", "app.factory", "app.http"},
    "app.preview": {"app.config", "app.errors", "app.factory", "app.http", "app.oauth2", "app.ory", "app.urls"},
    "app.server.starting": {"app", "app.errors"},
    "app.server.request_queue": set[str](),
    "app.server.worker": {"app.http", "app.server.request_queue", "app.server.writing"},
    "app.server.writing": {"app.urls"},
    "app.server.wsgi": {"app.config", "app.factory", "app.server.starting"},
    "app.server": {"app", "app.config", "app.http", "app.ory", "app.server.starting"},
    "app.cli": {
        *("app", "app.claims", "app.config", "app.doctor", "app.ory", "app.preview"),
        *("app.server.starting", "app.server.wsgi"),
    },
    "app.__main__": {"app.cli"},
    "app": set[str](),
}
# Rules and values: no Flask, no I/O, no clock. Their names say what they are about, and a view or client has the rest.
PURE_MODULES = {
    "app.account": {"allowed_applications", "devices", "personal_data"},
    "app.brand": None,  # all of it
    "app.claims": None,
    "app.http": {"error_texts", "escaping", "events", "languages"},
    "app.oauth2": {"assurance", "consent_policy", "login_policy"},
    "app.ory": {
        *("authorization_request", "challenges", "hydra_errors", "identity_names"),
        *("audience", "flows", "models", "records", "redirect_uris", "visible_names"),
    },
    "app.selfservice": {
        *("fields", "flow_kinds", "forms", "identity_schemas", "localization"),
        *("messages", "nodes", "purposes", "settings_groups", "situations", "traits"),
    },
}
VIEWS = {
    "app.account": {"applications", "home", "leaving", "session_token", "sessions"},
    "app.oauth2": {"consent", "device", "login", "logout"},
    "app.selfservice": {"error_page", "views"},
}
IO = ("http", "requests", "urllib3", "ory_client", "socket")
PURE = ("flask", "werkzeug", "jinja2", "os", "logging", "time", *IO)


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(path: Path) -> set[str]:
    """The modules a file imports, wherever in it; `from a import b` counts as a.b where that is a module."""
    modules = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports relatively"
            base = str(node.module)
            inside = {f"{base}.{alias.name}" for alias in node.names}
            modules |= {name if (ROOT / f"{name.replace('.', '/')}.py").exists() else base for name in inside}
    return modules


def package(name: str) -> str:
    """The entry of MAY_IMPORT a module of the application belongs to."""
    return max((entry for entry in MAY_IMPORT if name == entry or name.startswith(f"{entry}.")), key=len)


@each_of(APP)
def test_imports_point_one_way(path):
    allowed = MAY_IMPORT[package(module_name(path))] | {package(module_name(path))}
    used = {package(name) for name in imported(path) if name == "app" or name.startswith("app.")}
    assert used <= allowed


def test_every_module_has_its_place():
    """A new module at the top would otherwise count as `app`, which may import nothing."""
    assert {module_name(path) for path in APP if path.parent.name == "app"} <= set(MAY_IMPORT)


@each_of(APP)
def test_the_application_knows_no_stand_ins_and_no_tests(path):
    assert not [name for name in imported(path) if name.split(".")[0] in ("kratos", "hydra", "tests")]


@each_of(STAND_INS)
def test_stand_ins_and_the_demo_application_do_not_know_the_application(path):
    """Nor the tests, but for the recorder: it is a tool, and starts its servers as the contract does."""
    is_recorder = module_name(path).startswith("kratos.recorder")
    foreign = ("app",) if is_recorder else ("app", "tests", "kratos.recorder")
    assert not [name for name in imported(path) if name.startswith(foreign)]


def within(path: Path, table: dict[str, set[str] | None]) -> bool:
    """Whether the table names this module of its package, or all of them (None)."""
    names = table.get(".".join(module_name(path).split(".")[:2]), set())
    return names is None or path.stem in names


@each_of([path for path in APP if within(path, PURE_MODULES)])
def test_rules_are_pure(path):
    """No Flask, no I/O, no clock; they build on other rules only, the addresses and the errors."""
    assert not [name for name in imported(path) if name.split(".")[0] in PURE]
    used = [ROOT / f"{name.replace('.', '/')}.py" for name in imported(path) if name.startswith("app.")]
    core = {"app.errors", "app.urls", "app.translations"}
    assert [
        file for file in used if file.exists() and not within(file, PURE_MODULES) and module_name(file) not in core
    ] == []


@each_of(APP)
def test_only_the_clients_and_the_doctors_probe_do_io(path):
    name = module_name(path)
    if name.startswith("app.ory") or name in ("app.server.options", "app.server.worker", "app.doctor.probe"):
        return
    assert not [module for module in imported(path) if module.split(".")[0] in IO]


@each_of(APP)
def test_views_are_imported_by_views_and_the_factory_only(path):
    views = {f"{package_}.{name}" for package_, names in VIEWS.items() for name in names}
    if module_name(path) != "app.factory" and not within(path, dict(VIEWS)):
        assert not views & imported(path)


def test_nothing_imports_in_a_circle():
    left = {module_name(path): {name for name in imported(path) if name.startswith("app.")} for path in APP}
    while leaves := [name for name, used in left.items() if not used & left.keys() - {name}]:
        for name in leaves:
            del left[name]
    assert left == {}


@each_of(sorted((ROOT / "app" / "doctor").glob("*.py")))
def test_the_doctor_asks_in_one_module(path):
    """The probe is the only one that talks to servers; the command makes it, all others are given it."""
    if module_name(path) == "app.doctor.probe":
        return
    transport = {"app.ory.transport"} if module_name(path) == "app.doctor.command" else set()
    assert not [name for name in imported(path) if name.split(".")[0] in (*PURE, "redis")]
    assert {name for name in imported(path) if name.startswith("app.ory.t")} == transport


@each_of(sorted((ROOT / "app" / "ory").rglob("*.py")))
def test_the_clients_know_no_flask(path):
    assert not [name for name in imported(path) if name.split(".")[0] in ("flask", "werkzeug", "jinja2")]


@each_of(APP)
def test_the_environment_is_read_where_settings_are_made_only(path):
    if module_name(path) in ("app.config.sources", "app.server.options"):
        return
    attributes = [node for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute) and node.attr == "environ"]
    sent = {f"{request}.environ" for request in ("request", "sent", "here.sent()", "self")}  # WSGI's
    assert {ast.unparse(node) for node in attributes} <= sent


def functions(path):
    return [node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]


def length(node):
    return (node.end_lineno or 0) - node.lineno + 1


def test_no_module_is_too_long():
    lengths = {module_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in [*APP, *STAND_INS]}
    assert {name: lines for name, lines in lengths.items() if lines > MODULE} == {}


def test_no_function_is_too_long():
    lengths = {
        f"{module_name(path)}.{function.name}": length(function)
        for path in [*APP, *STAND_INS]
        for function in functions(path)
    }
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION} == {}


def test_a_login_and_a_consent_do_not_take_longer_to_read():
    """It grew by a hundred lines, and nobody noticed. Whoever needs more says in the commit what is worth it."""
    lengths = {name: len((ROOT / "app" / name).read_text(encoding="utf-8").splitlines()) for name in READING}
    assert sum(lengths.values()) <= READING_LINES, lengths


def test_nine_of_ten_functions_are_short():
    lengths = sorted(length(function) for path in APP for function in functions(path))
    assert lengths[len(lengths) * 9 // 10] <= USUAL


def public(path):
    """The public functions, classes and methods of a module, protocol methods and nested ones left out."""
    parts = [
        *tree(path).body,
        *(field for node in tree(path).body if isinstance(node, ast.ClassDef) for field in node.body),
    ]
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [node for node in parts if isinstance(node, kinds) and not node.name.startswith("_")]


@each_of(APP)
def test_everything_public_says_what_it_promises(path):
    private = {
        method.name
        for node in tree(path).body
        if isinstance(node, ast.ClassDef) and node.name.startswith("_")
        for method in node.body
        if isinstance(method, ast.FunctionDef)
    }
    silent = [node.name for node in public(path) if not ast.get_docstring(node) and node.name not in private]

    assert silent == []
    assert ast.get_docstring(tree(path)) or not tree(path).body


@cache
def tracked() -> list[Path]:
    """The files of the repository that hold text."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    files = [ROOT / name for name in listed if name]
    return [path for path in files if path.is_file() and b"\0" not in path.read_bytes()[:8000]]


MACHINE = re.compile(r"(?<![\w.])/(?:root|home/\w+|Users/\w+|work)/[\w.-]")
REGISTRY = re.compile(
    r"(?:files\.pythonhosted\.org|pypi\.org|registry\.npmjs\.org|proxy\.golang\.org|(?<!no-emit-)index-url|https?://[^\s/]*/simple\b)"
)


def test_no_file_names_a_place_on_somebodys_machine():
    ours = Path(__file__)
    mentions = {path.name: MACHINE.findall(path.read_text(errors="replace")) for path in tracked() if path != ours}
    assert {name: places for name, places in mentions.items() if places} == {}


def test_no_file_names_a_package_registry():
    ours = Path(__file__)
    mentions = {path.name: REGISTRY.findall(path.read_text(errors="replace")) for path in tracked() if path != ours}
    assert {name: places for name, places in mentions.items() if places} == {}


@each_of(sorted((ROOT / "requirements").glob("*.txt")))
def test_every_requirement_is_pinned_with_its_hash(path):
    """Installed with --require-hashes, from whatever index pip knows."""
    lines = path.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    wanted = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    assert wanted
    for line in wanted:
        assert re.match(r"[A-Za-z0-9._\[\]-]+==[^ ]+( ;[^-]*)? +--hash=sha256:[0-9a-f]{64}", line), line
        assert "://" not in line


def test_what_is_required_is_what_was_asked_for():
    """A name added to an .in file was compiled."""
    for path in (ROOT / "requirements").glob("*.in"):
        names = {
            re.split(r"[=<>\[ ]", line)[0] for line in path.read_text().splitlines() if line and line[0] not in "#-"
        }
        pinned = set(re.findall(r"^([A-Za-z0-9._-]+)==", path.with_suffix(".txt").read_text(), re.MULTILINE))
        assert {name.lower() for name in names} <= {name.lower() for name in pinned}
