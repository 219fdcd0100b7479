"""A shop that exports one row per order, and no lines, can still be reported."""

from __future__ import annotations

import pytest

from crmlib.errors import CrmError
from exports import Exports

TABLE = {"orders": {"order_id": "Name", "customer_id": "Email", "ordered_at": "Created at", "total": "Total"}}
ORDERS = """Name,Email,Created at,Total
#1,a@example.com,2026-01-05 10:00,12.50
#2,b@example.com,2026-01-06 11:00,7.25
"""
AGAIN = "Name,Email,Created at,Total\n#2,b@example.com,2026-01-06 11:00,8.00\n#3,a@example.com,2026-02-06 11:00,1.00\n"


@pytest.fixture
def exports(tmp_path):
    return Exports(tmp_path)


def test_the_total_is_the_orders_one_line_and_a_later_export_wins(exports):
    exports.write("orders_1.csv", ORDERS)
    exports.write("orders_2.csv", AGAIN)
    intake = exports.load({"files": "orders_*.csv", "tables": TABLE}, currency="USD")
    amounts = intake.ledger.groupby("fate")[["rows", "amount"]].sum()
    assert {"orders", "order_lines"} <= set(intake.tables)
    assert (amounts.loc["in", "rows"], str(amounts.loc["in", "amount"])) == (4, "28.750000")
    assert (amounts.loc["out", "rows"], str(amounts.loc["out", "amount"])) == (3, "21.500000")


def test_orders_without_any_money_say_what_to_add(exports):
    exports.write("orders_1.csv", ORDERS)
    table = {"orders": {k: v for k, v in TABLE["orders"].items() if k != "total"}}
    with pytest.raises(CrmError) as caught:
        exports.load({"files": "orders_*.csv", "tables": table})
    assert caught.value.code == "intake.orders_without_amounts"
    assert "total" in caught.value.say("ja") and "total" in caught.value.say("en")
