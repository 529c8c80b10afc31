"""Records what the real Kratos answers with other configurations than the demo's (kratos/bodies/variants)."""

import base64
import json
from typing import Any

import requests

from kratos.recorder.cases import Case, Variant
from kratos.recorder.demo import Bodies
from kratos.recorder.placeholders import placed_case
from kratos.recorder.walker import Walker, patiently
from tests.stack.kratos import Kratos, running

NO_COURIER = "http://127.0.0.1:9/"  # nobody listens there; mails stay queued


def recorded(variant: Variant) -> Bodies:
    """Start a real Kratos with this configuration, and record its cases."""
    settings = variant.settings
    if variant.traits:
        person = {"type": "object", "properties": variant.traits, "required": ["email", *variant.required]}
        schema = json.dumps({"type": "object", "properties": {"traits": person}}).encode()
        url = f"base64://{base64.b64encode(schema).decode()}"
        settings = settings | {"identity.schemas": [{"id": "person", "url": url}]}
    with running("real", NO_COURIER, settings) as kratos:
        recorder = VariantRecorder(kratos, variant)
        for name, case in variant.cases.items():
            flow = case.flow or name.partition("/")[0]
            yield name, patiently(recorder.record, case.model_copy(update={"flow": flow}))


class VariantRecorder(Walker):
    """Records the cases of one configuration, each with nobody but its accounts."""

    def __init__(self, kratos: Kratos, variant: Variant) -> None:
        super().__init__(kratos)
        self.accounts = variant.accounts

    def record(self, case: Case) -> Any:
        identities = f"{self.kratos.admin_url}/admin/identities"
        for identity in requests.get(identities, timeout=60).json():
            requests.delete(f"{identities}/{identity['id']}", timeout=60).raise_for_status()
        for account in self.accounts:
            self.new_person(account["traits"]["email"], **account)
        return placed_case(self.public_url, self.run(*self.begin(case), case.posts))
