"""An invented shop's results, small enough to read, with everything a page can hold."""

from __future__ import annotations

import math
import shutil
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pandas as pd

import crmlib.text
from crmlib import charts
from crmlib.result import Action, Check, Column, Fact, Figure, Result, Table
from crmlib.text import load_text

WORDS = Path(__file__).parent / "specimen_text"
SETTINGS = SimpleNamespace(privacy=SimpleNamespace(min_cell=5))
MONTH = "2026-10"


def use_text(folder, monkeypatch=None):
    """Put the specimen's words beside those of the product."""
    target = Path(folder) / "text"
    shutil.copytree(crmlib.text.FOLDER, target)
    shutil.copytree(WORDS, target, dirs_exist_ok=True)
    set_folder = monkeypatch.setattr if monkeypatch else setattr
    set_folder(crmlib.text, "FOLDER", target)
    crmlib.text._load.cache_clear()
    crmlib.text._read.cache_clear()


def months(count, last=MONTH):
    """Return month names, oldest first."""
    end = int(last[:4]) * 12 + int(last[5:]) - 1
    return [f"{n // 12}-{n % 12 + 1:02}" for n in range(end - count + 1, end + 1)]


def plot_segments(frame, ax, words):
    return charts.bars(frame, ax, words, label="segment", value="customers", unit="customers", accent="risk",
                       other=("share", "ratio"))


def plot_months(frame, ax, words):
    return charts.line(frame, ax, words, y="sales", unit="money", current=MONTH, low="low", high="high")


def segments_table(small=False):
    people = [602, 1488, 561, 3 if small else 3097, 418]
    frame = pd.DataFrame({
        "segment": ["champions", "growing", "risk", "asleep", "first"], "customers": people,
        "share": [n / sum(people) for n in people], "sales": [12_400_000, 3_210_000, 1_190_000, 180_000, 1_800_000]})
    columns = {"segment": Column("code"), "customers": Column("customers"), "share": Column("ratio"),
               "sales": Column("money")}
    return Table(frame, columns, count="customers")


def months_table():
    names = months(36)
    sales = [int(1.5e7 + 3e6 * math.sin(i / 2) + i * 6e4) for i in range(36)]
    frame = pd.DataFrame({"month": names, "sales": sales, "low": [int(v * 0.92) for v in sales],
                          "high": [int(v * 1.08) for v in sales]})
    return Table(frame, {"month": Column("month"), "sales": Column("money"), "low": Column("money"),
                         "high": Column("money")})


def result(small=False):
    """Return a result with facts, tables, figures, checks, actions and notes."""
    facts = (
        Fact("active", 1764, "customers", previous=1702, year_ago=1590),
        Fact("one_time_share", 0.41, "ratio", previous=0.412, n=5748),
        Fact("spent", Decimal(18_420_000), "JPY", previous=Decimal(17_680_000), year_ago=Decimal(18_220_000),
             target=Decimal(18_000_000)),
        Fact("nps", None, "points", note="no_surveys"),
    )
    values = {"segment": "risk", "customers": 561, "sales": Decimal(18_420_000)}
    return Result(
        "specimen", facts=facts, tables={"segments": segments_table(small), "months": months_table()},
        figures={"segments": Figure(plot_segments, "segments", values),
                 "months": Figure(plot_months, "months", values)},
        checks=(Check("adds_up", True, 5748, 5748, "stop"), Check("fresh", False, 29, 31, "warn")),
        actions=(Action("risk", "call", "phone", "overdue", "2026-11-10", 61, {"times": 2}),
                 Action("second", "offer", "mail+line", "best_time", "2026-11-20", 3)),
        notes=(("headline", {"share": 0.1, "best": 602, "sales_share": 0.67, "slipping": 61}), ("more", {})))


def facts():
    """Return rows as in ``facts.json``."""
    def row(analysis, key, value, unit, **more):
        return {"analysis": analysis, "key": key, "value": value, "unit": unit, "previous": None, "year_ago": None,
                "target": None, "n": None, "low": None, "high": None, "month": MONTH, "note": None} | more

    return [
        row("customers", "sales", 18_420_000, "JPY", previous=17_680_000, year_ago=18_220_000, target=18_000_000),
        row("customers", "orders", 3105, "orders", previous=2940, year_ago=3011),
        row("customers", "average_order", 5932, "JPY", previous=6014, year_ago=6051),
        row("customers", "total", 8412, "customers", previous=7994, year_ago=6120),
        row("customers", "active", 1764, "customers", previous=1702, year_ago=1590),
        row("customers", "new", 418, "customers", previous=431, year_ago=402),
        row("customers", "returned", 63, "customers", previous=41, year_ago=37),
        row("customers", "lost", 143, "customers", previous=98, year_ago=120),
        row("customers", "repeat_rate", 0.587, "ratio", previous=0.584, year_ago=0.561, n=5748),
        row("rfm", "slipping_customers", 61, "customers", previous=43),
        row("satisfaction", "nps_one_per_person", 24.3, "points", previous=23.1, low=20.2, high=28.4, n=1339),
        row("satisfaction", "respondents", 1339, "customers"),
        row("quality", "rows_in", 184_220, "rows"), row("quality", "rows_out", 183_601, "rows"),
        row("quality", "rows_quarantined", 41, "rows"), row("quality", "duplicates_merged", 402, "rows"),
        row("quality", "rows_excluded", 176, "rows"), row("quality", "amount_in", 612_345_678, "JPY"),
        row("quality", "amount_out", 609_112_345, "JPY"),
    ]


def meta():
    """Return what the run tells of the analyses beside their facts."""
    done = result()
    actions = [{"who": a.who, "what": a.what, "channel": a.channel, "why": a.why, "until": a.until,
                "customers": a.customers, "values": dict(a.values)} for a in done.actions]
    checks = [{"key": c.key, "ok": c.ok, "observed": c.observed, "limit": c.limit, "severity": c.severity}
              for c in done.checks]
    return {"specimen": {"available": True, "needs": [], "actions": actions, "checks": checks, "notes": []},
            "quality": {"available": True, "needs": [], "actions": [], "checks": [], "notes": []},
            "voices": {"available": False, "needs": ["survey_answers"], "actions": [], "checks": [], "notes": []}}


def context(locale, **more):
    """Return what a page needs to know beside its notebook."""
    pages = [{"name": name, "analysis": name.partition("_")[2], "available": name != "60_voices"}
             for name in ("20_specimen", "60_voices")]
    return {
        "shop": "見本商店" if locale == "ja" else "Sample Shop", "month": MONTH, "as_of": "2026-11-01",
        "currency": "JPY", "decimals": 0, "locale": locale, "name": "20_specimen", "pages": pages,
        "provisional": True, "partial": False,
        "basis": {"tax": "excluded", "points": "payment", "date": "ordered", "cancellations": "as_returns"},
        "version": "0.1.0", "commit": "a1b2c3d", "contact": "内線123" if locale == "ja" else "extension 123",
        "remarks": "10月の台風で2日休業しました。" if locale == "ja" else "Two days were lost to a typhoon in October.",
        "params": {"shop": "sample", "month": MONTH}, "home": "../index.html",
        "other": f"../{'en' if locale == 'ja' else 'ja'}/20_specimen.html", "earlier": "../2026-09/index.html",
        "later": None, "archive": "../index.html"} | more


def notebook(path, locale, small=False):
    """Write an executed notebook as the runner would leave it."""
    from crmlib.workbook.show import displays

    found, text = result(small), load_text("specimen", locale)
    v4 = nbformat.v4
    words = {"ja": ["# 大切なお客さまはだれで、だれが離れそうですか\n\n三つのものさしで、お客さまを見分けます。",
                    "## どの区分が支えていますか\n\n人数より売上の割合が大きい区分が、店を支えています。",
                    "## 誰に、何を", "## 計算は正しくできていますか", "## 今月は何も出ない節"],
             "en": ["# Who matters most, and who is slipping away?\n\nThree measures tell customers apart.",
                    "## Which segments carry the sales?\n\nSegments whose share of sales is large carry the shop.",
                    "## Whom to contact", "## Did the calculation hold?", "## A section with nothing in it"]}
    shown = [(found,), (found.figures["segments"], found.figures["months"], found.tables["segments"]), found.actions,
             found.checks, ()]
    cells = [v4.new_code_cell("params_file = 'x'", metadata={"tags": ["parameters"]})]
    for i, things in enumerate(shown):
        for lang in ("ja", "en"):
            cells.append(v4.new_markdown_cell(words[lang][i], metadata={"tags": [f"lang-{lang}"]}))
        view = displays(things, text, SETTINGS)
        data = {"text/html": view.html, "text/plain": view.plain}
        cells.append(v4.new_code_cell("book.show(…)", outputs=[v4.new_output("execute_result", data)]))
    for i, cell in enumerate(cells):
        cell["id"] = f"cell-{i}"
    nbformat.write(v4.new_notebook(cells=cells), path)
    return Path(path)
