"""The samples of docs/kubernetes: as they are written, and as kubectl renders them where it is installed."""

import functools
import shutil
import subprocess
from collections.abc import Iterable
from typing import Any

import yaml

from tests.stack.stack import ROOT

FOLDER = ROOT / "docs/kubernetes"
ROOTS = ("base", "overlays/production", "overlays/ory")
FILES = sorted(file for file in FOLDER.rglob("*.yaml") if file.name != "kustomization.yaml")
Document = dict[str, Any]


def written(folder: str) -> list[Document]:
    """What lies in a folder, patches and all."""
    return [document for file in FILES if file.parent == FOLDER / folder for document in documents(file.read_text())]


@functools.cache
def rendered(folder: str) -> list[Document]:
    """What kubectl would send to a cluster."""
    kubectl = shutil.which("kubectl")
    assert kubectl
    argv = [kubectl, "kustomize", str(FOLDER / folder)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    assert not done.stderr
    return documents(done.stdout)


def documents(text: str) -> list[Document]:
    """All that one text of YAML holds."""
    return list(yaml.safe_load_all(text))


def named(all_of_them: Iterable[Document], kind: str, name: str) -> Document:
    """The one of this kind and name; a ConfigMap's has what its content hashes to behind it."""
    [document] = [
        document
        for document in all_of_them
        if document["kind"] == kind and (document["metadata"]["name"] == name or is_generated(document, name))
    ]
    return document


def is_generated(document: Document, name: str) -> bool:
    """Whether kustomize made it under this name."""
    before, dash, digest = document["metadata"]["name"].rpartition("-")
    return document["kind"] == "ConfigMap" and before == name and bool(dash) and len(digest) == 10
