"""A small project in a temporary folder: tiny notebooks, a prepared dataset, and the command line to run them.

The notebooks keep results of their own making, so that a test can say exactly what a run must publish.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PARAMS = """
shop: {id: tiny, name: {ja: ちいさな店, en: Tiny Shop}}
locale: ja
privacy: {published_key: crmlib-test}
sources:
  - files: data/raw/orders.csv
    tables: {orders: {order_id: 注文, customer_id: 会員, ordered_at: 日時}}
"""
LINES = """customer,day,amount
A,2025-10-05,1000
A,2026-09-05,1200
B,2026-10-06,900
C,2026-10-30,5000"""
KEEP = """
    import os
    from decimal import Decimal
    from pathlib import Path
    import pandas as pd
    from crmlib.dataset import save_result
    from crmlib.result import Action, Check, Column, Fact, Figure, Result, Table
    place = Path(os.environ["CRMLIB_STAGING"]) / "results"
"""
RFM = """
    frame = pd.DataFrame({"segment": ["new", "loyal", "=lost"], "customers": [2, 40, 60], "sales": [1000, 2500, -70]})
    columns = {"segment": Column("code"), "customers": Column("customers"), "sales": Column("money")}
    people = pd.DataFrame({"customer_key": ["k2", "k1"], "customer_id": ["0123", "17850"], "frequency": [1, 2],
                           "monetary": [900, 6200], "rfm_segment": ["new", "loyal"]})
    facts = (Fact("customers", 102, "customers", previous=100), Fact("value", Decimal("3430"), "JPY"),
             Fact("best_sales_share", 1 / 3, "ratio", n=3))
    result = Result("rfm", facts=facts, tables={"segments": Table(frame, columns, count="customers")},
                    figures={"segments": Figure(None, "segments")},
                    checks=(Check("everyone_once", True, 102, 102, "stop"),),
                    actions=(Action("at_risk", "come_back_offer", "mail", "at_risk", "2026-11-30", 1),),
                    measures=people)
    save_result(result, place / "rfm")
"""
SUMMARY = """
    from crmlib.dataset import load_result
    customers = load_result(place / "rfm").fact("customers").value
    save_result(Result("summary", facts=(Fact("customers", customers, "customers"),)), place / "summary")
"""
SHOW = 'print(f"{month} {locale}", 1 + 1)'
DRIVER = """
import sys
sys.path[:0] = [{root!r}, {tests!r}]
import project_folder
project_folder.use_prepared_data({folder!r})
project_folder.use_plain_pages()
from crmlib.cli import main
raise SystemExit(main())
"""


def cell(source: str, *tags: str) -> dict[str, Any]:
    """Return a code cell."""
    return {"cell_type": "code", "execution_count": None, "metadata": {"tags": list(tags)}, "outputs": [],
            "source": textwrap.dedent(source).strip()}


def prose(text: str, *tags: str) -> dict[str, Any]:
    """Return a markdown cell."""
    return {"cell_type": "markdown", "metadata": {"tags": list(tags)}, "source": text}


@dataclass
class Project:
    """A project folder and what can be done in it."""

    folder: Path

    @property
    def shop(self) -> Path:
        """Where the shop's reports are."""
        return self.folder / "reports" / "tiny"

    def notebook(self, name: str, *cells: dict[str, Any], analysis: str = "", needs: Sequence[str] = ()) -> Path:
        """Write a notebook whose first cell holds the parameters."""
        first = cell('params_file = ""\nmonth = ""\nlocale = "ja"', "parameters")
        listed = [dict(c, id=f"c{n}") for n, c in enumerate((first, *cells))]
        path = self.folder / "notebooks" / f"{name}.ipynb"
        about = {"analysis": analysis or name[3:], "needs": list(needs)}
        whole = {"cells": listed, "metadata": {"crmlib": about}, "nbformat": 4, "nbformat_minor": 5}
        path.write_text(json.dumps(whole), encoding="utf-8")
        return path

    def run(self, verb: str, *arguments: str) -> int:
        """Run a verb in this process, from the project folder."""
        from crmlib.cli import main

        before = Path.cwd()
        os.chdir(self.folder)
        try:
            return main([verb, "params/tiny.yaml", *arguments])
        finally:
            os.chdir(before)

    def start(self, verb: str, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """Start a verb as a process of its own."""
        code = DRIVER.format(root=str(ROOT), tests=str(ROOT / "tests"), folder=str(self.folder))
        return subprocess.Popen([sys.executable, "-c", code, verb, "params/tiny.yaml", *arguments], cwd=self.folder,
                                env={**os.environ, "CRMLIB_LANG": "en", **env}, text=True, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)

    def json(self, name: str, month: str = "2026-10") -> Any:
        """Read a JSON file of a published month."""
        return json.loads((self.shop / month / name).read_text(encoding="utf-8"))

    def log(self) -> list[dict[str, Any]]:
        """Read the log of runs."""
        return [json.loads(line) for line in (self.shop / "runs.jsonl").read_text(encoding="utf-8").splitlines()]

    def files(self, month: str = "2026-10") -> Mapping[str, bytes]:
        """Read every file of a published month."""
        folder = self.shop / month
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def make(folder: Path) -> Project:
    """Make a project with two notebooks."""
    import shop

    for name in ("notebooks", "params", "data/raw"):
        (folder / name).mkdir(parents=True)
    (folder / "pyproject.toml").write_text("[project]\nname = 'tiny'\n", encoding="utf-8")
    (folder / "params" / "tiny.yaml").write_text(PARAMS, encoding="utf-8")
    shop.write(folder / "data" / "work", shop.purchases(LINES))
    project = Project(folder)
    words = (prose("# 誰が買っているか", "lang-ja"), prose("# Who buys?", "lang-en"))
    project.notebook("20_rfm", *words, cell(SHOW), cell(KEEP), cell(RFM))
    project.notebook("90_summary", cell(KEEP), cell(SUMMARY), needs=["rfm"])
    return project


def use_prepared_data(folder: str | Path) -> None:
    """Let runs open the dataset in the folder instead of reading files; its fingerprint is in ``data/fingerprint``."""
    from dataclasses import replace

    import crmlib.dataset as home

    def prepare(settings: Any, month: str | None = None, as_of: Any = None) -> Any:
        data = home.open_dataset(settings, Path(folder) / "data" / "work", month, as_of)
        mark = Path(folder) / "data" / "fingerprint"
        return replace(data, fingerprint=mark.read_text() if mark.is_file() else "first")

    home.prepare = prepare


def use_plain_pages() -> None:
    """Let pages be plain lists of what they were given: how a page looks is tested elsewhere."""
    import sys
    from types import ModuleType

    def page(path: Path, locale: str, context: Mapping[str, Any]) -> str:
        told = {k: v for k, v in sorted(context.items()) if k != "commit"}
        return f"<html lang={locale}>{path.read_text(encoding='utf-8')}{told}</html>"

    modules = {"render": {"render_page": page},
               "index": {"render_index": lambda facts, meta, context: f"<html>{context['month']} {facts}</html>",
                         "render_archive": lambda months, context: f"<html>{[m['month'] for m in months]}</html>"},
               "gates": {"scan": lambda html, private=(): ["found FORBIDDEN"] if "FORBIDDEN" in html else []}}
    for name, functions in modules.items():
        module = ModuleType(f"crmlib.report.{name}")
        vars(module).update(functions)
        sys.modules[module.__name__] = module
