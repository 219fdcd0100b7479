"""How far may a forecast be trusted? As far as the forecasts made the same way in the past came true.

At each point of the past the method that had missed least until then makes the forecast, so the proof holds for the
choice too. Bands are the misses of the past, not a model's own idea of its noise (split conformal prediction: Vovk,
Gammerman & Shafer (2005), Algorithmic Learning in a Random World, chapter 2).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from crmlib.methods.forecasting.ways import NAIVE, Series, Vector, made_by_all
from crmlib.methods.intervals import wilson

#: First and last step ahead, both counted from 1: one period, or the total of several.
Target = tuple[int, int]
#: Misses needed before a band or a verdict may be spoken of, and tries before a band's level may: of fewer, even if all
#: held, the band might in truth hold less than two times in three (Wilson's interval of n in n ends at n ÷ (n + 3.84)).
FEWEST = 8
#: The latest misses make the band: those of a method still learning the series would make it too wide.
RECENT = 60
CHOSEN = "chosen"
#: Changes whenever a forecast of the same series would; part of the key under which results are kept.
VERSION = 2


@dataclass(frozen=True)
class Band:
    """A forecast with the bands that half, and four in five, of past outcomes fell into; None where too few are known.

    Attributes
    ----------
    target : tuple of int
        First and last step ahead.
    bands : mapping
        Level → (low, high).
    """

    target: Target
    method: str
    value: float
    bands: Mapping[float, tuple[float, float]]


@dataclass(frozen=True)
class Score:
    """How one method did over past origins for one target.

    Attributes
    ----------
    wape : float
        Σ|miss| ÷ Σ|actual|.
    mase : float or None
        Mean |miss| ÷ mean |step from one season to the next| (Hyndman & Koehler 2006, International Journal of
        Forecasting 22:679-688).
    bias : float
        Σ miss ÷ Σ actual; positive = forecast too high.
    coverage : mapping
        Level → share of outcomes within the band, with how many had one.
    """

    target: Target
    method: str
    n: int
    wape: float
    mase: float | None
    bias: float
    coverage: Mapping[float, tuple[float, int]]


@dataclass(frozen=True)
class Tried:
    """How often the bands of a target could be tried on the past, and how often the outcome was inside."""

    times: int
    held: int
    level: float

    @property
    def enough(self) -> bool:
        """Whether the level may be promised: tried often enough, and no fewer held than chance would allow."""
        found = wilson(self.held, self.times)
        return self.times >= FEWEST and found is not None and found[1] >= self.level


@dataclass(frozen=True)
class Past:
    """The forecasts made at one origin: method → value of each target, and what came."""

    origin: int
    made: Mapping[str, Mapping[Target, float]]
    actual: Mapping[Target, float]


def backtest(series: Series, targets: Sequence[Target], origins: Sequence[int],
             known: Callable[[int], Series] | None = None) -> tuple[Past, ...]:
    """Forecast again at each origin (number of periods known then) with nothing that came later.

    Parameters
    ----------
    known : callable, optional
        Origin → the series as it was known then, where more than its end changes (calendar weights, for instance).
    """
    known = known or series.until
    steps, past = max(last for _, last in targets), []
    for origin in origins:
        made = {name: {t: float(one[t[0] - 1:t[1]].sum()) for t in targets}
                for name, one in made_by_all(known(origin), steps).items()}
        came = {t: float(series.values[origin + t[0] - 1:origin + t[1]].sum()) for t in targets
                if origin + t[1] <= len(series.values)}
        past.append(Past(origin, made, {t: value for t, value in came.items() if np.isfinite(value)}))
    return _chosen(past)


def _chosen(past: Sequence[Past]) -> tuple[Past, ...]:
    """Add at each origin the method that had missed least among what had come until then."""
    found: list[Past] = []
    for one in past:
        name = best(found, one.origin, tuple(n for n in one.made if n != NAIVE))
        found.append(Past(one.origin, {**one.made, CHOSEN: one.made[name]} if name else one.made, one.actual))
    return tuple(found)


def best(past: Sequence[Past], now: int, names: Sequence[str]) -> str | None:
    """Return the method whose forecasts had the smallest mean relative miss, of those judged by ``now``."""
    missed: dict[str, float] = {}
    for name in names:
        steps = [abs(miss) for one in past for target in one.actual
                 if one.origin + target[1] <= now and (miss := _miss(one, name, target)) is not None]
        if len(steps) >= FEWEST:
            missed[name] = float(np.mean(steps))
    return min(missed, key=lambda name: (missed[name], names.index(name))) if missed else next(iter(names), None)


def forecast(series: Series, targets: Sequence[Target], past: Sequence[Past],
             levels: Sequence[float] = (0.5, 0.8)) -> tuple[Band, ...]:
    """Return what comes next for each target, by the method that did best, with bands from past misses."""
    made = made_by_all(series, max(last for _, last in targets))
    now = len(series.values)
    name = best(past, now, tuple(n for n in made if n != NAIVE))
    if name is None:
        return ()
    found = []
    for target in targets:
        value = float(made[name][target[0] - 1:target[1]].sum())
        missed = misses(past, target, now)
        bands = {level: band for level in levels if (band := band_of(value, missed, level))}
        found.append(Band(target, name, value, bands))
    return tuple(found)


def misses(past: Sequence[Past], target: Target, now: int) -> Vector:
    """Return the latest log(actual ÷ forecast) known by ``now``; a single step borrows its neighbours' misses."""
    first, last = target
    near = [(step, step) for step in (first - 1, first, first + 1)] if first == last else [target]
    found = [miss for one in past for t in near
             if t in one.actual and one.origin + t[1] <= now and (miss := _miss(one, CHOSEN, t)) is not None]
    return np.array(found[-RECENT:], dtype=float)


def band_of(value: float, missed: Vector, level: float) -> tuple[float, float] | None:
    """Return the band around a forecast that a share ``level`` of outcomes should fall into; None with too few misses.

    The k-th smallest absolute miss, k = ⌈(n + 1) · level⌉, applied on the logarithmic scale to both sides.
    """
    place = ceil((len(missed) + 1) * level)
    if len(missed) < FEWEST or place > len(missed):
        return None
    width = float(np.exp(np.sort(np.abs(missed))[place - 1]))
    return value / width, value * width


def scores(series: Series, past: Sequence[Past], levels: Sequence[float] = (0.5, 0.8)) -> tuple[Score, ...]:
    """Return how the seasonal naive and the chosen forecasts did, on the same origins, for each target."""
    found = []
    period = series.period
    seasonal = np.abs(series.values[period:] - series.values[:-period]) if len(series.values) > period else np.array([])
    for target in sorted({t for one in past for t in one.actual}):
        both = [one for one in past if target in one.actual and NAIVE in one.made and CHOSEN in one.made]
        actual = np.array([one.actual[target] for one in both])
        scale = float(np.nanmean(seasonal)) * (target[1] - target[0] + 1) if np.isfinite(seasonal).any() else 0.0
        for method in (NAIVE, CHOSEN) if len(both) else ():
            miss = np.array([one.made[method][target] for one in both]) - actual
            whole = float(np.abs(actual).sum())
            found.append(Score(
                target, method, len(both), float(np.abs(miss).sum()) / whole if whole else float("nan"),
                float(np.abs(miss).mean()) / scale if scale else None,
                float(miss.sum()) / float(actual.sum()) if actual.sum() else float("nan"),
                {level: _covered(past, both, target, level) for level in levels} if method == CHOSEN else {}))
    return tuple(found)


def beats(found: Sequence[Score], target: Target) -> bool | None:
    """Return whether the chosen forecasts missed less than the seasonal naive ones; None with too few origins."""
    by = {one.method: one for one in found if one.target == target}
    if len(by) < 2 or by[CHOSEN].n < FEWEST:
        return None
    return by[CHOSEN].wape < by[NAIVE].wape


def tried(found: Sequence[Score], target: Target, level: float) -> Tried:
    """Return how the bands of a target did; never tried where it has no score."""
    share, times = next((one.coverage[level] for one in found if one.target == target and level in one.coverage),
                        (0.0, 0))
    return Tried(times, round(share * times) if times else 0, level)


def _covered(past: Sequence[Past], both: Sequence[Past], target: Target, level: float) -> tuple[float, int]:
    inside = []
    for one in both:
        band = band_of(one.made[CHOSEN][target], misses(past, target, one.origin), level)
        if band is not None:
            inside.append(band[0] <= one.actual[target] <= band[1])
    return (float(np.mean(inside)) if inside else float("nan"), len(inside))


def _miss(one: Past, method: str, target: Target) -> float | None:
    made, actual = one.made.get(method, {}).get(target), one.actual.get(target)
    if made is None or actual is None or made <= 0 or actual <= 0:
        return None
    return float(np.log(actual / made))
