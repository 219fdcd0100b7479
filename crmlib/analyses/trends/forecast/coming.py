"""What the coming weeks and months should bring, printed only where the same way of forecasting has proved better."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from crmlib.analyses.trends.forecast.calendar import MONTH, SEASON, STEPS, WEEK, Grain
from crmlib.methods import forecasting
from crmlib.methods.forecasting import Band, Score, Target, Tried

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

SINGLE: tuple[Target, ...] = tuple((step, step) for step in range(1, STEPS + 1))
SOON, LATER = (1, 4), (1, 12)
TARGETS = (*SINGLE, SOON, LATER)
LEVELS = (0.5, 0.8)
PROMISED = 0.8
#: Origins of the proof, at most: more would only cost time.
ORIGINS = 40
#: Periods that must be known before the first origin: a season and a quarter, or two months of weeks.
QUARTER = 4
FORECAST = {"grain": "str", "date": "object", "step": "int64", "value": "int64", "low50": "Int64", "high50": "Int64",
            "low80": "Int64", "high80": "Int64"}
BACKTEST = {"grain": "str", "steps": "str", "method": "str", "origins": "int64", "wape": "float64", "mase": "float64",
            "bias": "float64", "tries": "Int64", "coverage50": "float64", "coverage80": "float64", "better": "str"}
VERDICT = {True: "yes", False: "no", None: "unknown"}
LINE = {"date": "object", "sales": "Int64"} | dict.fromkeys(("value", "low50", "high50", "low80", "high80"), "Int64")


@dataclass(frozen=True)
class Outlook:
    """The forecast of one grain with its proof.

    Attributes
    ----------
    grain : Grain
    bands : tuple of Band
    scores : tuple of Score
    before : mapping
        Periods back → the forecast of one period ahead that was due then.
    """

    grain: Grain
    bands: tuple[Band, ...]
    scores: tuple[Score, ...]
    before: Mapping[int, float]

    def holds(self, target: Target) -> bool | None:
        """Whether forecasts of such a stretch missed less than repeating last year did; None: too early to tell."""
        return forecasting.beats(self.scores, target)

    def printed(self, step: int) -> bool:
        """Whether the step may be shown: the stretch it lies in has proved itself."""
        if self.grain.name == MONTH and step == 1:
            return bool(self.holds((1, 1)))
        return bool(self.holds(SOON if step <= SOON[1] else LATER))

    @property
    def shown(self) -> bool:
        """Whether any step may be shown."""
        return any(self.printed(step) for step in (1, SOON[1], LATER[1]))

    def band(self, target: Target) -> Band | None:
        """Return the forecast of a target, proved or not."""
        return next((band for band in self.bands if band.target == target), None)

    def tried(self, target: Target) -> Tried:
        """Return how the four-in-five bands of a target did on the past."""
        return forecasting.tried(self.scores, target, PROMISED)

    def limits(self, target: Target, level: float = PROMISED) -> tuple[float, float] | None:
        """Return the ends of a band whose level may be promised; of a single step only where it may of all before."""
        band, (first, last) = self.band(target), target
        before = [(step, step) for step in range(1, last + 1)] if first == last else [target]
        known = all(forecasting.tried(self.scores, one, level).enough for one in before)
        return band.bands.get(level) if band is not None and known else None


def needed(season: int) -> int:
    """Return how many periods must be over before the proof of four steps can be made."""
    return first_origin(season) + SOON[1] + forecasting.FEWEST - 1


def first_origin(season: int) -> int:
    """Return how many periods the first forecast of the proof knows."""
    return season + max(3, season // QUARTER) if season > 1 else 2 * QUARTER


def outlook(data: Dataset, grain: Grain) -> Outlook | None:
    """Return the forecast and its proof, kept with the prepared data; None where too few periods are over."""
    if grain.periods < needed(grain.season):
        return None
    calendar = data.settings.calendar.model_dump(mode="json")
    found = data.memo("trends_forecast", [grain.name, data.as_of, data.settings.sales.model_dump(mode="json"), calendar,
                                          forecasting.VERSION], lambda: _proved(grain))
    bands = tuple(Band(tuple(one["target"]), one["method"], one["value"],
                       {float(level): tuple(band) for level, band in one["bands"].items()}) for one in found["bands"])
    scores = tuple(Score(**(one | {"target": tuple(one["target"]), "coverage": {
        float(level): tuple(pair) for level, pair in one["coverage"].items()}})) for one in found["scores"])
    return Outlook(grain, bands, scores, {int(back): value for back, value in found["before"].items()})


def _proved(grain: Grain) -> dict[str, Any]:
    first, end = first_origin(grain.season), grain.periods
    step = max(1, ceil((end - first) / ORIGINS))
    origins = sorted(range(end - 1, first - 1, -step))
    series = grain.known(end)
    past = forecasting.backtest(series, TARGETS, origins, grain.known)
    year = SEASON[grain.name]
    before = {back: one.made[forecasting.CHOSEN][(1, 1)] for one in past for back in (1, year)
              if one.origin == end - back and forecasting.CHOSEN in one.made}
    return {"bands": [asdict(band) for band in forecasting.forecast(series, TARGETS, past, LEVELS)],
            "scores": [asdict(score) for score in forecasting.scores(series, past, LEVELS)],
            "before": before}


def forecast_table(found: list[Outlook]) -> pd.DataFrame:
    """Return the steps that may be shown.

    Returns
    -------
    pandas.DataFrame
        grain (week or month), date (first day), step (1 = the next one), value, low50, high50, low80, high80 (minor
        units; null where such a band was tried too few times to say how often it holds, or held less often).
    """
    import pandas as pd

    rows = []
    for one in found:
        for band in one.bands:
            first, last = band.target
            if first == last and one.printed(first):
                limits = [edge and round(edge) for level in LEVELS
                          for edge in one.limits(band.target, level) or (None, None)]
                rows.append((one.grain.name, one.grain.date_of(first), first, round(band.value), *limits))
    return pd.DataFrame(rows, columns=list(FORECAST)).astype(FORECAST)


def line_table(told: Mapping[str, Outlook]) -> pd.DataFrame:
    """Return the latest periods and the forecast as one line: weeks where they may be shown, else months.

    Returns
    -------
    pandas.DataFrame
        date (first day of the period), sales (of the past; minor units), value, low50, high50, low80, high80 (of what
        comes; the last period of the past begins the line).
    """
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    one = next((told[name] for name in (WEEK, MONTH) if name in told and told[name].shown), None)
    if one is not None:
        sold = one.grain.sold()
        rows = [(start, money, *[None] * 5) for start, money in list(sold.items())[-SEASON[one.grain.name]:]]
        rows[-1] = (*rows[-1][:2], *[rows[-1][1]] * 5)
        for row in forecast_table([one]).itertuples(index=False):
            rows.append((row.date, None, row.value, row.low50, row.high50, row.low80, row.high80))
    return pd.DataFrame(rows, columns=list(LINE)).astype(LINE)


def backtest_table(found: list[Outlook]) -> pd.DataFrame:
    """Return how the forecasts of the past did beside the seasonal naive ones.

    Returns
    -------
    pandas.DataFrame
        grain, steps (1, 1-4, 1-12 periods ahead), method (seasonal_naive or chosen), origins, wape (Σ|miss| ÷
        Σ|actual|), mase, bias (Σ miss ÷ Σ actual, positive = too high), coverage50, coverage80 (share of outcomes
        within the bands), better (yes, no: whether chosen misses less; unknown where too few origins).
    """
    import pandas as pd

    rows = []
    for one in found:
        for score in (score for score in one.scores if score.target in ((1, 1), SOON, LATER)):
            first, last = score.target
            tries = score.coverage.get(PROMISED, (None, None))[1]
            cover = [tries, *(score.coverage.get(level, (None, 0))[0] for level in LEVELS)]
            rows.append((one.grain.name, str(last) if first == last else f"{first}-{last}", score.method, score.n,
                         score.wape, score.mase, score.bias, *cover,
                         VERDICT[one.holds(score.target)] if score.method == forecasting.CHOSEN else ""))
    return pd.DataFrame(rows, columns=list(BACKTEST)).astype(BACKTEST)
