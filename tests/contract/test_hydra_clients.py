"""`/admin/clients` on the stand-in and on the real Hydra."""

import json

import pytest

from tests.contract.hydra_stacks import Hydra

DUPLICATE = "Unable to insert or update resource because a resource with that value exists already"


def test_a_client_secret_is_told_once(hydra: Hydra) -> None:
    created = hydra.create_client(client_secret=None)
    assert created["client_secret"]
    assert "client_secret" not in hydra.call("GET", f"/clients/{created['client_id']}").json()


def test_a_client_can_be_created_changed_and_deleted_once(hydra: Hydra) -> None:
    path = f"/clients/{hydra.create_client()['client_id']}"
    patch = [{"op": "replace", "path": "/skip_consent", "value": True}]
    assert hydra.call("PATCH", path, json=patch).json()["skip_consent"] is True
    assert hydra.call("PUT", path, json={"client_name": "New"}).json()["skip_consent"] is False
    assert hydra.call("GET", path).json()["client_name"] == "New"
    assert hydra.call("DELETE", path).status_code == 204
    for method in ("GET", "DELETE", "PUT", "PATCH"):
        answer = hydra.call(method, path, json=[] if method == "PATCH" else {})
        assert (answer.status_code, answer.json()["error"]) == (404, "Unable to locate the resource")


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ('{"client_id": "demo"}', 409, DUPLICATE),
        ("{", 400, "The request was malformed or contained invalid parameters"),
        ("[]", 400, "The request was malformed or contained invalid parameters"),
        ('{"redirect_uris": ["http://localhost/#fragment"]}', 400, "invalid_redirect_uri"),
        (
            json.dumps({"redirect_uris": ["http://localhost/"], "post_logout_redirect_uris": ["http://evil.example/"]}),
            400,
            "invalid_client_metadata",
        ),
    ],
)
def test_a_client_that_cannot_be_is_refused(hydra: Hydra, body: str, status: int, error: str) -> None:
    answer = hydra.call("POST", "/clients", data=body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
