"""What is known of each customer that a rule may ask for: of buying, of the record, of the other pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from crmlib.dataset.dropped import dropped
from crmlib.dataset.segment_map import tiers
from crmlib.errors import CrmError
from crmlib.settings.analyses.actions.columns import HOMES, SOURCES

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from crmlib.dataset import Dataset

#: A request that has been open for longer is taken for one that nobody closed.
OPEN_DAYS = 180
CART_DAYS = 60
YEAR, SEASON = 365, 30
#: So many purchases of known hour, and this share of them at lunch, make a guest of lunch.
TIMED, AT_LUNCH = 3, 0.6
#: Pages whose measures are read, and what they call what is asked as days.
PAGES = ("customers", "segments", "satisfaction", "products", "campaigns", "outlook")
DATED = {"replenish_from": "replenish_from_days", "replenish_to": "replenish_days"}


def gather(data: Dataset, wanted: set[str]) -> pd.DataFrame:
    """Return one row per known customer with the columns asked for that the shop has data for.

    Returns
    -------
    pandas.DataFrame
        customer_key, customer_id, account_id, the columns of ``SOURCES["people"]``, and of those wanted the ones that
        are known; sorted by customer_id. Money in minor units, days counted from ``as_of``.
    """
    frame = people(data)
    for source in dict.fromkeys(HOMES[name] for name in sorted(wanted)):
        if source != "people":
            found = measures(data, source) if source in PAGES else READ[source](data)
            frame = _beside(frame, found, [name for name in SOURCES[source] if name in wanted])
    if "rank_share" in wanted or "rank_lacking" in wanted or "next_rank" in wanted:
        frame = _ranks(data, frame)
    return frame


def _beside(frame: pd.DataFrame, found: pd.DataFrame | None, columns: list[str]) -> pd.DataFrame:
    """Lay columns of a frame keyed by customer_key beside another, by place, without moving a row."""
    import numpy as np

    if found is None:
        return frame
    there = [name for name in columns if name in found.columns]
    if not there or not len(found):
        return frame.assign(**dict.fromkeys(there, np.nan))
    place = places(frame["customer_key"], found["customer_key"])
    laid = {name: found[name].reset_index(drop=True).reindex(place) for name in there}
    # Texts stay as they are held: a million of them as objects take half a second and a hundred megabytes.
    return frame.assign(**{name: column.array if column.dtype == "str" else column.to_numpy()
                           for name, column in laid.items()})


def places(keys: pd.Series, among: pd.Series) -> np.ndarray:
    """Return at which place each key is among others, each of which is there once; -1 where it is not."""
    import pyarrow as pa
    from pyarrow import compute

    known, asked = (pa.array(column, type=pa.large_string()) for column in (among, keys))
    return compute.index_in(asked, value_set=known).fill_null(-1).to_numpy()


def people(data: Dataset) -> pd.DataFrame:
    """Return what is known of everybody: scores, money, the value of a purchase, attributes."""
    import numpy as np

    back = timedelta(days=YEAR)
    found = data.query("actions_people", since_year=data.as_of - back, season_from=data.as_of - back,
                       season_to=data.as_of - back + timedelta(days=SEASON))
    orders, net = found["orders"].to_numpy(float), found["net"].to_numpy(float)
    usual = net.sum() / orders.sum() if orders.sum() else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        last = found["last_net"].to_numpy(float) / found["last_orders"].to_numpy(float)
        times = last / usual if usual > 0 else np.full(len(found), np.nan)
    age = (data.as_of - timedelta(days=1)).year - found["birth_year"].astype("Float64")
    # One purchase at the shop's usual value is added to each customer's own, so that one dear one is no promise.
    return found.assign(
        order_value=(net + usual) / (orders + 1), last_order_value=last, last_order_times=times,
        rfm_tier=found["rfm_segment"].map(tiers(data.settings.rfm.segment_map)),
        age=age.where(age.between(1, 110)))


def measures(data: Dataset, page: str) -> pd.DataFrame | None:
    """Return the measures another page has left in this run, without those it says nobody can tell; None without any.

    A page says so of ``p_alive`` by ``p_alive_told``: what does not tell customers apart is nothing a rule may ask.
    """
    try:
        kept = data.kept(page, tables=False)
    except CrmError as error:
        if error.code != "dataset.not_kept":
            raise
        return None
    found = kept.measures
    if found is None:
        return None
    idle = [name for name in found if f"{name}_told" in found and not found[f"{name}_told"].any()]
    return found.drop(columns=idle).assign(
        **{days: _ahead(data, found[on]) for on, days in DATED.items() if on in found.columns})


def _ahead(data: Dataset, on: pd.Series) -> pd.Series:
    """Days from ``as_of`` to a day."""
    import pandas as pd

    return (pd.to_datetime(on) - pd.Timestamp(data.as_of)).dt.days


def _ago(data: Dataset, on: pd.Series) -> pd.Series:
    """Days since a day, as recency counts them: the day before ``as_of`` is 1."""
    return -_ahead(data, on)


def _day(data: Dataset, back: int) -> date:
    return data.as_of - timedelta(days=back)


def _due(data: Dataset) -> pd.DataFrame | None:
    if not data.has("due_dates"):
        return None
    found = data.query("actions_due")
    found = found.assign(days=_ahead(data, found["due_on"]))
    wide = found.pivot(index="customer_key", columns="kind", values="days")
    kinds = ("coupon", "contract", "warranty", "birthday")
    return wide.reindex(columns=list(kinds)).rename(columns={k: f"{k}_days" for k in kinds}).reset_index()


def _points(data: Dataset) -> pd.DataFrame | None:
    if not data.has("points"):
        return None
    found = data.query("actions_points")
    return found.assign(points_days=_ahead(data, found["points_on"]))


def _complaints(data: Dataset) -> pd.DataFrame | None:
    if not data.has("tickets"):
        return None
    found = data.query("actions_complaints", ticket_from=_day(data, OPEN_DAYS))
    return found.assign(complaint_days=_ago(data, found["opened_on"]))


def _scores(data: Dataset) -> pd.DataFrame | None:
    if not data.has("survey_answers.score"):
        return None
    asked = data.settings.satisfaction
    question = next((asked.question(m) for m in asked.metrics if m.key == "nps"), asked.nps_question)
    found = data.query("actions_scores", question=question)
    return found.assign(score_change=found["score"] - found["before"], score_days=_ago(data, found["answered_on"]))


def _carts(data: Dataset) -> pd.DataFrame | None:
    if not data.has("events"):
        return None
    found = data.query("actions_carts", cart_from=_day(data, CART_DAYS))
    return found.assign(cart_days=_ago(data, found["cart_on"]))


def _samples(data: Dataset) -> pd.DataFrame | None:
    import pandas as pd

    marks = data.settings.actions.samples
    rows = [(kind, code) for kind in ("product", "category", "event") for code in getattr(marks, _PLURAL[kind])]
    if not rows or not (data.has("products") or data.has("events")):
        return None
    found = data.query("actions_samples", tables={
        "sample_marks": pd.DataFrame(rows, columns=["kind", "code"]).drop_duplicates().astype("str"),
        "dropped_orders": dropped(data)})
    return found.assign(sample_days=_ago(data, found["sample_on"]))


def _times(data: Dataset) -> pd.DataFrame | None:
    if not data.has("order_lines.hour"):
        return None
    start, end = data.settings.actions.lunch_hours
    found = data.query("actions_times", tables={"dropped_orders": dropped(data)}, since_year=_day(data, YEAR),
                       lunch_from=start, lunch_to=end)
    at_lunch = (found["orders"] >= TIMED) & (found["lunch"] >= AT_LUNCH * found["orders"])
    return found.assign(usual_time=at_lunch.map({True: "lunch", False: "other"}))


def _contacts(data: Dataset) -> pd.DataFrame | None:
    if not (data.has("sends") or data.has("interactions")):
        return None
    found = data.query("actions_contacts", contact_from=_day(data, data.settings.actions.fatigue.days))
    return found.assign(contacted_days=_ago(data, found["contacted_on"]))


def _ranks(data: Dataset, frame: pd.DataFrame) -> pd.DataFrame:
    """Add how much of the next rank's amount has been reached in a year, and what is lacking."""
    import numpy as np

    levels = data.settings.customers.rank_thresholds
    if not levels:
        return frame.drop(columns=list(SOURCES["ranks"]), errors="ignore")
    limits = np.array([float(level.amount.scaleb(data.decimals)) for level in levels])
    spent = frame["year_money"].to_numpy(float)
    place = np.searchsorted(limits, spent, side="right")
    below = (place < len(limits)) & (spent > 0)
    ahead = limits[np.minimum(place, len(limits) - 1)]
    codes = np.array([level.rank for level in levels], dtype=object)[np.minimum(place, len(limits) - 1)]
    return frame.assign(rank_lacking=np.where(below, ahead - spent, np.nan),
                        rank_share=np.where(below, spent / ahead, np.nan), next_rank=np.where(below, codes, None))


_PLURAL: dict[str, Any] = {"product": "products", "category": "categories", "event": "events"}
READ: dict[str, Callable[[Any], Any]] = {
    "due": _due, "points": _points, "complaints": _complaints, "scores": _scores, "carts": _carts,
    "samples": _samples, "times": _times, "contacts": _contacts, "ranks": lambda _: None}
