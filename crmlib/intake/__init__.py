"""Intake: any export read right, every row and every unit of money accounted for.

Files → typed files (`stage`: encoding, dialect, column map, types, reasons; cached by content) → canonical tables
(`merge`: overlapping exports, orders and lines, one person one key) → Parquet by month, a ledger that closes to zero,
and a quarantine that opens in a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.errors import CrmError, CrmErrors

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.merge import Basis
    from crmlib.intake.store import Intake
    from crmlib.intake.typed.build import Job
    from crmlib.intake.typed.stage import Staged
    from crmlib.settings.sources import Source

__all__ = ["load"]


def load(settings: Any, work: Path) -> Intake:
    """Read everything the settings name, new files only, and return the canonical tables.

    Parameters
    ----------
    settings : Settings
        ``sources``, ``currency``, ``time``, ``calendar.closing_day``, ``sales.date``, ``privacy``, ``engine``.
    work : pathlib.Path
        Folder for prepared data; everything goes into ``<work>/<shop id>``, readable by its owner only.

    Returns
    -------
    Intake
        Folder, tables, fingerprint, inputs, ledger, quarantine.

    Raises
    ------
    CrmError
        Area ``intake`` for files, encodings, headings and books that do not close; area ``privacy`` for keys. Errors of
        several files are reported together.
    """
    from crmlib.intake import matching, store
    from crmlib.intake.consent import requests
    from crmlib.intake.merge import Basis
    from crmlib.intake.presets.contacts import with_returned
    from crmlib.intake.presets.currency import with_currency
    from crmlib.intake.presets.refunds import with_refunds
    from crmlib.intake.typed import texts
    from crmlib.privacy import load_key, private_folder

    basis = Basis(load_key(settings), settings.calendar.closing_day, settings.currency.decimals,
                  contact_purpose=settings.privacy.contact_purpose, matching=matching.options(settings))
    sources = with_currency(with_refunds(with_lines(with_returned(settings.sources, settings))),
                            settings.currency.code)
    settings = settings.model_copy(update={"sources": sources})
    _datable(settings.sources)
    home = private_folder(work / settings.shop.id)
    from crmlib.engine.reading import open_reader

    with open_reader(settings, private_folder(home / ".spill")) as engine:
        texts.teach(engine)
        basis = replace(basis, deletions=requests.read(engine, settings, home))
        files = _staged(engine, settings, home)
        mark = store.fingerprint(files, basis)
        folder = home / mark
        if not (folder / store.DESCRIPTION).is_file():
            _merged(engine, files, basis, folder, mark)
    store.tidy(home, mark)
    return store.read(folder)


def _datable(sources: Sequence[Source]) -> None:
    if not sources:
        raise CrmError("intake.no_sources", where="sources")
    tables = {t for s in sources for t in s.tables}
    if "order_lines" in tables and "orders" not in tables:
        raise CrmError("intake.lines_without_orders", where="sources")


def with_lines(sources: Sequence[Source]) -> tuple[Source, ...]:
    """Return the sources, each order being one line of its total where no file holds order lines.

    Many shops export one row per order and nothing finer. Its total is then what was sold, shipping included if the
    system includes it; order counts, dates and customers are exact.

    Raises
    ------
    CrmError
        ``intake.orders_without_amounts`` when orders have neither lines nor totals.
    """
    if any("order_lines" in s.tables for s in sources) or not any("orders" in s.tables for s in sources):
        return tuple(sources)
    return tuple(_one_line_an_order(s, f"sources[{n + 1}]") if "orders" in s.tables else s
                 for n, s in enumerate(sources))


def _one_line_an_order(source: Source, where: str) -> Source:
    orders = source.tables["orders"]
    if "total" not in orders:
        raise CrmError("intake.orders_without_amounts", where=where)
    lines = {"order_id": orders["order_id"], "line_no": orders["order_id"], "amount": orders["total"]}
    return source.model_copy(update={"tables": {**source.tables, "order_lines": lines}})


def _staged(engine: ReadingEngine, settings: Any, home: Path) -> list[Staged]:
    """Every file typed, in the order of their exports: by newest day, then by name."""
    from crmlib.intake import files
    from crmlib.intake.reading import databases
    from crmlib.intake.typed import build, kinds, records, stage

    hashes = files.Hashes(home / "hashes.json")
    clock = settings.time
    found, errors, jobs = [], [], []
    for number, source in enumerate(settings.sources):
        zone = source.time_zone or clock.source_tz
        rules = records.Rules(kinds.Clock(zone, clock.business_tz, clock.day_cutoff_hour),
                              settings.currency.decimals, settings.sales.date == "shipped")
        name, where = source_name(settings.sources, number), _where(settings, f"sources[{number + 1}]")
        try:
            jobs.append((name, [build.Job(file, source, where, rules, zone)
                                for file in files.inputs(source, settings.root, where, hashes, home)]))
        except CrmError as error:
            error.where = error.where or where
            errors.append(error)
    hashes.save()
    _numbered_once([job for _, listed in jobs for job in listed])
    made = stage.ensure(engine, [job for _, listed in jobs for job in listed], home)
    for name, listed in jobs:
        try:
            found += [stage.stage(engine, job, name, home, made) for job in listed]
        except CrmError as error:
            error.where = error.where or listed[0].where
            errors.append(error)
    databases.tidy(home / files.DATABASES, [job.file.path for _, listed in jobs for job in listed])
    if errors:
        raise errors[0] if len(errors) == 1 else CrmErrors(errors)
    return sorted(found, key=lambda f: (f.newest, f.label, f.source))


def _numbered_once(jobs: Sequence[Job]) -> None:
    """Stop where places in a file are to be ids and there are several files: each begins at 1, ids would be shared."""
    files: dict[str, dict[tuple[str, str], Job]] = {}
    for job in jobs:
        for name in {name for columns in job.source.tables.values() for name, spec in columns.items() if spec.numbered}:
            files.setdefault(name, {}).setdefault((job.file.sha256, job.file.sheet), job)
    for name, found in sorted(files.items()):
        if len(found) > 1:
            first, second, *_ = found.values()
            raise CrmError("intake.numbered_twice", column=name, files=len(found), first=first.file.label,
                           second=second.file.label, where=second.where)


def source_name(sources: Sequence[Source], number: int) -> str:
    """Return the name of a source in the ledger and the quarantine: the table it holds, numbered where several do."""
    same = [n for n, s in enumerate(sources) if s.grain == sources[number].grain]
    grain = sources[number].grain
    return grain if len(same) == 1 else f"{grain}_{same.index(number) + 1}"


def _where(settings: Any, key: str) -> str:
    return str(settings.where(key)) if hasattr(settings, "where") else key


def _merged(engine: ReadingEngine, files: Sequence[Staged], basis: Basis, folder: Path, mark: str) -> None:
    from crmlib.intake import merge, quarantine, store
    from crmlib.intake.consent import requests
    from crmlib.intake.typed import stage

    with stage.building(folder) as part:
        merged = merge.merge(engine, files, basis, part)
        quarantine.write(engine, files, merged.books, part)
        store.describe(part, mark, files, merged, _repeated(files), requests.digest(basis.deletions))


def _repeated(files: Sequence[Staged]) -> list[str]:
    """Sources all of whose files another source has counted already: a file's records count once."""
    counted: dict[str, str] = {}
    for file in sorted(files, key=lambda f: f.source):
        counted.setdefault(file.path, file.source)
    first = set(counted.values())
    return sorted({f.source for f in files} - first)
