"""How long does it take to decide whom to contact?

    python bench/actions.py                    a million customers, five million order lines, all standard rules
    CUSTOMERS=100000 python bench/actions.py   smaller: a first look

The shared measures (scores, segments) and those of the other pages lie ready, as they do when the last page of a report
runs. ``list`` asks every rule and makes the list; ``files`` words every reason and writes the CSV and the sheet. Prints
seconds of each (wall and CPU) and what is on the list, and writes ``bench/results/actions.json``.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from _measure import ROOT, run, store
from _shop import make_shop

sys.path.insert(0, str(ROOT))
CUSTOMERS = int(os.environ.get("CUSTOMERS", 1_000_000))
LINES = int(os.environ.get("LINES", 5 * CUSTOMERS))
MONTHS = 24
#: What other pages would have found, by the hash of the customer's number.
AGREED = "hash(customer_key || '{channel}') % 10 < {tenths}"


def agree(folder: Path) -> None:
    """Let customers agree to channels: seven in ten to mail, four to LINE, three to post, two to calls, one to SMS."""
    import duckdb

    said = ", ".join(f"{AGREED.format(channel=c, tenths=n)} AS opt_in_{c}" for c, n in
                     (("mail", 7), ("line", 4), ("post", 3), ("phone", 2), ("sms", 1)))
    path = folder / "customers" / "data.parquet"
    with duckdb.connect() as engine:
        engine.execute(f"COPY (SELECT * REPLACE ({said}) FROM '{path}') TO '{path}.new' (FORMAT parquet)")
    Path(f"{path}.new").replace(path)


def other_pages(data: Any, staging: Path) -> None:
    """Leave measures as the pages of customers, the outlook and the products do."""
    from crmlib.dataset import save_result
    from crmlib.result import Result

    luck = "CAST(hash(customer_key || '{0}') % 1000 AS DOUBLE) / 1000"
    a, b, c = (luck.format(name) for name in "abc")
    texts = {
        "customers": f"CAST(floor({a} * 10) + 1 AS BIGINT) AS decile, {b} * 4 AS overdue_ratio, "
                     f"CASE WHEN {b} > 0.5 THEN 'overdue' ELSE 'in_time' END AS rhythm",
        "outlook": f"{a} AS p_alive, {b} / 2 AS p_order_30d, {b} AS p_order_90d, {c} * 20000 AS clv_12m",
        "products": f"'P' || CAST(floor({a} * 5000) AS BIGINT) AS next_offer"}
    for name, columns in texts.items():
        found = data.sql(f"SELECT customer_key, {columns} FROM customers ORDER BY customer_key")
        save_result(Result(name, measures=found), staging / "results" / name)


def opened(folder: Path) -> Any:
    """Return the shop with its shared measures ready."""
    from crmlib.dataset import open_dataset
    from crmlib.settings import settings_from

    settings = settings_from({"shop": "bench", "privacy": {"published_key": "bench"}})
    data = open_dataset(settings, folder / "shop")
    data.shared("customer_segment")
    return data


def clocks() -> dict[str, float]:
    """Return seconds on the wall and of the CPU."""
    return {"wall": time.perf_counter(), "cpu": time.process_time()}


def work(folder: Path) -> int:
    """Make the list and its files in this process, and leave what was found."""
    os.environ["CRMLIB_STAGING"] = str(folder / "staging")
    from crmlib.analyses import actions
    from crmlib.report import outputs
    from crmlib.report.contacts import rows
    from crmlib.text import load_text

    data = opened(folder)
    marks = [clocks()]
    result = actions.analyse(data, data.settings.actions)
    marks.append(clocks())
    text = load_text("actions", "ja", data.currency, data.decimals)
    listed = rows.rows(result, text, data.settings.actions.rules)
    content = outputs.csv(listed, rows.UNITS, data.decimals)
    marks.append(clocks())
    sheet = rows.sheet(listed, text, data.month)
    marks.append(clocks())
    found = {f"{step}_{kind}": marks[n + 1][kind] - marks[n][kind]
             for n, step in enumerate(("list", "csv", "sheet")) for kind in ("wall", "cpu")}
    found |= {"rows": len(listed), "held_out": int(listed["held_out"].sum()), "csv_mb": len(content) / 1e6,
              "sheet_mb": len(sheet) / 1e6, "rules": len(result.tables["summary"].frame),
              "list_digest": hashlib.sha256(content).hexdigest()[:16]}
    (folder / "found.json").write_text(json.dumps(found), encoding="utf-8")
    return 0


def main() -> int:
    """Make the shop, make the list, say how long it took."""
    with tempfile.TemporaryDirectory(prefix="crmlib-bench-") as name:
        folder = Path(name)
        make_shop(folder / "shop", LINES, CUSTOMERS, MONTHS)
        agree(folder / "shop")
        other_pages(opened(folder), folder / "staging")
        figure = run("actions", [__file__, "--work", str(folder)], dict(os.environ))
        found = json.loads((folder / "found.json").read_text(encoding="utf-8"))
    sys.stdout.write(str(figure))
    sys.stdout.write("".join(f"  {key:<12} {value:,.1f}\n" if isinstance(value, float) else f"  {key:<12} {value}\n"
                             for key, value in found.items()))
    store("actions", {"customers": CUSTOMERS, "lines": LINES, "peak_mb": figure.peak_mb, "cpu": figure.cpu, **found})
    return figure.exit


if __name__ == "__main__":
    sys.exit(work(Path(sys.argv[2])) if sys.argv[1:2] == ["--work"] else main())
