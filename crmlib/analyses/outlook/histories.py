"""What is known of each customer at a day, ready for the models: contract customers apart, equal histories once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from crmlib.dataset.carried import bases
from crmlib.methods import btyd

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from crmlib.dataset import Dataset


@dataclass(frozen=True)
class Known:
    """Customers as known on the morning of a day, and what they did after it.

    Attributes
    ----------
    frame : pandas.DataFrame
        Rows of the statement ``outlook_histories`` without contract customers, ordered by key.
    rows : btyd.Histories
        Distinct histories, in days.
    place : numpy.ndarray
        For each row of ``frame`` the place of its history.
    contract : int
        Customers with a running subscription, left out.
    """

    until: date
    frame: pd.DataFrame
    rows: btyd.Histories
    place: np.ndarray
    contract: int

    @property
    def repeaters(self) -> int:
        """Customers with two purchase days or more."""
        return int((self.frame["x"] > 0).sum())

    @property
    def mean(self) -> np.ndarray:
        """Mean spend of each customer's repeat purchases, 0 without one (minor units)."""
        x = self.frame["x"].to_numpy(dtype=float)
        return self.frame["repeat_money"].to_numpy(dtype=float) / x.clip(min=1)

    @property
    def kept(self) -> float:
        """Share of what customers spent that returns left with the shop; 1 where nothing was spent."""
        spent = float(self.frame["spent"].sum())
        return float(self.frame["money"].sum()) / spent if spent > 0 else 1.0


def known(data: Dataset, until: date, horizon: int) -> Known:
    """Return the customers as known on the morning of ``until``; a horizon before and after it for comparison."""
    before = until - timedelta(days=horizon)
    stored, known_until = bases.upto(data, before)
    found = data.query("outlook_histories", tables={"base_before": stored}, known_until=known_until, until=until,
                       before=before)
    bound = found.pop("contract").to_numpy() > 0
    free = found[~bound].reset_index(drop=True) if bound.any() else found
    histories = btyd.Histories.of(free["x"], free["t_x"], free["age"])
    rows, place = btyd.collapsed(histories)
    return Known(until, free, rows, place, int(bound.sum()))
