"""Every scenario folder: small tables in, and exactly the numbers that must come out (see README.md)."""

from __future__ import annotations

import importlib
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

import shop
from crmlib.analyses import NAMES
from crmlib.dataset import open_dataset, save_result
from crmlib.dataset.lists import NAME

HERE = Path(__file__).parent
FOLDERS = sorted(path.parent for name in NAMES for path in HERE.glob(f"{name}/*/expected"))


@pytest.mark.parametrize("folder", [pytest.param(f, id=f"{f.parent.name}/{f.name}") for f in FOLDERS])
def test_scenario(folder, tmp_path, monkeypatch):
    result = run(folder, tmp_path, monkeypatch)
    wanted = {path.stem: shop.read(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("expected/*.csv"))}
    assert wanted
    for name, frame in wanted.items():
        found = part(result, name, frame)
        assert rows(found, frame) == rows(frame, frame), f"{folder.name}/expected/{name}.csv"


def test_every_analysis_has_a_scenario():
    assert sorted(set(NAMES) - {folder.parent.name for folder in FOLDERS}) == []


def run(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    given = folder / "settings.yaml"
    groups = yaml.safe_load(given.read_text(encoding="utf-8")) if given.is_file() else {}
    month, as_of = groups.pop("month", None), groups.pop("as_of", None)
    settings = shop.settings(**groups)
    work = shop.write(tmp_path / "shop", tables(folder), settings.calendar.closing_day)
    if (folder / "ledger.csv").is_file():
        ledger(shop.read((folder / "ledger.csv").read_text(encoding="utf-8"))).to_parquet(work / "ledger.parquet")
    data = open_dataset(settings, work, month, as_of)
    if (folder / "lists.csv").is_file():
        leave_lists(folder / "lists.csv", tmp_path / "staging", monkeypatch)
    if folder.parent.name == "summary":
        keep_the_others(data, tmp_path / "staging", monkeypatch)
    return analyse(folder.parent.name, data)


def analyse(analysis: str, data: Any) -> Any:
    return importlib.import_module(f"crmlib.analyses.{analysis}").analyse(data, getattr(data.settings, analysis))


def keep_the_others(data: Any, staging: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The summary reads what the other pages of the same run have kept."""
    monkeypatch.setenv("CRMLIB_STAGING", str(staging))
    for analysis in NAMES:
        if analysis != "summary":
            save_result(analyse(analysis, data), staging / "results" / analysis)


def leave_lists(path: Path, staging: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lists of earlier months, as a run leaves them."""
    rows = shop.read(path.read_text(encoding="utf-8"))
    days = {name: pd.to_datetime(rows[name]).dt.date for name in ("from_on", "to_on")}
    staging.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("CRMLIB_STAGING", str(staging))
    rows.assign(held_out=rows["held_out"] == "true", purpose=rows["list_month"] + " " + rows["action"],
                **days).to_parquet(staging / NAME, index=False)


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    paths = [path for path in sorted(folder.glob("*.csv")) if path.stem not in ("ledger", "lists")]
    texts = {path.stem: path.read_text(encoding="utf-8") for path in paths}
    found = shop.purchases(texts.pop("orders")) if "orders" in texts else {}
    given = {name: shop.read(text) for name, text in texts.items()}
    if "customers" in given:
        named = found.pop("customers", pd.DataFrame({"customer_key": [], "customer_id": []}))
        listed = given["customers"].assign(customer_id=given["customers"]["customer_key"])
        others = named[~named["customer_key"].isin(listed["customer_key"])]
        given["customers"] = pd.concat([listed, others], ignore_index=True).sort_values("customer_key")
    return found | given


def ledger(frame: pd.DataFrame) -> pd.DataFrame:
    amounts = [Decimal(text).quantize(Decimal("0.000001")) if text == text else None for text in frame["amount"]]
    return frame.assign(rows=frame["rows"].astype("int64"), amount=amounts)


def part(result: Any, name: str, wanted: pd.DataFrame) -> pd.DataFrame:
    """Return the part of a result that an expected file describes."""
    listed = {"facts": result.facts, "checks": result.checks, "notes": [{"key": key} for key, _ in result.notes],
              "needs": [{"need": need} for need in result.needs]}
    if name not in listed:
        return result.tables[name.removeprefix("table.")].frame
    found = [one if isinstance(one, dict) else {c: getattr(one, c) for c in wanted} for one in listed[name]]
    frame = pd.DataFrame(found, columns=list(wanted), dtype="object")
    if name not in ("facts", "checks"):
        return frame
    order = {key: i for i, key in enumerate(wanted["key"])}
    return frame[frame["key"].isin(order)].sort_values("key", key=lambda keys: keys.map(order))


def rows(frame: pd.DataFrame, wanted: pd.DataFrame) -> list[list[str]]:
    cells = frame[list(wanted)].astype("object").to_numpy().tolist()
    return [list(wanted), *([written(v) for v in row] for row in cells)]


def written(value: Any) -> str:
    if value is None or value is pd.NA or value is pd.NaT or value != value:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.10g}"
    return value.isoformat()[:10] if isinstance(value, date) else str(value)
