"""RFM against published figures: R's package rfm by its printed customers and cuts, and CDNOW's ties.

R's package ``rfm`` (Hebbali, MIT) prints ten customers of its example data with their scores, in its README, and the
upper cuts and segments of 995 customers in its vignette. ``rfm_customers.csv`` has what decides them, without a name:
for each the days from the last order to 2006-12-31, orders and revenue, from its ``rfm_data_orders``. CDNOW: 2,357
customers of whom 52 % bought on one day only, the case at which other tools break; its records come with lifetimes.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import date, timedelta
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

import shop
from crmlib.dataset import open_dataset, segment_map

#: Days since the last order, orders, revenue, and the printed score.
PRINTED = ((205, 6, 472, 343), (140, 3, 340, 412), (194, 4, 405, 323), (132, 5, 448, 433), (90, 9, 843, 555),
           (84, 9, 763, 555), (281, 8, 699, 355), (246, 4, 157, 321), (349, 3, 363, 212), (619, 4, 196, 121))
#: Printed upper cuts: a value below the first is in the first class.
CUTS = {"r": (115, 181, 297.4, 482), "f": (4, 5, 6, 8), "m": (255.8, 382, 506.4, 666)}


@pytest.mark.parametrize("customer", PRINTED, ids=[str(c[-1]) + "-" + str(c[0]) for c in PRINTED])
def test_printed_customers_by_the_printed_cuts(customer):
    days, orders, revenue, score = customer
    r = 5 - bisect_right(CUTS["r"], days)
    f, m = 1 + bisect_right(CUTS["f"], orders), 1 + bisect_right(CUTS["m"], revenue)
    assert 100 * r + 10 * f + m == score


def test_printed_customers_by_our_statement(tmp_path):
    """The same cuts, typed as limits, through the statement that scores: all ten as printed."""
    lines = ["z,2006-12-30,1"]  # so that the data reach December
    for n, (days, orders, revenue, _) in enumerate(PRINTED):
        last = pd.Timestamp("2006-12-31") - pd.Timedelta(days=days)
        money = [revenue - orders + 1, *[1] * (orders - 1)]
        lines += [f"c{n},{last - pd.Timedelta(days=30 * k):%Y-%m-%d},{money[k]}" for k in range(orders)]
    # "Below 297.4 days" is "at most 297 days"; "from 255.8 on" is "from 256 on" in whole dollars.
    limits = {"r": [114, 180, 297, 481], "f": [4, 5, 6, 8], "m": [255.8, 382, 506.4, 666]}
    settings = shop.settings(currency="USD", rfm={"scoring": "fixed", "thresholds": limits, "frequency": "orders"})
    tables = shop.purchases("customer,day,amount\n" + "\n".join(lines))
    tables["order_lines"]["amount"] = [str(int(a) * 100) for a in tables["order_lines"]["amount"]]
    data = open_dataset(settings, shop.write(tmp_path, tables), month="2006-12", as_of=date(2006, 12, 31))
    found = data.query("customer_segment").set_index("customer_id")
    scores = found["r_score"] * 100 + found["f_score"] * 10 + found["m_score"]
    assert [int(scores[f"c{n}"]) for n in range(len(PRINTED))] == [c[-1] for c in PRINTED]


def test_the_ten_segments_of_r_hold_115_of_125_cells():
    sizes = segment_map.cells("r_package")["rfm_segment"].value_counts()
    assert sizes["others"] == 10 and sizes.sum() == 125 and len(sizes) == 11


#: The segment of every cell in the way of R, by hand from the vignette's table, the first line that fits: a row an R
#: score, a block an F score, a letter an M score, from 1 to 5. The ten dots are what R calls Others.
MAP_OF_R = {5: "NNNNN NNNNN NPPPP .PPPP .PPPC", 4: "NNppp NLLLp NPPPP .PPPP .PPPP", 3: "SSppp SLLLp SPPPP .PPPP .PPPP",
            2: "SSSS. SLLLR SLLLX .LLLX ..ARR", 1: "ZZZZZ ZZZRR ZZAXX ZZAXX ZZARR"}
LETTERS = dict(zip("CPLpNXRASZ.", [*dict.fromkeys(rule[0] for rule in segment_map.R_PACKAGE), "others"], strict=True))


def test_a_customer_of_every_cell_gets_the_score_and_the_segment_that_r_gives(tmp_path):
    """Fives of days, orders and money in all 125 combinations: each side of each cut and of each segment's border."""
    days, orders, money = (10, 20, 30, 40, 50), (1, 7, 13, 19, 25), (100, 110, 120, 130, 140)
    lines = ["z,2006-12-31,1"]  # so that the data reach the end of December; bought on the day that is not seen yet
    for r, f, m in product(range(5), repeat=3):
        last = date(2006, 12, 31) - timedelta(days=days[r])
        spent = [money[m] - orders[f] + 1, *[1] * (orders[f] - 1)]
        lines += [f"c{5 - r}{f + 1}{m + 1},{last - timedelta(days=k)},{one}" for k, one in enumerate(spent)]
    tables = shop.purchases("customer,day,amount\n" + "\n".join(lines))
    rfm = {"scoring": "r_package", "segment_map": "r_package", "frequency": "orders"}
    data = open_dataset(shop.settings(rfm=rfm), shop.write(tmp_path, tables), month="2006-12", as_of=date(2006, 12, 31))
    # The fifths of 125 values lie 0.8, 0.6, 0.4 and 0.2 steps beyond a value, and R adds one: days below 19, 27, 35 and
    # 43; orders below 6.8, 11.6, 16.4 and 21.2.
    assert [[data.cuts[f"{measure}_cut_{k}"] for k in range(1, 5)] for measure in "rfm"] == [
        [18, 26, 34, 42], [7, 12, 17, 22], [109, 117, 125, 133]]
    found = data.query("customer_segment").query("frequency > 0")
    assert len(found) == 125
    for one in found.itertuples():
        r, f, m = (int(digit) for digit in one.customer_id[1:])
        assert (one.r_score, one.f_score, one.m_score) == (r, f, m)
        assert one.rfm_segment == LETTERS[MAP_OF_R[r].split()[f - 1][m - 1]], one.customer_id


#: Customers, orders and revenue of each segment as the vignette prints them: 4,906 orders of 995 customers, 464,158.
SEGMENTS_OF_R = {
    "about_to_sleep": (102, 283, 23_449), "at_risk": (28, 216, 22_227), "cannot_lose": (47, 274, 32_446),
    "champions": (35, 316, 31_646), "lost": (148, 393, 35_324), "loyal": (170, 799, 76_562),
    "needs_attention": (10, 57, 4_562), "new": (104, 329, 28_837), "potential_loyalist": (342, 2_211, 204_856),
    "promising": (9, 28, 4_249)}


def test_the_ten_segments_of_r_from_its_own_customers(tmp_path):
    """Each of the 995 with that many orders, all of one unit but the last one, on the day of which the rest falls."""
    lines = ["z,2006-12-31,1"]
    for n, one in enumerate(pd.read_csv(Path(__file__).with_name("rfm_customers.csv")).itertuples()):
        day = date(2006, 12, 31) - timedelta(days=one.days)
        lines += [f"c{n:03d},{day},{spent}" for spent in (one.revenue - one.orders + 1, *[1] * (one.orders - 1))]
    rfm = {"scoring": "r_package", "segment_map": "r_package", "frequency": "orders"}
    tables = shop.write(tmp_path, shop.purchases("customer,day,amount\n" + "\n".join(lines)))
    data = open_dataset(shop.settings(rfm=rfm), tables, month="2006-12", as_of=date(2006, 12, 31))
    # Printed: days below 115, 181, 297.4 and 482; orders and money from 4, 5, 6, 8 and 255.8, 382, 506.4, 666 on.
    assert [[data.cuts[f"{measure}_cut_{k}"] for k in range(1, 5)] for measure in "rfm"] == [
        [114, 180, 297, 481], [4, 5, 6, 8], [256, 382, 507, 666]]
    found = data.query("customer_segment").groupby("rfm_segment")[["frequency", "monetary"]].agg(["size", "sum"])
    told = {code: (int(row["frequency", "size"]), int(row["frequency", "sum"]), int(row["monetary", "sum"]))
            for code, row in found.iterrows()}
    assert told == SEGMENTS_OF_R


@pytest.fixture(scope="module")
def cdnow():
    found = find_spec("lifetimes")
    if found is None:
        pytest.skip("the extra `test` brings lifetimes, which carries the records")
    path = Path(found.origin).parent / "datasets" / "CDNOW_sample.txt"
    rows = pd.read_csv(path, sep=r"\s+", header=None, names=["master", "id", "day", "cds", "spend"])
    # Eight orders of nothing count as purchases in the literature, not here; a cent makes them ones.
    cents = (rows["spend"] * 100).round().astype("int64").clip(lower=1)
    return pd.DataFrame({"customer": rows["id"], "day": pd.to_datetime(rows["day"].astype(str)), "amount": cents})


def scored(folder, rows, scale=1, **rfm):
    text = "customer,day,amount\n" + "\n".join(
        f"{r.customer:05d},{r.day:%Y-%m-%d},{max(r.amount // scale, 1)}" for r in rows.itertuples())
    settings = shop.settings(currency="USD", rfm=rfm)
    data = open_dataset(settings, shop.write(folder, shop.purchases(text)), month="1998-06")
    return data.query("customer_segment")


def sizes(found, score):
    return found[score].value_counts().reindex(range(1, 6), fill_value=0).tolist()


def test_ties_of_cdnow_in_classes_that_are_all_used(cdnow, tmp_path):
    found = scored(tmp_path, cdnow)
    assert len(found) == 2357 and sizes(found, "f_score") == [1218, 403, 209, 244, 283]
    assert (found.loc[found["purchase_days"] == 1, "f_score"] == 1).all()
    held = found["rfm_segment"].value_counts()
    # All came in the first quarter of 1997: nobody's first purchase is recent, and no other segment is empty.
    assert set(held.index) == set(segment_map.segments()) - {"prospect", "new", "second_due"}


@pytest.mark.parametrize("scoring", ["percentile", "r_package"])
def test_ties_of_cdnow_as_ranks_and_as_r_would_have_them(cdnow, tmp_path, scoring):
    assert sizes(scored(tmp_path, cdnow, scoring=scoring), "f_score") == [1218, 0, 403, 358, 378]


def test_money_in_thousands_is_one_class_in_the_way_of_r(cdnow, tmp_path):
    assert sizes(scored(tmp_path, cdnow, 1000, scoring="r_package"), "m_score")[0] > 2300
