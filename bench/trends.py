"""How long do the mart and the tables read from it take, with many customers, and with a month more?

    python bench/trends.py                                 30 million lines of 1 million customers
    LINES=3000000 CUSTOMERS=100000 python bench/trends.py  smaller: a first look
    python bench/trends.py whole                           only this case

``whole`` makes the mart of 36 months, then deciles, cohorts, intervals, monthly and seasonal tables, within 2 GiB;
``next`` has one month more, beside what the run before has left. Prints one line a case, what each step took, and
writes ``bench/results/trends.json``. The digests of the tables must not depend on the number of threads (``threads``).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from _measure import ROOT, Figure, run, store
from _shop import grown, make_shop

sys.path.insert(0, str(ROOT))
LINES, CUSTOMERS, MONTHS = int(os.environ.get("LINES", 30_000_000)), int(os.environ.get("CUSTOMERS", 1_000_000)), 36
THREADS = (1, 2, 8)


def steps(folder: Path, threads: int) -> dict[str, Any]:
    """Make the mart and the tables, and return the wall and CPU seconds of each step and the digest of its rows."""
    from crmlib.analyses.customers.portfolio import value
    from crmlib.analyses.trends.months import history
    from crmlib.analyses.trends.people.intervals import intervals
    from crmlib.analyses.trends.people.returning import cohorts
    from crmlib.analyses.trends.rhythm.seasons import seasons
    from crmlib.dataset import open_dataset
    from crmlib.settings import settings_from

    settings = settings_from({"shop": "bench", "privacy": {"published_key": "bench"},
                              "engine": {"memory_limit": "2GiB", "threads": threads}})
    seen: dict[str, Any] = {}

    def step(name: str, make: Callable[[], Any]) -> Any:
        began, used = time.perf_counter(), time.process_time()
        made = make()
        seen[name] = {"wall": round(time.perf_counter() - began, 2), "cpu": round(time.process_time() - used, 2)}
        if hasattr(made, "columns"):
            seen[name]["digest"] = hashlib.sha256(made.to_csv(index=False).encode()).hexdigest()[:16]
        return made

    data = step("mart", lambda: open_dataset(settings, folder))
    step("deciles", lambda: value.decile_table(value.values(data, "customers_deciles")))
    found = step("monthly", lambda: history(data))
    step("cohorts", lambda: cohorts(found.cohorts, data))
    step("intervals", lambda: intervals(found.waits, 0.95))
    step("seasonal", lambda: seasons(found, 2))
    return seen


def measure(case: str, folder: Path, threads: int) -> tuple[Figure, dict[str, Any]]:
    """Run the steps of a case in a process of their own; only ``next`` finds what an earlier one has left."""
    if case != "next":
        for made in (*folder.parent.glob("*/marts"), *folder.parent.glob("*/shared"), folder.parent / "carried"):
            shutil.rmtree(made, ignore_errors=True)
    out = folder.parent / f"{case}.json"
    figure = run(case, [__file__, "--steps", str(folder), str(threads), str(out)], os.environ)
    return figure, json.loads(out.read_text(encoding="utf-8")) if out.is_file() else {}


def main(names: list[str]) -> int:
    """Run the cases and store the figures."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as place:
        shop = make_shop(Path(place) / "work" / "whole", LINES, CUSTOMERS, MONTHS)
        found = [measure("whole", shop, 2)]
        if not names or "next" in names:
            more = grown(shop.with_name("next"), shop, MONTHS, LINES, CUSTOMERS)
            found.append(measure("next", more, 2))
        if not names or "threads" in names:
            found += [measure(f"{threads} threads", shop, threads) for threads in THREADS]
    for figure, seen in found:
        sys.stdout.write(f"{figure}")
        sys.stdout.write("".join(f"    {name:<12} {one['wall']:6.1f} s wall {one['cpu']:6.1f} s CPU\n"
                                 for name, one in seen.items()))
    told = {tuple(one.get("digest") for one in seen.values()) for figure, seen in found if figure.case != "next"}
    store("trends", {"lines": LINES, "customers": CUSTOMERS, "figures": [asdict(f) for f, _ in found],
                     "steps": {figure.case: seen for figure, seen in found}, "same_digests": len(told) == 1})
    return max([figure.exit for figure, _ in found] + [len(told) - 1])


if __name__ == "__main__":
    if sys.argv[1:2] == ["--steps"]:
        Path(sys.argv[4]).write_text(json.dumps(steps(Path(sys.argv[2]), int(sys.argv[3]))), encoding="utf-8")
        raise SystemExit(0)
    raise SystemExit(main(sys.argv[1:]))
