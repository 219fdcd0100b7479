"""What a month declared final would say today: the same facts by the same definitions, and why they differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import crmlib
from crmlib.result import Column, Table, rounded

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

#: Groups of settings that decide facts of several pages; how pages look does not.
DECIDE = ("currency", "unit", "time", "calendar", "sales", "customers", "rfm", "matching", "sources")
#: Analyses that describe a month and can be asked again, whose settings decide their own facts. The summary counts what
#: was published and the list of contacts is what was handed out: neither happens again.
PAGES = ("quality", "customers", "rfm", "segments", "trends", "products", "satisfaction", "campaigns", "outlook")
#: Further settings of one of them.
ALSO = {"quality": ("control_totals",)}
#: The one of them that is told by a model kept in a file.
MODELLED = "segments"
#: Settings that only say where files lie, or what a chart names.
ASIDE = {"sources": ("files",), "calendar": ("events", "closed", "closed_weekdays", "fiscal_year_start"),
         "quality": ("accept", "on_breach"), "segments": ("models", "names")}
SEVERAL, UNKNOWN = "several", "unknown"
Now = dict[str, tuple[Any, str]]


def restatements(data: Dataset, then: Sequence[Mapping[str, Any]] | None = None) -> pd.DataFrame:
    """Return the facts of final months that today's data would put otherwise.

    Compared are the facts of money, purchases and customers that the statements can give for any month, and all facts
    of the analyses that the run has computed anew for a month (``today``): forecasts and groups too, which are made of
    what was known at its end.

    Parameters
    ----------
    then : sequence of mapping, optional
        Final months; by default those that the run left (`Dataset.earlier`).

    Returns
    -------
    pandas.DataFrame
        month, fact (``customers.sales``), published, now (money in major units), cause (files_changed, files_gone,
        late_lines, settings, model, version, several, unknown), unit; by month and fact.
    """
    import pandas as pd

    then = data.earlier if then is None else then
    seen = [data.at(one["month"], date.fromisoformat(one["as_of"])) for one in then]
    today = computed(seen) if seen else []
    rows = [row for one, month, now in zip(then, seen, today, strict=True) for row in _month(one, month, now)]
    kinds = {"month": "str", "fact": "str", "published": "float64", "now": "float64", "cause": "str", "unit": "str"}
    return pd.DataFrame(rows, columns=list(RESTATEMENT_COLUMNS)).astype(kinds)


def _month(then: Mapping[str, Any], seen: Dataset, now: Now) -> list[tuple[Any, ...]]:
    now = now | {f"{one['analysis']}.{one['key']}": (one["value"], one["unit"]) for one in then.get("today", ())}
    rows = moved(then, now)
    why = {page: cause(seen, then, page) for page in {key.partition(".")[0] for key, *_ in rows}}
    return [(seen.month, key, *values, why[key.partition(".")[0]], now[key][1]) for key, *values in rows]


def moved(then: Mapping[str, Any], now: Now) -> list[tuple[str, float, float | None]]:
    """Return the facts a final month published that are not the same now: name, published, now."""
    published = {f"{one['analysis']}.{one['key']}": one["value"] for one in then["facts"]}
    return [(key, float(published[key]), None if now[key][0] is None else float(now[key][0]))
            for key in sorted(now.keys() & published.keys()) if not same(published[key], now[key][0])]


def same(published: Any, now: Any) -> bool:
    """Whether two values are one as they are published: whole numbers and money exactly, others to ten digits."""
    if now is None:
        return False
    if isinstance(now, float):
        return float(rounded(float(published))) == float(rounded(now))
    return Decimal(str(published)) == Decimal(str(now))


def computed(months: Sequence[Dataset]) -> list[Now]:
    """Return the facts of some months as the statements give them today, with their units; each is asked once."""
    import pandas as pd

    first = months[0]
    if first.missing(("orders", "order_lines")):
        return [{} for _ in months]
    alive = timedelta(days=first.settings.customers.lost_after_days)
    calendar = pd.DataFrame({"ym": pd.Series([d.month for d in months], dtype="str"),
                             "start_on": [d.start for d in months], "as_of_on": [d.as_of for d in months],
                             "alive_from": [d.start - alive for d in months],
                             "alive_to": [d.as_of - alive for d in months]})
    last = max(months, key=lambda d: d.as_of)
    flow = last.query("customers_flow", tables={"months_seen": calendar}).set_index("ym")
    sales = last.query("customers_sales").set_index("ym")
    known = first.query("quality_known")
    return [_facts(d, _sold(d, sales), flow.loc[d.month].to_dict(), _known(known, d.as_of)) for d in months]


def _sold(seen: Dataset, whole: pd.DataFrame) -> dict[str, int]:
    """Return purchases and sales of a month; one that was final before its end is asked by itself."""
    found = seen.query("customers_sales").set_index("ym") if seen.period.partial else whole
    row = found.loc[seen.month].to_dict() if seen.month in found.index else dict.fromkeys(found.columns, 0)
    return {str(name): int(value) for name, value in row.items()}


def _known(found: pd.DataFrame, as_of: date) -> int:
    days = [None if day is None or day != day else day.date() for day in found["known_from"]]
    return sum(int(n) for day, n in zip(days, found["customers"], strict=True) if day is None or day < as_of)


def _facts(seen: Dataset, row: Mapping[str, int], flow: Mapping[str, Any], total: int) -> Now:
    orders, known = row["known_orders"] + row["guest_orders"], row["known_sales"]
    whole = known + row["guest_sales"]
    share = known / whole if whole and 0 <= known <= whole else None
    money, people = seen.currency, "customers"
    now: Now = {"customers.sales": (seen.money(whole), money), "trends.sales": (seen.money(whole), money),
                "customers.orders": (orders, "orders"), "trends.orders": (orders, "orders"),
                "customers.average_order": (whole / orders / 10**seen.decimals if orders else None, money),
                "customers.identified_share": (share, "ratio"), "quality.identified_sales_share": (share, "ratio"),
                "customers.total": (total, people), "trends.customers": (int(flow["active"]), people),
                "customers.repeat_rate": (_ratio(int(flow["repeaters"]), int(flow["buyers_ever"])), "ratio")}
    names = {"active": "active", "new": "first_time", "returned": "returned", "lost": "lost", "base": "base"}
    return now | {f"customers.{key}": (int(flow[column]), people) for key, column in names.items()}


def cause(seen: Dataset, then: Mapping[str, Any], page: str) -> str:
    """Return the one thing that has changed since and can move facts of an analysis, or that there were several."""
    found = causes(seen, then, (page, *ALSO.get(page, ())))
    return found[0] if len(found) == 1 else SEVERAL if found else UNKNOWN


def causes(seen: Dataset, then: Mapping[str, Any], own: Iterable[str]) -> list[str]:
    """Return everything that has changed since a month was declared final and that can move its facts.

    ``own`` names the analyses, and with them groups of settings, that are asked about.
    """
    own = tuple(own)
    found = files(then["inputs"], seen.inputs, seen.as_of)
    if differ(then["settings"], _settings(seen), own):
        found.append("settings")
    if MODELLED in own and then.get("models_now", then.get("models")) != then.get("models"):
        found.append("model")
    if then["version"] != crmlib.__version__:
        found.append("version")
    return found


def files(then: Iterable[Mapping[str, Any]], now: Iterable[Mapping[str, Any]], as_of: date) -> list[str]:
    """Return how the files differ: some changed, some gone, or new ones that may hold lines of before ``as_of``."""
    before, after = ({one["file"]: one for one in listed} for listed in (then, now))
    changed = any(after[name]["sha256"] != one["sha256"] for name, one in before.items() if name in after)
    gone = before.keys() - after.keys()
    late = [name for name in after.keys() - before.keys() if reaches_back(after[name], as_of)]
    return [code for code, found in (("files_changed", changed), ("files_gone", gone), ("late_lines", late)) if found]


def reaches_back(file: Mapping[str, Any], as_of: date) -> bool:
    """Whether a file may hold lines of before a day: told by its oldest date, where intake noted it."""
    oldest = file.get("oldest")
    return not oldest or str(oldest) < as_of.isoformat()


def differ(then: Mapping[str, Any], now: Mapping[str, Any], own: Sequence[str] = ()) -> bool:
    """Whether settings have changed that decide facts of all pages or of some; keys not known then are not compared."""
    return any(_differ(then[group], now[group], ASIDE.get(group, ())) for group in dict.fromkeys((*DECIDE, *own))
               if group in then and group in now)


def _differ(then: Any, now: Any, aside: tuple[str, ...] = ()) -> bool:
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        return any(_differ(then[key], now.get(key), aside) for key in then if key not in aside)
    if isinstance(then, (list, tuple)) and isinstance(now, (list, tuple)):
        return len(then) != len(now) or any(_differ(a, b, aside) for a, b in zip(then, now, strict=True))
    number = (int, float, Decimal)
    if isinstance(then, number) and isinstance(now, number):
        return Decimal(str(int(then) if isinstance(then, bool) else then)) != Decimal(
            str(int(now) if isinstance(now, bool) else now))
    return (None if then is None else str(then)) != (None if now is None else str(now))


def _settings(data: Dataset) -> dict[str, Any]:
    from crmlib.settings import resolved

    return dict(resolved(data.settings)["settings"])


def tables(data: Dataset) -> dict[str, Table]:
    """Return the table; empty where no earlier month is final, or nothing would differ."""
    return {"restatements": Table(restatements(data), RESTATEMENT_COLUMNS)}


def notes(data: Dataset, frame: pd.DataFrame) -> list[tuple[str, dict[str, Any]]]:
    """Return whether final months still say what they said; nothing where there is none."""
    if not data.earlier:
        return []
    values = {"months": len(data.earlier), "moved": frame["month"].nunique(), "facts": len(frame)}
    return [("restated" if len(frame) else "not_restated", values)]


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


RESTATEMENT_COLUMNS = {"month": Column("month"), "fact": Column("code"), "published": Column("measured"),
                       "now": Column("measured"), "cause": Column("code"), "unit": Column("unit")}
