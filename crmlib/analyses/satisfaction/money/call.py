"""Whom to call: customers who lately said they are dissatisfied; the list of whom to contact takes them up."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

CALL = "call"


def lately(standing: pd.DataFrame, data: Dataset, days: int) -> pd.Series:
    """Return who is to be called: dissatisfied, said so within ``days``, and bought within a year."""
    since = (data.as_of - timedelta(days=days)).isoformat()
    fresh = standing["answered_on"].astype(str).str[:10] >= since
    return (standing["class"] == "low") & fresh & (standing["spent"] > 0)
