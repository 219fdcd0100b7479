"""Small exports for tests of intake: files written as a shop's systems would, loaded, and read back as frames."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import yaml

from crmlib.engine.duck import to_frame
from crmlib.intake import load
from crmlib.intake.store import Intake
from crmlib.settings import load_settings

FLAT = """
tables:
  orders: {order_id: 注文番号, customer_id: 会員番号, ordered_at: 注文日時,
           status: {from: 状態, values: {取消: cancelled}, default: placed}}
  order_lines: {order_id: 注文番号, product_id: 商品, quantity: 数量, unit_price: 単価, amount: 金額}
"""
#: Online Retail as published, read without a preset.
RETAIL = """
files: online_retail/online_retail.parquet
realdata: true
tables:
  orders: {order_id: InvoiceNo, customer_id: CustomerID, ordered_at: InvoiceDate}
  order_lines:
    order_id: InvoiceNo
    product_id: StockCode
    quantity: Quantity
    unit_price: UnitPrice
    line_type: {from: StockCode, default: product, values: {POST: shipping, DOT: shipping, C2: shipping, M: fee, m: fee,
      PADS: fee, BANK CHARGES: fee, AMAZONFEE: fee, B: fee, CRUK: fee, S: fee, D: discount}}
"""
HEAD = "注文番号,会員番号,注文日時,商品,数量,単価,金額,状態"


def flat(files: str | list[str] = "orders*.csv", **more: Any) -> dict[str, Any]:
    """Return a source in which each record is a line of an order."""
    return {"files": files, **yaml.safe_load(FLAT), **more}


def lines(*records: str, head: str = HEAD) -> str:
    """Return a file of headings and records."""
    return "\n".join([head, *records]) + "\n"


class Exports:
    """A project folder with files and the settings that read them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "pyproject.toml").write_text("", encoding="utf-8")

    def write(self, name: str, content: str | bytes, encoding: str = "utf-8") -> Path:
        """Write one export."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    def settings(self, *sources: dict[str, Any], **groups: Any) -> Any:
        """Return settings that read the sources."""
        params = {"shop": "test", "privacy": {"published_key": "tests"}, "sources": list(sources), **groups}
        path = self.root / "test.yaml"
        path.write_text(yaml.safe_dump(params, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return load_settings(path)

    def load(self, *sources: dict[str, Any], **groups: Any) -> Intake:
        """Load the sources."""
        return load(self.settings(*sources, **groups), self.root / "data/work")


def table(intake: Intake, name: str) -> pd.DataFrame:
    """Return a canonical table in the order it is stored."""
    folder = intake.folder / ("restricted/identity/" if name == "customer_identity" else "") / name
    pattern = str(folder / "**" / "*.parquet").replace("'", "''")
    with duckdb.connect() as connection:
        return to_frame(
            connection.sql(f"SELECT * FROM read_parquet('{pattern}', hive_partitioning = false)").to_arrow_table()
        )


def column(intake: Intake, name: str, of: str) -> list[Any]:
    """Return a column as plain values, None where empty."""
    return [None if pd.isna(v) else v for v in table(intake, name)[of]]


def books(intake: Intake, *fates: str) -> list[tuple[str, str, int, str]]:
    """Return step, reason, rows and amount of the entries of some fates (all but in and out where none is given)."""
    wanted = fates or ("quarantined", "merged", "excluded", "rounding", "info")
    frame = intake.ledger[intake.ledger["fate"].isin(wanted)]
    return [
        (s, r, int(n), f"{a.normalize():f}")
        for s, r, n, a in frame[["step", "reason", "rows", "amount"]].itertuples(index=False)
    ]


def totals(intake: Intake) -> dict[str, tuple[int, Any]]:
    """Return rows and money by fate."""
    return {fate: (int(part["rows"].sum()), sum(part["amount"])) for fate, part in intake.ledger.groupby("fate")}


def assert_nowhere(folder: Path, *texts: str) -> None:
    """Hold that no file below a folder has a text in it, Parquet read as its values."""
    files = [p for p in folder.rglob("*") if p.is_file()]
    assert files
    for path in files:
        if path.suffix == ".parquet":
            with duckdb.connect() as connection:
                content = str(connection.sql(f"SELECT * FROM read_parquet('{path}')").fetchall())
        else:
            content = path.read_bytes().decode("utf-8", errors="replace")
        assert [t for t in texts if t in content] == [], path
