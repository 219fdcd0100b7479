"""CDNOW, the purchases on which these models were published: every figure of the literature, to its last digit.

Fader, Hardie & Lee (2005), Marketing Science 24:275-284, with its worked spreadsheet and the notes of Fader & Hardie on
the gamma-gamma model (2013); Batislam et al. (2007). The records are read from the package lifetimes, whose code is
not called: a tenth of the cohort, the whole cohort, and the rounded summary of the tenth that many tutorials use.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from crmlib.engine.duck import DuckEngine
from crmlib.methods import btyd, ranking
from crmlib.methods.btyd import gamma_gamma
from crmlib.methods.btyd.likelihood import Parameters

#: Weeks from the end of calibration to the end of the records, and the days of both.
WEEKS, MIDDLE, END = 39, pd.Timestamp("1997-09-30"), pd.Timestamp("1998-06-30")
PRINTED = Parameters("bg", 0.243, 4.414, 0.793, 2.426)
TOP = 236  # a tenth of the customers


def place(name):
    found = find_spec("lifetimes")
    if found is None:
        pytest.skip("the extra `test` brings lifetimes, which carries the records")
    return Path(found.origin).parent / "datasets" / name


def lines(name, columns, skip):
    found = pd.read_csv(place(name), sep=r"\s+", header=None, skiprows=skip, names=columns)
    return found.assign(date=pd.to_datetime(found["date"].astype(str), format="%Y%m%d"))


@pytest.fixture(scope="module")
def sample():
    return lines("CDNOW_sample.txt", ["master", "id", "date", "cds", "spend"], 0)


@pytest.fixture(scope="module")
def cohort():
    return lines("CDNOW_master.txt", ["id", "date", "cds", "spend"], 1)


@dataclass(frozen=True)
class Told:
    """Histories in weeks at the end of calibration; mean repeat spend, all spend so far, and what came after."""

    histories: btyd.Histories
    mean: np.ndarray
    spent: np.ndarray
    later: np.ndarray
    later_spend: np.ndarray


def told(logs):
    days = logs.groupby(["id", "date"], as_index=False)["spend"].sum()
    known, coming = days[days["date"] <= MIDDLE], days[days["date"] > MIDDLE]
    people = known.groupby("id").agg(first=("date", "min"), last=("date", "max"), days=("date", "size"))
    repeats = known.merge(people[["first"]], left_on="id", right_index=True)
    spend = repeats[repeats["date"] > repeats["first"]].groupby("id")["spend"].mean()
    after = coming.groupby("id")["spend"].agg(["size", "sum"])
    whole = [one.reindex(people.index).fillna(0).to_numpy(dtype=float)
             for one in (spend, known.groupby("id")["spend"].sum(), after["size"], after["sum"])]
    return Told(btyd.Histories.of(people["days"] - 1, (people["last"] - people["first"]).dt.days / 7,
                                  (MIDDLE - people["first"]).dt.days / 7), *whole)


@pytest.fixture(scope="module")
def cdnow(sample):
    return told(sample)


@pytest.fixture(scope="module")
def bg(cdnow):
    return btyd.fit(cdnow.histories, "bg", prior=None)


@pytest.fixture(scope="module")
def spend(cdnow):
    return gamma_gamma.fit(cdnow.histories.x, cdnow.mean, prior=None)


def test_the_records_are_those_of_the_literature(sample, cdnow):
    assert (len(sample), sample["id"].nunique(), len(sample.drop_duplicates(["id", "date"]))) == (6919, 2357, 6696)
    assert (int((sample["spend"] == 0).sum()), round(sample["spend"].sum(), 2), sample["cds"].sum()) == (
        8, 244_091.94, 16_479)
    x, mean = cdnow.histories.x, cdnow.mean
    assert (x.sum(), (x > 0).sum(), (x == 0).sum(), round(x.mean(), 4)) == (2457, 946, 1411, 1.0424)
    repeat = mean[x > 0]
    assert (round(repeat.mean(), 2), round(repeat.std(ddof=1), 2), round(repeat.max(), 2)) == (35.08, 30.28, 299.63)
    assert (cdnow.later.sum(), round(cdnow.later_spend.sum(), 2)) == (1882, 70_976.39)


def test_the_weekly_count_of_repeat_purchases_is_the_published_one(sample):
    days = sample.drop_duplicates(["id", "date"])
    first = days.groupby("id")["date"].transform("min")
    week = (days["date"] - pd.Timestamp("1997-01-01")).dt.days // 7 + 1
    counted = week[days["date"] > first].value_counts().sort_index().cumsum()
    assert (counted[39], counted[78]) == (2457, 4339)
    assert counted.loc[20:25].tolist() == [1359, 1414, 1484, 1517, 1573, 1672]


def test_the_statement_reads_the_same_histories_from_days(sample, cdnow):
    days = sample.groupby(["id", "date"], as_index=False)["spend"].sum()
    cents = (days["spend"] * 100).round().astype("int64")
    mart = pd.DataFrame({"customer_key": days["id"].map("{:04d}".format), "business_date": days["date"].dt.date,
                         "orders": 1, "gross": cents, "discounts": 0, "net": cents})
    nobody = pd.DataFrame({"customer_key": pd.Series(dtype="str"), "started_on": pd.Series(dtype="datetime64[s]"),
                           "status": pd.Series(dtype="str"), "cancelled_on": pd.Series(dtype="datetime64[s]")})
    with DuckEngine() as engine:
        engine.register("customer_day", mart)
        engine.register("subscriptions", nobody)
        known = date(1997, 1, 1)
        engine.register("base_before", engine.query("customer_base", as_of=known, since=date(1900, 1, 1)))
        found = engine.query("outlook_histories", until=date(1997, 10, 1), before=known, known_until=known,
                             as_of=date(1998, 7, 1))
    h = cdnow.histories
    assert found["x"].tolist() == h.x.tolist()
    assert (found["t_x"] / 7).tolist() == pytest.approx(h.t_x.tolist())
    assert (found["age"] / 7).tolist() == pytest.approx(h.age.tolist())
    assert found["later_days"].tolist() == cdnow.later.tolist()
    assert (found["repeat_money"] / found["x"].clip(lower=1) / 100).to_numpy() == pytest.approx(cdnow.mean)
    assert found["money"].sum() == round(cdnow.spent.sum() * 100)


def test_bg_nbd(bg):
    assert bg.parameters.vector.round(6).tolist() == [0.242595, 4.413602, 0.792922, 2.425907]
    assert round(bg.log_likelihood, 4) == -9582.4292
    assert bg.converged


def test_bg_nbd_in_days_differs_in_alpha_alone(cdnow, bg):
    h = cdnow.histories
    p = btyd.fit(btyd.Histories.of(h.x, (h.t_x * 7).round(), (h.age * 7).round()), "bg", prior=None).parameters
    assert round(p.alpha, 4) == round(30.89522, 4)
    assert (p.r, p.a, p.b) == pytest.approx((bg.parameters.r, bg.parameters.a, bg.parameters.b), rel=1e-6)


def test_the_rounded_summary_of_the_tutorials():
    found = pd.read_csv(place("cdnow_customers_summary_with_transactions.csv"))
    fit = btyd.fit(btyd.Histories.of(found["x"], found["t_x"], found["T"]), "bg", prior=None)
    assert fit.parameters.vector == pytest.approx([0.242593, 4.413532, 0.792886, 2.425754], abs=1e-6)
    assert round(fit.log_likelihood, 4) == -9582.4256
    spend = gamma_gamma.fit(found["x"], found["zbar"], prior=None)
    assert [round(v, 5) for v in (spend.p, spend.q, spend.v)] == pytest.approx([6.24880, 3.74459, 15.44775], abs=1.1e-5)
    assert (round(spend.log_likelihood, 4), round(spend.mean, 3)) == (-4055.9232, 35.171)
    published = gamma_gamma.Spend(6.25, 3.74, 15.44, 0.0, 946, converged=True)
    assert gamma_gamma.expected(published, found["x"], found["zbar"])[:10] == pytest.approx(
        [24.66, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17], abs=0.05)


def test_the_whole_cohort(cohort):
    assert (len(cohort), cohort["id"].nunique(), len(cohort.drop_duplicates(["id", "date"]))) == (69659, 23570, 67591)
    assert round(cohort["spend"].sum(), 2) == 2_500_315.63
    fit = btyd.fit(told(cohort).histories, "bg", prior=None)
    assert fit.parameters.vector.round(5).tolist() == [0.25162, 4.78894, 0.72343, 2.16109]
    assert round(fit.log_likelihood, 2) == -95_368.44


def test_mbg_nbd(cdnow):
    fit = btyd.fit(cdnow.histories, "mbg", prior=None)
    assert fit.parameters.vector.round(3).tolist() == [0.525, 6.183, 0.891, 1.614]
    # The likelihood is flat there: the sixth digit of a looser fit is off by five, its value is not.
    assert fit.parameters.vector == pytest.approx([0.524844, 6.183090, 0.891359, 1.613998], rel=3e-6)
    assert round(fit.log_likelihood, 4) == -9582.1357
    assert btyd.expected(fit.parameters, ONE, 39)[0].round(4) == 1.2627
    assert btyd.alive(fit.parameters, ONE)[0].round(4) == 0.7061


ONE = btyd.Histories.of([2], [30.43], [38.86])


def test_the_weak_prior_moves_a_shop_of_this_size_little(cdnow, bg):
    found = btyd.fit(cdnow.histories, "bg")
    assert bg.log_likelihood - 0.01 < found.log_likelihood < bg.log_likelihood
    assert found.parameters.vector == pytest.approx(bg.parameters.vector, rel=0.02)


def test_the_customer_of_the_published_example(bg):
    assert btyd.expected(bg.parameters, ONE, WEEKS)[0].round(4) == 1.2259
    assert btyd.expected(PRINTED, ONE, WEEKS)[0].round(3) == 1.226
    assert btyd.alive(bg.parameters, ONE)[0].round(4) == 0.7266


@pytest.mark.parametrize(("weeks", "purchases"), [
    (0.1429, "0.0078"), (1, "0.0532"), (3, "0.1506"), (31.8571, "1.0405"), (32, "1.0437"), (78, "1.858")])
def test_a_new_customer_of_the_published_spreadsheet(bg, weeks, purchases):
    digits = len(purchases.partition(".")[2])
    assert f"{btyd.expected_new(bg.parameters, weeks):.{digits}f}" == purchases


def test_so_many_purchases_of_a_new_customer():
    assert f"{btyd.probability_new(PRINTED, 0, 39):.7f}" == "0.5737864"
    assert f"{btyd.probability_new(PRINTED, 10, 2):.5e}" == "1.07869e-07"


def test_gamma_gamma(cdnow, spend):
    assert [round(v, 5) for v in (spend.p, spend.q, spend.v)] == [6.24957, 3.74422, 15.44352]
    assert (round(spend.log_likelihood, 4), round(spend.mean, 3)) == (-4055.9177, 35.170)
    assert (round(spend.p, 2), round(spend.q, 2), round(spend.v, 2)) == (6.25, 3.74, 15.44)
    first = gamma_gamma.expected(spend, cdnow.histories.x, cdnow.mean)[:10]
    assert first == pytest.approx([24.66, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17], abs=0.01)


def test_the_hold_back(cdnow, bg):
    guess, later = btyd.expected(bg.parameters, cdnow.histories, WEEKS), cdnow.later
    assert (round(guess.sum()), round(guess.sum() / later.sum() - 1, 3)) == (1653, -0.121)
    assert round(abs(guess - later).mean(), 3) == 0.785
    assert round(((guess - later) ** 2).mean() ** 0.5, 3) == 1.608
    assert round(np.corrcoef(guess, later)[0, 1], 3) == 0.626


def test_the_hold_back_by_purchases_so_far(cdnow, bg):
    guess, before = btyd.expected(bg.parameters, cdnow.histories, WEEKS), cdnow.histories.x.clip(max=7)
    means = [(cdnow.later[before == n].mean().round(3), guess[before == n].mean().round(3)) for n in range(8)]
    assert means == [(0.237, 0.225), (0.697, 0.523), (1.393, 1.044), (1.56, 1.52), (2.532, 2.164), (2.947, 2.654),
                     (3.862, 3.504), (6.359, 6.157)]


def test_the_money_of_the_hold_back(cdnow, bg, spend):
    h, whole = cdnow.histories, cdnow.later_spend.sum()
    worth = btyd.expected(bg.parameters, h, WEEKS) * gamma_gamma.expected(spend, h.x, cdnow.mean)
    assert (round(worth.sum()), round(worth.sum() / whole - 1, 3)) == (59_932, -0.156)
    shares = [ranking.top_share(v, cdnow.later_spend, TOP / len(h)) for v in (worth, cdnow.spent, cdnow.later_spend)]
    assert [round(v, 3) for v in shares] == [0.502, 0.481, 0.763]


def test_the_plain_guesses(cdnow):
    h, later, whole = cdnow.histories, cdnow.later, cdnow.later_spend.sum()
    rate = h.x / h.age * WEEKS
    assert (round(rate.sum() / later.sum() - 1, 3), round(abs(rate - later).mean(), 3)) == (0.557, 1.024)
    assert round((rate * cdnow.mean).sum() / whole - 1, 2) == 0.61
    assert (round(h.x.sum() / later.sum() - 1, 3), round(abs(h.x - later).mean(), 3)) == (0.306, 0.897)


def test_customers_by_their_rfm_sum(cdnow):
    def classes(values):
        return 1 + sum((values >= np.quantile(values, n / 5) + 1).astype(int) for n in range(1, 5))

    h = cdnow.histories
    added = 6 - classes(((h.age - h.t_x) * 7).round() + 1) + classes(h.x + 1) + classes(cdnow.spent)
    best = np.argsort(-added, kind="stable")[:TOP]
    assert round(cdnow.later_spend[best].sum() / cdnow.later_spend.sum(), 3) == 0.475
