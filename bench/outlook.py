"""Who comes back, and what is it worth? Five million order lines of a million customers, beside lifetimes and bare SQL.

    python bench/outlook.py                 every case, in turn
    python bench/outlook.py lines fit       only these
    CRMLIB_BENCH_CUSTOMERS=100000 python bench/outlook.py    a smaller shop

``lines`` is run seven times in turn and the medians are told.

``mart`` and ``holdout`` by ``crmlib`` are what a run does: the rows of an earlier month end, and the days since. By
``first`` they are all that a shop's first run does for them. For ``mart`` that is three summaries, each from the one
before: a year ago, which no earlier one is known of, last month, this month. For ``holdout`` it is the month end it
starts from, out of the one a year ago, and the table. By ``once`` every day of the mart is counted for one summary,
which no run does.

Every figure is that of a process of its own. Making the shop, importing and, for lifetimes, reading its frame are not
in the times; crmlib and bare SQL read their Parquet files within them. lifetimes comes with the extra ``test``; where
that is not installed: ``pip install --no-deps lifetimes autograd dill``. Writes ``bench/results/outlook.json``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import _outlook_cases as cases
from _buyers import make
from _measure import store

#: What is measured, by whom; the first of each is the yardstick of the others.
CASES = {
    "lines": ("lifetimes", "bare", "crmlib"),
    "mart": ("lifetimes", "bare", "once", "first", "crmlib"),
    "holdout": ("lifetimes", "bare", "once", "first", "crmlib"),
    "fit": ("lifetimes", "crmlib"),
    "worth": ("lifetimes", "crmlib"),
    "section": ("crmlib",),
}
#: Cases that are near their limits: run so many times, in turn.
TIMES = {"lines": 7}


def measured(work: Callable[[], Any]) -> dict[str, Any]:
    """Return wall and CPU seconds of one call, what it gave, and the peak memory of this process so far (MB)."""
    wall, cpu = time.perf_counter(), time.process_time()
    gave = work()
    return {"wall": round(time.perf_counter() - wall, 2), "cpu": round(time.process_time() - cpu, 2), "gave": gave,
            "peak_mb": _peak_mb()}


def _peak_mb() -> int:
    """Peak memory of this process alone: what ``getrusage`` tells would count that of the process it came from."""
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.is_file() else None
    return int(found[1]) // 1024 if found else 0


def main(arguments: list[str]) -> int:
    """Make the shop, run each case in a process of its own, print and store the figures."""
    customers = int(os.environ.get("CRMLIB_BENCH_CUSTOMERS", "1000000"))
    found = []
    with tempfile.TemporaryDirectory() as folder:
        made = make(Path(folder), customers)
        sys.stdout.write(f"{made}\n")
        cases.dataset(Path(folder)).engine.close()  # the mart, once, outside every time
        os.sync()  # writing the shop to the disk is nobody's time
        for case in arguments or CASES:
            runs = [{who: _run(case, who, folder) for who in CASES[case]} for _ in range(TIMES.get(case, 1))]
            for who in CASES[case]:
                figure = _median([run[who] for run in runs])
                found.append({"case": case, "who": who, **figure})
                sys.stdout.write(f"{case:<9}{who:<10}{figure}\n")
    store("outlook", {"shop": made, "figures": found})
    return int(any("failed" in figure for figure in found))


def _run(case: str, who: str, folder: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-W", "ignore", __file__, "--one", case, who, folder],
                          capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else {"failed": done.stderr[-300:]}


def _median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the medians of some runs, or the first that failed; of several also the least and the most seconds."""
    if failed := next((run for run in runs if "failed" in run), None):
        return failed
    middle = {name: median(run[name] for run in runs) for name in runs[0]}
    spread = {"walls": [min(run["wall"] for run in runs), max(run["wall"] for run in runs)]} if len(runs) > 1 else {}
    return middle | spread


def one(case: str, who: str, folder: str) -> int:
    """Run one case and print its figures as JSON."""
    print(json.dumps(measured(getattr(cases, f"{case}_{who}")(Path(folder)))))
    return 0


if __name__ == "__main__":
    raise SystemExit(one(*sys.argv[2:]) if sys.argv[1:2] == ["--one"] else main(sys.argv[1:]))
