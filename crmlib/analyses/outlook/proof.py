"""The forecast's answer sheet: made as of an earlier day, held against what came, beside guesses anyone could make."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from crmlib.methods import ranking

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from crmlib.analyses.outlook.histories import Known
    from crmlib.analyses.outlook.models import Fitted

#: Guesses of how often each customer will come, and rankings that need no model at all; those guesses rank too.
NAIVE = ("rate_continues", "same_again")
SIMPLE = ("recency", "frequency", "money")
PLAIN = (*SIMPLE, *NAIVE)
#: Part of the customers that a list of whom to contact holds: what an order is chosen by.
FIRST = 0.1
#: Of one share, and of all differences together (Bonferroni): the best plain order is the best of several.
_Z, _Z_ALL = (NormalDist().inv_cdf(1 - 0.025 / several) for several in (1, len(PLAIN)))
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
        tenth (1 = ranked best by ``ranking``), customers, predicted, actual, per_customer (actual), lift (the same ÷
        that of all).
    orders : pandas.DataFrame
        order, top_decile_share (purchase days of the first tenth ÷ all), low, high, apart (the model's less this one),
        apart_low, apart_high (95 % for all orders together), auc, used; empty where nobody came.
    ranking : str
        The method whose order is used.
    verdict : str
        ``model`` where its first tenth held more than every plain order's beyond chance, ``plain`` where a plain
        order's held more, ``alike`` where chance alone could make the difference, ``none`` where none could show.
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
    orders: pd.DataFrame
    ranking: str
    verdict: str
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

    def order(self, method: str) -> dict[str, float]:
        """Return how one order did; empty where none could show."""
        rows = self.orders.set_index("order")
        return rows.loc[method].to_dict() if method in rows.index else {}

    @property
    def plain(self) -> str:
        """The best order that needs no model."""
        return best_order(self.orders, self.chosen)[1]

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
    frame, actual = who.frame, who.frame["later_days"].to_numpy(dtype=float)
    forecasts = {m: fit.expected(who, horizon) for m, fit in trained.items()}
    guess, plain = forecasts[chosen], simple(frame, horizon)
    forecasts |= {name: plain[name] for name in NAIVE} | ({"seasonal": guess * lift} if lift != 1 else {})
    compared = orders({chosen: guess} | plain, chosen, actual)
    used, _, verdict = best_order(compared, chosen)
    spent, worth = frame["later_money"].to_numpy(dtype=float), guess * spend
    closer = abs(float(guess.sum()) * lift - actual.sum()) < abs(float(guess.sum()) - actual.sum())
    lifted = lift if closer else 1.0
    return Proof(
        backtest(forecasts, plain, actual, horizon), calibration(frame, guess, actual),
        money(frame, chosen, worth * lifted, horizon, spent), lifts(plain.get(used, guess), guess, actual),
        compared.assign(used=["yes" if name == used else "no" for name in compared["order"]]), used, verdict, chosen,
        lifted, len(frame), float(((guess - actual) ** 2).sum()), float(((worth - spent) ** 2).sum()))


def backtest(forecasts: dict[str, np.ndarray], plain: dict[str, np.ndarray], actual: np.ndarray,
             horizon: int) -> pd.DataFrame:
    """Return how close each forecast came, and how good each order was."""
    import pandas as pd

    rows = [_scored(method, guess, actual, horizon) for method, guess in forecasts.items()]
    rows += [(name, horizon, None, actual.sum(), None, ranking.auc(plain[name], actual > 0),
              ranking.top_share(plain[name], actual, FIRST)) for name in SIMPLE]
    return pd.DataFrame(rows, columns=list(BACKTEST)).astype(
        {"method": "str"} | dict.fromkeys(("predicted", "actual", "mae", "auc", "top_decile_share"), "float64"))


def orders(scores: dict[str, np.ndarray], chosen: str, actual: np.ndarray) -> pd.DataFrame:
    """Return how much of what came the first tenth of each order held, beside the model's, with what chance can do."""
    import pandas as pd

    shares = {name: ranking.top_share(score, actual, FIRST) for name, score in scores.items()}
    apart = ranking.top_share_spread(list(scores.values()), actual, FIRST)
    rows: list[tuple[object, ...]] = []
    model = list(scores).index(chosen)
    for place, (name, share) in enumerate(shares.items()):
        if share is None or not len(apart):
            continue
        width, ahead = _Z * float(apart[:, place].std()), (shares[chosen] or 0.0) - share
        between = _Z_ALL * float((apart[:, model] - apart[:, place]).std())
        beside = (None, None, None) if name == chosen else (ahead, ahead - between, ahead + between)
        rows.append((name, share, max(share - width, 0.0), min(share + width, 1.0), *beside,
                     ranking.auc(scores[name], actual > 0)))
    return pd.DataFrame(rows, columns=list(ORDERS)).astype({"order": "str"} | dict.fromkeys(ORDERS[1:], "float64"))


def lifts(order: np.ndarray, guess: np.ndarray, actual: np.ndarray) -> pd.DataFrame:
    """Return what each tenth of an order made: in all, per customer, and that beside the average customer."""
    import pandas as pd

    found = pd.DataFrame(ranking.tenths(order, guess, actual), columns=list(LIFT)).astype(
        {"tenth": "int64", "customers": "int64"})
    each, mean = found["actual"] / found["customers"], float(actual.mean()) if len(actual) else 0.0
    return found.assign(per_customer=each, lift=each / mean if mean else each)


def simple(frame: pd.DataFrame, horizon: int) -> dict[str, np.ndarray]:
    """Return the scores that need no model, higher = sooner contacted."""
    return {"recency": -(frame["age"] - frame["t_x"]).to_numpy(dtype=float),
            "frequency": frame["x"].to_numpy(dtype=float),
            "money": frame["money"].to_numpy(dtype=float)} | guesses(frame, horizon)


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
            ranking.auc(guess, actual > 0), ranking.top_share(guess, actual, FIRST))


def best_order(compared: pd.DataFrame, chosen: str) -> tuple[str, str, str]:
    """Return the method to rank customers by, the best plain one, and the verdict (see ``Proof``).

    The model's order is used only where its first tenth held more than that of the best plain order, beyond chance: a
    plain order can be made and explained by anybody.
    """
    table = compared.set_index("order")
    plain = table.reindex([name for name in PLAIN if name in table.index])
    if plain.empty:
        return chosen, chosen, "none"
    best = str(plain["top_decile_share"].round(6).idxmax())
    low, high = plain.loc[best, "apart_low"], plain.loc[best, "apart_high"]
    verdict = "model" if low > 0 else "plain" if high < 0 else "alike"
    return chosen if verdict == "model" else best, best, verdict


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
ORDERS = ("order", "top_decile_share", "low", "high", "apart", "apart_low", "apart_high", "auc")
