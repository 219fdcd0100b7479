"""How long does it take to find clusters, and to put everybody into one?

    python bench/segments.py                    a million customers, eight features, five planted kinds
    CUSTOMERS=100000 python bench/segments.py   smaller: a first look
    python bench/segments.py fit                only this case

``fit`` looks for clusters (prediction strength, stability and gap for up to eight on 3,000 customers, ten starts on
100,000) and assigns all; ``assign`` is what every later month does. Prints one line a case and what was found, and
writes ``bench/results/segments.json``; the digest of the labels must not depend on threads or on the order of rows.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from _measure import ROOT, Figure, run, store

sys.path.insert(0, str(ROOT))
sys.path.insert(0, str(ROOT / "tests"))
CUSTOMERS, KINDS = int(os.environ.get("CUSTOMERS", 1_000_000)), 5
CASES = {"fit": 2, "assign": 2, "one_thread": 1, "eight_threads": 8, "shuffled": 2}
ABOUT = {"shop": "bench", "month": "2026-10", "as_of": "2026-11-01", "currency": "JPY", "decimals": 0,
         "customers": CUSTOMERS, "sample": 100_000}


def plant(folder: Path) -> None:
    """Write the customers, in order and out of it, and the kind of each."""
    import planting

    frame, kind = planting.buyers(KINDS, CUSTOMERS, 1)
    frame = frame.assign(customer_key=[f"{i:07d}" for i in range(CUSTOMERS)], kind=kind)
    frame.to_parquet(folder / "features.parquet", index=False)
    frame.sample(frac=1, random_state=1).to_parquet(folder / "shuffled.parquet", index=False)


def fit(engine: Any) -> str:
    """Return the text of the model of a sample by hash."""
    import planting
    from crmlib.analyses.segments import assigning, fitting
    from crmlib.analyses.segments.model import written
    from crmlib.settings import settings_from

    settings = settings_from({"shop": "bench", "privacy": {"published_key": "bench"}}).segments
    text = assigning.values_sql([fitting.feature(name, ()) for name in planting.EIGHT], "features")
    sample = engine.sql(f"SELECT * FROM ({text}) AS v ORDER BY md5(customer_key), customer_key LIMIT {settings.sample}")
    named = sample.rename(columns={f"v{i}": name for i, name in enumerate(planting.EIGHT, 1)})
    return written(fitting.fitted(named, planting.EIGHT, settings, ABOUT).model)


def work(case: str, folder: Path) -> int:
    """Do one case in this process and leave what was found beside the customers."""
    from sklearn.metrics import adjusted_rand_score

    from crmlib.analyses.segments import assigning
    from crmlib.analyses.segments.model import read
    from crmlib.engine.duck import DuckEngine

    began, used = time.perf_counter(), time.process_time()
    with DuckEngine(threads=CASES[case]) as engine:
        engine.register("features", folder / ("shuffled.parquet" if case == "shuffled" else "features.parquet"))
        if case == "fit":
            (folder / "model.json").write_text(fit(engine), encoding="utf-8")
        model = read((folder / "model.json").read_text(encoding="utf-8"), "", "bench", "2026-10", ("JPY", 0))
        labels = f"SELECT customer_key, cluster FROM ({assigning.assign_sql(model, 'features')}) AS f"
        engine.write(f"{labels} ORDER BY customer_key", folder / f"{case}.parquet")
        took = {"wall": round(time.perf_counter() - began, 1), "cpu": round(time.process_time() - used, 1)}
        engine.register("labels", folder / f"{case}.parquet")
        engine.register("planted", folder / "features.parquet")
        found = engine.sql("SELECT l.cluster, p.kind FROM labels AS l JOIN planted AS p USING (customer_key)")
    digest = hashlib.sha256((folder / f"{case}.parquet").read_bytes()).hexdigest()[:16]
    (folder / f"{case}.json").write_text(json.dumps({
        **took, "k": model.k, "grade": model.grade, "labels": digest,
        "rand_index": round(float(adjusted_rand_score(found["kind"], found["cluster"])), 4)}), encoding="utf-8")
    return 0


def measure(case: str, folder: Path) -> tuple[Figure, dict[str, Any]]:
    """Run one case as a process of its own."""
    figure = run(case, [__file__, "--work", case, str(folder)], dict(os.environ))
    path = folder / f"{case}.json"
    return figure, json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def main(names: list[str]) -> int:
    """Run the cases and store the figures."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        plant(folder)
        found = [measure(name, folder) for name in ["fit", *(n for n in names or CASES if n != "fit")]]
    for figure, told in found:
        sys.stdout.write(f"{figure}{json.dumps(told)}\n")
    store("segments", {"customers": CUSTOMERS, "figures": [asdict(f) | told for f, told in found]})
    return max([figure.exit for figure, _ in found] + [len({told.get("labels") for _, told in found}) - 1])


if __name__ == "__main__":
    arguments = sys.argv[1:]
    raise SystemExit(work(arguments[1], Path(arguments[2])) if arguments[:1] == ["--work"] else main(arguments))
