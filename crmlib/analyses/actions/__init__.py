"""Actions: whom should the shop contact next month, with what and how, and did last month's list work?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlib.analyses.actions import asking, known, listing, tables, verifying
from crmlib.analyses.actions.allowed import allowed
from crmlib.analyses.actions.choosing import Capacity
from crmlib.analyses.actions.expecting import Uplift, prior, updated
from crmlib.methods.experiments.power import people_needed
from crmlib.result import RESTRICTED, Check, Fact, Result, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings import ActionRule, ActionsSettings

NEEDS = ("orders", "order_lines")
#: Asked for whatever the rules say: who has a complaint, who hears from the shop often, who would buy by themselves.
ALWAYS = frozenset(("complaint_days", "contacts", "preferred_channel", "p_order_30d"))
FACTS = {"planned": "customers", "contacts": "customers", "held_out": "customers", "expected_gain": "money",
         "effort_hours": "score", "months_to_tell": "count", "checked": "customers", "done_share": "ratio",
         "effect": "ratio"}


@dataclass(frozen=True)
class Story:
    """What the list is made of and what earlier lists have shown."""

    rules: tuple[ActionRule, ...]
    uplifts: tuple[Uplift, ...]
    listed: listing.Listed
    summary: pd.DataFrame
    outcomes: pd.DataFrame
    verification: pd.DataFrame
    skipped: tuple[tuple[str, str], ...]
    recorded: bool


def analyse(data: Dataset, settings: ActionsSettings) -> Result:
    """Make the list of whom to contact in the month after this one, and tell what the earlier lists did.

    Returns
    -------
    Result
        facts
            planned (customers on the list), contacts (of these, to be made), held_out (left alone by chance),
            expected_gain (money the contacts should bring, with the interval of the rules' uplifts), effort_hours,
            months_to_tell (months of lists until a difference of ``holdout.detect`` shows in all rules together),
            checked (planned on the earlier lists that are told of), done_share (ratio of these), effect (share who
            bought among the planned less that among those left alone, all rules, with its interval).
        tables
            summary, by_channel, left_out (reason, people), skipped (action, lacking), lists (month, planned, done,
            not_done, held_out), verification, and those of its columns that the page shows (verified): see ``tables``
            and ``verifying``. list (restricted): one row per customer, of which ``restricted/actions.csv`` is made.
        actions
            The rules that reach most money, counts only.

    Notes
    -----
    expected_gain of a row = uplift of its rule × worth of a purchase - cost of the contact. The uplift is an
    expectation (``uplift.low`` to ``uplift.high``) until lists with people left alone have been carried out.
    """
    missing = data.missing(NEEDS)
    if missing:
        return Result.unavailable("actions", missing, tuple(_fact(data, key, {}, "unavailable") for key in FACTS))
    story = tell(data.people, settings)
    return Result(
        "actions", facts=facts(data, story, settings), tables=shown(story, settings),
        checks=checks(data, story, settings),
        actions=tables.actions(story.listed.rows, story.summary, data.settings.summary.max_actions),
        notes=notes(story, settings))


def tell(data: Dataset, settings: ActionsSettings) -> Story:
    """Gather what is known, look at earlier lists, and make the new one."""
    found = known.gather(data, asking.wanted(settings.rules) | ALWAYS)
    found = found.assign(same_account=data.settings.unit == "account")
    lacking = tuple((rule.action, asking.lacking(rule, found)) for rule in settings.rules)
    rules = tuple(r for r, (_, lack) in zip(settings.rules, lacking, strict=True) if not lack)
    outcomes = verifying.outcomes(data)
    uplifts = tuple(expected(rule, outcomes, settings) for rule in rules)
    allow = allowed(data, found)
    listed = listing.made(data, found, rules, uplifts, allow, settings, verifying.window(data))
    measured = frozenset(rule.action for rule, uplift in zip(rules, uplifts, strict=True) if uplift.seen)
    table = tables.summary(listed.rows, rules, listed.met, listed.months, measured, settings.minutes)
    order = tuple(dict.fromkeys([*(r.action for r in settings.rules), *sorted(set(outcomes["action"]))]))
    return Story(rules, uplifts, listed, table, outcomes, verifying.table(outcomes, order),
                 tuple(one for one in lacking if one[1]), allow.recorded)


def expected(rule: ActionRule, outcomes: pd.DataFrame, settings: ActionsSettings) -> Uplift:
    """Return the uplift of a rule: what is expected, moved by what its own earlier lists have shown."""
    own = outcomes[outcomes["action"] == rule.action]
    seen = verifying.compared(own, "bought", plus=True)
    return updated(prior(rule, settings), seen.effect, seen.error)


def shown(story: Story, settings: ActionsSettings) -> dict[str, Table]:
    """Return the tables; summary and verification always, even with nothing in them."""
    rows = story.listed.rows
    found = {
        "summary": Table(story.summary, tables.SUMMARY, count="customers"),
        "by_channel": Table(tables.by_channel(rows, settings.capacity_per_week, settings.minutes), tables.BY_CHANNEL,
                            count="contacts"),
        "left_out": Table(tables.left_out(story.listed.out), tables.LEFT_OUT, count="people"),
        "skipped": Table(tables.skipped(story.skipped), tables.SKIPPED),
        "verified": Table(story.verification[list(tables.TOLD)], {c: tables.VERIFICATION[c] for c in tables.TOLD},
                          count="planned"),
        "lists": Table(verifying.lists(story.outcomes), tables.LISTS, count="planned", within=("month",)),
    }
    return {name: table for name, table in found.items() if len(table.frame) or name == "summary"} | {
        "verification": Table(story.verification, tables.VERIFICATION, count="planned"),
        "list": Table(rows, tables.row_columns(rows), sensitivity=RESTRICTED)}


def facts(data: Dataset, story: Story, settings: ActionsSettings) -> tuple[Fact, ...]:
    """Return the key numbers of the list and of the lists before it."""
    table = story.summary
    sums: dict[str, Any] = {"planned": int(table["customers"].sum()), "contacts": int(table["contacts"].sum()),
                            "held_out": int(table["held_out"].sum()), "effort_hours": _hours(story),
                            "months_to_tell": together(story, settings)}
    gain = {key: data.money(int(table[column].sum())) for key, column in
            (("value", "expected_gain"), ("low", "low"), ("high", "high"))}
    sums["expected_gain"] = gain
    if len(story.verification):
        whole = story.verification.iloc[0]
        sums["checked"] = int(whole["planned"])
        sums["done_share"] = int(whole["done"]) / int(whole["planned"]) if whole["planned"] else None
        sums["effect"] = {"value": whole["effect"], "low": whole["low"], "high": whole["high"],
                          "n": int(whole["planned"] + whole["held_out"])}
    why = {"months_to_tell": "not_within" if sums["held_out"] else "nobody_held", "checked": "no_lists",
           "effort_hours": "no_list" if not sums["contacts"] else "no_consents",
           "done_share": "no_lists", "effect": "nobody_left_alone" if len(story.verification) else "no_lists"}
    return tuple(_fact(data, key, sums.get(key), why.get(key, "no_list")) for key in FACTS)


def _fact(data: Dataset, key: str, value: Any, why: str) -> Fact:
    unit = data.currency if FACTS[key] == "money" else FACTS[key]
    parts: Mapping[str, Any] = value if isinstance(value, Mapping) else {"value": value}
    found = Fact(key, **{"value": None, **parts}, unit=unit)
    return found if found.value is not None else Fact(key, None, unit, note=why)


def together(story: Story, settings: ActionsSettings) -> int | None:
    """Return how many months of lists it takes to see the difference in all rules together; None: too many."""
    table = story.summary[story.summary["held_out"] > 0]
    people, held = int(table["customers"].sum()), int(table["held_out"].sum())
    needed = people_needed(0.5 - settings.holdout.detect / 2, settings.holdout.detect, held / people,
                           power=settings.holdout.power) if held else None
    months = -(-needed // people) if needed is not None else None
    return months if months is not None and months <= settings.holdout.months else None


def checks(data: Dataset, story: Story, settings: ActionsSettings) -> tuple[Check, ...]:
    """Return what must hold of any list: nobody twice, and no more than the shop can do."""
    rows = story.listed.rows
    made = rows[~rows["held_out"]].groupby("channel", observed=True).size()
    room = Capacity(settings.capacity_per_week, verifying.window(data))
    over = sum(max(int(n) - room.whole(str(channel)), 0) for channel, n in made.items())
    twice = int(rows["customer_key"].duplicated().sum())
    return (Check("nobody_twice", twice == 0, twice, 0, "stop"),
            Check("within_capacity", over == 0, over, 0, "stop"),
            Check("rules_asked", not story.skipped, len(story.rules), len(story.rules) + len(story.skipped), "info"))


def notes(story: Story, settings: ActionsSettings) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Return the answer, and what limits it."""
    people = {key: int(story.summary[key].sum()) for key in ("customers", "contacts", "held_out")}
    hours = _hours(story)
    said: list[tuple[str, Mapping[str, Any]]] = [_answer(story, people)]
    if people["contacts"] and hours is not None:
        said.append(("effort", {"hours": hours}))
    assumed = story.summary["basis"] == "assumed"
    if people["contacts"] and assumed.any():
        said.append(("assumed" if assumed.all() else "assumed_some",
                     {"low": 100 * settings.uplift.low, "high": 100 * settings.uplift.high}))
    if people["held_out"]:
        months, detect = together(story, settings), 100 * settings.holdout.detect
        said.append(("tells", {"months": months, "detect": detect}) if months is not None else
                    ("tells_not", {"months": settings.holdout.months, "detect": detect}))
    if not story.recorded:
        said.append(("no_consents", {}))
    if story.skipped:
        said.append(("skipped", {"rules": len(story.skipped)}))
    if people["customers"] and not people["held_out"] and settings.holdout.most:
        said.append(("too_few_to_hold", {}))
    return (*said, *_verified(story))


def _hours(story: Story) -> float | None:
    """Return the hours of work; None where no channel is chosen, and so no time is known."""
    hours = story.summary.loc[story.summary["contacts"] > 0, "hours"]
    return float(hours.sum()) if hours.notna().any() or hours.empty else None


def _answer(story: Story, people: Mapping[str, int]) -> tuple[str, Mapping[str, Any]]:
    if people["contacts"]:
        key = "headline" if people["held_out"] else "headline_all"
        return key, people
    out: Sequence[str] = [reason for reason, n in story.listed.out.items() if n]
    if out and set(out) == {"no_consent"}:
        return "everybody_said_no", {}
    return ("no_capacity" if "capacity" in out else "nobody"), {}


def _verified(story: Story) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    if story.verification.empty:
        return (("verified.none", {}),)
    whole = story.verification.iloc[0]
    values = {"months": int(whole["months"]), "planned": int(whole["planned"]), "done": int(whole["done"]),
              "not_done": int(whole["not_done"]), "held_out": int(whole["held_out"])}
    first = "verified.done" if values["done"] else "verified.nothing_back"
    said: list[tuple[str, Mapping[str, Any]]] = [(first, values)]
    if whole["effect"] == whole["effect"] and whole["effect"] is not None:
        sure = whole["low"] > 0 or whole["high"] < 0
        key = "verified.effect" if sure else "verified.not_yet"
        points = {name: 100 * float(whole[name]) for name in ("effect", "low", "high")}
        said.append((key, points | {name: float(whole[name]) for name in ("bought_rate", "held_rate")}))
        if whole["effect_done"] == whole["effect_done"]:
            said.append(("verified.as_done", {name: 100 * float(whole[name])
                                              for name in ("effect_done", "done_low", "done_high")}))
    else:
        said.append(("verified.nobody_left_alone", {}))
    return tuple(said)
