"""Exports for the intake benchmark: monthly CSV files as a till writes them, and one large CP932 file."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv, parquet

from crmlib.sample.big import make_lines
from crmlib.sample.world.catalogue import STORES, make_catalogue
from crmlib.sample.world.draw import Draw

SEED = 20261031
#: Every so many lines one that is dirty, and lines of the month before that each file begins with.
UNREADABLE, SIGNED, WIDE, OVERLAP = 2003, 997, 1009, 100
GIGABYTE = 1_000_000_000
FIELDS = {"order_lines": ("order_id", "line_no", "line_type", "product_id", "quantity", "unit_price", "amount",
                          "tax_rate"),
          "orders": ("order_id", "customer_id", "ordered_at", "store_id", "channel", "status", "discount")}
_HEADINGS = {"order_id": "注文番号", "line_no": "明細番号", "ordered_at": "注文日時", "store_id": "店舗名",
             "channel": "販売経路", "customer_id": "会員番号", "status": "受注状態", "line_type": "明細区分",
             "product_id": "商品コード",
             "name": "商品名", "quantity": "数量", "unit_price": "単価", "amount": "金額", "tax_rate": "税率"}
_WORDS = {"channel": {"store": "店頭", "ec": "ＥＣ"}, "status": {"paid": "完了", "cancelled": "キャンセル"},
          "line_type": {"product": "商品", "return": "返品"}}


def months(folder: Path, lines: int, count: int) -> list[Path]:
    """Write ``count`` monthly exports of together about ``lines`` lines and return their paths, oldest first.

    They hold what exports hold: amounts with a currency sign, full-width digits, amounts that are none, a footer, and
    at the start of each file the last lines of the file before.
    """
    make_lines(folder, lines, months=count, seed=SEED)
    made, before = [], None
    for path in sorted(folder.glob("lines_*.parquet")):
        table = _dirty(_texts(parquet.read_table(path)))
        target = path.with_suffix(".csv")
        parts = [table] if before is None else [before, table]
        csv.write_csv(pa.concat_tables([*parts, _footer(table)]), target)
        before, _ = table.slice(max(0, table.num_rows - table.num_rows // OVERLAP)), made.append(target)
    return made


def gigabyte(folder: Path, parts: list[Path], size: int = GIGABYTE) -> Path:
    """Write one CP932 file of at least ``size`` bytes, all cells in quotes, from the Parquet files of `months`."""
    target, written = folder / "orders_cp932.csv", 0
    catalogue = make_catalogue(Draw(SEED), len(parts))
    with target.open("wb") as out:
        for n, part in enumerate(parts):
            buffer = io.BytesIO()
            options = csv.WriteOptions(include_header=n == 0, quoting_style="all_valid")
            csv.write_csv(_japanese(parquet.read_table(part.with_suffix(".parquet")), catalogue), buffer, options)
            written += out.write(buffer.getvalue().decode().encode("cp932"))
            if written >= size:
                return target
    return target


def _texts(table: pa.Table) -> pa.Table:
    stamps = pc.strftime(table["ordered_at"].cast(pa.timestamp("s")), format="%Y-%m-%d %H:%M:%S")
    table = table.set_column(table.schema.get_field_index("ordered_at"), "ordered_at", stamps)
    return pa.table({name: table[name].cast(pa.string()) for name in table.column_names})


def _dirty(table: pa.Table) -> pa.Table:
    place = pa.array(range(table.num_rows))

    def every(n: int, name: str, cells: Any) -> None:
        nonlocal table
        hit = pc.equal(pc.subtract(place, pc.multiply(pc.divide(place, n), n)), n - 1)
        table = table.set_column(table.schema.get_field_index(name), name, pc.if_else(hit, cells, table[name]))

    every(SIGNED, "amount", pc.binary_join_element_wise("¥", table["amount"], ""))
    every(UNREADABLE, "amount", "未定")
    every(WIDE, "quantity", "１")
    return table


def _footer(table: pa.Table) -> pa.Table:
    return pa.table({name: pa.array(["合計" if name == "order_id" else None], pa.string())
                     for name in table.column_names})


def _japanese(table: pa.Table, catalogue: Any) -> pa.Table:
    def worded(column: Any, words: dict[str, str]) -> Any:
        known = pc.index_in(column, pa.array(list(words)))
        return pc.take(pa.array(list(words.values())), known)

    names = dict(zip(catalogue.code, catalogue.name, strict=True))
    cells = {"ordered_at": pc.strftime(table["ordered_at"].cast(pa.timestamp("s")), format="%Y/%m/%d %H:%M:%S"),
             "store_id": worded(table["store_id"], {s[0]: s[1] for s in STORES}),
             "name": worded(table["product_id"], names),
             **{name: worded(table[name], words) for name, words in _WORDS.items()}}
    return pa.table({heading: cells.get(name, table[name] if name in table.column_names else None).cast(pa.string())
                     for name, heading in _HEADINGS.items()})


def params(folder: Path, name: str, files: list[str], japanese: bool = False) -> Path:
    """Write the parameter file that reads exports of either kind, and return its path."""
    import yaml

    tables: dict[str, dict[str, Any]] = {table: {c: c for c in columns} for table, columns in FIELDS.items()}
    if japanese:
        tables = {table: {c: _japanese_column(c) for c in columns if c in _HEADINGS}
                  for table, columns in FIELDS.items()}
        tables["products"] = {c: _HEADINGS[c] for c in ("product_id", "name")}
    content = {"shop": name, "currency": "JPY", "privacy": {"published_key": "bench"},
               "engine": {"memory_limit": "2GiB", "threads": 2}, "sources": [{"files": files, "tables": tables}]}
    (folder / "pyproject.toml").touch()
    target = folder / f"{name}.yaml"
    target.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return target


def _japanese_column(name: str) -> Any:
    words = _WORDS.get(name)
    if words is None or name == "channel":
        return _HEADINGS[name]
    return {"from": _HEADINGS[name], "values": {shown: code for code, shown in words.items()}}
