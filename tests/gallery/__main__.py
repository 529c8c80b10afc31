"""`make gallery`: every page in every state, without Kratos and Hydra; starts again when a file changes."""

import argparse
import os
from pathlib import Path

import structlog
from werkzeug.serving import run_simple

from tests.gallery.site import site

ROOT = Path(__file__).resolve().parent.parent.parent
WATCHED = ("templates/**/*.html", "static/*", "app/translations/**/*.po", "kratos/bodies/**/*")
OFF = 50  # the level above which nothing is logged


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.gallery", description=__doc__)
    parser.add_argument("--port", type=int, default=3200)
    port = parser.parse_args().port
    if "WERKZEUG_RUN_MAIN" not in os.environ:  # set in the process that serves, not in the one that watches
        print(f"The gallery is at http://localhost:{port}/ (Ctrl-C ends it)")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(OFF))
    files = [str(path) for pattern in WATCHED for path in ROOT.glob(pattern)]
    run_simple(
        "127.0.0.1",
        port,
        site,
        threaded=True,
        use_reloader=True,
        use_debugger=True,
        use_evalex=False,
        extra_files=files,
    )


main()
