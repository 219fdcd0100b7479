"""Cross tables: no hidden cell follows from either total, nor from a part of the table shown elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from crmlib.dataset.kept import load_result, save_result
from crmlib.privacy import suppress
from crmlib.result import Column, Result, Table

COLUMNS = {"row": Column("code"), "column": Column("code"), "people": Column("customers")}
GRIDS = st.integers(1, 5).flatmap(lambda wide: st.lists(
    st.lists(st.integers(0, 12), min_size=wide, max_size=wide), min_size=1, max_size=5))


def table(grid: list[list[int]], hide: tuple[int, ...] = ()) -> Table:
    rows = [(f"r{r}", f"c{c}", n) for r, line in enumerate(grid) for c, n in enumerate(line)]
    return Table(pd.DataFrame(rows, columns=["row", "column", "people"]), COLUMNS, count="people", within=("row",),
                 across=("column",), hide=hide)


@given(GRIDS, st.integers(2, 6))
def test_hidden_cells_come_in_company_along_both_totals(grid, k):
    shown = suppress(table(grid), k).assign(whole=[n for line in grid for n in line])
    assert not shown.loc[~shown["suppressed"], "whole"].between(1, k - 1).any()
    for way in ("row", "column"):
        for _, part in shown.groupby(way):
            hidden, open_ones = part[part["suppressed"]], part[~part["suppressed"] & (part["whole"] >= k)]
            assert hidden.empty or open_ones.empty or (len(hidden) >= 2 and hidden["whole"].sum() >= k)


def others_as_well(shown: pd.DataFrame) -> bool:
    """Whether every small hidden cell may be one more or less, all totals kept: taken out, its ends still meet."""
    cells = list(zip(shown["row"], shown["column"], shown["whole"], strict=True))
    few = [cell for cell, gone in zip(cells, shown["suppressed"], strict=True) if gone]

    def ends_meet(cell: tuple[str, str, int]) -> bool:
        found, size = {cell[0]}, 0
        while size < len(found):
            size = len(found)
            found |= {end for one in few if one != cell and found & {*one[:2]} for end in one[:2]}
        return cell[1] in found

    return all(ends_meet(cell) for cell in few if 0 < cell[2] < 5)


@given(st.lists(st.lists(st.integers(1, 12), min_size=4, max_size=4), min_size=3, max_size=5))
def test_no_small_cell_follows_from_both_totals_together(grid):
    shown = suppress(table(grid), 5).assign(whole=[n for line in grid for n in line])
    assert others_as_well(shown) or (shown.loc[~shown["suppressed"], "whole"] < 5).all()


@given(GRIDS, st.integers(2, 6), st.sets(st.integers(0, 24)))
def test_what_is_to_be_hidden_is_hidden(grid, k, wanted):
    places = tuple(sorted(place for place in wanted if place < len(grid) * len(grid[0])))
    shown = suppress(table(grid, places), k)
    assert shown["suppressed"].iloc[list(places)].all()
    assert shown.loc[shown["suppressed"], "people"].isna().all()


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=6),
       st.integers(2, 6), st.booleans())
def test_no_number_inside_a_row_follows_from_those_shown(rows, k, adding_up):
    whole = pd.DataFrame(rows, columns=["bought", "waiting", "left"])
    whole.insert(0, "customers", whole.sum(axis=1))
    whole = whole.assign(level=[f"l{i}" for i in whole.index],
                         rate=whole["left"] / whole["customers"].where(whole["customers"] > 0))
    people = ["bought", "waiting", "left"]
    columns = {"level": Column("code"), **{n: Column("customers") for n in ("customers", *people)},
               "rate": Column("ratio")}
    shown = suppress(Table(whole[list(columns)], columns, count="customers", within=() if adding_up else ("level",)), k)
    for (_, row), (_, real) in zip(shown.iterrows(), whole.iterrows(), strict=True):
        open_ones = [n for n in people if not pd.isna(row[n])]
        assert not any(0 < row[n] < k for n in open_ones)
        if not pd.isna(row["customers"]):
            assert len(people) - len(open_ones) != 1, "the last follows from the others"
            assert "left" in open_ones or pd.isna(row["rate"]) or not real["left"]
    for n in people if adding_up else ():
        hidden = shown[n].isna()
        assert not hidden.any() or whole.loc[hidden, n].sum() >= k or (whole.loc[~hidden, n] < k).all()


def test_two_cycles_joined_by_one_cell_do_not_tell_it():
    grid = [[2, 7, 90, 90], [7, 2, 90, 90], [90, 3, 2, 7], [90, 90, 7, 2]]
    whole = [n for line in grid for n in line]
    shown = suppress(table(grid), 5).assign(whole=whole)
    assert others_as_well(shown) and shown["suppressed"].sum() == 10, "nine leave the cell of 3 as the only way over"
    mended = shown.assign(suppressed=[gone and n < 90 for gone, n in zip(shown["suppressed"], whole, strict=True)])
    assert not others_as_well(mended)


def test_both_are_kept_with_the_result(tmp_path):
    given_table = replace(table([[10, 3], [20, 30]], hide=(3,)), totals=("column",))
    save_result(Result("satisfaction", tables={"cross": given_table}), tmp_path / "satisfaction")
    found = load_result(tmp_path / "satisfaction").tables["cross"]
    assert (found.across, found.hide, found.totals) == (("column",), (3,), ("column",))
    assert suppress(found, 5)["suppressed"].tolist() == suppress(given_table, 5)["suppressed"].tolist()
