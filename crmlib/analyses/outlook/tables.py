"""The tables of the outlook page, with the unit of every column."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from crmlib.result import Column

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from crmlib.analyses.outlook.coming import Totals
    from crmlib.analyses.outlook.histories import Known
    from crmlib.analyses.outlook.said import Story
    from crmlib.dataset import Dataset

#: Where classes of purchase days, and of days since the last, begin.
BOUGHT, SILENT = (1, 2, 3, 4, 6, 10), (0, 30, 60, 90, 180, 365)
LONG = 90
_UNITS = {"r": "score", "alpha": "days", "a": "score", "b": "score"}


def parameters(story: Story, data: Dataset) -> pd.DataFrame:
    """Return the fitted parameters of both models and of spend.

    Returns
    -------
    pandas.DataFrame
        model, parameter, value, unit, used (yes | no).
    """
    import pandas as pd

    rows: list[tuple[str, str, float, str, str]] = []
    for model, fit in story.fits.items():
        used = "yes" if model == story.fit.model else "no"
        rows += [(model, name, value, _UNITS[name], used)
                 for name, value in zip(_UNITS, fit.parameters.vector.tolist(), strict=True)]
        rows.append((model, "log_likelihood", fit.log_likelihood, "score", used))
    spend = story.worth.spend
    # Money is told in major units, in which the density of an amount is larger: so is its logarithm, once a customer.
    value = spend.log_likelihood + spend.customers * math.log(10 ** data.decimals)
    rows += [("gamma_gamma", "p", spend.p, "score", "yes"), ("gamma_gamma", "q", spend.q, "score", "yes"),
             ("gamma_gamma", "v", spend.v / 10 ** data.decimals, data.currency, "yes"),
             ("gamma_gamma", "log_likelihood", value, "score", "yes")]
    return pd.DataFrame(rows, columns=list(COLUMNS["parameters"])).astype(
        dict.fromkeys(("model", "parameter", "unit", "used"), "str"))


def coming(totals: Totals) -> pd.DataFrame:
    """Return the purchase days to come, told whole: days, expected, low, high."""
    import pandas as pd

    return pd.DataFrame([(days, round(one.expected), round(one.low), round(one.high))
                         for days, one in totals.orders.items()], columns=["days", "expected", "low", "high"])


def silence(who: Known, alive: np.ndarray) -> pd.DataFrame:
    """Return how likely customers are still there, by how often they bought and how long they have been silent.

    Returns
    -------
    pandas.DataFrame
        bought (purchase days), silent (days since the last), customers, p_alive (mean); both classes named by
        where they begin, cells without customers left out.
    """
    import numpy as np
    import pandas as pd

    x, since = who.frame["x"].to_numpy(), (who.frame["age"] - who.frame["t_x"]).to_numpy()
    bought = np.array(BOUGHT)[np.searchsorted(BOUGHT, x + 1, side="right") - 1]
    silent = np.array(SILENT)[np.searchsorted(SILENT, since, side="right") - 1]
    cells = pd.DataFrame({"bought": bought, "silent": silent, "alive": alive})
    found = cells.groupby(["bought", "silent"], sort=True)["alive"].agg(["size", "mean"]).reset_index()
    found.columns = pd.Index(["bought", "silent", "customers", "p_alive"])
    return found.astype({"bought": "str", "silent": "str"})


def quiet(who: Known, alive: np.ndarray, least: int) -> dict[str, Any]:
    """Return how many of those silent for long are probably still customers: since (days), quiet, quiet_alive (share).

    Long is a quarter of a year, or the longest class below it that ``least`` customers are in.
    """
    since = (who.frame["age"] - who.frame["t_x"]).to_numpy()
    long = max((start for start in SILENT if start <= LONG and (since >= start).sum() >= least), default=0)
    there = alive[since >= long]
    return {"since": long, "quiet": len(there), "quiet_alive": float(there.mean()) if len(there) else None}


def tracking(data: Dataset, story: Story) -> pd.DataFrame:
    """Return forecast and outcome of the hold-back, cumulative by week.

    Returns
    -------
    pandas.DataFrame
        week (1 = the first seven days), predicted, actual (purchase days).
    """
    import pandas as pd

    before = story.before
    found = data.query("outlook_tracking", until=before.until)
    days = (pd.to_datetime(found["business_date"]) - pd.Timestamp(before.until)).dt.days
    horizon, rows = (data.as_of - before.until).days, []
    for week in range(1, horizon // 7 + 1):
        predicted = float(story.trained[story.fit.model].expected(before, week * 7).sum()) * story.proof.lifted
        rows.append((week, predicted, int(found.loc[days < week * 7, "purchases"].sum())))
    return pd.DataFrame(rows, columns=["week", "predicted", "actual"])


COLUMNS = {
    "parameters": {"model": Column("code"), "parameter": Column("code"), "value": Column("measured"),
                   "unit": Column("unit"), "used": Column("code")},
    "backtest": {"method": Column("code"), "horizon_days": Column("days"), "predicted": Column("orders"),
                 "actual": Column("orders"), "mae": Column("score"), "auc": Column("score"),
                 "top_decile_share": Column("ratio")},
    "calibration": {"purchases": Column("count"), "customers": Column("customers"), "predicted": Column("score"),
                    "actual": Column("score")},
    "backtest_money": {"method": Column("code"), "horizon_days": Column("days"), "predicted": Column("money"),
                       "actual": Column("money"), "mae": Column("money"), "top_decile_share": Column("ratio")},
    "silence": {"bought": Column("code"), "silent": Column("code"), "customers": Column("customers"),
                "p_alive": Column("ratio")},
    "segments": {"rfm_segment": Column("code"), "customers": Column("customers"),
                 "customers_alive": Column("customers"), "expected_orders": Column("orders"),
                 "clv": Column("money"), "low": Column("money"), "high": Column("money"), "clv_share": Column("ratio")},
    "ltv": {"age_months": Column("count"), "customers": Column("customers"), "per_customer": Column("money"),
            "modelled": Column("money")},
    "lift": {"tenth": Column("code"), "customers": Column("customers"), "predicted": Column("orders"),
             "actual": Column("orders"), "per_customer": Column("score"), "lift": Column("score")},
    "orders": {"order": Column("code"), "top_decile_share": Column("ratio"), "low": Column("ratio"),
               "high": Column("ratio"), "apart": Column("difference"), "apart_low": Column("difference"),
               "apart_high": Column("difference"), "auc": Column("score"), "used": Column("code")},
    "tracking": {"week": Column("count"), "predicted": Column("orders"), "actual": Column("orders")},
    "coming": {"days": Column("days"), "expected": Column("orders"), "low": Column("orders"),
               "high": Column("orders")},
    "cohort_ltv": {"cohort": Column("month"), "age_months": Column("count"), "customers": Column("customers"),
                   "sales": Column("money"), "per_customer": Column("money"), "partial": Column("code")},
    "contracts": {"renewals": Column("count"), "customers": Column("customers"), "observed": Column("ratio"),
                  "low": Column("ratio"), "high": Column("ratio"), "expected": Column("ratio")},
}
#: Tables of groups of people: the column that counts them.
SMALL: dict[str, dict[str, Any]] = {
    "silence": {"count": "customers"}, "segments": {"count": "customers"}, "ltv": {"count": "customers"},
    "calibration": {"count": "customers"}, "lift": {"count": "customers"},
    "cohort_ltv": {"count": "customers", "within": ("age_months",)},
    "contracts": {"count": "customers", "within": ("renewals",)}}
