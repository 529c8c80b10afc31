"""`make gallery`: every page in every state, without Kratos and Hydra; starts again when a file changes."""

import argparse
import os
from pathlib import Path

from werkzeug.serving import run_simple

from tests.gallery.entries import SITE

ROOT = Path(__file__).resolve().parent.parent.parent
WATCHED = ("templates/**/*.html", "static/*", "app/translations/**/*.po", "kratos/bodies/**/*")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    parser.add_argument("--port", type=int, default=3200)
    port = parser.parse_args().port
    if "WERKZEUG_RUN_MAIN" not in os.environ:  # set in the process that serves, not in the one that watches
        print(f"The gallery is at http://localhost:{port}/ (Ctrl-C ends it)")
    files = [str(path) for pattern in WATCHED for path in ROOT.glob(pattern)]
    run_simple("127.0.0.1", port, SITE, threaded=True, use_reloader=True, extra_files=files)


main()
