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


def test_both_are_kept_with_the_result(tmp_path):
    given_table = replace(table([[10, 3], [20, 30]], hide=(3,)), totals=("column",))
    save_result(Result("satisfaction", tables={"cross": given_table}), tmp_path / "satisfaction")
    found = load_result(tmp_path / "satisfaction").tables["cross"]
    assert (found.across, found.hide, found.totals) == (("column",), (3,), ("column",))
    assert suppress(found, 5)["suppressed"].tolist() == suppress(given_table, 5)["suppressed"].tolist()
