"""A large shop as intake leaves it, drawn by hashes: what benchmarks of analyses start from."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

LINES_PER_ORDER = 2.5
PRODUCTS, CATEGORIES = 5000, 12
FIRST_YEAR = 2023
#: One order in so many is a guest's, was cancelled, is a later return.
GUEST, CANCELLED, RETURNED = 17, 97, 53
#: Which product a line is about: any as likely as the next. ``luck`` is the order's, ``line`` its number, from 0.
ALIKE = f"hash(luck + line) % {PRODUCTS}"
_RANK = f"CAST(floor({PRODUCTS} * power(CAST(hash(luck + {{line}}) % 1000000 AS DOUBLE) / 1000000, 3)) AS BIGINT)"
#: Some are popular (a hundredth of them in a fifth of the lines), and every tenth has a companion: where it is followed
#: by another product, that is its companion in one of four cases.
POPULAR = (f"CASE WHEN line > 0 AND hash(luck + 11 * line) % 4 = 0 AND {_RANK.format(line='line - 1')} % 10 = 0 "
           f"THEN {_RANK.format(line='line - 1')} + 5 ELSE {_RANK.format(line='line')} END")


def make_shop(folder: Path, lines: int, customers: int, months: int, goods: str = ALIKE) -> Path:
    """Write the canonical tables of a shop with about so many order lines and return its folder.

    Customers differ: a tenth of them makes half of the orders, and they come one after the other over the months.
    Every number is a hash of the order's own number, so the same call writes the same rows. ``goods`` is which product
    a line is about: ``ALIKE`` or ``POPULAR``.
    """
    import duckdb

    shutil.rmtree(folder, ignore_errors=True)
    engine = duckdb.connect(config={"memory_limit": "2GiB", "preserve_insertion_order": "false",
                                    "temp_directory": str(folder / "spill")})
    folder.mkdir(parents=True)
    _people(engine, folder, customers)
    each = round(lines / LINES_PER_ORDER / months)
    for month in range(months):
        _month(engine, folder, month, each, round(customers * (0.4 + 0.6 * (month + 1) / months)), goods)
    engine.close()
    shutil.rmtree(folder / "spill", ignore_errors=True)
    engine_free = {"fingerprint": f"bench-{lines}-{months}", "inputs": [], "counts": {}}
    (folder / "intake.json").write_text(json.dumps(engine_free), encoding="utf-8")
    return folder


def grown(folder: Path, older: Path, months: int, lines: int, customers: int) -> Path:
    """Write the same shop with a month more, as large as the others; their files are shared, as intake shares them.

    ``months``, ``lines`` and ``customers`` are those that the older shop was made with.
    """
    import duckdb

    shutil.rmtree(folder, ignore_errors=True)
    for path in sorted(p for p in older.rglob("*") if p.is_file() and p.relative_to(older).parts[0] not in
                       ("marts", "shared", "intake.json")):
        target = folder / path.relative_to(older)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(path, target)
    engine = duckdb.connect(config={"memory_limit": "2GiB", "preserve_insertion_order": "false"})
    _month(engine, folder, months, round(lines / LINES_PER_ORDER / months), customers)
    engine.close()
    described = {"fingerprint": f"bench-{lines}-{months + 1}", "inputs": [], "counts": {}}
    (folder / "intake.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


def label(month: int) -> str:
    """Return the calendar month with this number, ``2023-11`` for 10."""
    return f"{FIRST_YEAR + month // 12}-{month % 12 + 1:02d}"


def _people(engine: Any, folder: Path, customers: int) -> None:
    from crmlib import schema

    (folder / "customers").mkdir()
    known = {"customer_key": "substr(md5(CAST(n AS VARCHAR)), 1, 32)", "customer_id": "CAST(1000000 + n AS VARCHAR)"}
    columns = _columns(schema.stored_columns("customers"), known)
    _copy(engine, f"SELECT {columns} FROM range({customers}) AS t(n)", folder / "customers" / "data.parquet")
    (folder / "products").mkdir()
    known = {"product_id": "'P' || CAST(n AS VARCHAR)", "category_1": f"'C' || CAST(n % {CATEGORIES} AS VARCHAR)"}
    columns = _columns(schema.stored_columns("products"), known)
    _copy(engine, f"SELECT {columns} FROM range({PRODUCTS}) AS t(n)", folder / "products" / "data.parquet")


def _month(engine: Any, folder: Path, month: int, orders: int, newest: int, goods: str = ALIKE) -> None:
    """Write the orders of a month and their lines."""
    from crmlib import schema

    ym = label(month)
    engine.execute(f"""CREATE OR REPLACE TEMP TABLE made AS
        WITH numbered AS (SELECT CAST({month} AS BIGINT) * 100000000 + n AS number FROM range({orders}) AS t(n)),
        drawn AS (SELECT number, hash(number) AS luck, (hash(number) // 2) % {newest} AS person FROM numbered),
        placed AS (SELECT number, luck, CASE WHEN luck % 2 = 0 THEN person ELSE person // 10 * 10 END AS person,
                   CAST((hash(luck) % 28) AS INTEGER) AS day FROM drawn)
        SELECT 'O' || CAST(number AS VARCHAR) AS order_id, luck,
            CASE WHEN luck % {GUEST} = 0 THEN NULL ELSE substr(md5(CAST(person AS VARCHAR)), 1, 32) END AS customer_key,
            DATE '{ym}-01' + day AS business_date, '{ym}' AS ym, CAST(10 + hash(luck + 1) % 10 AS INTEGER) AS hour,
            luck % {CANCELLED} = 0 AS cancelled, luck % {RETURNED} = 0 AS back FROM placed""")
    known = {"order_id": "order_id", "customer_key": "customer_key", "business_date": "business_date", "ym": "ym",
             "ordered_at": "CAST(business_date AS TIMESTAMP) + hour * INTERVAL 1 HOUR", "hour": "hour",
             "dow": "isodow(business_date)", "channel": "'store'",
             "status": "CASE WHEN cancelled THEN 'cancelled' ELSE 'paid' END",
             "discount": "CASE WHEN luck % 23 = 0 THEN 100 ELSE 0 END"}
    _copy(engine, f"SELECT {_columns(schema.stored_columns('orders'), known)} FROM made",
          folder / "orders" / f"ym={ym}" / "data.parquet")
    known = {"order_id": "order_id", "customer_key": "customer_key", "business_date": "business_date", "ym": "ym",
             "hour": "hour", "cancelled": "cancelled", "line_no": "CAST(line AS VARCHAR)", "line_type": "'product'",
             "product_id": f"'P' || CAST({goods} AS VARCHAR)",
             "quantity": "CASE WHEN back THEN -1 ELSE 1 END",
             "amount": "CASE WHEN back THEN -1 ELSE 1 END * CAST(100 + hash(luck + 7 * line) % 3000 AS BIGINT)"}
    columns = _columns(schema.stored_columns("order_lines") | schema.LINE_COLUMNS, known)
    lines = "SELECT made.*, UNNEST(range(CAST(1 + luck % 4 AS BIGINT))) AS line FROM made"
    _copy(engine, f"SELECT {columns} FROM ({lines})",
          folder / "order_lines" / f"ym={ym}" / "data.parquet")


def _columns(stored: dict[str, str], known: dict[str, str]) -> str:
    return ", ".join(f"CAST({known.get(name, 'NULL')} AS {kind}) AS {name}" for name, kind in stored.items())


def _copy(engine: Any, text: str, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    engine.execute(f"COPY ({text}) TO '{path}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")
