"""From rules and customers to rows: candidates, room, those left alone, and until when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib.analyses.actions import asking, choosing, holding
from crmlib.analyses.actions.allowed import Allowed
from crmlib.analyses.actions.tables import CARE, ROWS, grounds

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from crmlib.analyses.actions.expecting import Uplift
    from crmlib.dataset import Dataset
    from crmlib.settings import ActionRule, ActionsSettings

#: Columns that hold the id of a product, and are told by its name.
PRODUCTS = ("next_offer", "replenish_product")
RECENT = 30


@dataclass(frozen=True)
class Listed:
    """The list and what became of those who are not on it.

    Attributes
    ----------
    rows : pandas.DataFrame
        ``ROWS``, and the columns that are the reason of some row; by priority. Money in minor units.
    met : dict of str to int
        Rule to those who meet it.
    out : dict of str to int
        Reason to those who meet a rule and are not contacted.
    months : dict of str to int
        Rule to the months of such lists it takes to tell whether it worked; None where that is too many.
    """

    rows: pd.DataFrame
    met: Mapping[str, int]
    out: Mapping[str, int]
    months: Mapping[str, int | None]


def made(data: Dataset, known: pd.DataFrame, rules: Sequence[ActionRule], uplifts: Sequence[Uplift], allow: Allowed,
         settings: ActionsSettings, days: int) -> Listed:
    """Return the list of a month.

    Everybody's channel is looked for twice: first as if all were contacted, which says how many are on each list and
    so what share has to be left alone; then with the room that those leave to others.
    """
    import numpy as np

    salt = f"{data.settings.shop.id} {data.month}"
    room = choosing.Capacity(settings.capacity_per_week, days)
    found = choosing.candidates(known, rules, uplifts, allow, settings, data.decimals, salt)
    first = choosing.placed(known, found, rules, allow, settings, room, np.ones(len(known)))
    plans = _plans(known, found, rules, first != choosing.NOBODY, settings)
    share = np.array([plans[rule.action].share for rule in rules] + [0.0])
    channel = choosing.placed(known, found, rules, allow, settings, room, 1 - share[found.rule])
    rows, spare = _rows(data, known, found, rules, uplifts, channel, allow, settings, salt, plans, room)
    out = {reason: int(people.sum()) for reason, people in found.out.items()}
    out["capacity"] = int((found.rule[found.order] != choosing.NOBODY).sum()) - len(rows) - spare
    out["no_gain"] += spare
    met = {rule.action: int(found.met[number].sum()) for number, rule in enumerate(rules)}
    sizes = rows.groupby("action", observed=True).size()
    return Listed(rows, met, out, {action: holding.months(int(sizes.get(action, 0)), one, settings.holdout)
                                   for action, one in plans.items()})


def _plans(known: pd.DataFrame, found: choosing.Candidates, rules: Sequence[ActionRule], listed: np.ndarray,
           settings: ActionsSettings) -> dict[str, holding.Plan]:
    """Return for each rule how many are left alone; nobody where contact is owed."""
    recent = known["recency_days"].to_numpy("float64", na_value=float("nan"))
    usual = float((recent[recent > 0] <= RECENT).mean()) if (recent > 0).any() else 0.0
    chances = known["p_order_30d"].to_numpy("float64", na_value=float("nan")) if "p_order_30d" in known else None
    plans = {}
    for number, rule in enumerate(rules):
        rows = listed & (found.rule == number)
        own = chances[rows] if chances is not None else recent[:0]
        base = float(own[own == own].mean()) if (own == own).any() else usual
        plans[rule.action] = (holding.Plan(0.0, base) if rule.kind == CARE
                              else holding.plan(int(rows.sum()), base, settings.holdout))
    return plans


def _rows(data: Dataset, known: pd.DataFrame, found: choosing.Candidates, rules: Sequence[ActionRule],
          uplifts: Sequence[Uplift], channel: np.ndarray, allow: Allowed, settings: ActionsSettings, salt: str,
          plans: Mapping[str, holding.Plan], room: choosing.Capacity) -> tuple[pd.DataFrame, int]:
    """Return the rows by priority, and how many would cost more than they bring."""
    import numpy as np

    at = found.order[channel[found.order] != choosing.NOBODY]
    frame = known[["customer_key", "customer_id"]].iloc[at].reset_index(drop=True).assign(at=at)
    number = found.rule[at]
    said = choosing.offers(known, at, found.rule, rules, data.decimals)
    frame = frame.assign(
        action=_codes([rule.action for rule in rules], number), channel=_codes(allow.channels, channel[at]),
        what=_own(data, known, at, said, number, rules), due=_due(known, at, number, rules))
    frame = frame.assign(**_gains(known, at, number, rules, uplifts, frame["channel"], settings, data.decimals))
    cared = np.array([rule.kind == CARE for rule in rules] + [False])[number]
    pays = cared | (frame["expected_gain"].to_numpy() > 0)
    frame = frame[pays].reset_index(drop=True)
    frame = frame.assign(held_out=holding.left_alone(frame, {a: p.share for a, p in plans.items()}, salt))
    frame = _within(frame, room)
    last = choosing.weeks(frame, room)
    days = np.array([data.as_of + timedelta(days=int(day)) for day in range(room.days + 1)], dtype=object)
    frame = frame.assign(until=days[last] if len(frame) else [], priority=np.arange(1, len(frame) + 1))
    return _reasoned(data, known, frame, rules), int((~pays).sum())


def _own(data: Dataset, known: pd.DataFrame, at: np.ndarray, said: list[str], number: np.ndarray,
         rules: Sequence[ActionRule]) -> list[str]:
    """Return what is offered, the shop's own words for a segment of its own before those of a rule about segments."""
    own = {one.segment for one in data.settings.rfm.own_segments if one.action}
    about = [bool({"rfm_segment", "rfm_tier"} & set(grounds(rule))) for rule in rules]
    if not own or not any(about):
        return said
    segment = known["rfm_segment"].iloc[at]
    return [code if code in own and about[n] else what for what, code, n in zip(said, segment, number, strict=True)]


def _codes(names: Sequence[str], number: np.ndarray) -> Any:
    import pandas as pd

    return pd.Categorical.from_codes(number, list(names)).astype("str") if len(number) else pd.array([], dtype="str")


def _due(known: pd.DataFrame, at: np.ndarray, number: np.ndarray, rules: Sequence[ActionRule]) -> np.ndarray:
    """Return for each row how many days are left, NaN where nothing falls due."""
    import numpy as np

    found = np.full(len(at), np.nan)
    for place, rule in enumerate(rules):
        if rule.due:
            rows = number == place
            found[rows] = known[rule.due].to_numpy("float64", na_value=np.nan)[at[rows]]
    return found


def _gains(known: pd.DataFrame, at: np.ndarray, number: np.ndarray, rules: Sequence[ActionRule],
           uplifts: Sequence[Uplift], channel: pd.Series, settings: ActionsSettings, decimals: int) -> dict[str, Any]:
    """Return expected_gain, low and high of each row: uplift times worth, less the cost (whole minor units)."""
    import numpy as np

    value = np.zeros(len(at))
    for place, rule in enumerate(rules):
        rows = number == place
        value[rows] = np.nan_to_num(known[rule.value].to_numpy("float64", na_value=0.0)[at[rows]])
    value = np.maximum(value, 0.0)
    cost = channel.map({name: float(c.scaleb(decimals)) for name, c in settings.costs.items()})
    cost = cost.astype("float64").fillna(0.0).to_numpy()
    ends = {"expected_gain": [u.mean for u in uplifts], "low": [u.low for u in uplifts],
            "high": [u.high for u in uplifts]}
    return {name: np.floor(np.array([*v, 0.0])[number] * value - cost + 0.5).astype("int64")
            for name, v in ends.items()}


def _within(frame: pd.DataFrame, room: choosing.Capacity) -> pd.DataFrame:
    """Leave out the last contacts of a channel that rounding has put above what fits."""
    import numpy as np

    kept = np.ones(len(frame), dtype=bool)
    for channel, rows in frame.groupby("channel", observed=True).indices.items():
        contacts = np.cumsum(~frame["held_out"].to_numpy(bool)[rows])
        kept[rows] = contacts <= room.whole(str(channel))
    return frame[kept].reset_index(drop=True)


def _reasoned(data: Dataset, known: pd.DataFrame, frame: pd.DataFrame, rules: Sequence[ActionRule]) -> pd.DataFrame:
    """Return the rows with the values that are their reason, products by their names."""
    there = set(frame["action"])
    asked = [name for rule in rules if rule.action in there for name in grounds(rule)]
    columns = [name for name in dict.fromkeys(asked) if name in known.columns]
    found = known[columns].iloc[frame["at"].to_numpy()].reset_index(drop=True)
    for name in set(columns) & set(PRODUCTS):
        found = found.assign(**{name: _named(data, found[name])})
    numbers = {name: "float64" for name in columns if found[name].dtype == "object" and name not in PRODUCTS
               and asking.KINDS[name] != asking.CODE}
    texts = {name: "str" for name in columns if asking.KINDS[name] == asking.CODE}
    return frame[list(ROWS)].assign(**{name: found[name] for name in columns}).astype(numbers | texts)


def _named(data: Dataset, ids: pd.Series) -> pd.Series:
    """Return products by their names, where they have one."""
    if not data.has("products"):
        return ids
    names = data.sql("SELECT product_id, name FROM products WHERE name IS NOT NULL ORDER BY product_id")
    called = dict(zip(names["product_id"], names["name"], strict=True))
    return ids.map({one: called.get(one, one) for one in ids.dropna().unique()}).astype("str")
