"""Before and after: changes by hand, placebo dates, and every reason for which nothing is claimed."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

import shop
from crmlib.analyses.satisfaction import mended
from crmlib.analyses.satisfaction.mended.windows import compared
from crmlib.dataset import months, open_dataset
from crmlib.settings.analyses.satisfaction import Metric

CSAT = Metric(key="csat", scale=(1, 5), statistic="top2")


def history(shares, n=100, newest="2026-10"):
    """Months up to ``newest`` with ``n`` answers, such a share of them good."""
    return {months.shift(newest, k + 1 - len(shares)): {5.0: round(n * share), 2.0: n - round(n * share)}
            for k, share in enumerate(shares)}


def judged(shares, start=date(2026, 8, 1), length=2, n=100, metric=CSAT):
    return compared(metric, history(shares, n), start, length, "2026-10", 30, 0.95)


def test_change_by_hand():
    """120 of 200 good before, 160 of 200 after, the month it began in counted: 20 points (Newcombe 11.1 to 28.5)."""
    found = judged([0.6] * 20 + [0.8] * 3)
    assert (found.n_before, found.n, found.before, found.value, found.step) == (200, 200, 0.6, 0.8, pytest.approx(20))
    assert (found.low, found.high) == (pytest.approx(11.1, abs=0.1), pytest.approx(28.5, abs=0.1))
    # 17 changes before do not reach across August; the three months after are too few for two and two.
    assert (found.others, found.usual, found.verdict) == (17, (0, 0), "improved")


def test_the_month_it_falls_into_is_left_out_unless_it_begins_with_it():
    shares = [0.6] * 20 + [0.0, 0.8, 0.8]
    found = judged(shares, start=date(2026, 8, 15))
    assert (found.value, found.step) == (0.8, pytest.approx(20))


def test_what_moves_as_much_anyway_is_no_success():
    waves = [0.6, 0.6, 0.85, 0.85] * 5
    assert judged([*waves, 0.6, 0.85, 0.85][-23:], start=date(2026, 9, 1)).verdict == "usual"


def test_a_return_from_a_slump_is_no_success():
    """Three bad months before; afterwards the figure is where it had always been, but no further."""
    assert judged([0.6, 0.6, 0.65, 0.65] * 5 + [0.3, 0.3, 0.62, 0.62], start=date(2026, 9, 1)).verdict == "returned"
    assert judged([0.6, 0.6, 0.65, 0.65] * 5 + [0.3, 0.3, 0.9, 0.9], start=date(2026, 9, 1)).verdict == "improved"
    # A little above the best of the older months is no more than chance.
    assert judged([0.6, 0.6, 0.65, 0.65] * 5 + [0.3, 0.3, 0.67, 0.67], start=date(2026, 9, 1)).verdict == "returned"


@pytest.mark.parametrize(("shares", "keywords", "verdict"), [
    ([0.6] * 23, {}, "chance"),
    ([0.6] * 20 + [0.3] * 3, {}, "worse"),
    ([0.6] * 4 + [0.9] * 3, {}, "unplaced"),
    ([0.6] * 20 + [0.9] * 3, {"start": date(2026, 10, 1)}, "too_early"),
    ([0.6] * 20 + [0.9] * 3, {"n": 14}, "too_few"),
    ([], {}, "too_few"),
])
def test_why_nothing_is_claimed(shares, keywords, verdict):
    assert judged(shares, **keywords).verdict == verdict


def test_low_answers_can_be_the_good_ones():
    effort = Metric(key="effort", scale=(1, 5), statistic="mean", better="low")
    found = judged([0.6] * 20 + [0.2] * 3, metric=effort)
    assert found.step == pytest.approx(-1.2) and found.verdict == "improved"


def test_by_chance_alone_a_claim_is_rare():
    """Nothing changes, answers vary: of 300 shops few are told that something did."""
    import numpy as np

    draw, claimed = np.random.default_rng(5), 0
    for _ in range(300):
        good = draw.binomial(60, 0.6, 24)
        by_month = {months.shift("2026-10", k - 23): {5.0: int(g), 2.0: 60 - int(g)} for k, g in enumerate(good)}
        claimed += compared(CSAT, by_month, date(2026, 8, 1), 3, "2026-10", 30, 0.95).verdict in ("improved", "worse")
    assert claimed <= 0.05 * 300


def opened(folder, improvements, tables):
    data = open_dataset(shop.settings(satisfaction={"improvements": improvements, "improvement_months": 1}),
                        shop.write(folder, tables), month="2026-10")
    return mended.part(data, data.settings.satisfaction)


def test_replies_within_a_day_and_answers_are_told_on_the_page(tmp_path):
    """40 requests a month; 10 are replied to within a day up to July, 35 from September on."""
    months_of = [months.shift("2026-10", -n) for n in range(20)]
    rows = [(f"{ym}-03 01:00", f"{ym}-03 05:00" if k < (35 if ym >= "2026-09" else 10) else None, f"{ym}-03")
            for ym in months_of for k in range(40)]
    tickets = pd.DataFrame(rows, columns=["opened_at", "first_reply_at", "day"])
    part = opened(tmp_path, [{"name": {"ja": "増員", "en": "More staff"}, "start": "2026-09-01",
                              "metric": "reply_within_day"},
                             {"name": "掲示", "start": "2026-09-01", "metric": "csat"}], {"tickets": tickets})
    table = part.tables["mended"].frame.set_index("mended")
    row = table.loc["More staff"]
    assert (row["before"], row["value"], row["change"]) == (0.25, 0.875, pytest.approx(62.5))
    assert row["finding"] == "improved" and table.loc["掲示", "finding"] == "too_few"
    assert [key for key, _ in part.notes] == ["mended.improved", "mended.too_few", "mended.no_cause"]
    assert part.figures["mended"].values["change"] == pytest.approx(62.5)


def test_nothing_declared_is_a_sentence(tmp_path):
    tables = {"survey_answers": shop.read("survey_id,customer_key,question,score,day\nS,A,nps,9,2026-10-05")}
    assert opened(tmp_path, [], tables).notes == (("mended.none", {}),)


def test_an_unknown_figure_is_refused():
    from crmlib.errors import CrmError

    with pytest.raises(CrmError):
        shop.settings(satisfaction={"improvements": [{"name": "x", "start": "2026-09-01", "metric": "happiness"}]})
