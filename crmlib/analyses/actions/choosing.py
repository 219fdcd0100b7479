"""Who is contacted, for which reason and through which channel, with what the shop can do in a month?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlib.analyses.actions.allowed import Allowed, wishes
from crmlib.analyses.actions.asking import meets
from crmlib.methods.experiments.assignment import drawn

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from crmlib.analyses.actions.expecting import Uplift
    from crmlib.settings import ActionRule, ActionsSettings

CARE = "care"
NOBODY = -1
#: Care goes before every offer, whatever that is expected to bring.
_FIRST = 1e15
REASONS = ("no_consent", "complaint", "fatigue", "same_account", "no_gain", "capacity")


@dataclass(frozen=True)
class Candidates:
    """Of each customer the rule that applies (its number, -1 for none), what it is expected to bring, and why not.

    Attributes
    ----------
    gain : numpy.ndarray
        Minor units, before the cost of the contact.
    met : numpy.ndarray
        One row per rule: who meets its condition.
    out : dict of str to numpy.ndarray
        Reason to those who meet a rule and are not contacted for it.
    order : numpy.ndarray
        Places of the candidates, most urgent first.
    """

    rule: np.ndarray
    gain: np.ndarray
    met: np.ndarray
    out: Mapping[str, np.ndarray]
    order: np.ndarray


def candidates(known: pd.DataFrame, rules: Sequence[ActionRule], uplifts: Sequence[Uplift], allow: Allowed,
               settings: ActionsSettings, decimals: int, salt: str) -> Candidates:
    """Return for each customer the rule of the highest expected gain, care first, then the earlier rule."""
    import numpy as np

    n = len(known)
    chosen, best, gain = np.full(n, NOBODY), np.full(n, -np.inf), np.zeros(n)
    met, able, free = np.zeros((len(rules), n), dtype=bool), np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    troubled, tired = _open(known), _tired(known, settings)
    for number, rule in enumerate(rules):
        met[number] = meets(rule.when, known, decimals)
        reached = met[number] & allow.reach(rule, settings)
        fit = reached if rule.kind == CARE else reached & ~troubled & ~tired
        able, free = able | reached, free | fit
        worth = uplifts[number].mean * np.nan_to_num(known[rule.value].to_numpy("float64", na_value=0.0))
        score = np.full(n, _FIRST - number) if rule.kind == CARE else worth
        better = fit & (score > best) & (score > 0)
        chosen[better], best[better], gain[better] = number, score[better], worth[better]
    one_each = _one_per_account(known, chosen, best)
    out = _reasons(np.logical_or.reduce(met, axis=0), able, free, troubled, chosen, one_each)
    chosen = np.where(one_each, chosen, NOBODY)
    return Candidates(chosen, gain, met, out, _ordered(known, chosen, best, salt))


def _open(known: pd.DataFrame) -> np.ndarray:
    import numpy as np

    return known["complaint_days"].notna().to_numpy() if "complaint_days" in known else np.zeros(len(known), dtype=bool)


def _tired(known: pd.DataFrame, settings: ActionsSettings) -> np.ndarray:
    import numpy as np

    if "contacts" not in known:
        return np.zeros(len(known), dtype=bool)
    return known["contacts"].to_numpy("float64", na_value=0.0) >= settings.fatigue.contacts


def _one_per_account(known: pd.DataFrame, chosen: np.ndarray, best: np.ndarray) -> np.ndarray:
    """Tell who is contacted where the people of an account count as one: the one of the highest expected gain."""
    import numpy as np

    if "same_account" not in known or not known["same_account"].any():
        return np.ones(len(known), dtype=bool)
    rows = known.loc[chosen != NOBODY, ["account_id", "customer_id"]].assign(best=best[chosen != NOBODY])
    rows = rows[rows["account_id"].notna()].sort_values(["account_id", "best", "customer_id"],
                                                        ascending=[True, False, True])
    kept = np.ones(len(known), dtype=bool)
    kept[rows.index[rows.duplicated("account_id")]] = False
    return kept


def _reasons(meant: np.ndarray, able: np.ndarray, free: np.ndarray, troubled: np.ndarray, chosen: np.ndarray,
             one_each: np.ndarray) -> dict[str, np.ndarray]:
    """Return why those who meet a rule are not candidates; each under one reason."""
    none = chosen == NOBODY
    return {"no_consent": meant & ~able, "complaint": able & ~free & troubled, "fatigue": able & ~free & ~troubled,
            "same_account": ~none & ~one_each, "no_gain": free & none}


def _ordered(known: pd.DataFrame, chosen: np.ndarray, best: np.ndarray, salt: str) -> np.ndarray:
    """Return the candidates, highest expectation first; of equal ones chance decides, not the customer's number."""
    import numpy as np

    rows = np.flatnonzero(chosen != NOBODY)
    _, place, people = np.unique(best[rows], return_inverse=True, return_counts=True)
    equal = people[place] > 1
    luck = np.zeros(len(rows), dtype=np.uint64)
    luck[equal] = drawn(known["customer_id"].to_numpy(dtype=object)[rows[equal]], f"{salt} order")
    return rows[np.lexsort((luck, -place))]


@dataclass(frozen=True)
class Capacity:
    """What the shop can do in the days of a list: contacts a week by channel (none: without limit)."""

    per_week: Mapping[Any, int]
    days: int

    def whole(self, channel: str) -> float:
        """Return how many contacts fit into the days."""
        return self.per_week[channel] * self.days // 7 if channel in self.per_week else float("inf")


def placed(known: pd.DataFrame, found: Candidates, rules: Sequence[ActionRule], allow: Allowed,
           settings: ActionsSettings, capacity: Capacity, weight: np.ndarray) -> np.ndarray:
    """Return the channel of each customer (its number, -1 for none): the best one that has room.

    Everybody asks for their best channel; a channel that is asked by more than fit keeps the most urgent, and the
    others ask for their next one: Gale & Shapley (1962), American Mathematical Monthly 69:9-15.

    Parameters
    ----------
    weight : numpy.ndarray
        How much room each customer takes: less than 1 where a share will be left alone.
    """
    import numpy as np

    tried = wishes(known, found.rule, rules, allow, settings)
    while True:
        now = np.where(np.isfinite(tried).any(axis=1), tried.argmin(axis=1), NOBODY)
        turned = False
        for number, channel in enumerate(allow.channels):
            asking = found.order[now[found.order] == number]
            over = asking[np.cumsum(weight[asking]) > capacity.whole(channel) + 1e-6]
            tried[over, number] = np.inf
            turned = turned or len(over) > 0
        if not turned:
            return now


def offers(known: pd.DataFrame, rows: np.ndarray, chosen: np.ndarray, rules: Sequence[ActionRule],
           decimals: int) -> list[str]:
    """Return what each row's customer is offered: the rule's own, or that of the first case that fits."""
    import numpy as np

    said = np.array([rule.what for rule in rules] or [""], dtype=object)[chosen[rows]]
    for number, rule in enumerate(rules):
        for case in reversed(rule.instead):
            fits = (chosen == number) & meets(case.when, known, decimals)
            said[fits[rows]] = case.what
    return said.tolist()


def weeks(listed: pd.DataFrame, capacity: Capacity) -> np.ndarray:
    """Return the last day (counted from 0) by which each row is contacted: what falls due first, then what is urgent.

    Parameters
    ----------
    listed : pandas.DataFrame
        In order of priority: channel, due (days, NaN without), held_out.
    """
    import numpy as np

    last = np.full(len(listed), capacity.days - 1.0)
    for channel, rows in listed.groupby("channel", observed=True).indices.items():
        if channel in capacity.per_week:
            due = listed["due"].to_numpy(float)[rows]
            turn = rows[np.argsort(np.where(np.isnan(due), np.inf, due), kind="stable")]
            done = np.cumsum(~listed["held_out"].to_numpy(bool)[turn])
            week = np.maximum(done - 1, 0) // max(capacity.per_week[str(channel)], 1)
            last[turn] = np.minimum(7 * (week + 1) - 1, capacity.days - 1)
    due = listed["due"].to_numpy(float)
    return np.where(np.isnan(due), last, np.minimum(last, np.maximum(due, 0))).astype("int64")
