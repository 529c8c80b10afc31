"""Authorization requests, noted as the application means them."""

from collections.abc import Mapping

from tests.machines.model import Authorization, Client, Model
from tests.machines.records import Form
from tests.machines.scene import redirect_uri
from tests.support.builders import jwt


def authorize(model: Model, client: Client, scope: str, wishes: Mapping[str, str], way: str = "") -> Form:
    """The parameters of a new request; `wishes` are more of them, "" for none.

    `way` "object": the wishes come in a request object, which the sandbox has not. "doubled": more come after them,
    of which those do not count that were there already.
    """
    state, named = f"state-{model.states:06d}", {name: value for name, value in wishes.items() if value}
    query = [("client_id", client.name), ("response_type", "code"), ("redirect_uri", redirect_uri(client))]
    query += [("scope", scope), ("state", state)]
    if way == "object" and "openid" in scope.split():
        query.append(("request", jwt({n: int(v) if n == "max_age" else v for n, v in named.items()})))
    else:
        query += named.items()
    if way == "doubled" and "prompt" in named:
        more = {"prompt": "login", "max_age": "1"}
        query += more.items()
        named = more | named
    model.authorizations[state] = Authorization(
        client,
        tuple(scope.split()),
        tuple(named.get("audience", "").split()),
        tuple(named.get("prompt", "").split()),
        int(named["max_age"]) if "max_age" in named else None,
    )
    return query
