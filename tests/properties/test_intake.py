"""What must not matter does not: the order of rows and columns, how rows are split into files, the encoding."""

from __future__ import annotations

import os
import random
import tempfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmlib.analyses import customers, quality
from crmlib.dataset.prepare import open_dataset
from crmlib.errors import CrmError
from crmlib.intake import load
from crmlib.intake.matching import clusters
from crmlib.privacy import suppress
from crmlib.result import Column, Table
from exports import HEAD, Exports, flat, lines, table, totals

pytestmark = pytest.mark.slow

TABLES = ("orders", "order_lines", "customers")
#: More examples for a night: CRMLIB_EXAMPLES=200.
FEW = settings(max_examples=int(os.environ.get("CRMLIB_EXAMPLES", "8")), deadline=None,
               suppress_health_check=list(HealthCheck))
ENCODINGS = ("utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16", "utf-16-le", "utf-16-be")
DAYS = ("2024-01-05", "2024/1/6 9:04", "令和6年2月3日", "R6.2.29 23:59", "20240301", "いつか", "")
AMOUNTS = ("100", "１，２８０", "△50", "無料", "0", "12.5", "")


@st.composite
def records(draw):
    """Orders of a small shop, dirty as they come; an order has one customer and one day."""
    rows = []
    for order in range(draw(st.integers(1, 6))):
        head = [f"A{order}", draw(st.sampled_from(("c1", "c2", "会員３", ""))), draw(st.sampled_from(DAYS))]
        for _ in range(draw(st.integers(1, 3))):
            rows.append(
                ",".join(
                    [
                        *head,
                        draw(st.sampled_from(("石鹸", "x", "ﾀｵﾙ"))),
                        draw(st.sampled_from(("1", "0", "２", "-1", "多"))),
                        "10",
                        draw(st.sampled_from(AMOUNTS)),
                        draw(st.sampled_from(("", "取消"))),
                    ]
                )
            )
    return rows


def outcome(files, **source):
    """Return the canonical tables and the books of some files, or the reason why there are none."""
    with tempfile.TemporaryDirectory() as folder:
        exports = Exports(Path(folder))
        for name, (text, encoding) in files.items():
            exports.write(name, text, encoding)
        try:
            intake = exports.load(flat(**source))
        except CrmError as error:
            return error.code
        read = {t: table(intake, t).to_csv() if (intake.folder / t).is_dir() else "" for t in TABLES}
        return read | {"books": {fate: sums for fate, sums in totals(intake).items() if fate != "info"}}


@FEW
@given(records(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows, chance):
    shuffled = list(rows)
    chance.shuffle(shuffled)
    assert outcome({"orders.csv": (lines(*shuffled), "utf-8")}) == outcome({"orders.csv": (lines(*rows), "utf-8")})


@FEW
@given(records(), st.sampled_from(ENCODINGS), st.sampled_from((",", "\t", ";")), st.sampled_from(("\r\n", "\n", "\r")),
       st.booleans(), st.booleans())
def test_encoding_delimiter_and_line_ends_do_not_matter(rows, encoding, delimiter, end, quotes, last):
    text = lines(*rows)
    mark = '"' if quotes else ""
    dressed = end.join(delimiter.join(f"{mark}{c}{mark}" for c in split(row)) for row in text.splitlines())
    dressed += end if last else ""
    assert outcome({"orders.csv": (dressed, encoding)}) == outcome({"orders.csv": (text, "utf-8")})


def split(row):
    """Return the fields of a row whose amounts use the full-width comma only."""
    return row.split(",")


@FEW
@given(records(), st.integers(0, 6))
def test_how_orders_are_split_into_files_does_not_matter(rows, at):
    first = [r for r in rows if int(r[1]) < at] or rows[:0]
    second = [r for r in rows if int(r[1]) >= at]
    parts = {f"orders_{n}.csv": (lines(*part), "utf-8") for n, part in enumerate((first, second)) if part}
    assert outcome(parts) == outcome({"orders_0.csv": (lines(*rows), "utf-8")})


@FEW
@given(records())
def test_reading_the_same_export_twice_changes_no_table(rows):
    once = outcome({"orders_1.csv": (lines(*rows), "utf-8")})
    twice = outcome({"orders_1.csv": (lines(*rows), "utf-8"), "orders_2.csv": (lines(*rows), "cp932")})
    if isinstance(once, dict):
        assert {t: twice[t] for t in TABLES} == {t: once[t] for t in TABLES}


@FEW
@given(records(), st.permutations(range(8)))
def test_the_order_of_columns_does_not_matter(rows, order):
    moved = [",".join(row.split(",")[place] for place in order) for row in (HEAD, *rows)]
    assert outcome({"orders.csv": ("\n".join(moved) + "\n", "utf-8")}) == outcome(
        {"orders.csv": (lines(*rows), "utf-8")}
    )


FACTS = settings(FEW, max_examples=max(FEW.max_examples // 3, 1))
#: What tells how files came, not what is in them.
OF_FILES = ("rows_in", "rows_quarantined", "rows_excluded", "duplicates_merged", "orders_in_two_files", "amount_in",
            "undecodable_bytes", "findings")


def facts(files, **source):
    """Return the facts of two pages about some files, or the reason why there are none."""
    with tempfile.TemporaryDirectory() as folder:
        exports = Exports(Path(folder))
        for name, content in files.items():
            exports.write(name, *content)
        try:
            chosen = exports.settings(flat(**source))
            data = open_dataset(chosen, load(chosen, Path(folder) / "data/work").folder)
            results = (customers.analyse(data, chosen.customers), quality.analyse(data, chosen.quality))
        except CrmError as error:
            return error.code
        return {(r.analysis, f.key): (f.value, f.previous, f.year_ago, f.n) for r in results for f in r.facts}


@FACTS
@given(records(), st.randoms(use_true_random=False), st.sampled_from(("cp932", "euc_jp", "utf-16-le")),
       st.permutations(range(8)))
def test_no_fact_depends_on_order_encoding_or_columns(rows, chance, encoding, order):
    shuffled = list(rows)
    chance.shuffle(shuffled)
    moved = [",".join(row.split(",")[place] for place in order) for row in (HEAD, *shuffled)]
    other = {"orders_7.csv": ("\r".join(moved), encoding)}
    assert facts(other) == facts({"orders_1.csv": (lines(*rows), "utf-8")})


@FACTS
@given(records(), st.integers(0, 6))
def test_no_fact_depends_on_how_many_files_or_how_often_they_are_read(rows, at):
    halves = [[r for r in rows if int(r[1]) < at], [r for r in rows if int(r[1]) >= at]]
    parts = {f"orders_{n}.csv": (lines(*part), "utf-8") for n, part in enumerate(halves) if part}
    once = facts({"orders_0.csv": (lines(*rows), "utf-8")})
    assert facts(parts) == once
    twice = facts({"orders_2026-09.csv": (lines(*rows), "utf-8"), "orders_2026-10.csv": (lines(*rows), "cp932")})
    if isinstance(once, dict):
        apart = {key for key in once if once[key] != twice[key]}
        assert {key for analysis, key in apart if analysis == "customers"} == set()
        assert {key for _, key in apart} <= set(OF_FILES)


@FEW
@given(records())
def test_the_books_always_close(rows):
    found = outcome(
        {"orders.csv": (lines(*rows), "utf-8")}, exclude=[{"column": "商品", "values": ["x"], "reason": "samples"}]
    )
    books = found["books"] if isinstance(found, dict) else {}
    taken = [books.get(fate, (0, Decimal(0))) for fate in ("out", "quarantined", "merged", "excluded")]
    assert books.get("in", (0, 0))[0] == sum(rows for rows, _ in taken)
    assert books.get("in", (0, 0))[1] == sum(money for _, money in taken) + books.get("rounding", (0, Decimal(0)))[1]


@FEW
@given(records(), st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_byte_never_crashes_without_naming_the_file(rows, place, byte):
    data = bytearray(lines(*rows).encode("cp932"))
    data[place % len(data)] = byte
    with tempfile.TemporaryDirectory() as folder:
        exports = Exports(Path(folder))
        exports.write("orders.csv", bytes(data))
        try:
            said = f"orders.csv {totals(exports.load(flat()))['in'][0]}"
        except CrmError as error:
            said = error.say("ja")
    assert "orders.csv" in said


def grouped(pairs, births):
    distant = [(a, b) for a in births for b in births if a < b and abs(births[a] - births[b]) > 31]
    ranked = sorted({(min(a, b), max(a, b), rank) for a, b, rank in pairs if a != b})
    chosen = clusters.Pairs(*np.array(ranked, dtype=np.int64).reshape(-1, 3).T)
    return clusters.split(clusters.components(6, chosen), chosen, distant).tolist()


@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(0, 1)), max_size=12),
    st.dictionaries(st.integers(0, 5), st.integers(0, 100), max_size=6),
    st.integers(0, 99),
)
def test_groups_do_not_depend_on_the_order_of_pairs_and_never_hold_distant_births(pairs, births, seed):
    shuffled = random.Random(seed).sample(pairs, len(pairs))
    roots = grouped(pairs, births)
    assert roots == grouped(shuffled, births) == grouped([(b, a, r) for a, b, r in pairs], births)
    assert all(root <= one and roots[root] == root for one, root in enumerate(roots))
    for one in births:
        for other in births:
            assert roots[one] != roots[other] or abs(births[one] - births[other]) <= 31


@given(st.lists(st.integers(0, 12), min_size=1, max_size=8), st.integers(2, 6))
def test_no_hidden_cell_can_be_worked_out_from_the_total(counts, k):
    frame = pd.DataFrame({"level": list(range(len(counts))), "customers": counts})
    shown = suppress(Table(frame, {"level": Column("code"), "customers": Column("customers")}, count="customers"), k)
    hidden = [n for n, s in zip(counts, shown["suppressed"], strict=True) if s]
    assert not any(0 < n < k for n in shown.loc[~shown["suppressed"], "customers"])
    others = [n for n, s in zip(counts, shown["suppressed"], strict=True) if not s and n > 0]
    if hidden and others:
        assert len(hidden) >= 2 and sum(hidden) >= k


def test_the_number_of_threads_does_not_matter():
    rows = [f"A{n % 40},c{n % 7},2024-0{n % 40 % 9 + 1}-05,x{n % 3},1,{n},{n}," for n in range(300)]
    fixed = [r.replace(r.split(",")[1], f"c{int(r.split(',')[0][1:]) % 7}", 1) for r in rows]
    with tempfile.TemporaryDirectory() as folder:
        exports = Exports(Path(folder))
        exports.write("orders.csv", lines(*fixed))
        own = exports.settings(flat(), engine={"threads": 1}), exports.settings(flat(), engine={"threads": 2})
        one, two = (table(load(chosen, Path(folder) / f"work-{n}"), "order_lines") for n, chosen in enumerate(own))
    assert len(one) == len(fixed)
    pd.testing.assert_frame_equal(one, two)
