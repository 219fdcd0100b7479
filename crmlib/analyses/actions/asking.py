"""Which rules can be asked, and who meets them? Whole columns at a time; a value that is not known meets nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from crmlib.settings.analyses.actions.columns import CODE, HOMES, KINDS, MONEY
from crmlib.settings.conditions import Compare, Joined, compared, parsed

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    import pandas as pd

    from crmlib.settings import ActionRule


def names(rule: ActionRule) -> tuple[str, ...]:
    """Return the columns a rule asks for, those of its condition first, each once."""
    own = [one.name for one in compared(parsed(rule.when))]
    return tuple(dict.fromkeys([*own, *([rule.due] if rule.due else []), rule.value]))


def wanted(rules: Iterable[ActionRule]) -> set[str]:
    """Return every column that rules ask for, those of their other offers too."""
    rules = list(rules)
    other = {one.name for rule in rules for case in rule.instead for one in compared(parsed(case.when))}
    return {name for rule in rules for name in names(rule)} | other


def lacking(rule: ActionRule, known: pd.DataFrame) -> str:
    """Return the part of the workbook that a rule needs and that has no data; empty where it can be asked."""
    return next((HOMES[name] for name in names(rule) if name not in known.columns), "")


def meets(text: str, known: pd.DataFrame, decimals: int) -> np.ndarray:
    """Tell of each customer whether a condition holds; one that asks for what is not known holds for nobody."""
    tree = parsed(text)
    if any(one.name not in known.columns for one in compared(tree)):
        import numpy as np

        return np.zeros(len(known), dtype=bool)
    return _holds(tree, known, decimals)


def _holds(tree: Compare | Joined, known: pd.DataFrame, decimals: int) -> np.ndarray:
    import numpy as np

    if isinstance(tree, Compare):
        return _compare(tree, known[tree.name], decimals)
    parts = [_holds(part, known, decimals) for part in tree.parts]
    if tree.word == "not":
        return ~parts[0]
    return np.logical_and.reduce(parts) if tree.word == "and" else np.logical_or.reduce(parts)


def _compare(one: Compare, column: pd.Series, decimals: int) -> np.ndarray:
    import numpy as np

    if KINDS[one.name] == CODE:
        found = column.isin(list(one.values)).to_numpy(dtype=bool)
        return ~found & column.notna().to_numpy() if one.relation == "!=" else found
    scale = decimals if KINDS[one.name] == MONEY else 0
    limits = [float(Decimal(value.replace(",", "")).scaleb(scale)) for value in one.values]
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    known = ~np.isnan(values)
    if one.relation in ("in", "="):
        return known & np.isin(values, limits)
    with np.errstate(invalid="ignore"):
        compare = {"!=": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
        return known & compare[one.relation](values, limits[0])
