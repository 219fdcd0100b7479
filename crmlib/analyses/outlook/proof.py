"""The forecast's answer sheet: made as of an earlier day, held against what came, beside guesses anyone could make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlib.methods import ranking

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from crmlib.analyses.outlook.histories import Known
    from crmlib.analyses.outlook.models import Fitted

#: Guesses of how often each customer will come, and rankings that need no model at all.
NAIVE = ("rate_continues", "same_again")
SIMPLE = ("recency", "frequency", "money")
#: Histories of so many repeat purchases and more are taken together.
MOST = 7


@dataclass(frozen=True)
class Proof:
    """What a hold-back of the last days says.

    Attributes
    ----------
    backtest : pandas.DataFrame
        method, horizon_days, predicted, actual, mae, auc, top_decile_share.
    calibration : pandas.DataFrame
        purchases (repeat purchases before, the last class open), customers, predicted, actual.
    money : pandas.DataFrame
        method, horizon_days, predicted, actual, mae (minor units), top_decile_share.
    lift : pandas.DataFrame
        tenth (1 = ranked best by ``ranking``), customers, predicted, actual.
    ranking : str
        The method whose order is used.
    lifted : float
        The season's factor on the hold-back's total where taking it in came closer, else 1.
    customers : int
        Known at the start of the hold-back.
    noise, money_noise : float
        Squared misses of single customers added up: purchase days, and minor units.
    """

    backtest: pd.DataFrame
    calibration: pd.DataFrame
    money: pd.DataFrame
    lift: pd.DataFrame
    ranking: str
    chosen: str
    lifted: float
    customers: int
    noise: float
    money_noise: float

    def row(self, method: str) -> dict[str, float]:
        """Return the figures of one method."""
        return self.backtest.set_index("method").loc[method].to_dict()

    @property
    def beats_guessing(self) -> bool:
        """Whether the model's total was closer than every guess."""
        table = self.backtest.set_index("method")
        miss = (table["predicted"] - table["actual"]).abs()
        return bool(miss["seasonal" if self.lifted != 1 else self.chosen] <= miss[list(NAIVE)].min())

    @property
    def guess_miss(self) -> float | None:
        """How far the closest guess was off, as a part of the outcome; None when nobody came."""
        misses = [abs(row["predicted"] / row["actual"] - 1) for row in map(self.row, NAIVE) if row["actual"]]
        return min(misses, default=None)

    @property
    def error(self) -> float | None:
        """Forecast total ÷ outcome - 1, with the season where it is taken in; None when nobody came."""
        row = self.row(self.chosen)
        return row["predicted"] * self.lifted / row["actual"] - 1 if row["actual"] else None

    @property
    def ranked(self) -> float | None:
        """How good the order in use was; None where nobody came, or everybody, and no order could show."""
        found = self.row(self.ranking)["auc"]
        return None if found != found else found

    @property
    def best_plain(self) -> float | None:
        """How good the best order was that needs no model; None where none could show."""
        found = [auc for method in SIMPLE if (auc := self.row(method)["auc"]) == auc]
        return max(found, default=None)

    @property
    def nothing_to_tell(self) -> str:
        """Why there is no such figure."""
        return "everybody_came" if self.row(self.chosen)["actual"] else "nobody_came"

    @property
    def money_error(self) -> float | None:
        """Forecast money ÷ what was spent - 1; None when nobody spent anything."""
        first = self.money.iloc[0]
        return float(first["predicted"] / first["actual"]) - 1 if first["actual"] > 0 else None


def error(fit: Fitted, who: Known, horizon: int) -> float:
    """Return the mean absolute error per customer."""
    return float(abs(fit.expected(who, horizon) - who.frame["later_days"].to_numpy(dtype=float)).mean())


def prove(trained: dict[str, Fitted], chosen: str, who: Known, horizon: int, lift: float,
          spend: np.ndarray) -> Proof:
    """Hold the chosen model, the other one and plain guesses against what came after ``who.until``.

    Parameters
    ----------
    lift : float
        How far the season should have moved those days, 1 where it is not known.
    spend : numpy.ndarray
        Spend per purchase to expect of each customer, by what was known then (minor units).
    """
    import pandas as pd

    frame, actual = who.frame, who.frame["later_days"].to_numpy(dtype=float)
    forecasts = {m: fit.expected(who, horizon) for m, fit in trained.items()} | guesses(frame, horizon)
    if lift != 1:
        forecasts["seasonal"] = forecasts[chosen] * lift
    rows = [_scored(method, guess, actual, horizon) for method, guess in forecasts.items()]
    orders = simple(frame)
    rows += [(name, horizon, None, actual.sum(), None, ranking.auc(order, actual > 0), ranking.top_share(order, actual))
             for name, order in orders.items()]
    backtest = pd.DataFrame(rows, columns=list(BACKTEST)).astype(
        {"method": "str"} | dict.fromkeys(("predicted", "actual", "mae", "auc", "top_decile_share"), "float64"))
    guess, used = forecasts[chosen], best_order(backtest, chosen)
    tenths = pd.DataFrame(ranking.tenths(orders.get(used, guess), guess, actual), columns=list(LIFT))
    spent, worth = frame["later_money"].to_numpy(dtype=float), guess * spend
    closer = abs(float(guess.sum()) * lift - actual.sum()) < abs(float(guess.sum()) - actual.sum())
    lifted = lift if closer else 1.0
    return Proof(backtest, calibration(frame, guess, actual), money(frame, chosen, worth * lifted, horizon, spent),
                 tenths, used, chosen, lifted, len(frame), float(((guess - actual) ** 2).sum()),
                 float(((worth - spent) ** 2).sum()))


def simple(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """Return the scores that need no model, higher = sooner contacted."""
    return {"recency": -(frame["age"] - frame["t_x"]).to_numpy(dtype=float),
            "frequency": frame["x"].to_numpy(dtype=float), "money": frame["money"].to_numpy(dtype=float)}


def money(frame: pd.DataFrame, chosen: str, guess: np.ndarray, horizon: int, spent: np.ndarray) -> pd.DataFrame:
    """Return how close the forecast money came, beside plain guesses: the model first."""
    import numpy as np
    import pandas as pd

    age, repeat = frame["age"].to_numpy(dtype=float), frame["repeat_money"].to_numpy(dtype=float)
    plain = {"rate_continues": np.where(age > 0, repeat / np.maximum(age, 1.0), 0.0) * horizon,
             "same_again": frame["before_money"].to_numpy(dtype=float)}
    rows: list[tuple[object, ...]] = [
        (method, horizon, round(float(one.sum())), round(float(spent.sum())), round(float(abs(one - spent).mean())),
         ranking.top_share(one, spent)) for method, one in ({chosen: guess} | plain).items()]
    rows.append(("money", horizon, None, round(float(spent.sum())), None, ranking.top_share(frame["money"], spent)))
    return pd.DataFrame(rows, columns=list(MONEY)).astype(
        {"method": "str", "predicted": "Int64", "mae": "Int64", "top_decile_share": "float64"})


def guesses(frame: pd.DataFrame, horizon: int) -> dict[str, np.ndarray]:
    """Return what anyone could guess: everybody goes on at their own rate, or does again what they did just before."""
    import numpy as np

    x, age = frame["x"].to_numpy(dtype=float), frame["age"].to_numpy(dtype=float)
    return {"rate_continues": np.where(age > 0, x / np.maximum(age, 1.0), 0.0) * horizon,
            "same_again": frame["before_days"].to_numpy(dtype=float)}


def _scored(method: str, guess: np.ndarray, actual: np.ndarray, horizon: int) -> tuple[object, ...]:
    return (method, horizon, float(guess.sum()), float(actual.sum()), float(abs(guess - actual).mean()),
            ranking.auc(guess, actual > 0), ranking.top_share(guess, actual))


def best_order(backtest: pd.DataFrame, chosen: str) -> str:
    """Return the method to rank customers by: the model only where it beat every simple ranking."""
    table = backtest.set_index("method")["auc"].dropna().round(4)
    if chosen not in table:
        return chosen
    simple = table.reindex(list(SIMPLE)).dropna()
    best = max(sorted(simple.index), key=lambda m: float(simple[m])) if len(simple) else chosen
    return chosen if not len(simple) or float(table[chosen]) > float(simple[best]) else str(best)


def calibration(frame: pd.DataFrame, guess: np.ndarray, actual: np.ndarray) -> pd.DataFrame:
    """Return forecast and outcome per customer by the number of repeat purchases before."""
    import pandas as pd

    table = pd.DataFrame({"purchases": frame["x"].clip(upper=MOST), "predicted": guess, "actual": actual})
    found = table.groupby("purchases").agg(customers=("actual", "size"), predicted=("predicted", "mean"),
                                           actual=("actual", "mean")).reset_index()
    return found[list(CALIBRATION)].astype({"purchases": "int64", "customers": "int64"})


BACKTEST = ("method", "horizon_days", "predicted", "actual", "mae", "auc", "top_decile_share")
MONEY = ("method", "horizon_days", "predicted", "actual", "mae", "top_decile_share")
CALIBRATION = ("purchases", "customers", "predicted", "actual")
LIFT = ("tenth", "customers", "predicted", "actual")
