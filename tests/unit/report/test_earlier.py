"""Final months are handed to later ones; what intake set aside is copied for those in charge only."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from crmlib.report import earlier, outputs, plan
from crmlib.report.plan import Notebook
from crmlib.report.publish import Places


@pytest.fixture
def places(tmp_path):
    """Three published months, the first two of them final."""
    for month, state in (("2026-07", "final"), ("2026-08", "final"), ("2026-09", "provisional")):
        folder = tmp_path / "shop" / month
        folder.mkdir(parents=True)
        fact = {"analysis": "customers", "key": "sales", "value": Decimal("12.50"), "unit": "GBP", "n": None}
        (folder / "facts.json").write_bytes(outputs.to_json([fact, fact | {"key": "lost", "value": None}]))
        one = {"file": "a.csv", "sha256": "1", "rows": 2, "bytes": 9, "encoding": "cp932", "newest": "2026-07-31"}
        manifest = {"month": month, "as_of": "2026-08-01", "state": state, "inputs": [one],
                    "params": {"settings": {"sales": {"tax": "included"}}}, "versions": {"crmlib": "1.0"}}
        (folder / "run.json").write_text(json.dumps(manifest), encoding="utf-8")
    return Places(tmp_path / "shop")


def test_only_final_months_before_this_one_are_read_oldest_first(places):
    assert [one["month"] for one in earlier.final(places, "2026-10")] == ["2026-07", "2026-08"]
    assert [one["month"] for one in earlier.final(places, "2026-08")] == ["2026-07"]
    assert [one["month"] for one in earlier.final(places, "2026-10", {"2026-08"})] == ["2026-08"]


def test_what_a_month_said_is_handed_over_exactly(places, tmp_path, monkeypatch):
    found = earlier.final(places, "2026-08")
    earlier.leave(found, tmp_path)
    [month] = json.loads((tmp_path / earlier.NAME).read_text(encoding="utf-8"), parse_float=Decimal)
    assert month["facts"] == [{"analysis": "customers", "key": "sales", "value": Decimal("12.50"), "unit": "GBP"}]
    assert month["inputs"] == [{"file": "a.csv", "sha256": "1", "rows": 2, "newest": "2026-07-31"}]
    assert earlier.named(tmp_path) == [{"month": "2026-07", "sha256": month["sha256"]}]
    earlier.leave([], tmp_path)
    assert earlier.named(tmp_path) == [], "nothing stays from a run before"


def test_the_mark_changes_with_what_was_published(places):
    before = earlier.mark(earlier.final(places, "2026-10"))
    (places.month("2026-07") / "facts.json").write_bytes(outputs.to_json([]))
    assert before != earlier.mark(earlier.final(places, "2026-10"))
    assert earlier.mark([]) == ""


def test_only_notebooks_that_read_final_months_run_again_when_one_is_declared(tmp_path):
    notebooks = [Notebook("00_quality", tmp_path, "quality", (), "a", ("earlier",)),
                 Notebook("10_customers", tmp_path, "customers", (), "b"),
                 Notebook("90_summary", tmp_path, "summary", ("quality",), "c")]
    first, second = (plan.jobs(notebooks, ["ja"], {"data": "d"}, {"earlier": mark}) for mark in ("", "x"))
    moved = {a.notebook.analysis: b.reason(a.parts) for a, b in zip(first, second, strict=True)}
    assert moved == {"quality": "earlier", "customers": "", "summary": "needs"}


def test_what_intake_set_aside_goes_with_the_month(tmp_path):
    kept, month = tmp_path / "kept", tmp_path / "month"
    (kept / "quarantine").mkdir(parents=True)
    (kept / "quarantine" / "orders.csv").write_bytes(b"rows")
    (kept / "customer_links.parquet").write_bytes(b"links")
    (kept / "identity").mkdir()
    (kept / "identity" / "data.parquet").write_bytes(b"names")
    outputs.intake(kept, month)
    outputs.close_to_others(month)
    assert {p.relative_to(month).as_posix(): p.stat().st_mode & 0o777 for p in month.rglob("*") if p.is_file()} == {
        "quarantine/orders.csv": 0o600, "customer_links.parquet": 0o600}, "names and addresses stay where they are"
