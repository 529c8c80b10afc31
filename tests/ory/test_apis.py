"""Of ory-client only what is called is loaded, and whoever else imports it gets it whole."""

import subprocess
import sys

from tests.stack.stack import environment

WHOLE = (
    "import ory_client\n"
    "from ory_client.models.login_flow import LoginFlow\n"
    "assert ory_client.FrontendApi.to_session.raw_function\n"  # its values are checked
    "assert 'ui' in LoginFlow.model_fields and ory_client.models.Project and ory_client.__version__\n"
)
OURS = "import app.ory.apis\nassert not hasattr(app.ory.apis.FrontendApi.to_session, 'raw_function')\n"


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=True)
    return done.stdout


def test_a_start_loads_no_model_of_ory_client():
    """35 MB and two seconds of the start are the models, and the checks of values that nobody gives them."""
    code = (
        "import sys, pydantic\n"
        "usual, made = pydantic.validate_call, pydantic.BaseModel.__subclasses__\n"
        "import app.factory\n"
        "assert (usual, pydantic.Field) == (pydantic.validate_call, pydantic.fields.Field)\n"
        "print(*[name for name in sys.modules if 'ory_client' in name], *[type.__module__ for type in made()])"
    )
    assert "ory_client.models" not in run(code)


def test_ory_client_is_whole_for_others_who_imported_it_before():
    """Who imports it after us: test_endpoints.py."""
    assert run(WHOLE + OURS) == ""
