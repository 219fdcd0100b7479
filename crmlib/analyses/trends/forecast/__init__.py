"""The forecast of the trends page: what should come next, how good were such forecasts, and which days stood out?"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from crmlib import charts
from crmlib.analyses.trends.forecast.calendar import MONTH, SEASON, WEEK, Grain, calendar_months, weeks
from crmlib.analyses.trends.forecast.coming import (
    LATER,
    SOON,
    Outlook,
    backtest_table,
    forecast_table,
    line_table,
    needed,
    outlook,
)
from crmlib.analyses.trends.months import History
from crmlib.methods.forecasting import CHOSEN, NAIVE
from crmlib.part import (
    CODE,
    COUNT,
    DATE,
    MONEY,
    RATIO,
    TEXT,
    FactKinds,
    Notes,
    Part,
    facts,
    tables,
)
from crmlib.result import Column, Figure

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from crmlib.settings import TrendsSettings
    from crmlib.text import Text

FACTS: FactKinds = {"forecast_next_month": ("money", "no_forecast")}
#: Season that the shortest history of each grain is forecast with.
SHORTEST = {WEEK: 1, MONTH: SEASON[MONTH]}
SCORE = Column("score")
BANDS = {"value": MONEY, "low50": MONEY, "high50": MONEY, "low80": MONEY, "high80": MONEY}
COLUMNS = {
    "forecast": {"grain": CODE, "date": DATE, "step": COUNT, **BANDS},
    "forecast_line": {"date": DATE, "sales": MONEY, **BANDS},
    "forecast_backtest": {"grain": CODE, "steps": CODE, "method": CODE, "origins": COUNT, "wape": RATIO, "mase": SCORE,
                          "bias": RATIO, "tries": COUNT, "coverage50": RATIO, "coverage80": RATIO, "better": CODE},
    "anomalies": {"date": DATE, "dow": CODE, "sales": MONEY, "expected": MONEY, "z": SCORE, "cause": CODE,
                  "event": TEXT},
}


def part(found: History, settings: TrendsSettings) -> Part:
    """Say what the next weeks and months should bring, and which days stood out.

    Returns
    -------
    Part
        facts
            forecast_next_month: sales of the month after the last whole one, with the band four in five such
            forecasts stayed in (no band where it could not be tried often enough, or held less often); null where
            repeating last year did better, or too little is known.
        tables
            forecast: grain (week, month), date, step, value, low50, high50, low80, high80; only what may be shown.
            forecast_line: date, sales, the same: what the chart draws. forecast_backtest: grain, steps, method,
            origins, wape, mase, bias, tries, coverage50, coverage80, better. anomalies: date, dow, sales, expected, z,
            cause, event. Money in minor units.
    """
    grains = {WEEK: weeks(found), MONTH: calendar_months(found)}
    told = {name: one for name, grain in grains.items() if grain and (one := outlook(found.data, grain))}
    odd = found.unusual
    frames = {"forecast": forecast_table(list(told.values())), "forecast_line": line_table(told),
              "forecast_backtest": backtest_table(list(told.values()))}
    frames |= {} if odd is None else {"anomalies": odd}
    months = told.get(MONTH)
    return Part(
        facts=facts("trends", FACTS, _sides(found, months), found.data, {"forecast_next_month": _note(months)}),
        tables=tables(frames, COLUMNS, {}),
        figures=_figures(found, told),
        notes=(*_top(found, months), *_coming(found, grains, told), *_odd(odd)),
    )


def _sides(found: History, months: Outlook | None) -> list[dict[str, Any]]:
    """Return the forecast of one month ahead as made now, a month and a year ago; nothing that is not proved."""
    band = months.band((1, 1)) if months and months.printed(1) else None
    if months is None or band is None:
        return [{}, {}, {}]
    money, (low, high) = found.data.money, months.limits((1, 1)) or (None, None)
    ground = {"size": next((s.n for s in months.scores if s.target == (1, 1)), None),
              "low": None if low is None else money(round(low)), "high": None if high is None else money(round(high))}
    earlier = [{"forecast_next_month": money(round(months.before[back]))} if back in months.before else {}
               for back in (1, 12)]
    return [{"forecast_next_month": money(round(band.value)), "grounds": {"forecast_next_month": ground}}, *earlier]


def _note(months: Outlook | None) -> str:
    return "band_80" if months is not None and months.limits((1, 1)) else "band_open"


def _top(found: History, months: Outlook | None) -> Notes:
    if months is None or months.band((1, 1)) is None or not months.printed(1):
        return ()
    key = "coming_month" if months.limits((1, 1)) else "coming_month_open"
    return ((key, {"month": months.grain.coming, **_told(found, months, (1, 1))}),)


def _told(found: History, one: Outlook, target: tuple[int, int]) -> dict[str, Any]:
    """Return a forecast in words: its value, its band where that may be promised, and how both did on the past."""
    band, limits, tried = one.band(target), one.limits(target), one.tried(target)
    low, high = limits or (0.0, 0.0)
    return {**_money(found, value=band.value if band else 0.0, low=low, high=high), **_missed(one, target),
            "tries": tried.times, "held": tried.held}


def _money(found: History, **amounts: float) -> dict[str, Any]:
    return {key: found.data.money(round(value)) for key, value in amounts.items()}


def _missed(one: Outlook, target: tuple[int, int]) -> dict[str, Any]:
    by = {score.method: score for score in one.scores if score.target == target}
    return {"miss": by[CHOSEN].wape, "naive": by[NAIVE].wape, "origins": by[CHOSEN].n} if len(by) == 2 else {}


def _coming(found: History, grains: dict[str, Grain | None], told: dict[str, Outlook]) -> Notes:
    """Return what the next weeks bring in all, or why nothing is said of them."""
    notes: list[tuple[str, dict[str, Any]]] = []
    for grain, known in grains.items():
        one = told.get(grain)
        if one is None:
            least = needed(known.season if known else SHORTEST[grain])
            notes.append((f"forecast.{grain}s_too_few", {"periods": known.periods if known else 0, "needed": least}))
            continue
        for name, target in (("soon", SOON), ("later", LATER)):
            holds, band = one.holds(target), one.band(target)
            if holds is None:
                notes.append((f"forecast.{grain}s_{name}_unproved", {}))
            elif not holds:
                notes.append((f"forecast.{grain}s_{name}_lose", _missed(one, target)))
            elif band is not None:
                promised = "" if one.limits(target) else "_open"
                notes.append((f"forecast.{grain}s_{name}{promised}", _told(found, one, target)))
    return tuple(notes)


def _odd(odd: pd.DataFrame | None) -> Notes:
    if odd is None:
        return (("forecast.unusual_too_few", {}),)
    unknown = int((odd["cause"] == "unknown").sum())
    return (("forecast.unusual" if len(odd) else "forecast.unusual_none", {"days": len(odd), "unknown": unknown}),)


def _figures(found: History, told: dict[str, Outlook]) -> dict[str, Figure]:
    """Return the chart of the grain that may be shown; its title is the longest total whose band may be promised."""
    one = next((told[name] for name in (WEEK, MONTH) if name in told and told[name].shown), None)
    if one is None:
        return {}
    proved = [target for target in (LATER, SOON, (1, 1)) if one.holds(target) and one.band(target)]
    if not proved:
        return {}
    target = next((target for target in proved if one.limits(target)), proved[0])
    name = "forecast" if one.limits(target) else "forecast_open"
    draw = partial(plot_forecast, start=one.grain.date_of(1))
    return {name: Figure(draw, "forecast_line", _told(found, one, target) | {
        "steps": target[1], "grain": one.grain.name}, (7.2, 3.6))}


def plot_forecast(frame: pd.DataFrame, ax: Axes, words: Text, *, start: date) -> Axes:
    """Draw what was sold, then the forecast, with the four-in-five band of the steps for which it may be promised."""
    return charts.line(frame, ax, words, x="date", y=["value", "sales"], unit="money", low="low80", high="high80",
                       events=((start, words.label("from_here")),))
