"""Make the sample shop: build it, soil it, write the files and the truths; and the command line for it."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crmlib import schema
from crmlib.errors import CrmError
from crmlib.sample.build import Shop, build
from crmlib.sample.files.books import after_matching
from crmlib.sample.files.dirt import EXCLUDED, MERGED, QUARANTINED, REPAIRED, Mark
from crmlib.sample.files.members import member_sheets
from crmlib.sample.files.records import record_sheets
from crmlib.sample.files.sheet import Sheet, make_clock, write, write_parquet
from crmlib.sample.files.soil import soil
from crmlib.sample.files.trade import trade_sheets
from crmlib.sample.files.voices import voice_sheets
from crmlib.sample.truth import oracle, planted

LEAST_CUSTOMERS, LEAST_MONTHS, SEED = 100, 6, 20261031


@dataclass(frozen=True)
class Manifest:
    """What was written.

    Attributes
    ----------
    folder : Path
    files : dict of str to int
        File name → records.
    tables : tuple of str
        Canonical tables the files feed.
    truth : dict
        What ``truth/manifest.json`` holds: settings, counts, and the exact figures of each month.
    quality : dict
        What ``truth/quality.json`` holds.
    """

    folder: Path
    files: dict[str, int]
    tables: tuple[str, ...]
    truth: dict[str, Any]
    quality: dict[str, Any]


def make(folder: str | Path, customers: int = 5000, months: int = 36, end: str = "2026-10", seed: int = SEED,
         dirty: bool = True) -> Manifest:
    """Write the sample shop into a folder; the same arguments write the same bytes.

    Parameters
    ----------
    folder : path
        Made if missing; files of an earlier sample shop in it are replaced, nothing else is touched.
    customers : int
        People who are members; about 3 % hold two member numbers. At least 100.
    months : int
        Whole months of history, at least 6; some plants need 12 or more.
    end : str
        The last month, ``2026-10``.
    seed : int
    dirty : bool
        False leaves out what is wrong with the files (``truth/quality.json`` is then empty); cancelled giants,
        returns and people with two numbers are facts and stay.

    Returns
    -------
    Manifest

    Raises
    ------
    CrmError
        ``sample.too_small``, ``sample.bad_month``, ``sample.cannot_write``.
    """
    _check(customers, months, end)
    shop = build(customers, months, end, seed)
    clock = make_clock(shop.days)
    sheets = [*member_sheets(shop, clock), *trade_sheets(shop, clock), *record_sheets(shop, clock),
              *voice_sheets(shop, clock)]
    marks: list[Mark] = []
    if dirty:
        sheets, marks = soil(shop.draw, sheets)
    else:
        sheets = [sheet for sheet in sheets if sheet.name != "members_2023.tsv"]
    quality = _quality(sheets, marks) | {"with_matching": after_matching(shop, sheets)}
    asked = {"customers": customers, "months": months, "end": end, "seed": seed, "dirty": dirty}
    truth = _truth(shop, asked)
    folder = Path(folder)
    try:
        _write(folder, shop, sheets, truth, quality)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CrmError("sample.cannot_write", where=str(folder), reason=reason) from error
    fed = {sheet.table for sheet in sheets} | {"orders", "customer_identity"}
    return Manifest(folder, {sheet.name: sheet.rows for sheet in sheets},
                    tuple(name for name in schema.tables() if name in fed), truth, quality)


def _check(customers: int, months: int, end: str) -> None:
    if customers < LEAST_CUSTOMERS or months < LEAST_MONTHS:
        raise CrmError("sample.too_small", customers=customers, months=months, least_customers=LEAST_CUSTOMERS,
                       least_months=LEAST_MONTHS)
    if not re.fullmatch(r"20[2-9]\d-(0[1-9]|1[0-2])", end) or int(end[:4]) - months // 12 < 2015:
        raise CrmError("sample.bad_month", found=end)


def _truth(shop: Shop, asked: dict[str, Any]) -> dict[str, Any]:
    orders = shop.sales.orders
    return {"settings": asked, "lost_after_days": oracle.LOST_AFTER,
            "counts": {"people": shop.people.count, "orders_and_documents": len(orders["day"]),
                       "lines": len(shop.sales.lines["order"]), "second_numbers": int((shop.people.kind >= 0).sum()),
                       **oracle.known_customers(shop)},
            "monthly": oracle.monthly(shop), "customers_by_number": oracle.customer_counts(shop, "member"),
            "customers_by_person": oracle.customer_counts(shop, "person")}


def _quality(sheets: Sequence[Sheet], marks: Sequence[Mark]) -> dict[str, Any]:
    """Return the books the intake must arrive at: rows by file, and what becomes of them."""
    rows = sum(sheet.rows for sheet in sheets)
    fates = {fate: sum(mark.rows for mark in marks if mark.fate == fate) for fate in (QUARANTINED, MERGED, EXCLUDED)}
    amounts = {fate: sum(mark.amount for mark in marks if mark.fate == fate) for fate in fates}
    amount = sum(_money(cell) for sheet in sheets if sheet.table == "order_lines" for cell in sheet.columns["金額"])
    return {"rows_in": rows, "rows_out": rows - sum(fates.values()), "rows_quarantined": fates[QUARANTINED],
            "duplicates_merged": fates[MERGED], "rows_excluded": fates[EXCLUDED], "amount_in": amount,
            "amount_out": amount - sum(amounts.values()), "amounts": amounts,
            "files": {s.name: {"table": s.table, "encoding": s.encoding, "rows": s.rows} for s in sheets},
            "dirt": [asdict(mark) for mark in marks if mark.fate != REPAIRED],
            "repaired": [asdict(mark) for mark in marks if mark.fate == REPAIRED]}


def _money(cell: str) -> int:
    """Return the yen of a cell in any of the planted spellings; words count 0."""
    plain = cell.translate(NARROW)
    sign = -1 if plain.startswith(("-", "△")) else 1
    digits = plain.lstrip("-△")
    return sign * int(digits) if digits.isdigit() else 0


NARROW = dict(zip(map(ord, "０１２３４５６７８９－"), "0123456789-", strict=True))
NARROW |= {ord(sign): "" for sign in ",，\\￥¥"}


def _write(folder: Path, shop: Shop, sheets: Sequence[Sheet], truth: dict[str, Any], quality: dict[str, Any]) -> None:
    known = folder / "truth"
    known.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("pos_*.csv"), *folder.glob("saiji_*.csv"), *folder.glob("members_2023.tsv")):
        old.unlink()
    for sheet in sheets:
        if sheet.encoding == "parquet":
            write_parquet(folder, sheet, "日時")
        else:
            write(folder, sheet)
    for name, columns in (("segments", planted.segments(shop)), ("duplicates", planted.duplicates(shop)),
                          ("households", planted.households(shop)), ("dormant", planted.dormant(shop))):
        write(known, Sheet(f"{name}.csv", name, columns, "utf-8", newline="\n"))
    documents = {"manifest": truth, "quality": quality, "uplift": planted.uplift(shop),
                 "drivers": planted.drivers(shop),
                 "response_bias": planted.response_bias(shop), "seasonality": planted.seasonality(shop),
                 "plants": planted.others(shop)}
    for name, content in documents.items():
        text = json.dumps(content, ensure_ascii=False, indent=1, default=_plain)
        (known / f"{name}.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def _plain(value: Any) -> Any:
    return value.item()


def main(argv: Sequence[str] | None = None, say: Callable[[str], object] = sys.stdout.write) -> int:
    """Run ``python -m crmlib sample``; returns 0. Without ``--lines`` the shop, with it only order lines in Parquet."""
    parser = argparse.ArgumentParser(prog="crmlib sample", description=(__doc__ or "").strip())
    parser.add_argument("--out", default="data/sample", type=Path)
    parser.add_argument("--customers", type=_number)
    parser.add_argument("--months", type=int, default=36)
    parser.add_argument("--end", default="2026-10")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--lines", type=_number, help="only order lines, so many, month by month (for benchmarks)")
    parser.add_argument("--csv", action="store_true", help="with --lines: CSV beside the Parquet")
    parser.add_argument("--clean", action="store_true", help="without dirt")
    options = parser.parse_args(argv)
    if options.lines:
        from crmlib.sample.big import make_lines

        made = make_lines(options.out, options.lines, options.customers, options.months, options.end, options.seed,
                          csv=options.csv)
        say(f"{options.out}: {made['lines']:,} lines, {made['customers']:,} customers\n")
        return 0
    shop = make(options.out, options.customers or 5000, options.months, options.end, options.seed, not options.clean)
    say(f"{options.out}: {len(shop.files)} files, {sum(shop.files.values()):,} rows\n")
    return 0


def _number(text: str) -> int:
    return int(float(text))
