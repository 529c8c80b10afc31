"""Of ory-client only what is called is loaded, and whoever else imports it gets it whole."""

import importlib
import subprocess
import sys

import pytest

from app.ory.apis import _import_when_used
from tests.stack.stack import environment


@pytest.fixture
def api(tmp_path, monkeypatch):
    """A module of a package made like ory-client: its own code imports everything, and a module asks it for another."""
    package = tmp_path / "everything"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").write_text("from everything.models import Large, Small\nfrom everything import rest\n")
    (package / "rest.py").write_text("")
    (package / "api.py").write_text(
        "import everything.models\nfrom everything import rest\nfrom everything.models.small import Small\n"
    )
    (package / "models/__init__.py").write_text(
        "from everything.models.large import Large\nfrom everything.models.small import Small\n"
    )
    (package / "models/large.py").write_text("class Large: ...\n")
    (package / "models/small.py").write_text("class Small: ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("everything", "everything.models"):
        _import_when_used(name)
    yield importlib.import_module("everything.api")
    for name in [name for name in sys.modules if name.partition(".")[0] == "everything"]:
        del sys.modules[name]


@pytest.mark.usefixtures("api")
def test_a_module_is_imported_without_the_rest_of_its_package():
    assert "everything.models.small" in sys.modules
    assert "everything.rest" in sys.modules
    assert "everything.models.large" not in sys.modules


def test_the_first_name_of_the_package_brings_it_whole(api):
    everything = importlib.import_module("everything")

    assert everything.Large.__module__ == "everything.models.large"
    assert everything.Small is api.Small
    assert api.everything.models.Large is everything.Large


@pytest.mark.usefixtures("api")
def test_what_is_loaded_already_stays_as_it_is():
    before = sys.modules["everything"]

    _import_when_used("everything")

    assert sys.modules["everything"] is before


def test_a_start_loads_the_models_of_three_apis_and_no_others():
    """21 MB and a third of the time to the first answer are the models of what Portico never calls."""
    code = "import sys, app.factory; print(*(name for name in sys.modules if name.startswith('ory_client.models.')))"
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    models = set(done.stdout.split())

    assert "ory_client.models.o_auth2_login_request" in models
    assert "ory_client.models.project" not in models
    assert len(models) < 200


def test_ory_client_is_whole_for_others_who_import_it():
    code = (
        "import app.ory.apis, ory_client\n"
        "from ory_client import FrontendApi, ProjectApi\n"
        "assert FrontendApi is app.ory.apis.FrontendApi\n"
        "assert ory_client.models.Project and ory_client.__version__\n"
    )
    subprocess.run([sys.executable, "-c", code], env=environment(), check=True)


def test_validators_are_made_for_those_who_use_them():
    """To make them all is a third of a second and 7 MB; what is defined by anybody else has its own at once."""
    code = (
        "import pydantic\n"
        "from app.ory.apis import OAuth2Api\n"
        "from ory_client.models.o_auth2_login_request import OAuth2LoginRequest\n"
        "class Theirs(pydantic.BaseModel): ...\n"
        "assert Theirs.__pydantic_complete__ and not OAuth2LoginRequest.__pydantic_complete__\n"
        "for checked in (OAuth2LoginRequest, OAuth2Api().get_o_auth2_login_request):\n"
        "    try:\n"
        "        checked(challenge=5, login_challenge=5)\n"
        "    except pydantic.ValidationError:\n"
        "        continue\n"
        "    raise AssertionError(checked)\n"
    )
    subprocess.run([sys.executable, "-c", code], env=environment(), check=True)
