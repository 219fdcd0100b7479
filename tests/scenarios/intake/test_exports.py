"""Whole shops as their systems export them: the canonical tables and the books that must come out (see README.md)."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest
import yaml

import shop
from exports import Exports, table

HERE = Path(__file__).parent
FOLDERS = sorted(path.parent for path in HERE.rglob("settings.yaml"))
BOOKS = ["step", "fate", "table", "reason", "rows", "amount"]


@pytest.fixture(scope="module", params=FOLDERS, ids=lambda folder: folder.relative_to(HERE).as_posix())
def folder(request):
    return request.param


@pytest.fixture(scope="module")
def intake(folder, tmp_path_factory):
    return loaded(folder, tmp_path_factory.mktemp("shop"))


def test_scenario(folder, intake):
    keys = links(intake)
    assert list(folder.glob("tables/*.csv"))
    for path in sorted(folder.glob("tables/*.csv")):
        wanted = shop.read(path.read_text(encoding="utf-8"))
        found = table(intake, path.stem)
        if "customer_id" in wanted and "customer_id" not in found:
            found["customer_id"] = found["customer_key"].map(keys)
        where = path.relative_to(HERE)
        assert plain(found, list(wanted)) == plain(wanted, list(wanted)), where


def test_books(folder, intake):
    ledger = intake.ledger.assign(amount=lambda f: [f"{a.normalize():f}" for a in f["amount"]])
    wanted = shop.read((folder / "books.csv").read_text(encoding="utf-8"))
    assert plain(ledger, BOOKS) == plain(wanted, BOOKS)


def loaded(folder, root):
    params = yaml.safe_load((folder / "settings.yaml").read_text(encoding="utf-8"))
    encodings = params.pop("encodings")
    params.pop("proves", None)
    exports = Exports(root)
    for name, encoding in encodings.items():
        exports.write(name, (folder / name).read_text(encoding="utf-8"), encoding)
    for path in sorted(folder.glob("*.csv")):
        if path.name not in (*encodings, "books.csv"):
            shutil.copy(path, root / path.name)
    return exports.load(*params.pop("sources"), **params)


def links(intake):
    """The smallest customer id of each key."""
    path = str(intake.folder / "restricted/customer_links.parquet").replace("'", "''")
    with duckdb.connect() as connection:
        return dict(connection.sql(f"SELECT customer_key, MIN(customer_id) FROM '{path}' GROUP BY ALL").fetchall())


def plain(frame: pd.DataFrame, columns):
    """Rows as text, sorted: true and false as in CSV, nothing as an empty cell, a day without its midnight."""
    rows = [["" if pd.isna(v) else _text(v) for v in row] for row in frame[columns].itertuples(index=False)]
    return sorted(rows)


def _text(value):
    if isinstance(value, pd.Timestamp):
        return str(value.date()) if value == value.normalize() else str(value)
    return {"True": "true", "False": "false"}.get(str(value), str(value).removesuffix(".0"))
