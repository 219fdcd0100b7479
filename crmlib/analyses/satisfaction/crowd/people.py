"""The buyers, counted by what is known of them and what they answered: all that weighting needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from crmlib.analyses.satisfaction.answers import declared
from crmlib.dataset import months
from crmlib.methods.surveys.weighting import Codes, Vector

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import Metric, SatisfactionSettings

ATTRIBUTES = ("rank", "recency", "bought", "age", "gender", "channel")
UNKNOWN = "unknown"


@dataclass(frozen=True)
class People:
    """The buyers of the shop and those of them who answered a metric within some months.

    Attributes
    ----------
    metric : Metric
    cells : pandas.DataFrame
        One row per combination of attributes and answer: the attributes, asked, commented, value (null: no answer),
        customers, spent.
    attributes : tuple of str
        Attributes that tell customers apart; one that is the same for all is left out.
    first_month : str
    """

    metric: Metric
    cells: pd.DataFrame
    attributes: tuple[str, ...]
    first_month: str

    @cached_property
    def came(self) -> np.ndarray:
        """Which rows are answers."""
        return self.cells["value"].notna().to_numpy()

    @cached_property
    def size(self) -> Vector:
        """Customers of each row."""
        return self.cells["customers"].to_numpy(dtype=float)

    @property
    def answers(self) -> int:
        """How many buyers answered."""
        return int(self.size[self.came].sum())

    @property
    def everyone(self) -> int:
        """How many buyers there are."""
        return int(self.size.sum())

    def levels(self, attribute: str) -> list[str]:
        """Return the levels of an attribute in a fixed order, the unknown last."""
        return self._coded(attribute)[0]

    def codes(self, attribute: str) -> Codes:
        """Return the place of each row's level."""
        return self._coded(attribute)[1]

    def _coded(self, attribute: str) -> tuple[list[str], Codes]:
        if attribute not in self._known:
            texts = self.cells[attribute].astype(str)
            levels = sorted(texts.unique(), key=lambda level: (level == UNKNOWN, level))
            place = {level: n for n, level in enumerate(levels)}
            self._known[attribute] = levels, texts.map(place).to_numpy(dtype=np.int64)
        return self._known[attribute]

    @cached_property
    def _known(self) -> dict[str, tuple[list[str], Codes]]:
        return {}

    def margin(self, attribute: str) -> Vector:
        """Return the buyers of each level."""
        found = np.bincount(self.codes(attribute), weights=self.size, minlength=len(self.levels(attribute)))
        return found.astype(float)


def read(data: Dataset, settings: SatisfactionSettings, metric: Metric) -> People | None:
    """Return the buyers with their latest answer to a metric; None without customers, or without an answer of one."""
    if not data.has("customers") or not data.has("orders"):
        return None
    first = months.shift(data.month, 1 - settings.crowd_months)
    cells = data.query("satisfaction_people", tables=declared(settings), metric=metric.key, first_month=first)
    if cells["value"].notna().sum() == 0:
        return None
    wanted: Sequence[str] = settings.weight_by or ATTRIBUTES
    told = tuple(name for name in wanted if cells[name].astype(str).nunique() > 1)
    return People(metric, cells, told, first)
