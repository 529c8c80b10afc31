"""`python -m hydra.relying_party --clients hydra/clients.json --issuer http://localhost:4444`."""

import argparse
import json
from pathlib import Path

from werkzeug.serving import make_server

from hydra.relying_party.provider import Provider
from hydra.relying_party.web import create_app


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m hydra.relying_party", description="Portico's demo application")
    parser.add_argument("--clients", required=True, type=Path, help="the registrations, as Hydra got them")
    parser.add_argument("--issuer", required=True, help="Hydra's issuer, e.g. http://localhost:4444")
    parser.add_argument("--kratos", default="http://localhost:4433", help="Kratos' public address, for Demo ID")
    parser.add_argument("--identities", type=Path, help="the demo persons, named on the first page")
    parser.add_argument("--host", default="127.0.0.1", help="where to listen; other than loopback only in a container")
    parser.add_argument("--port", type=int, default=5555)
    options = parser.parse_args()
    registrations = json.loads(options.clients.read_text())
    persons = json.loads(options.identities.read_text()) if options.identities else []
    provider = Provider(f"http://localhost:{options.port}/demo-id", options.kratos)
    app = create_app(registrations, options.issuer, persons, provider)
    make_server(options.host, options.port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main()
