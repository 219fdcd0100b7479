"""Who counts as one customer: a person, or a business account with all its people (``unit: account``)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset.data import Dataset

#: What takes the place of the tables of people where accounts count as one.
INSTEAD: Mapping[str, str] = MappingProxyType(
    {"customer_day": "unit_day", "customers": "unit_customers", "order_lines": "unit_lines",
     "subscriptions": "unit_subscriptions"})
#: Of these, those that many statements read, so that they are made once.
STORED = ("unit_day", "unit_customers")


def by_account(data: Dataset) -> bool:
    """Tell whether the shop counts accounts, and its customers have some."""
    return data.settings.unit == "account" and data.has("customers.account_id")


def per_customer(data: Dataset, measures: pd.DataFrame) -> pd.DataFrame:
    """Return the measures of units for each known customer: the people of an account all have those of the account.

    Parameters
    ----------
    data : Dataset
        As it counts units (``data.units``); where it counts people, the measures come back as they are.
    measures : pandas.DataFrame
        One row per customer_key of a unit.

    Returns
    -------
    pandas.DataFrame
        One row per known customer: customer_key, customer_id (the person's own), account_id, and the measures.
    """
    if not data.accounts:
        return measures
    members = data.people.query("unit_members")
    mine = measures.drop(columns="customer_id", errors="ignore").rename(columns={"customer_key": "unit_key"})
    return members.merge(mine, on="unit_key", how="inner").drop(columns="unit_key")
