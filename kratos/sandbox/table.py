"""What comes of a post, by table.yml."""

from pathlib import Path

import yaml

from kratos.sandbox.bodies import NotRecorded
from kratos.sandbox.store import Flow

TABLE: dict[str, dict[str, dict[str, str | None]]] = {
    kind: {state: row["to"] for row in rows for state in (*row["in"], *row.get("and", ()))}
    for kind, rows in yaml.safe_load(Path(__file__).with_name("table.yml").read_text()).items()
}


def outcomes(flow: Flow) -> dict[str, str | None]:
    """Give what can come of a post to the flow as it is."""
    return TABLE[flow.kind].get(flow.state, {})


def asks_for_code(flow: Flow) -> bool:
    return "code:wrong" in outcomes(flow)


def advance(flow: Flow, outcome: str) -> None:
    """Move the flow to the state its table has for `outcome`; NotRecorded when the table has no such row."""
    if outcome not in outcomes(flow):
        row = f"({flow.kind}, {flow.state}, {outcome})"
        raise NotRecorded(f"the sandbox has no row {row}: see kratos/sandbox/table.yml")
    flow.state = outcomes(flow)[outcome] or outcome.replace(":", "_")
