"""How long does a month take, and how much memory? Whole processes, as a user starts them.

    python bench/report.py            every case
    python bench/report.py cold again only these

Prints one line a case (wall seconds, CPU seconds, peak memory of the largest process) and writes
``bench/results/report.json``. The sample shop and the environment must be there (``make setup sample``).
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from _measure import ROOT, Figure, run, store

#: What a case starts without: nothing prepared and nothing published, nothing published; or with all that is there.
ALL, PAGES, NOTHING = "all", "pages", ""
#: name: (parameter file, arguments, what is forgotten first)
CASES = {
    "cold": ("params/sample.yaml", ["--locale", "ja"], ALL),
    "again": ("params/sample.yaml", ["--locale", "ja"], NOTHING),
    "cached": ("params/sample.yaml", ["--locale", "ja"], PAGES),
    "both": ("params/sample.yaml", ["--locale", "both"], ALL),
    "online_retail": ("params/recipes/online_retail.yaml", ["--locale", "en"], ALL),
    "completejourney": ("params/recipes/completejourney.yaml", ["--locale", "en"], ALL),
}


def measure(case: str, out: Path) -> Figure:
    """Run one case and return its figures; ``cached`` needs ``cold`` before it."""
    params, arguments, forgotten = CASES[case]
    if forgotten:
        shutil.rmtree(out, ignore_errors=True)
    if forgotten == ALL:
        shutil.rmtree(ROOT / "data" / "work" / Path(params).stem, ignore_errors=True)
    command = ["-m", "crmlib", "report", params, "--out", str(out), *arguments]
    return run(case, command, os.environ | {"CRMLIB_ROOT": str(ROOT)})


def main(names: list[str]) -> int:
    """Run the cases in their order and store the figures."""
    with tempfile.TemporaryDirectory() as folder:
        found = [measure(name, Path(folder) / CASES[name][0].rpartition("/")[2]) for name in names or CASES]
    for figure in found:
        sys.stdout.write(str(figure))
    store("report", {"figures": [asdict(f) for f in found]})
    return max(figure.exit for figure in found)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
