"""The shop's own conditions: one line of text, or a group of settings, read into a tree and said again in SQL.

Nothing of the text is handed on: names are looked up, values become literals. A customer of whom a value is not known
meets no comparison with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from crmlib.analyses.segments.assigning import literal
from crmlib.errors import CrmError
from crmlib.settings.conditions import Compare, Joined, Unreadable, compared, parsed

if TYPE_CHECKING:
    from crmlib.settings import Condition, SegmentRule

NUMBERS = ("recency_days", "frequency", "purchase_days", "monetary", "monetary_gross", "r_score", "f_score", "m_score",
           "decile", "age", "birth_year")
MONEY = ("monetary", "monetary_gross")
CODES = ("rfm_segment", "rule_segment", "type", "gender", "occupation", "income_band", "prefecture", "city", "rank",
         "first_channel", "status")
TAGS = "tags"
ALLOWED = (*NUMBERS, *CODES, TAGS)


def of_rule(rule: SegmentRule, where: str) -> Compare | Joined:
    """Return the condition of a rule: its line of text and its conditions by column, all of which hold.

    Raises
    ------
    CrmError
        ``analyses.bad_condition``, ``analyses.unknown_measure``, ``analyses.not_a_number``.
    """
    try:
        parts = [*([parsed(rule.when)] if rule.when else []), *by_column(rule.where)]
    except Unreadable as error:
        raise CrmError("analyses.bad_condition", where=where, text=rule.when, near=error.near) from None
    whole = parts[0] if len(parts) == 1 else Joined("and", tuple(parts))
    for one in compared(whole):
        _check(one, where)
    return whole


def by_column(where: Mapping[str, Condition]) -> Iterator[Compare]:
    """Return conditions by column as comparisons."""
    for name, condition in where.items():
        if condition.values:
            yield Compare(name, "in", tuple(condition.values))
        if condition.min is not None:
            yield Compare(name, ">=", (str(condition.min),))
        if condition.max is not None:
            yield Compare(name, "<=", (str(condition.max),))


def _check(one: Compare, where: str) -> None:
    if one.name not in ALLOWED:
        raise CrmError("analyses.unknown_measure", where=where, name=one.name, allowed=ALLOWED)
    if one.name in NUMBERS:
        for value in one.values:
            _number(value, one.name, where)
    elif one.relation not in ("=", "!=", "in"):
        raise CrmError("analyses.no_order", where=where, name=one.name, relation=one.relation,
                       allowed=["=", "!=", "in"])


def _number(value: str, name: str, where: str) -> Decimal:
    try:
        return Decimal(value.replace(",", ""))
    except InvalidOperation:
        raise CrmError("analyses.not_a_number", where=where, name=name, found=value) from None


def sql(tree: Compare | Joined, decimals: int) -> str:
    """Return a condition as SQL over ``segment_members``: true or false, never neither."""
    if isinstance(tree, Compare):
        return f"COALESCE({_compare_sql(tree, decimals)}, FALSE)"
    parts = [sql(part, decimals) for part in tree.parts]
    return f"NOT {parts[0]}" if tree.word == "not" else "(" + f" {tree.word.upper()} ".join(parts) + ")"


def _compare_sql(one: Compare, decimals: int) -> str:
    if one.name == TAGS:
        return _tags(one)
    values = [_minor(v, one.name, decimals) if one.name in NUMBERS else literal(v) for v in one.values]
    if one.relation == "in":
        return f"{one.name} IN ({', '.join(values)})"
    return f"{one.name} {'<>' if one.relation == '!=' else one.relation} {values[0]}"


def _tags(one: Compare) -> str:
    listed = ", ".join(map(literal, one.values))
    within = "NOT IN" if one.relation == "!=" else "IN"
    return f"customer_key {within} (SELECT customer_key FROM segment_tags WHERE tag IN ({listed}))"


def _minor(value: str, name: str, decimals: int) -> str:
    """Return a number as it is stored: money in minor units, halves kept so that limits between two units hold."""
    number = _number(value, name, "")
    return f"{number.scaleb(decimals) if name in MONEY else number:f}"


def named_values(trees: Sequence[Compare | Joined]) -> dict[str, tuple[str, ...]]:
    """Return the values that conditions name, by column, for those columns that hold codes."""
    found: dict[str, list[str]] = {}
    for tree in trees:
        for one in compared(tree):
            if one.name in (*CODES, TAGS):
                found.setdefault(one.name, []).extend(one.values)
    return {name: tuple(dict.fromkeys(values)) for name, values in found.items()}
