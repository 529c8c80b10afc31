"""`python -m tests.fuzz` (`make fuzz`): looks for inputs that break a promise, guided by the lines of app/ they reach.

SECONDS is how long each target is fuzzed (50); TARGETS names some of them, FOUND is a folder to keep inputs in, also
for the next run. What was found is to become a plain test. `python -m tests.fuzz TARGET FILE` runs one again.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.seeds import SEEDS
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = int(os.environ.get("SECONDS", "50"))
LARGEST, SLOWEST = 2000, 60  # bytes of an input; seconds that one may take, on a machine that is busy
NUMBER = re.compile(r"^stat::number_of_executed_units:\s+(\d+)", re.MULTILINE)
REACHED = re.compile(r"\bft: (\d+)")


def main() -> int:
    """Fuzz every target, one after the other; 1 if something was found."""
    if len(sys.argv) == 3:
        TARGETS[sys.argv[1]](Path(sys.argv[2]).read_bytes())
        return 0
    names = os.environ.get("TARGETS", "").split() or list(TARGETS)
    with tempfile.TemporaryDirectory(prefix="portico-fuzz-") as scratch:
        kept = Path(os.environ.get("FOUND", scratch)).resolve()
        failed = [name for name in names if not _is_clean(name, kept)]
        if failed:
            print(f"Found something in: {', '.join(failed)}. Each input has to become a plain test.")
    return 1 if failed else 0


def _is_clean(name: str, kept: Path) -> bool:
    """Fuzz one target and say how much was tried; what was found is printed with its traceback."""
    corpus, broken = kept / name, kept / "broken"
    for folder in (corpus, broken):
        folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(SEEDS[name]):
        (corpus / f"seed-{number:03}").write_bytes(seed)
    before = set(broken.iterdir())
    report = _fuzzed(name, [str(corpus), f"-artifact_prefix={broken}/{name}-"])
    executions, reached = NUMBER.search(report), REACHED.findall(report)
    new = sorted(set(broken.iterdir()) - before)
    if executions:
        print(f"{name:24}{int(executions[1]):>9,} executions, {reached[-1] if reached else 0:>6} features", flush=True)
    if executions and not new:
        return True
    print(re.sub(r"^(#\d+|INFO|stat::|MS: ).*\n", "", report, flags=re.MULTILINE)[-4000:])
    for file in new:
        print(f"{name}: {file.read_bytes()!r}")
    return False


def _fuzzed(name: str, arguments: Sequence[str]) -> str:
    """What the fuzzer says of a target."""
    limits = [f"-max_total_time={SECONDS}", f"-max_len={LARGEST}", f"-timeout={SLOWEST}", "-rss_limit_mb=2048"]
    command = [sys.executable, "-m", "tests.fuzz.engine", name, "-print_final_stats=1", *limits, *arguments]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=SECONDS * 2 + 300, check=False)
    return (ended.stdout + ended.stderr).decode(errors="replace")


if __name__ == "__main__":
    sys.exit(main())
