"""Assemble the month: pages in every language, its index, files for others, and what the gates say."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import crmlib
from crmlib.errors import CrmError, message_locale
from crmlib.intake import beside
from crmlib.report import earlier, outputs
from crmlib.report.execution import models
from crmlib.report.manifest import NAME, commit, describe, hashes, stopped
from crmlib.report.plan import Notebook
from crmlib.result import Check, Result
from crmlib.text import load_text

if TYPE_CHECKING:
    from crmlib.dataset import Dataset
    from crmlib.report.leaks import Texts
    from crmlib.settings import Settings

#: Published files that are read for personal data, beside the pages.
READABLE = (".csv", ".ipynb", ".json")
#: Tables whose names and codes belong on pages, whatever a customer is called.
PUBLIC_TABLES = frozenset(("campaigns", "customers", "orders", "products", "stores"))


@dataclass(frozen=True)
class Edition:
    """One month about to be published.

    Attributes
    ----------
    work : pathlib.Path
        Staging: ``evidence/`` and ``results/`` are there, ``month/`` is made here.
    results : dict of str to Result
        By analysis, those that were kept.
    failed : frozenset of str
        Jobs (``ja/20_rfm``) that failed and were gone on without.
    lists : tuple of dict
        The earlier lists of whom to contact that were looked back at: month and hash.
    final : bool
        Whether the month is closed for good.
    verified : bool
        Whether nbval agreed with every page.
    """

    settings: Settings
    data: Dataset
    work: Path
    notebooks: tuple[Notebook, ...]
    locales: tuple[str, ...]
    results: Mapping[str, Result]
    failed: frozenset[str]
    final: bool
    verified: bool
    lists: tuple[Mapping[str, str], ...] = ()

    @property
    def folder(self) -> Path:
        """The month being built."""
        return self.work / "month"


def build(edition: Edition, key: str, jobs: Sequence[Mapping[str, Any]]) -> list[str | Check]:
    """Build the month's folder and return what speaks against publishing it.

    Parameters
    ----------
    key : str
        Hash of everything the month depends on.
    jobs : sequence of dict
        What the manifest says of each notebook.
    """
    shutil.rmtree(edition.folder, ignore_errors=True)
    edition.folder.mkdir(parents=True)
    facts = _files(edition)
    problems: list[str | Check] = [f"{name}: {problem}" for name, problem in _pages(edition, facts)]
    problems += stopped(edition.results.values())
    outputs.close_to_others(edition.folder / "restricted")
    manifest = describe(edition.settings, edition.data, edition.results) | {
        "earlier": earlier.named(edition.work), "beside": [asdict(one) for one in beside.left(edition.work)],
        "models": models.named(edition.notebooks, edition.data), "lists": list(edition.lists),
        "state": earlier.FINAL if edition.final else "provisional",
        "complete": not edition.failed, "partial": partial(edition.data), "locales": list(edition.locales),
        "verified": edition.verified, "key": key, "notebooks": list(jobs), "outputs": hashes(edition.folder)}
    (edition.folder / NAME).write_bytes(outputs.to_json(manifest))
    return problems


def refusal(problem: str | Check) -> CrmError:
    """Say what speaks against publishing: something on a page, or data that break a rule."""
    if isinstance(problem, str):
        return CrmError("report.gate", where=problem, exit_code=1)
    text = load_text(problem.analysis, message_locale())
    unit = str((text.find("check_units") or {}).get(problem.key, "number"))
    observed, limit = (text.format(v, unit) if isinstance(v, (int, float)) else str(v)
                       for v in (problem.observed, problem.limit))
    return CrmError("report.check_stopped", where=f"{problem.analysis}.{problem.key}", exit_code=1,
                    check=text.sentence(f"checks.{problem.key}"), observed=observed, limit=limit)


def partial(data: Dataset) -> bool:
    """Whether the month is seen before its end."""
    return bool(data.as_of < data.period.end)


def _files(edition: Edition) -> list[dict[str, Any]]:
    """Write facts, tables, evidence and the restricted folder; return the facts."""
    data, folder, results = edition.data, edition.folder, list(edition.results.values())
    facts = outputs.facts(results, data.month, data.currency, data.decimals)
    (folder / "facts.json").write_bytes(outputs.to_json(facts))
    figures = {name: _figures(edition.work / "results" / name) for name in edition.results}
    for place in ("tables", "restricted/tables"):
        (folder / place).mkdir(parents=True)
    outputs.tables(folder, edition.results, figures, edition.settings.privacy.min_cell, data.decimals)
    people = outputs.customers(results)
    outputs.parquet(folder / "restricted" / "customers.parquet", people, outputs.money_measures(people), data.decimals)
    _contacts(edition)
    outputs.intake(data.folder / "restricted", folder / "restricted")
    for notebook, locale in _each(edition):
        if f"{locale}/{notebook.name}" not in edition.failed:
            target = folder / "evidence" / locale / f"{notebook.name}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(edition.work / "evidence" / locale / target.name, target)
    return facts


def _contacts(edition: Edition) -> None:
    """Write whom to contact: for machines, and as a sheet to work through."""
    from crmlib.report.contacts import rows
    from crmlib.workbook.book import own_words

    data, locale, folder = edition.data, edition.locales[0], edition.folder / "restricted"
    text = load_text("actions", locale, data.currency, data.decimals).naming(own_words(edition.settings, locale))
    found = rows.rows(edition.results.get("actions"), text, edition.settings.actions.rules)
    (folder / "actions.csv").write_bytes(outputs.csv(found, rows.UNITS, data.decimals))
    (folder / "actions.xlsx").write_bytes(rows.sheet(found, text, data.month))


def _figures(kept: Path) -> dict[str, str]:
    from crmlib.dataset.kept import figure_tables

    return figure_tables(kept)


def _each(edition: Edition) -> Iterator[tuple[Notebook, str]]:
    return ((notebook, locale) for locale in edition.locales for notebook in edition.notebooks)


def _pages(edition: Edition, facts: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """Write every page and index, and yield what the gates find in each."""
    from crmlib.report.gates import scan
    from crmlib.report.index import render_index
    from crmlib.report.render import render_page

    meta = {name: _meta(result) for name, result in edition.results.items()}
    written: dict[str, str] = {}
    for notebook, locale in _each(edition):
        context = _context(edition, locale, "pages", notebook.name)
        source = _source(edition, notebook, locale)
        written[f"{locale}/{notebook.name}.html"] = render_page(source, locale, context)
    for locale in edition.locales if len(edition.locales) > 1 else ():
        written[f"{locale}/index.html"] = render_index(facts, meta, _context(edition, locale, "language"))
    written["index.html"] = render_index(facts, meta, _context(edition, edition.locales[0], "root"))
    for name, html in written.items():
        target = edition.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(html.encode())
        for problem in scan(html):
            yield name, str(problem)
    yield from _leaks(edition, written)


def _leaks(edition: Edition, written: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Look for the shop's own customers in everything that is published: pages, tables, facts, evidence."""
    from crmlib.report import leaks

    folder = edition.folder
    files = [p for p in sorted(folder.rglob("*")) if p.suffix in READABLE
             and p.relative_to(folder).parts[0] != "restricted"]
    texts = {name: leaks.of_page(html) for name, html in written.items()}
    # The numbers behind a chart are a table once more: what is the same is read and searched once.
    same: dict[tuple[str, bytes], Texts] = {}
    for path in files:
        known = (path.suffix, path.read_bytes())
        if known not in same:
            same[known] = leaks.of_file(path)
        texts[path.relative_to(folder).as_posix()] = same[known]
    for name, kind, count in leaks.search(texts, leaks.of_shop(edition.data.folder), lambda: _public(edition.data)):
        yield name, f"private data: {count} of the shop's own ({kind})"


def _public(data: Dataset) -> Iterator[str]:
    """Yield what the shop says of itself: names and codes of products, stores, campaigns, places."""
    from crmlib import schema

    for name in sorted(data.present & PUBLIC_TABLES):
        columns = [c.name for c in schema.table(name).columns
                   if c.sql_type == "VARCHAR" and c.sensitivity == schema.PUBLIC]
        for column in columns:
            found = data.sql(f"SELECT DISTINCT {column} AS one FROM {name} WHERE {column} IS NOT NULL ORDER BY one")
            yield from map(str, found["one"])


def _source(edition: Edition, notebook: Notebook, locale: str) -> Path:
    """Return the executed notebook of a page, or one that says there is none this month."""
    if f"{locale}/{notebook.name}" not in edition.failed:
        return edition.work / "evidence" / locale / f"{notebook.name}.ipynb"
    title = load_text(notebook.analysis, locale).find("title") or notebook.analysis
    text = load_text("cli", locale).sentence("unavailable_page", {"title": title})
    path = edition.work / "failed" / locale / f"{notebook.name}.unavailable.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    cell = {"cell_type": "markdown", "id": "unavailable", "metadata": {}, "source": text}
    whole = {"cells": [cell], "metadata": {"crmlib": {"analysis": notebook.analysis}}, "nbformat": 4,
             "nbformat_minor": 5}
    path.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    return path


def _meta(result: Result) -> dict[str, Any]:
    """Return what the index tells of an analysis beside its facts."""
    return {"available": result.available, "needs": list(result.needs),
            "actions": [asdict(action) for action in result.actions],
            "checks": [asdict(c) for c in result.checks],
            "notes": [[key, dict(values)] for key, values in result.notes]}


def _context(edition: Edition, locale: str, place: str, name: str = "") -> dict[str, Any]:
    """Return what a page needs to know beside its notebook; ``place``: pages, language (index) or root (index)."""
    from crmlib.workbook.book import own_words

    settings, data, both = edition.settings, edition.data, len(edition.locales) > 1
    other = next((o for o in edition.locales if o != locale), None)
    base = f"{locale}/" if place == "root" else ""
    across = f"{other}/" if place == "root" else f"../{other}/"
    report, sales = settings.report, settings.sales
    return {
        "shop": settings.shop.label(locale), "month": data.month, "start": data.start.isoformat(),
        "as_of": data.as_of.isoformat(), "currency": data.currency, "decimals": data.decimals, "locale": locale,
        "provisional": not edition.final, "partial": partial(data), "min_cell": settings.privacy.min_cell,
        "version": crmlib.__version__, "commit": commit() or "",
        "contact": report.contact.get(locale) if report.contact else "",
        "remarks": report.remarks.get(locale) if report.remarks else "",
        "basis": {key: getattr(sales, key) for key in ("tax", "points", "date", "cancellations")},
        "params": {"shop": settings.shop.id, "month": data.month,
                   "last_day": (data.as_of - timedelta(days=1)).isoformat()},
        "own": own_words(settings, locale),
        "name": name, "pages": [_entry(edition, notebook, locale, base) for notebook in _shown(edition)],
        "home": "" if place != "pages" else "index.html" if both else "../index.html",
        "other": f"{across}{name or 'index'}.html" if other else None, "earlier": None, "later": None,
        "archive": "../index.html" if place == "root" else "../../index.html",
    }


def _shown(edition: Edition) -> Iterable[Notebook]:
    """Pages in the order of their numbers, whatever the order they ran in."""
    return sorted(edition.notebooks, key=lambda n: n.name)


def _entry(edition: Edition, notebook: Notebook, locale: str, base: str) -> dict[str, Any]:
    failed = f"{locale}/{notebook.name}" in edition.failed
    result = edition.results.get(notebook.analysis)
    return {"name": notebook.name, "analysis": notebook.analysis, "href": f"{base}{notebook.name}.html",
            "available": not failed and result is not None and result.available, "failed": failed}


def archive(shop: Path, months: Sequence[str], settings: Settings) -> str:
    """Return the page of all published months."""
    from crmlib.report.index import render_archive

    locale = "en" if settings.locale == "en" else "ja"
    listed = []
    for month in months:
        try:
            manifest = json.loads((shop / month / NAME).read_text(encoding="utf-8"))
            facts = json.loads((shop / month / "facts.json").read_text(encoding="utf-8"), parse_float=Decimal)
        except (OSError, ValueError):
            raise CrmError("report.damaged_month", where=f"{shop.name}/{month}") from None
        listed.append({"month": month, "href": f"{month}/index.html", "provisional": manifest["state"] != "final",
                       "partial": manifest["partial"], "complete": manifest["complete"],
                       "locales": manifest["locales"], "facts": facts})
    return render_archive(listed, {"shop": settings.shop.label(locale), "locale": locale, "version": crmlib.__version__,
                                   "currency": settings.currency.code, "decimals": settings.currency.decimals})
