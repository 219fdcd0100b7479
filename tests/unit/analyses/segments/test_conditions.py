"""The shop's own conditions: what can be written, what it means, and what is said of a slip."""

from __future__ import annotations

import pandas as pd
import pytest

import shop
from crmlib.analyses import segments
from crmlib.analyses.segments import conditions
from crmlib.dataset import open_dataset
from crmlib.errors import CrmError

PEOPLE = """customer_key,customer_id,prefecture,rank,gender,birth_year
A,A,北海道,gold,female,1980
B,B,北海道,silver,male,1991
C,C,東京都,gold,,1985
D,D,北海道,gold,male,2001
E,E,,,female,"""
ORDERS = "customer,day,amount\n" + "\n".join(f"{who},2026-10-0{n},{1000 * n}" for n, who in enumerate("ABCD", 1))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    tables = shop.purchases(ORDERS) | {"customers": shop.read(PEOPLE), "tags": shop.read(
        "customer_key,tag,at\nA,VIP,2026-01-01 00:00\nB,VIP,2026-12-01 00:00\nB,卸,2026-01-01 00:00")}
    return shop.write(tmp_path_factory.mktemp("shop"), tables)


def who(folder, **rule):
    data = open_dataset(shop.settings(segments={"rules": [{"segment": "mine", **rule}]}), folder, month="2026-10")
    told = segments.rules.members(data, data.settings.segments).set_index("customer_key")["rule_segments"]
    return "".join(key for key, value in told.items() if "mine" in value.split(";"))


@pytest.mark.parametrize(("text", "expected"), [
    ("prefecture = 北海道 and rank = gold", "AD"),
    ("prefecture ＝ 北海道 かつ rank = gold", "AD"),
    ("prefecture = 北海道 and not rank = gold", "B"),
    ("rank in (gold, silver) or gender = female", "ABCDE"),
    ("rank not in (gold)", "BE"),
    ("rank != gold", "B"),
    ("rank = gold and (prefecture = 東京都 or gender = male)", "CD"),
    ("rank = gold and prefecture = 東京都 or gender = male", "BCD"),
    ("monetary >= 2,000 and monetary < 4000" .replace(",", ""), "BC"),
    ("recency_days <= 28", "D"),
    ("age >= 40", "AC"),
    ("tags = VIP", "A"),
    ("tags in (VIP, '卸')", "AB"),
    ("tags != 卸", "ACDE"),
    ("decile = 1", "D"),
    ("rfm_segment = prospect", "E"),
    ("rule_segment = first_timer", "ABCD"),
    ("'rank' = \"gold\"", "ACD"),
])
def test_one_line(folder, text, expected):
    assert who(folder, when=text) == expected


def test_a_line_and_conditions_by_column_hold_together(folder):
    assert who(folder, when="prefecture = 北海道", where={"rank": "gold", "monetary": {"min": 2000}}) == "D"


@pytest.mark.parametrize(("text", "code"), [
    ("shoe_size > 40", "unknown_measure"), ("rank = gald", "unknown_value"), ("tags = nobody", "unknown_value"),
    ("rfm_segment = best", "unknown_value"), ("rank > gold", "no_order"), ("monetary >= much", "not_a_number"),
    ("rank = ", "bad_condition"), ("rank gold", "bad_condition"), ("(rank = gold", "bad_condition"),
    ("rank = gold)", "bad_condition"), ("and rank = gold", "bad_condition"), ("rank in gold", "bad_condition"),
    ("rank in ()", "bad_condition"), ("rank = 'gold", "bad_condition"), ("rank = gold; DROP TABLE customers",
                                                                     "bad_condition"),
])
@pytest.mark.parametrize("locale", ["ja", "en"])
def test_a_slip_is_told_with_what_there_is(folder, text, code, locale):
    with pytest.raises(CrmError) as caught:
        who(folder, when=text)
    assert caught.value.code == f"analyses.{code}"
    said = caught.value.say(locale)
    assert "{" not in said and len(said.splitlines()) >= 2
    if code == "unknown_measure":
        assert {"rank", "prefecture", "tags", "decile"} <= set(caught.value.allowed)
    if text == "rank = gald":
        assert caught.value.allowed == ("gold", "silver")


def test_a_value_with_quotes_stays_a_value(folder):
    tree = conditions.parsed("rank = \"x' OR 'a'='a\"")
    assert conditions.sql(tree, 0) == "COALESCE(rank = 'x'' OR ''a''=''a', FALSE)"


def test_money_is_compared_exactly_in_minor_units():
    tree = conditions.parsed("monetary > 10.005")
    assert conditions.sql(tree, 2) == "COALESCE(monetary > 1000.5, FALSE)"


def test_deciles_are_those_of_the_customers_page(tmp_path):
    from crmlib.analyses import customers

    rows = "customer,day,amount\n" + "\n".join(f"C{n:02d},2026-{n % 9 + 2:02d}-05,{(n * 37) % 50 * 100 + 100}"
                                               for n in range(53))
    data = open_dataset(shop.settings(), shop.write(tmp_path, shop.purchases(rows)), month="2026-10")
    ours = segments.rules.members(data, data.settings.segments).set_index("customer_key")["decile"]
    theirs = customers.analyse(data, data.settings.customers).measures.set_index("customer_key")["decile"]
    pd.testing.assert_series_equal(ours.astype("Int64").sort_index(), theirs.astype("Int64").sort_index(),
                                   check_names=False)
