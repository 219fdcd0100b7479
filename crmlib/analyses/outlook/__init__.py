"""Outlook: who will buy again, how much is that worth, and how far can such a forecast be trusted?"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from crmlib.analyses.outlook import rhythm, tables
from crmlib.analyses.outlook.cohorts import beside, cohort_ltv, curve, newcomer
from crmlib.analyses.outlook.coming import grouped, horizons, totals
from crmlib.analyses.outlook.figures import figures
from crmlib.analyses.outlook.histories import Known, known
from crmlib.analyses.outlook.models import MODELS, Fitted, choose, fitted, leaving
from crmlib.analyses.outlook.proof import error, prove, simple
from crmlib.analyses.outlook.said import COMING, LEAVING, ORDER, PROOF, WORTH, Story, figure_values, notes, opening
from crmlib.analyses.outlook.spreads import spreads
from crmlib.analyses.outlook.tables import COLUMNS, SMALL
from crmlib.analyses.outlook.worth import Worth, segments_of, worth
from crmlib.dataset.units import per_customer
from crmlib.methods import btyd
from crmlib.result import Check, Fact, Result, Table

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings import OutlookSettings

__all__ = ["COMING", "LEAVING", "NEEDS", "ORDER", "PROOF", "WORTH", "analyse"]
NEEDS = ("orders", "order_lines")
FACTS = {"expected_orders_30d": "orders", "expected_orders_90d": "orders", "expected_orders_365d": "orders",
         "customers_alive": "customers", "alive_share": "ratio", "clv_12m": "money", "backtest_error": "ratio",
         "backtest_money_error": "ratio", "ranking_top_share": "ratio", "ranking_auc": "score",
         "contract_customers": "customers", "yearly_customers": "customers"}
#: These rest on those who were known before the hold-back.
PROVED = ("backtest_error", "backtest_money_error", "ranking_top_share", "ranking_auc")
#: These can be told only where the records show that customers leave.
STILL = ("customers_alive", "alive_share")
#: The hold-back's total may miss by this much before the page warns.
MISS = 0.25


def analyse(data: Dataset, settings: OutlookSettings) -> Result:
    """Forecast the purchases of known customers, prove the forecast on the last days, and say what it is worth.

    Returns
    -------
    Result
        facts
            expected_orders_30d, _90d, _365d (purchase days of known customers, with 95 % intervals), customers_alive
            (sum of P(alive)), alive_share (both null where the records do not tell that anybody leaves), clv_12m (of
            all customers together, discounted), backtest_error (predicted ÷ actual - 1 over the last
            ``horizon_days``), backtest_money_error (the same of money), ranking_top_share (of the purchase days, held
            by the first tenth of the order in use), ranking_auc (0.5 = chance, of the same order), contract_customers,
            yearly_customers.
        tables
            parameters: model, parameter, value, unit, used. backtest: method, horizon_days, predicted, actual, mae
            (purchase days), auc, top_decile_share. backtest_money: the same of money (minor units), without auc.
            calibration: purchases, customers, predicted, actual (purchase days per customer). lift: tenth (by the order
            in use), customers, predicted, actual, per_customer (actual), lift (÷ that of all). orders: order,
            top_decile_share, low, high, apart (the model's share less this one's), apart_low, apart_high, auc, used.
            tracking: week, predicted, actual (cumulative). coming: days,
            expected, low, high. segments: rfm_segment, customers, customers_alive, expected_orders, clv, low, high
            (minor units), clv_share. silence: bought, silent, customers, p_alive. cohort_ltv: cohort, age_months,
            customers, sales, per_customer (minor units, cumulative), partial. ltv: age_months, customers, per_customer,
            modelled (minor units). contracts: renewals, customers, observed, low, high, expected.
        measures
            customer_key, p_alive, p_alive_told (whether the records tell that anybody leaves), expected_orders_30d,
            expected_orders_90d, p_order_30d, p_order_90d, clv_12m (minor units), next_order_rank (1 = first, equal
            ones together).

    Notes
    -----
    BG/NBD and MBG/NBD by MAP (``methods.btyd``), gamma-gamma for spend; P(alive) always by MBG/NBD, as BG/NBD gives 1
    to everyone who bought once. Customers with a running subscription are left out and shown by themselves.
    """
    missing = data.missing(NEEDS)
    if missing:
        return Result.unavailable("outlook", missing, tuple(_empty(data, "no_lines")))
    data = data.units
    gaps = data.query("outlook_gaps")
    before = known(data, data.as_of - timedelta(days=settings.horizon_days), settings.horizon_days)
    why = gate(before, gaps, data, settings)
    shared = {"cohort_ltv": cohort_ltv(data), "contracts": rhythm.contracts(data)}
    new = newcomer(data, shared["cohort_ltv"])
    if why:
        return described(data, why, shared, before, new)
    now = known(data, data.as_of, settings.horizon_days)
    story = tell(data, now, before, gaps, new, settings)
    ltv = beside(curve(shared["cohort_ltv"]), story.fit, story.worth, now.kept)
    shown = {name: frame for name, frame in (frames(data, story) | shared | {"ltv": ltv}).items() if len(frame)}
    least = data.settings.privacy.min_cell
    told = (*notes(story, data, settings, ltv), *counted(data))
    return Result(
        "outlook",
        facts=facts(data, story, settings),
        tables=described_tables(shown),
        figures=figures(shown, figure_values(story, least), new, least),
        checks=checks(story),
        notes=told, lead=opening(told),
        measures=per_customer(data, measures(story)).drop(columns=["customer_id", "account_id"], errors="ignore"),
    )


def frames(data: Dataset, story: Story) -> dict[str, pd.DataFrame]:
    """Return the tables of the forecast and of its proof."""
    alive, segments = story.fits[btyd.MBG].alive(story.now), story.totals.segments
    there = {"segments": segments, "silence": tables.silence(story.now, alive)} if story.leaving.told else {
        "segments": segments.drop(columns="customers_alive")}
    return {"parameters": tables.parameters(story, data), "backtest": story.proof.backtest,
            "backtest_money": story.proof.money, "calibration": story.proof.calibration, "lift": story.proof.lift,
            "orders": story.proof.orders, "tracking": tables.tracking(data, story),
            "coming": tables.coming(story.totals), **there}


def described_tables(shown: dict[str, pd.DataFrame]) -> dict[str, Table]:
    """Return the frames with the units of the columns they have: some tell less where less is known."""
    return {name: Table(frame, {column: COLUMNS[name][column] for column in frame}, **SMALL.get(name, {}))
            for name, frame in shown.items()}


def gate(before: Known, gaps: pd.DataFrame, data: Dataset, settings: OutlookSettings) -> str | None:
    """Return why nothing can be forecast, or None: too few who came back, or too short a time to see them do so."""
    usual = rhythm.usual_gap(gaps)
    if data.oldest is None or usual is None or before.repeaters < settings.min_repeaters:
        return "too_few_repeaters"
    seen = (before.until - data.oldest).days
    return "too_short" if seen < max(2 * usual, settings.horizon_days) else None


def tell(data: Dataset, now: Known, before: Known, gaps: pd.DataFrame, new: dict[str, Any],
         settings: OutlookSettings) -> Story:
    """Fit, choose, prove and value."""
    trained = {m: fitted(data, before, m, settings) for m in MODELS}
    horizon = settings.horizon_days
    chosen = choose(trained, {m: error(fit, before, horizon) for m, fit in trained.items()}, settings)
    index, then = rhythm.season(data, data.as_of), rhythm.season(data, before.until)
    proof = prove(trained, chosen, before, horizon, rhythm.factor(then, before.until, horizon),
                  worth(trained[chosen], before, settings).per_purchase)
    fits = {m: fitted(data, now, m, settings) for m in MODELS}
    value, segment = worth(fits[chosen], now, settings), segments_of(data, now)
    spread = spreads(data, fits, chosen, now, value, grouped(segment)[1], horizons(settings), settings)
    whole = totals(fits, chosen, now, value, proof, spread, segment, index, settings)
    return Story(now, before, fits, fits[chosen], proof, trained, whole, value, rhythm.regularity(gaps),
                 rhythm.yearly(now), rhythm.peaks(index, data.as_of, horizon),
                 rhythm.factor(index, data.as_of, horizon), horizon,
                 leaving(data, now, fits[btyd.MBG], settings), new)


def described(data: Dataset, why: str, frames: dict[str, pd.DataFrame], before: Known, new: dict[str, Any]
              ) -> Result:
    """Return what happened without any forecast, and why there is none."""
    found = frames | {"ltv": curve(frames["cohort_ltv"])}
    shown = {name: frame for name, frame in found.items() if len(frame)}
    return Result(
        "outlook", facts=tuple(_empty(data, why)),
        tables=described_tables(shown),
        figures=figures(shown, {}, new, data.settings.privacy.min_cell),
        notes=((why, {"repeaters": before.repeaters}), *counted(data)))


def counted(data: Dataset) -> tuple[tuple[str, dict[str, Any]], ...]:
    """Return that business accounts count as one customer each, where they do."""
    return (("accounts", {}),) if data.accounts else ()


def _empty(data: Dataset, why: str) -> list[Fact]:
    return [Fact(key, None, data.currency if unit == "money" else unit, note=why) for key, unit in FACTS.items()]


def facts(data: Dataset, story: Story, settings: OutlookSettings) -> tuple[Fact, ...]:
    """Return the key numbers; those of a month and a year ago from the same models fitted to what was known then."""
    sides = [_there(headline(data, story.now, story.fit, story.fits[btyd.MBG], story.worth, settings), story.leaving)]
    sides += [_then(data.previous(n), story, settings) for n in (1, 12)]
    whole, major, top = story.totals, 10 ** data.decimals, story.proof.order(story.proof.ranking)
    ranges = {f"expected_orders_{days}d": (one.low, one.high) for days, one in whole.orders.items()} | {
        "clv_12m": (whole.worth.low / major, whole.worth.high / major),
        "ranking_top_share": (top.get("low"), top.get("high"))} | (
        {"customers_alive": (whole.alive.low, whole.alive.high)} if story.leaving.told else {})
    now = sides[0] | {f"expected_orders_{days}d": one.expected for days, one in whole.orders.items()} | {
        "backtest_error": story.proof.error, "backtest_money_error": story.proof.money_error,
        "ranking_top_share": top.get("top_decile_share"), "ranking_auc": story.proof.ranked,
        "contract_customers": story.now.contract, "yearly_customers": story.yearly}
    found = []
    for key, unit in FACTS.items():
        low, high = ranges.get(key, (None, None))
        value, before, ago = (_counted(side.get(key), unit) for side in (now, *sides[1:]))
        target = data.settings.targets.get(f"outlook.{key}")
        found.append(Fact(key, value, data.currency if unit == "money" else unit, before, ago, target,
                          n=len((story.before if key in PROVED else story.now).frame),
                          low=_counted(low, unit), high=_counted(high, unit),
                          note=None if value is not None else "leaving_unknown" if key in STILL
                          else story.proof.nothing_to_tell))
    return tuple(found)


def _there(found: dict[str, Any], told: btyd.Leaving) -> dict[str, Any]:
    """Return the numbers without those of who is still there, where the records do not tell that anybody leaves."""
    return found if told.told else {key: value for key, value in found.items() if key not in STILL}


def _counted(value: float | None, unit: str) -> float | None:
    """Expected purchases and people are told whole: a tenth of a customer is no better knowledge."""
    return round(value) if value is not None and unit in ("orders", "customers") else value


def headline(data: Dataset, who: Known, fit: Fitted, alive: Fitted, value: Worth,
             settings: OutlookSettings) -> dict[str, Any]:
    """Return the key numbers of one month."""
    there = float(alive.alive(who).sum())
    return {"customers_alive": there, "alive_share": there / len(who.frame) if len(who.frame) else None,
            "clv_12m": float(value.clv.sum()) / 10 ** data.decimals,
            **{f"expected_orders_{days}d": float(fit.expected(who, days).sum()) for days in (30, 90, 365)}}


def _then(data: Dataset, story: Story, settings: OutlookSettings) -> dict[str, Any]:
    """The same a month or a year ago; nothing where the data do not reach back or too few had come back by then."""
    if not data.covered:
        return {}
    who = known(data, data.as_of, settings.horizon_days)
    if who.repeaters < settings.min_repeaters:
        return {}
    fit, alive = fitted(data, who, story.fit.model, settings), fitted(data, who, btyd.MBG, settings)
    found = _there(headline(data, who, fit, alive, worth(fit, who, settings), settings),
                   leaving(data, who, alive, settings))
    if story.proof.lifted == 1:
        return found
    index = rhythm.season(data, data.as_of)
    return {key: value * rhythm.factor(index, data.as_of, _days(key)) if _days(key) else value
            for key, value in found.items() if index or not _days(key)}


def _days(key: str) -> int:
    """Days ahead that a fact of expected purchases covers; 0 for the others."""
    return int(key.rpartition("_")[2].removesuffix("d")) if key.startswith("expected_orders_") else 0


def measures(story: Story) -> pd.DataFrame:
    """Return the forecast of each customer, and the place in the order of who buys next that proved best."""
    from scipy.stats import rankdata

    who, fit = story.now, story.fit
    score = simple(who.frame, story.horizon).get(story.proof.ranking, fit.expected(who, story.horizon))
    place = rankdata(-score, method="min").astype("int64")
    return who.frame[["customer_key"]].assign(
        p_alive=story.fits[btyd.MBG].alive(who), p_alive_told=story.leaving.told,
        expected_orders_30d=fit.expected(who, 30), expected_orders_90d=fit.expected(who, 90),
        p_order_30d=fit.any_purchase(who, 30), p_order_90d=fit.any_purchase(who, 90), clv_12m=story.worth.clv,
        next_order_rank=place)


def checks(story: Story) -> tuple[Check, ...]:
    """Return what must hold for the forecast to be worth reading."""
    proof, error_seen = story.proof, story.proof.error
    miss = None if error_seen is None else abs(error_seen)
    alike = story.worth.alike
    return (
        Check("converged", all(f.converged for f in (*story.fits.values(), *story.trained.values())), None, None),
        Check("backtest_close", miss is not None and miss <= MISS, miss, MISS),
        Check("beats_guessing", story.proof.beats_guessing, miss, story.proof.guess_miss),
        Check("beats_simple", proof.verdict == "model", proof.order(proof.chosen).get("top_decile_share"),
              proof.order(proof.plain).get("top_decile_share"), "info"),
        Check("spend_independent", alike is None or abs(alike) <= 0.3, alike, 0.3),
    )
