"""``unit: account``: a company is one customer with all its people; who has no account stays a person."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

import shop
from crmlib.analyses import customers, outlook, rfm, segments, trends
from crmlib.dataset import open_dataset
from crmlib.report import outputs

#: X is bought for by A and B, Y by C; D and E are people of their own.
ROWS = """customer,day,amount
A,2026-03-01,1000
A,2026-09-10,400
B,2026-10-20,600
B,2026-10-21,-200
C,2026-10-03,5000
D,2026-10-05,300
E,2025-11-05,700
E,2026-10-05,900
"""
ACCOUNTS = pd.DataFrame({"account_id": ["X", "Y"], "name": ["架空商事", "架空工業"], "industry": ["food", "steel"],
                         "size_band": ["1-9", "10-49"]})


def tables():
    found = shop.purchases(ROWS)
    found["order_lines"].loc[3, "quantity"] = "-1"
    people = found["customers"]
    found["customers"] = people.assign(
        account_id=people["customer_key"].map({"A": "X", "B": "X", "C": "Y"}), type="person",
        gender=["female", "male", "male", "female", "male"], prefecture=["東京都", "東京都", "大阪府", "東京都", None])
    extra = {"customer_key": ["F"], "customer_id": ["F"], "account_id": ["X"], "type": ["person"]}
    found["customers"] = pd.concat([found["customers"], pd.DataFrame(extra)], ignore_index=True)
    return found | {"accounts": ACCOUNTS}


def opened(folder, unit, **groups):
    return open_dataset(shop.settings(unit=unit, **groups), shop.write(folder, tables()), month="2026-10")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return opened(tmp_path_factory.mktemp("shop"), "account")


def measured(data):
    results = [page.analyse(data, settings) for page, settings in (
        (rfm, data.settings.rfm), (customers, data.settings.customers))]
    return outputs.customers(results).set_index("customer_id"), *results


@pytest.fixture(scope="module")
def accounts(data):
    return measured(data)


def test_an_account_has_the_purchases_of_all_its_people(accounts):
    rows, _, _ = accounts
    assert rows.loc[["A", "B", "F"], "account_id"].tolist() == ["X"] * 3 and rows.index.tolist() == list("ABCDEF")
    for name in "ABF":
        measured_of = rows.loc[name, ["frequency", "purchase_days", "monetary", "monetary_gross", "recency_days"]]
        assert measured_of.tolist() == [3, 3, 1800, 2000, 12]
    assert rows.loc["E", ["frequency", "monetary"]].tolist() == [2, 1600] and pd.isna(rows.loc["E", "account_id"])


def test_every_table_counts_accounts_and_people_without_one(data, accounts):
    rows, scored, found = accounts
    units = rows.drop_duplicates("r_score").shape[0]
    assert scored.fact("customers").value == 4 and scored.tables["segments"].frame["customers"].sum() == 4
    assert units <= 4 and scored.tables["migration"].frame["customers"].sum() == 4
    assert scored.tables["grid"].frame["customers"].sum() == 4
    assert found.fact("total").value == 4 and found.fact("active").value == 4
    # X bought before; D and the company Y are new. Sales are what they were: nothing is lost or counted twice.
    assert found.fact("new").value == 2 and found.fact("sales").value == 600 - 200 + 5000 + 300 + 900
    assert found.tables["deciles"].frame["customers"].sum() == 4 == found.tables["cpm"].frame["customers"].sum()
    assert found.tables["deciles"].frame["sales"].sum() == 1800 + 5000 + 300 + 1600
    steps = data.units.query("customers_steps")
    assert steps.loc[(steps["step"] == 2) & (steps["came"] == 1), "customers"].sum() == 2
    assert [key for key, _ in scored.notes if key == "accounts"] and "accounts_unit" in [key for key, _ in found.notes]


def test_attributes_are_those_all_its_people_share(data):
    people = data.units.query("customers_people").set_index("customer_key")
    assert people.loc["A", ["prefecture", "type", "industry"]].tolist() == ["東京都", "company", "food"]
    assert pd.isna(people.loc["A", "gender"]) and people.loc["C", "gender"] == "male"
    assert people.loc["D", "type"] == "person"


def test_profit_is_that_of_the_account(tmp_path):
    found = tables()
    found["products"] = pd.DataFrame({"product_id": ["P1"], "cost": [100]})
    data = open_dataset(shop.settings(unit="account"), shop.write(tmp_path, found), month="2026-10")
    rows = measured(data)[0]
    # X: 1,000 + 400 + 600 - 200 less three pieces at 100, one of which came back.
    assert rows.loc[["A", "B"], "gross_profit"].tolist() == [1600, 1600]
    assert rows.loc["C", "gross_profit"] == 4900


#: Two people of each firm buy by turns, so that a firm comes every week and each of its people every other week.
FIRMS = 40


def by_turns(folder, unit):
    days = [date(2026, 10, 31) - timedelta(days=7 * n) for n in range(60)]
    rows = [f"F{firm:02d}-{n % 2},{day - timedelta(days=firm % 7)},{1000 + 10 * firm}" for firm in range(FIRMS)
            for n, day in enumerate(days) if (firm * 7 + n) % 5 and n > firm % 9]
    found = shop.purchases("customer,day,amount\n" + "\n".join(rows))
    found["customers"] = found["customers"].assign(account_id=found["customers"]["customer_key"].str[:3])
    found["subscriptions"] = pd.DataFrame({
        "subscription_id": ["S"], "customer_key": ["F00-1"], "started_on": [date(2026, 1, 1)], "interval_days": [30],
        "status": ["active"]})
    settings = shop.settings(unit=unit, outlook={"min_repeaters": 30})
    return open_dataset(settings, shop.write(folder, found), month="2026-10")


def test_the_outlook_is_that_of_the_account(tmp_path):
    data = by_turns(tmp_path / "a", "account")
    found = outlook.analyse(data, data.settings.outlook)
    assert found.fact("expected_orders_30d").n == FIRMS - 1 and found.fact("contract_customers").value == 1
    rows = found.measures.set_index("customer_key")
    assert "accounts" in [key for key, _ in found.notes] and "F00-0" not in rows.index
    assert rows.loc["F01-0"].tolist() == rows.loc["F01-1"].tolist() and len(rows) == 2 * (FIRMS - 1)
    people = by_turns(tmp_path / "b", "customer")
    alone = outlook.analyse(people, people.settings.outlook)
    assert alone.fact("expected_orders_30d").n == 2 * FIRMS - 1 and "accounts" not in [key for key, _ in alone.notes]


def test_pages_that_count_people_say_so(data, tmp_path):
    for page, settings in ((trends, data.settings.trends), (segments, data.settings.segments)):
        assert "people_counted" in [key for key, _ in page.analyse(data, settings).notes]
        other = opened(tmp_path / page.__name__, "customer")
        assert "people_counted" not in [key for key, _ in page.analyse(other, settings).notes]


def test_by_customer_nothing_changes_and_no_account_is_named(tmp_path):
    by_customer = measured(opened(tmp_path, "customer"))[0]
    assert by_customer.loc[["A", "B"], "frequency"].tolist() == [2, 1] and "account_id" not in by_customer
    other = shop.purchases(ROWS)
    alone = open_dataset(shop.settings(unit="account"), shop.write(tmp_path / "b", other), month="2026-10")
    assert not alone.units.accounts and "account_id" not in measured(alone)[0]


def test_neither_the_order_of_rows_nor_names_change_an_account(accounts, tmp_path):
    first = accounts[0]
    shuffled = {key: frame.sample(frac=1, random_state=3) for key, frame in tables().items()}
    data = open_dataset(shop.settings(unit="account"), shop.write(tmp_path / "b", shuffled), month="2026-10")
    pd.testing.assert_frame_equal(first, measured(data)[0])
    names = dict(zip("ABCDEF", "ZYXWVU", strict=True))
    renamed = {key: frame.assign(**{c: frame[c].map(names) for c in ("customer_key", "customer_id") if c in frame})
               for key, frame in tables().items()}
    again = open_dataset(shop.settings(unit="account"), shop.write(tmp_path / "c", renamed), month="2026-10")
    other = measured(again)[0].rename(index={v: k for k, v in names.items()}).sort_index()
    scores = ["r_score", "f_score", "m_score", "rfm_segment", "monetary", "cpm_class", "rhythm", "abc_class"]
    pd.testing.assert_frame_equal(first[scores], other[scores], check_names=False)
