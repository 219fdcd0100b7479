"""What a new customer brings: observed over the months since the first purchase, and as the models have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.dataset import months
from crmlib.methods import btyd
from crmlib.methods.intervals import t_value

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.outlook.models import Fitted
    from crmlib.analyses.outlook.worth import Worth
    from crmlib.dataset import Dataset

#: Ages that the curve reaches to, the longest that any cohort was followed to.
REACH = (12, 6, 3, 1)
MONTH_DAYS = 365.25 / 12
LEVEL = 0.95
#: Money is squared in two parts, see the statement ``outlook_newcomers``.
HIGH = 10 ** 6


def cohort_ltv(data: Dataset) -> pd.DataFrame:
    """Return what each month's new customers have brought since, per head.

    Returns
    -------
    pandas.DataFrame
        cohort (month; the first holds everyone who bought before the data begin), age_months, customers, sales (minor
        units, cumulative), per_customer (minor units), partial (the month is not over).
    """
    import pandas as pd

    found = data.query("outlook_cohort_ltv")
    rows = []
    for cohort, part in found.groupby("cohort", sort=True):
        money, size, total = dict(zip(part["ym"], part["sales"], strict=True)), int(part["customers"].iloc[0]), 0
        month, age = str(cohort), 0
        while month <= data.month:
            total += int(money.get(month, 0))
            rows.append((cohort, age, size, total, total / size, month == data.month and data.period.partial))
            month, age = months.shift(month, 1), age + 1
    return pd.DataFrame(rows, columns=list(COHORT)).astype({"cohort": "str"})


def curve(cohorts: pd.DataFrame) -> pd.DataFrame:
    """Return what a new customer has brought by each month since, over the cohorts that all reached the last of them.

    The first cohort is left out: it holds everyone who bought before the data begin.

    Returns
    -------
    pandas.DataFrame
        age_months, customers, per_customer (minor units, cumulative).
    """
    followed = _followed(cohorts)
    summed = followed.groupby("age_months", as_index=False)[["customers", "sales"]].sum()
    observed = summed["sales"] / summed["customers"].clip(lower=1)
    return summed[["age_months", "customers"]].assign(per_customer=observed)


def _followed(cohorts: pd.DataFrame) -> pd.DataFrame:
    """The rows behind the curve."""
    whole = cohorts[~cohorts["partial"].astype(bool) & (cohorts["cohort"] > cohorts["cohort"].min())]
    ages = whole.groupby("cohort")["age_months"].max()
    reach = next((n for n in REACH if (ages >= n).any()), 0)
    return whole[whole["cohort"].isin(ages.index[ages >= reach]) & (whole["age_months"] <= reach)]


def newcomer(data: Dataset, cohorts: pd.DataFrame) -> dict[str, Any]:
    """Return what a new customer brought by the last month of the curve, of how many, and between which limits.

    Returns
    -------
    dict
        months, customers, seen, low, high (money; Student's interval of the mean over customers, none where they cannot
        tell their spread); empty where fewer were followed than may be told.
    """
    followed = _followed(cohorts)
    if not len(followed) or not followed["age_months"].max():
        return {}
    reach = int(followed["age_months"].max())
    last = followed[followed["age_months"] == reach]
    customers, sales = int(last["customers"].sum()), int(last["sales"].sum())
    if customers < max(data.settings.privacy.min_cell, 2):
        return {}
    found = data.query("outlook_newcomers", reach=reach, cohort_from=str(last["cohort"].min()),
                       cohort_to=str(last["cohort"].max()))
    kept = found[found["cohort"].isin(last["cohort"])]
    total, high, mixed, low = (int(kept[name].sum()) for name in ("total", "high_squares", "mixed", "low_squares"))
    spread = customers * (high * HIGH ** 2 + 2 * mixed * HIGH + low) - total ** 2
    mean = sales / customers
    half = t_value(LEVEL, customers - 1) * (max(spread, 0) / (customers - 1)) ** 0.5 / customers
    limits = [data.money(round(mean + side * half)) if half else None for side in (-1, 1)]
    return {"months": reach, "customers": customers, "seen": data.money(round(mean)), "low": limits[0],
            "high": limits[1]}


def beside(curve: pd.DataFrame, fit: Fitted, value: Worth, kept: float) -> pd.DataFrame:
    """Return the curve with what the models expect of a new customer from the first month on.

    Returns
    -------
    pandas.DataFrame
        age_months, customers, per_customer, modelled (minor units, cumulative; left out where the spend of the
        population has no mean).

    Notes
    -----
    Both begin with what the first calendar month brought, in which a customer was there for half of it on average; the
    models add purchases to expect of a new customer times everyone's mean spend, less the share of it that is returned
    (``kept`` is what is not).
    """
    if not len(curve) or value.spend.mean is None:
        return curve
    age = (curve["age_months"].to_numpy(dtype=float) + 0.5) * MONTH_DAYS
    repeats = btyd.expected_new(fit.parameters, age)
    modelled = float(curve["per_customer"].iloc[0]) + (repeats - repeats[0]) * value.spend.mean * kept
    return curve.assign(modelled=modelled)


COHORT = ("cohort", "age_months", "customers", "sales", "per_customer", "partial")
