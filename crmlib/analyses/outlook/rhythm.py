"""Customers the models do not fit: contracts that run, buyers like clockwork, those who come once a year."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.analyses.outlook.histories import Known
    from crmlib.dataset import Dataset

#: Fewer contracts, or pairs of gaps, say nothing.
FEW = 30
ANNUAL = (330, 400)
RENEWALS = 12


def regularity(gaps: pd.DataFrame) -> float | None:
    """Return how regular purchases are: 1 = by chance, as the models take it, more = more regular; None for too few.

    The shape k of Erlang-k gaps from the share of one gap in two: Wheat & Morrison (1990), "Estimating purchase
    regularity with two interpurchase times", Journal of Marketing Research 27(1), 87-93: Var = 1 ÷ (4 (2k + 1)).
    """
    import numpy as np

    n = gaps["customers"].to_numpy(dtype=float)
    if n.sum() < FEW:
        return None
    share = (gaps["earlier_days"] / (gaps["earlier_days"] + gaps["later_days"])).to_numpy(dtype=float)
    mean = float(np.average(share, weights=n))
    spread = float(np.average((share - mean) ** 2, weights=n))
    return (1 - 4 * spread) / (8 * spread) if spread > 0 else None


def usual_gap(gaps: pd.DataFrame) -> float | None:
    """Return the median of the last gap between purchase days; None where nobody has one."""
    from crmlib.methods.histograms import median

    counted = gaps.groupby("later_days")["customers"].sum()
    return median(counted.index.to_numpy(), counted.to_numpy())


def yearly(who: Known) -> int:
    """Return the customers whose purchase days lie about a year apart: not lost, only not due."""
    frame = who.frame[who.frame["x"] > 0]
    gap = frame["t_x"] / frame["x"]
    return int(gap.between(*ANNUAL).sum())


def contracts(data: Dataset) -> pd.DataFrame:
    """Return how many subscriptions outlive each renewal, observed and by the shifted beta-geometric model.

    Returns
    -------
    pandas.DataFrame
        renewals, customers (subscriptions followed up to it), observed, low, high, expected (shares still running);
        empty with too few subscriptions.
    """
    import pandas as pd

    from crmlib.methods import survival
    from crmlib.methods.contracts import fit

    found = data.query("outlook_contracts")
    if found["contracts"].sum() < FEW:
        return pd.DataFrame(columns=list(CONTRACTS))
    ended = found["ended"].to_numpy(dtype=bool)
    # An end within the first interval is the first renewal not taken.
    periods = (found["days"] // found["interval_days"]).to_numpy(dtype=float) + ended
    count = found["contracts"].to_numpy(dtype=float)
    curve, model = survival.kaplan_meier(periods, ended, count), fit(periods, ended, count)
    rows = []
    for renewal in range(1, RENEWALS + 1):
        followed = int(count[periods >= renewal].sum())
        if not followed:
            break
        seen = curve.at(renewal) or (None, None, None)
        rows.append((renewal, followed, *seen, float(model.survival(renewal))))
    return pd.DataFrame(rows, columns=list(CONTRACTS)).astype(
        dict.fromkeys(("observed", "low", "high", "expected"), "float64"))


CONTRACTS = ("renewals", "customers", "observed", "low", "high", "expected")
