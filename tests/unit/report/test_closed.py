"""What a final month would say today is asked of the analyses themselves, where it may have moved."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

import crmlib
import shop
from crmlib.analyses.quality import restated
from crmlib.analyses.segments import store
from crmlib.dataset import open_dataset
from crmlib.report import closed, earlier
from crmlib.report.publish import Places
from crmlib.settings import resolved
from crmlib.text import load_text

FEW = "customer,day,amount\nA,2025-10-05,1000\nA,2026-09-05,1200\nC,2026-09-10,700\nB,2026-10-06,900\nD,2026-10-30,3000"
LATE = FEW + "\nC,2026-09-30,50"


def data_of(folder, text, month="2026-10", inputs=()):
    place = shop.write(folder, shop.purchases(text))
    described = json.loads((place / "intake.json").read_text(encoding="utf-8"))
    (place / "intake.json").write_text(json.dumps(described | {"inputs": list(inputs)}), encoding="utf-8")
    return open_dataset(shop.settings(), place, month=month)


def published(data, month="2026-09", inputs=()):
    """What a month said when it was declared final."""
    then = data.at(month)
    plain = json.loads(json.dumps(resolved(data.settings)["settings"], default=str), parse_float=Decimal)
    return {"month": month, "as_of": then.as_of.isoformat(), "sha256": "x",
            "facts": [one for one in closed.facts(then, restated.PAGES) if one["value"] is not None],
            "inputs": list(inputs), "models": store.record(then), "settings": plain, "version": crmlib.__version__}


def test_a_month_that_nothing_touched_is_not_computed_again(tmp_path):
    data = data_of(tmp_path, FEW)
    said = published(data)
    [one] = closed.told([said], data)
    assert "today" not in one
    assert restated.restatements(data, [one]).empty
    # What one page only is told by asks that page only.
    other = said | {"models": [{"file": "x.json", "sha256": "1"}]}
    [one] = closed.told([other], data)
    assert {fact["analysis"] for fact in one["today"]} == {"segments"}
    assert [restated.cause(data.at("2026-09"), one, page) for page in ("segments", "rfm")] == ["model", "unknown"]
    other = said | {"settings": said["settings"] | {"products": said["settings"]["products"] | {"new_days": 1}}}
    assert [restated.cause(data.at("2026-09"), other, page) for page in ("products", "rfm")] == ["settings", "unknown"]


def test_a_late_line_is_told_in_every_fact_it_moves(tmp_path):
    said = published(data_of(tmp_path / "then", FEW))
    late = data_of(tmp_path / "now", LATE)
    frame = restated.restatements(late, closed.told([said], late)).set_index("fact")
    assert frame.loc["customers.sales", ["published", "now"]].tolist() == [1900, 1950]
    assert frame.loc["customers.orders", ["published", "now"]].tolist() == [2, 3]
    assert frame.loc["rfm.one_time_share", ["published", "now"]].tolist() == [0.5, 0.0]
    assert {"trends.sales_per_open_day", "customers.average_order"} <= set(frame.index)
    wrong = [key for key, row in frame.iterrows() if row["published"] == row["now"]]
    assert wrong == [] and {*frame["month"]} == {"2026-09"}
    for locale in ("ja", "en"):
        words = load_text("quality", locale)
        assert [key for key in frame.index if words.code("fact", key) == key] == [], locale


def test_all_facts_of_the_newest_are_asked_where_a_file_is_not_what_it_was(tmp_path):
    file = {"file": "a.csv", "sha256": "1", "oldest": "2026-09-01", "newest": "2026-09-30"}
    data = data_of(tmp_path, FEW, inputs=[file | {"sha256": "2"}])
    [one] = closed.told([published(data, inputs=[file])], data)
    asked = {"quality", "customers", "rfm", "segments", "trends", "products"}
    assert {fact["analysis"] for fact in one["today"]} == asked, "all that were published"
    [old, *_] = closed.told([published(data, month, [file]) for month in ("2026-06", "2026-07", "2026-08", "2026-09")],
                            data)
    assert "today" not in old


@pytest.mark.parametrize(("text", "key", "more"), [
    (FEW, "final_same", {}), (LATE, "final_moved", {"after": "2026-10", "reason": "unknown"})])
def test_what_a_schedule_is_told_that_meets_a_final_month(tmp_path, monkeypatch, text, key, more):
    said = published(data_of(tmp_path / "then", FEW))
    monkeypatch.setattr(earlier, "final", lambda places, month, only: [said] if month > "2026-09" else [])
    heard = []
    data = data_of(tmp_path / "now", text, "2026-09")
    closed.explain(Places(tmp_path), data, "x/index.html", lambda *what, **values: heard.append((*what, values)))
    [(told, values)] = heard
    assert told == key and {name: values[name] for name in more} == more
