"""How long does a month take, and how much memory? Whole processes, as a user starts them.

    python bench/report.py            every case
    python bench/report.py cold again only these

Prints one line a case (wall seconds, CPU seconds, peak memory of the largest process) and writes
``bench/results/report.json``. The sample shop and the environment must be there (``make setup sample``).
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: name: (parameter file, arguments, forget what was read before?)
CASES = {
    "cold": ("params/sample.yaml", ["--locale", "ja"], True),
    "again": ("params/sample.yaml", ["--locale", "ja"], False),
    "both": ("params/sample.yaml", ["--locale", "both"], True),
    "online_retail": ("params/recipes/online_retail.yaml", ["--locale", "en"], True),
    "completejourney": ("params/recipes/completejourney.yaml", ["--locale", "en"], True),
}


@dataclass(frozen=True)
class Figure:
    """One run: wall and CPU seconds, peak resident memory of the largest process in MB, exit code."""

    case: str
    wall: float
    cpu: float
    peak_mb: float
    exit: int


def measure(case: str, out: Path) -> Figure:
    """Run one case and return its figures; ``cold`` cases start with nothing prepared and nothing published."""
    params, arguments, cold = CASES[case]
    if cold:
        shutil.rmtree(out, ignore_errors=True)
        shutil.rmtree(ROOT / "data" / "work" / Path(params).stem, ignore_errors=True)
    command = [sys.executable, "-m", "crmlib", "report", params, "--out", str(out), *arguments]
    started = time.perf_counter()
    child = os.posix_spawn(sys.executable, command, os.environ | {"CRMLIB_ROOT": str(ROOT)})
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - started
    return Figure(case, round(wall, 1), round(usage.ru_utime + usage.ru_stime, 1), round(usage.ru_maxrss / 1024),
                  os.waitstatus_to_exitcode(status))


def main(names: list[str]) -> int:
    """Run the cases in their order and store the figures."""
    with tempfile.TemporaryDirectory() as folder:
        found = [measure(name, Path(folder) / CASES[name][0].rpartition("/")[2]) for name in names or CASES]
    for figure in found:
        sys.stdout.write(f"{figure.case:<16} {figure.wall:7.1f} s wall {figure.cpu:7.1f} s CPU "
                         f"{figure.peak_mb:6.0f} MB  exit {figure.exit}\n")
    results = ROOT / "bench" / "results"
    results.mkdir(exist_ok=True)
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "machine": platform.machine()}
    (results / "report.json").write_text(
        json.dumps({"machine": machine, "figures": [asdict(f) for f in found]}, indent=1) + "\n", encoding="utf-8")
    return max(figure.exit for figure in found)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
