"""Every named statement stays inside the portable subset, and says what it is in its header."""

from __future__ import annotations

import re

import pytest
import sqlglot
from sqlglot import exp

from crmlib.engine import statements

#: Expressions whose answers differ between engines (measured), and why each is refused.
REFUSED = {
    exp.IntDiv: "// truncates differently",
    exp.Div: "divide in Python, where exact money stays exact",
    exp.Mode: "ties are broken by chance",
    exp.AnyValue: "depends on row order",
    exp.First: "depends on row order",
    exp.Quantile: "finish quantiles from a histogram",
    exp.PercentileCont: "finish quantiles from a histogram",
    exp.PercentileDisc: "finish quantiles from a histogram",
    exp.Median: "finish medians from a histogram",
    exp.DayOfWeek: "use the stored dow",
    exp.DayOfWeekIso: "use the stored dow",
    exp.Week: "weeks start differently",
    exp.WeekOfYear: "weeks start differently",
    exp.Pivot: "not everywhere",
    exp.Avg: "means are sum and count, finished in Python",
    exp.Stddev: "variances are integer sums, finished in Python",
    exp.Rand: "samples are by hash of the id",
    exp.CurrentDate: "no clock but as_of",
    exp.CurrentTimestamp: "no clock but as_of",
}


def trees():
    return [pytest.param(name, sqlglot.parse_one(statements.body(name), read="duckdb"), id=name)
            for name in statements.names()]


@pytest.mark.parametrize(("name", "tree"), trees())
def test_no_refused_expression(name, tree):
    found = {type(node).__name__: why for kind, why in REFUSED.items() for node in tree.find_all(kind)}
    assert not found, f"{name}.sql: {found}"


@pytest.mark.parametrize(("name", "tree"), trees())
def test_groups_are_named_and_cut_rows_have_an_order(name, tree):
    for group in tree.find_all(exp.Group):
        assert not group.args.get("all"), f"{name}.sql: GROUP BY ALL"
        assert not [e for e in group.expressions if isinstance(e, exp.Literal)], f"{name}.sql: GROUP BY ordinal"
    for select in tree.find_all(exp.Select):
        assert not select.args.get("limit") or select.args.get("order"), f"{name}.sql: LIMIT without ORDER BY"


@pytest.mark.parametrize(("name", "tree"), trees())
def test_sums_and_counts_are_whole_numbers(name, tree):
    for kind in (exp.Sum, exp.Count):
        for node in tree.find_all(kind):
            outer = node.parent
            while isinstance(outer, (exp.Window, exp.Filter, exp.Paren, exp.Sub, exp.Add)):
                outer = outer.parent
            cast = isinstance(outer, exp.Cast) and outer.to.this == exp.DataType.Type.BIGINT
            assert cast, f"{name}.sql: CAST(… AS BIGINT) is missing around {node.sql()}"


@pytest.mark.parametrize(("name", "tree"), trees())
def test_every_case_has_an_else(name, tree):
    for case in tree.find_all(exp.Case):
        assert case.args.get("default") is not None, f"{name}.sql: CASE without ELSE: {case.sql()[:80]}"


@pytest.mark.parametrize(("name", "tree"), trees())
def test_ranges_are_rows_and_windows_say_where_nulls_go(name, tree):
    for spec in tree.find_all(exp.WindowSpec):
        assert spec.args.get("kind") != "RANGE", f"{name}.sql: RANGE window"
    for window in tree.find_all(exp.Window):
        for key in window.find_all(exp.Ordered):
            text = key.sql(dialect="duckdb").upper()
            assert "NULLS" in statements.body(name).upper() or "NULLS" in text, f"{name}.sql: say NULLS FIRST or LAST"


@pytest.mark.parametrize(("name", "tree"), trees())
def test_header_names_question_grain_and_every_column(name, tree):
    header = "\n".join(line for line in statements.text(name).splitlines() if line.startswith("--"))
    assert "?" in header.splitlines()[0] or "?" in "\n".join(header.splitlines()[:2]), f"{name}.sql: no question"
    assert "Grain:" in header, f"{name}.sql: no grain"
    words = set(re.findall(r"[a-z_0-9]+", header))
    last = tree.expression if isinstance(tree, exp.Union) else tree
    missing = [c for c in last.named_selects if c != "*" and c not in words]
    assert not missing, f"{name}.sql: the header does not say what {missing} are"
