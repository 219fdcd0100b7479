"""How far the parameters could be off: everything refitted to customers drawn again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.analyses.outlook.worth import Worth, discounted, margin
from crmlib.methods import btyd
from crmlib.methods.btyd import gamma_gamma
from crmlib.methods.prior import PRIOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from crmlib.analyses.outlook.histories import Known
    from crmlib.analyses.outlook.models import Fitted
    from crmlib.dataset import Dataset
    from crmlib.settings import OutlookSettings

#: Part of the key of what is kept; another one where these calculations change.
VERSION = "2"
#: Customers in each repeat of the bootstrap, at most: more would only cost time, the spread is scaled.
RESAMPLED = 50_000


def spreads(data: Dataset, fits: dict[str, Fitted], chosen: str, who: Known, value: Worth, group: np.ndarray,
            days: Sequence[int], settings: OutlookSettings) -> dict[str, Any]:
    """Return the variance of each total that comes from the parameters; costly, so kept with the prepared data.

    Parameters
    ----------
    group : numpy.ndarray
        Number of each customer's segment.

    Returns
    -------
    dict
        ``30``, ``90``, … (purchase days within so many days), ``alive`` (customers), ``groups`` (a list: value of each
        group in minor units), ``worth`` (of all together).
    """
    key = [VERSION, chosen, settings.prior, settings.resamples, settings.discount_rate, settings.margin, list(days),
           who.until, len(who.frame), data.shared("customer_segment")]
    return data.memo("outlook_spread", key, lambda: _spreads(fits, chosen, who, value, group, days, settings))


def _spreads(fits: dict[str, Fitted], chosen: str, who: Known, value: Worth, group: np.ndarray, days: Sequence[int],
             settings: OutlookSettings) -> dict[str, Any]:
    import numpy as np

    part = min(1.0, RESAMPLED / max(len(who.frame), 1))
    rows, prior = who.rows, None if settings.prior == "none" else PRIOR
    draw, groups = np.random.default_rng(0), int(group.max()) + 1 if len(group) else 1
    spend = value.per_purchase * margin(settings)
    money = np.bincount(group * len(rows) + who.place, spend, groups * len(rows)).astype(float)
    counts, alive, rates = [], [], []
    for _ in range(settings.resamples):
        weight = draw.poisson(rows.weight * part).astype(float)
        if not weight.any():
            continue
        again = rows.part(weight > 0, weight)
        p = {m: btyd.fit(again, m, prior, start=fits[m].parameters).parameters for m in {chosen, btyd.MBG}}
        counts.append([btyd.dot(rows.weight, btyd.expected(p[chosen], rows, d)) for d in days])
        alive.append(btyd.dot(rows.weight, btyd.alive(p[btyd.MBG], rows)))
        bought = discounted(p[chosen], rows, settings.discount_rate)
        rates.append([btyd.dot(line, bought) for line in money.reshape(groups, len(rows))])
    spent = _spent(who, value, group, groups, part, settings)
    by_count = _variance(counts, len(days)) * part
    by_group = _variance(rates, groups) + _variance(spent, groups)
    whole = _variance([[sum(one)] for one in rates], 1) + _variance([[sum(one)] for one in spent], 1)
    return {**{str(d): float(v) for d, v in zip(days, by_count, strict=True)},
            "alive": float(_variance([[one] for one in alive], 1)[0]) * part,
            "groups": (by_group * part).tolist(), "worth": float(whole[0]) * part}


def _spent(who: Known, value: Worth, group: np.ndarray, groups: int, part: float,
           settings: OutlookSettings) -> list[list[float]]:
    """The value of each group by the spend of customers drawn again, their coming purchases as they are."""
    import numpy as np

    prior = None if settings.prior == "none" else PRIOR
    x, mean = who.frame["x"].to_numpy(dtype=float), who.mean
    draw, found, coming = np.random.default_rng(1), [], value.coming * margin(settings)
    for _ in range(settings.resamples):
        weight = draw.poisson(part, len(x))
        again = gamma_gamma.fit(x, mean, prior, weight, value.spend)
        found.append(np.bincount(group, coming * gamma_gamma.expected(again, x, mean), groups).tolist())
    return found


def _variance(values: list[list[float]], width: int) -> np.ndarray:
    import numpy as np

    return np.var(values, axis=0, ddof=1) if len(values) > 1 else np.zeros(width)
