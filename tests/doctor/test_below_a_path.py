"""What the doctor says where Portico, Kratos and Hydra live below paths of one host."""

import json

import pytest

from app.doctor.command import PATH
from app.doctor.report import UNSEEN
from app.ory.transport import Reply
from tests.doctor.servers import HYDRA_ADMIN, KRATOS, KRATOS_ADMIN, PUBLIC, Servers

HERE = f"{PUBLIC}/auth"
COOKIE = "csrf_token_0a=x; Domain=example.org; Secure; SameSite=Lax"


@pytest.fixture
def below(servers: Servers) -> Servers:
    """The servers of a healthy deployment with Portico below a path."""
    servers.at(HERE)
    return servers


def test_a_correct_deployment_has_nothing_to_change(below):
    assert below.deployment(public_url=HERE) == ([f"Nothing wrong was seen. Warnings: none. {UNSEEN}"], 0)


@pytest.mark.parametrize("path", ["/admin/identities", "/admin/clients"])
def test_an_admin_api_at_the_root_of_the_host_is_wrong(below, path):
    below.open_at_portico = {path}
    [finding, _], status = below.deployment(public_url=HERE)
    assert (status, finding.partition("  [")[2]) == (1, "PORTICO_PUBLIC_URL]")


def test_a_proxy_that_strips_the_path_is_named(below):
    """Portico's own 404 is there then, and nobody else's has its header."""
    below.portico = Reply(404, {"X-Request-Id": "0123456789abcdef"}, b"")
    [first, *_], status = below.deployment(public_url=HERE)
    assert status == 1
    assert first.startswith(f"wrong        Portico is there, but is not asked for what is below {HERE}:")
    assert first.endswith(f"[{PATH} or PORTICO_PUBLIC_URL]")


@pytest.mark.parametrize("actual", [PUBLIC, f"{PUBLIC}/sign-in"])
def test_pages_that_are_all_below_another_path_are_one_mistake_of_each_server(below, actual):
    for pages in (below.ui, below.urls):
        pages.update({name: page.replace(HERE, actual) for name, page in pages.items()})

    report, _ = below.deployment(public_url=HERE)

    problem = f"All pages are at {actual}, but Portico is said to be at {HERE}."
    wrong = [line for line in report if line.startswith("wrong ")]
    assert [line for line in wrong if problem not in line] == []
    assert [line.rpartition("  [")[2] for line in wrong] == [
        "PORTICO_PUBLIC_URL, or every page in kratos.yml]",
        "PORTICO_PUBLIC_URL, or every page in hydra.yml]",
    ]


def test_one_page_below_another_path_is_that_page(below):
    below.ui["login"] = f"{PUBLIC}/login"
    report, _ = below.deployment(public_url=HERE)
    [line] = [line for line in report if line.startswith("wrong ")]
    assert f"Browsers are sent to {PUBLIC}/login; it should be {HERE}/login." in line


@pytest.mark.parametrize(
    ("path", "is_fine"), [("/", True), ("/auth", True), ("/auth/", True), ("/kratos", False), ("/auth/login", False)]
)
def test_kratos_cookie_has_to_come_to_portico(below, path, is_fine):
    below.cookie = f"{COOKIE}; Path={path}"
    report, _ = below.deployment(public_url=HERE)
    wrong = [line for line in report if line.startswith("wrong ")]
    assert not wrong if is_fine else [line.rpartition("  [")[2] for line in wrong] == ["kratos.yml: cookies.path]"]


def test_the_world_of_these_tests_is_not_asked_at_its_root(below):
    """Else a doctor that forgot the path would be well, too. What must not be anywhere is looked for there, too."""
    below.deployment(public_url=HERE)
    servers = (KRATOS, KRATOS_ADMIN, HYDRA_ADMIN)
    elsewhere = (*servers, f"{PUBLIC}/admin/")
    asked_of_portico = [url for url in below.calls if url.startswith(f"{PUBLIC}/") and not url.startswith(elsewhere)]
    assert asked_of_portico
    assert all(url.startswith(f"{HERE}/") for url in asked_of_portico)
    assert json.loads(below.portico.body)["enroll"].startswith(HERE)
