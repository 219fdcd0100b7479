"""The tables of the outlook page, with the unit of every column."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.result import Column

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.outlook.said import Story
    from crmlib.dataset import Dataset

_UNITS = {"r": "score", "alpha": "days", "a": "score", "b": "score"}


def parameters(story: Story) -> pd.DataFrame:
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
    rows += [("gamma_gamma", name, value, "score", "yes") for name, value in (("p", spend.p), ("q", spend.q))]
    return pd.DataFrame(rows, columns=list(COLUMNS["parameters"])).astype(
        dict.fromkeys(("model", "parameter", "unit", "used"), "str"))


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
    "lift": {"tenth": Column("code"), "customers": Column("customers"), "predicted": Column("orders"),
             "actual": Column("orders")},
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
    "calibration": {"count": "customers"}, "lift": {"count": "customers"},
    "cohort_ltv": {"count": "customers", "within": ("age_months",)},
    "contracts": {"count": "customers", "within": ("renewals",)}}
