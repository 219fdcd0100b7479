"""Online Retail's cancellations (invoices C…), matched to their invoices, and counted again another way."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby
from operator import itemgetter

import pandas as pd
import pytest
import yaml

from crmlib.dataset.marts import build
from crmlib.engine.duck import DuckEngine
from exports import RETAIL, Exports, table

pytestmark = pytest.mark.realdata

OTHERS = {"POST", "DOT", "C2", "M", "m", "PADS", "BANK CHARGES", "AMAZONFEE", "B", "CRUK", "S", "D"}
GROUPS = {"currency": {"code": "GBP", "decimals": 3}, "time": {"source_tz": "Europe/London",
                                                               "business_tz": "Europe/London"}}


@pytest.fixture(scope="module")
def shop(tmp_path_factory, realdata):
    """The settings and the canonical tables of Online Retail."""
    exports = Exports(tmp_path_factory.mktemp("retail"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRMLIB_REALDATA", str(realdata))
        settings = exports.settings(yaml.safe_load(RETAIL), **GROUPS)
        return settings, exports.load(yaml.safe_load(RETAIL), **GROUPS)


def counted_again(path):
    """Return {(cancellation, stock code, pieces): [invoices]} by going through each customer's invoices in time."""
    raw = pd.read_parquet(path).dropna(subset=["CustomerID"])
    raw = raw[~raw["StockCode"].isin(OTHERS) & (raw["UnitPrice"] > 0) & (raw["Quantity"] != 0)]
    raw = raw.assign(order=raw["InvoiceNo"].astype("str"), back=raw["Quantity"] < 0, pieces=raw["Quantity"].abs(),
                     price=(raw["UnitPrice"] * 1000).round().astype("int64"))
    # An invoice has one time: that of its earliest line.
    raw["at"] = raw.groupby("order")["InvoiceDate"].transform("min")
    days = raw.groupby("order")["at"].min().dt.normalize().to_dict()
    stock: dict = defaultdict(lambda: defaultdict(int))
    pairs: dict = defaultdict(list)
    keys = ["CustomerID", "at", "back", "order"]
    rows = raw.sort_values(keys, kind="stable")[[*keys, "pieces", "StockCode", "price"]].itertuples(index=False)
    for (customer, _, back, order), part in groupby(rows, key=itemgetter(0, 1, 2, 3)):
        lines = [(-int(n), (customer, code, price)) for *_, n, code, price in part]
        need: dict = defaultdict(int)
        for n, article in lines:
            need[article] -= n
        if not back:
            for article, n in need.items():
                stock[article][order] += n
            continue
        whole = [o for o in reversed(list(stock[next(iter(need))])) if all(stock[a][o] >= n for a, n in need.items())
                 and (days[order] - days[o]).days <= 183]
        for less, article in sorted(lines):
            own = [o for o in reversed(list(stock[article])) if stock[article][o] >= -less
                   and (days[order] - days[o]).days <= 183]
            for invoice in (whole or own)[:1]:
                stock[article][invoice] += less
                pairs[order, article[1], -less].append(invoice)
    return pairs


def test_cancellations_find_their_invoices(shop, realdata):
    lines = table(shop[1], "order_lines")
    found = lines[lines["return_of"].notna()]
    assert (len(found), int(found["amount"].sum()), found["return_of"].nunique()) == (6_946, -441_411_440, 2_943)
    assert found["order_id"].str.startswith("C").all() and not found["return_of"].str.startswith("C").any()
    pairs: dict = defaultdict(list)
    for order, code, n, invoice in found[["order_id", "product_id", "quantity", "return_of"]].itertuples(index=False):
        pairs[order, code, -n].append(invoice)
    again = counted_again(realdata / "online_retail/online_retail.parquet")
    assert {k: sorted(v) for k, v in pairs.items()} == {k: sorted(v) for k, v in again.items()}


def wholly_taken_back(shop):
    """Invoices whose returned money reaches the money of their product lines."""
    lines = table(shop[1], "order_lines")
    products = lines[lines["line_type"] == "product"]
    bought = products[(products["amount"] > 0) & (products["quantity"] > 0)].groupby("order_id")["amount"].sum()
    back = -products[products["amount"] < 0].groupby("return_of")["amount"].sum()
    return bought[back.reindex(bought.index).fillna(0) >= bought]


def day_sums(shop, folder, cancellations):
    """Purchases, gross, returns and net (pounds in thousandths) of the whole mart."""
    settings = shop[0].model_copy(update={"sales": shop[0].sales.model_copy(update={"cancellations": cancellations})})
    with DuckEngine() as engine:
        folder.mkdir()
        for name in ("orders", "order_lines"):
            engine.register(name, table(shop[1], name))
            (folder / name).symlink_to(shop[1].folder / name)
        mart = build(engine, settings, folder)
        sums = engine.sql("SELECT SUM(orders) AS o, SUM(gross) AS g, SUM(returns) AS r, SUM(net) AS n FROM "
                          f"read_parquet('{mart}/**/*.parquet')")
    return [int(value) for value in sums.iloc[0]]


def test_drop_matched_takes_out_exactly_the_orders_taken_back_whole(shop, tmp_path):
    gone = wholly_taken_back(shop)
    lines = table(shop[1], "order_lines")
    back = lines[lines["return_of"].isin(gone.index) & (lines["amount"] < 0)]
    own = lines[lines["order_id"].isin(gone.index) & (lines["line_type"] == "product") & (lines["amount"] < 0)]
    discounts = lines[lines["order_id"].isin(gone.index) & (lines["line_type"] == "discount")]
    as_returns = day_sums(shop, tmp_path / "a", "as_returns")
    dropped = day_sums(shop, tmp_path / "b", "drop_matched")
    assert len(own) == len(discounts) == 0
    assert [a - b for a, b in zip(as_returns, dropped, strict=True)] == [
        len(gone), int(gone.sum()), int(-back["amount"].sum()), int(gone.sum() + back["amount"].sum())]
    assert (len(gone), int(gone.sum())) == (125, 333_927_280)
