"""The list as rows, and as what the page says of it: counts, effort, what is expected; no one person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmlib.part import CODE, DIFFERENCE, MONEY, PEOPLE, RATIO
from crmlib.result import Action, Column
from crmlib.settings.analyses.actions.columns import CODE as IS_CODE
from crmlib.settings.analyses.actions.columns import KINDS
from crmlib.settings.analyses.actions.columns import MONEY as IS_MONEY
from crmlib.settings.conditions import compared, parsed

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.settings import ActionRule

MINUTES = 60
CARE = "care"
ROWS = ("customer_key", "customer_id", "action", "what", "channel", "until", "priority", "expected_gain", "low", "high",
        "held_out")


def grounds(rule: ActionRule) -> tuple[str, ...]:
    """Return the columns whose values are the reason of a rule's rows."""
    return tuple(dict.fromkeys(one.name for one in compared(parsed(rule.when))))


def row_columns(frame: pd.DataFrame) -> dict[str, Column]:
    """Return the unit of every column of the list."""
    return {name: ROW_COLUMNS.get(name) or _ground(name) for name in frame.columns}


def _ground(name: str) -> Column:
    kind = KINDS[name]
    return Column("code" if kind == IS_CODE else "money" if kind == IS_MONEY else "score")


def summary(listed: pd.DataFrame, rules: Sequence[ActionRule], met: Mapping[str, int], months: Mapping[str, int | None],
            measured: frozenset[str], minutes: Mapping[Any, float]) -> pd.DataFrame:
    """Return what is planned for each rule that somebody meets.

    Returns
    -------
    pandas.DataFrame
        action, candidates (meet the rule), customers (on the list), contacts (to be made), held_out (left alone),
        hours (of work; missing where the shop chooses the channel), expected_gain, low, high (minor units, of the
        contacts), basis (assumed, measured),
        months_to_tell (missing: more than are looked at).
    """
    import pandas as pd

    effort = listed["channel"].map(minutes).astype("float64") / MINUTES
    grouped = listed.assign(hours=effort).groupby("action", observed=True)
    parts = {str(name): part for name, part in grouped}
    rows = []
    for rule in rules:
        part = parts.get(rule.action, listed.iloc[:0].assign(hours=0.0))
        made = part[~part["held_out"]]
        if met.get(rule.action):
            rows.append((rule.action, met[rule.action], len(part), len(made), len(part) - len(made),
                         float(made["hours"].sum(min_count=min(len(made), 1))),
                         *(int(made[c].sum()) for c in ("expected_gain", "low", "high")),
                         "measured" if rule.action in measured else "assumed", months.get(rule.action)))
    return pd.DataFrame(rows, columns=list(SUMMARY)).astype(
        {"action": "str", "basis": "str", "months_to_tell": "Int64", "hours": "float64"}
        | dict.fromkeys(("candidates", "customers", "contacts", "held_out", "expected_gain", "low", "high"), "int64"))


def by_channel(listed: pd.DataFrame, per_week: Mapping[Any, int], minutes: Mapping[Any, float]) -> pd.DataFrame:
    """Return the contacts and the work of each channel, beside what fits into a week (missing: no limit)."""
    import pandas as pd

    made = listed[~listed["held_out"]]
    counts = made.groupby("channel", observed=True).size()
    rows = [(str(name), int(n), per_week.get(str(name)), float(n * minutes.get(str(name), float("nan")) / MINUTES))
            for name, n in counts.items()]
    frame = pd.DataFrame(rows, columns=list(BY_CHANNEL)).astype(
        {"channel": "str", "contacts": "int64", "per_week": "Int64", "hours": "float64"})
    return frame.sort_values(["contacts", "channel"], ascending=[False, True], ignore_index=True)


def left_out(out: Mapping[str, int]) -> pd.DataFrame:
    """Return how many meet a rule and are not contacted, by the reason."""
    import pandas as pd

    rows = [(reason, people) for reason, people in out.items() if people]
    return pd.DataFrame(rows, columns=list(LEFT_OUT)).astype({"reason": "str", "people": "int64"})


def skipped(found: Sequence[tuple[str, str]]) -> pd.DataFrame:
    """Return the rules that could not be asked, and the part of the data they need."""
    import pandas as pd

    return pd.DataFrame(list(found), columns=list(SKIPPED)).astype("str")


def actions(listed: pd.DataFrame, table: pd.DataFrame, most: int) -> tuple[Action, ...]:
    """Return what the month's first page says: what is expected to bring most first."""
    rows = table[table["contacts"] > 0].sort_values(["expected_gain", "action"], ascending=[False, True]).head(most)
    made = listed[~listed["held_out"]]
    return tuple(_action(row, made[made["action"] == row.action]) for row in rows.itertuples())


def _action(row: Any, made: pd.DataFrame) -> Action:
    what = made.groupby("what", observed=True).size().sort_index().idxmax()
    ways = made.groupby("channel", observed=True).size().sort_index().sort_values(ascending=False, kind="stable")
    return Action(str(row.action), str(what), "+".join(map(str, ways.index)), str(row.action),
                  made["until"].max().isoformat(), int(row.contacts), {"people": int(row.contacts)})


ROW_COLUMNS = {
    "customer_key": CODE, "customer_id": CODE, "action": CODE, "what": CODE, "channel": CODE, "until": Column("date"),
    "priority": Column("count"), "expected_gain": MONEY, "low": MONEY, "high": MONEY, "held_out": CODE}
SUMMARY = {"action": CODE, "candidates": PEOPLE, "customers": PEOPLE, "contacts": PEOPLE, "held_out": PEOPLE,
           "hours": Column("score"), "expected_gain": MONEY, "low": MONEY, "high": MONEY, "basis": CODE,
           "months_to_tell": Column("count")}
BY_CHANNEL = {"channel": CODE, "contacts": PEOPLE, "per_week": Column("count"), "hours": Column("score")}
LEFT_OUT = {"reason": CODE, "people": PEOPLE}
SKIPPED = {"action": CODE, "lacking": CODE}
LISTS = {"month": Column("month"), "planned": PEOPLE, "done": PEOPLE, "not_done": PEOPLE, "held_out": PEOPLE}
#: What of the verification has room on the page.
TOLD = ("action", "planned", "done", "held_out", "bought_rate", "held_rate", "effect", "low", "high")
VERIFICATION = {
    "action": CODE, "months": Column("count"), "planned": PEOPLE, "done": PEOPLE, "not_done": PEOPLE,
    "held_out": PEOPLE, "held_done": PEOPLE, "bought_rate": RATIO, "held_rate": RATIO,
    **dict.fromkeys(("effect", "low", "high", "effect_done", "done_low", "done_high"), DIFFERENCE), "gain": MONEY,
    "gain_low": MONEY, "gain_high": MONEY}
