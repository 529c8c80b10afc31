"""`python -m tests.fuzz.engine TARGET libFuzzer-arguments`: one target under atheris, which ends the process."""

import sys

import atheris

with atheris.instrument_imports(include=["app"]):
    from tests.fuzz.targets import TARGETS

_, name, *arguments = sys.argv
atheris.Setup([name, *arguments], TARGETS[name])
atheris.Fuzz()
