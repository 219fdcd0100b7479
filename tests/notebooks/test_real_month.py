"""A whole month of a small shop with the real notebooks: published, checked, the same bytes however it is run."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from crmlib import analyses
from crmlib.sample import make

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
#: What a month must hold (the output contract).
FACTS = {
    "quality": {"rows_in", "rows_out", "rows_quarantined", "duplicates_merged", "rows_excluded", "amount_in",
                "amount_out"},
    "customers": {"total", "active", "new", "returned", "lost", "repeat_rate", "sales", "orders", "average_order"},
    "rfm": {"customers"}, "segments": {"count"}, "trends": {"sales", "orders", "customers"},
    "satisfaction": {"nps", "nps_low", "nps_high", "nps_one_per_person", "csat", "csat_mean", "responses",
                     "respondents", "response_rate", "alpha"},
    "products": {"products_sold"}, "campaigns": {"effects_told"}, "actions": {"contacts", "held_out", "expected_gain"},
}
TABLES = {
    "trends.monthly": ["month", "orders", "customers", "sales", "returns"],
    "trends.cohorts": ["cohort", "age_months", "size", "active", "retention"],
    "rfm.segments": ["segment", "customers", "share", "sales", "sales_share", "recency_median", "frequency_median",
                     "monetary_median"],
    "rfm.grid": ["r_score", "f_score", "customers", "sales"],
    "customers.attributes": ["attribute", "level", "customers", "share", "sales", "coverage"],
    "segments.profile": ["cluster", "customers", "share", "sales", "feature", "median", "index"],
    "products.pairs": ["a", "b"], "products.offers_backtest": ["method"],
    "campaigns.effects": ["campaign", "arm", "control", "outcome", "design", "n_arm", "n_control", "effect", "low",
                          "high", "p", "placebo"],
    "satisfaction.by_segment": ["dimension", "level", "metric", "n", "value", "low", "high"],
    "satisfaction.scores": ["metric", "n", "value", "low", "high", "method", "unit"],
}
CUSTOMERS = ["customer_id", "customer_key", "first_order_on", "last_order_on", "recency_days", "frequency",
             "purchase_days", "monetary", "monetary_gross", "r_score", "f_score", "m_score", "rfm_segment", "cluster"]


def project(folder: Path) -> Path:
    """A project with the real notebooks and a small sample shop."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text("", encoding="utf-8")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    (folder / "params").mkdir()
    # The published totals of the big sample do not fit the small one.
    text = (ROOT / "params" / "sample.yaml").read_text(encoding="utf-8")
    text = re.sub(r"(?ms)^control_totals:.*?(?=^\S)", "", text)
    (folder / "params" / "sample.yaml").write_text(text, encoding="utf-8")
    make(folder / "data" / "sample", customers=400, months=15, end="2026-10")
    return folder


def shuffle(folder: Path) -> None:
    """Put the rows of every export into another order; each file stays what it is."""
    draw = random.Random(1)
    for path in sorted((folder / "data" / "sample").iterdir()):
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            order = list(range(len(table)))
            draw.shuffle(order)
            pq.write_table(table.take(order), path)
        elif path.is_file():
            data = path.read_bytes()
            codec = "utf-16" if data[:2] == b"\xff\xfe" else "latin-1"
            end = "\r\n" if "\r\n" in data.decode(codec) else "\n"
            head, *rows = data.decode(codec).rstrip(end).split(end)
            draw.shuffle(rows)
            path.write_bytes((end.join([head, *rows]) + end).encode(codec))


def run(folder: Path, verb: str, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run a verb as a user would."""
    command = [sys.executable, "-m", "crmlib", verb, "params/sample.yaml", *arguments]
    return subprocess.run(command, cwd=folder, text=True, capture_output=True, timeout=600, check=False,
                          env={**os.environ, "CRMLIB_ROOT": str(folder), "CRMLIB_LANG": "en", **env})


@pytest.fixture(scope="module")
def month(tmp_path_factory):
    """The published month of an untouched sample, in both languages."""
    folder = project(tmp_path_factory.mktemp("real") / "plain")
    done = run(folder, "report", "--locale", "both", "--jobs", "2")
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "reports" / "sample" / "2026-10"


def test_the_contract_of_a_month(month):
    facts = json.loads((month / "facts.json").read_text(encoding="utf-8"))
    for analysis, keys in FACTS.items():
        assert keys <= {f["key"] for f in facts if f["analysis"] == analysis}, analysis
    for name, columns in TABLES.items():
        for folder in (month / "tables", month / "restricted" / "tables"):
            header = (folder / f"{name}.csv").read_text(encoding="utf-8-sig").splitlines()[0].split(",")
            assert header[:len(columns)] == columns, name
    assert pq.read_schema(month / "restricted" / "customers.parquet").names[:len(CUSTOMERS)] == CUSTOMERS
    for locale in ("ja", "en"):
        pages = {p.stem.partition("_")[2] for p in (month / locale).glob("[0-9]*.html")}
        assert pages == set(analyses.NAMES) - {"actions"}, "whom to contact stands on the summary's page"
    assert (month / "index.html").is_file() and (month / "en" / "index.html").is_file()
    assert (month.parent / "index.html").is_file() and (month.parent / "latest").exists()
    listed = (month / "restricted" / "actions.csv").read_text(encoding="utf-8-sig").splitlines()[0]
    assert listed == "customer_id,action,what,channel,until,priority,expected_gain,low,high,held_out,reason"
    assert oct(os.stat(month / "restricted").st_mode)[-3:] == "700"
    assert {oct(p.stat().st_mode)[-3:] for p in (month / "restricted").rglob("*") if p.is_file()} == {"600"}


def test_nothing_changed_nothing_runs_and_check_agrees(month):
    folder = month.parents[2]
    before = {p: p.read_bytes() for p in month.rglob("*") if p.is_file()}
    again = run(folder, "report", "--locale", "both")
    assert again.returncode == 0 and "Nothing has changed" in again.stdout
    assert {p: p.read_bytes() for p in month.rglob("*") if p.is_file()} == before
    checked = run(folder, "check", "--month", "2026-10")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_same_bytes_on_one_thread_and_from_shuffled_rows(month, tmp_path):
    folder = project(tmp_path / "shuffled")
    shuffle(folder)
    # That a month comes out the same when it is run again is held of the first one.
    done = run(folder, "report", "--locale", "both", "--jobs", "1", "--no-check", CRMLIB_THREADS="1")
    assert done.returncode == 0, done.stdout + done.stderr
    other = folder / "reports" / "sample" / "2026-10"
    names = {p.relative_to(month).as_posix() for p in month.rglob("*") if p.is_file()}
    assert names == {p.relative_to(other).as_posix() for p in other.rglob("*") if p.is_file()}
    # File hashes and row numbers stand in run.json and restricted/ only (the output contract).
    numbered = {n for n in names if n.startswith(("restricted/quarantine/", "restricted/tables/quality.examples."))}
    differ = [n for n in sorted(names - numbered) if (month / n).read_bytes() != (other / n).read_bytes()]
    assert differ == ["run.json"]
    for name in sorted(n for n in numbered if n.startswith("restricted/quarantine/")):
        assert unnumbered(month / name) == unnumbered(other / name), name


def unnumbered(path: Path) -> list[tuple[str, ...]]:
    """Records set aside, without the numbers of their rows, in no order."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        head, *rows = csv.reader(stream)
    return sorted(tuple(cell for name, cell in zip(head, row, strict=True) if name != "row") for row in rows)
