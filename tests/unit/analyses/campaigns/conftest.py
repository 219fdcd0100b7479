"""The sample shop's campaigns as canonical tables, written straight from the generator's memory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import shop as tables
from crmlib.analyses import campaigns
from crmlib.dataset import open_dataset
from crmlib.sample import campaigns as plan
from crmlib.sample.build import build
from crmlib.sample.truth import planted
from crmlib.sample.truth.oracle import order_money

CHANNELS = {"メール": "mail", "はがき": "post", "店頭": "store"}
TYPES = ("open", "click", "order", "redeem", "opt_out")


@dataclass(frozen=True)
class Planted:
    """The page of the sample shop, beside what was planted in it."""

    result: object
    truth: dict

    @property
    def effects(self):
        """The table of effects."""
        return self.result.tables["effects"].frame

    def row(self, campaign, arm, outcome="bought", control="holdout"):
        """One comparison."""
        rows = self.effects
        mine = rows[(rows["campaign"] == campaign) & (rows["arm"] == arm) & (rows["outcome"] == outcome)
                    & (rows["control"] == control)]
        return mine.iloc[0]

    def true(self, campaign, arm):
        """What an arm truly changed, in the share who bought."""
        return next(one["true_effect"] for one in self.truth[campaign]["arms"] if one["arm"] == arm)


def stamp(made, day, minute=600):
    return pd.to_datetime((np.asarray(day) + made.days.epoch).astype("datetime64[D]")) + pd.to_timedelta(minute, "min")


def canonical(made):
    """Return the canonical tables of a sample shop, in the time zone of the records (UTC = local)."""
    orders, money = made.sales.orders, order_money(made)
    keys = np.array([f"C{i:05d}" for i in range(made.people.count)])
    keep = (orders["person"] >= 0) & (money["purchase"] | (money["net"] != 0))
    day = stamp(made, orders["day"][keep], 0)
    ids = [f"O{i}" for i in np.flatnonzero(keep)]
    sales = pd.DataFrame({"order_id": ids, "customer_key": keys[orders["person"][keep]], "day": day, "status": "placed",
                          "ordered_at": day + pd.Timedelta(hours=12), "channel": "store"})
    gross, net = money["gross"][keep], money["net"][keep]
    lines = pd.concat([_lines(sales, gross, "product", 1), _lines(sales, net - gross, "return", -1)])
    sent, said, own = made.campaigns.sends, made.campaigns.responses, made.campaigns
    arms = [[arm for arm, _, _ in one.arms] for one in own.plan]
    start = stamp(made, own.start, 0)
    return {
        "orders": sales, "order_lines": lines[lines["amount"] != 0],
        "customers": pd.DataFrame({"customer_key": keys, "customer_id": keys, "registered_on": stamp(
            made, made.people.registered, 0).strftime("%Y-%m-%d"), "opt_in_mail": "true"}),
        "campaigns": pd.DataFrame({"campaign_id": [c.code for c in own.plan], "name": [c.name for c in own.plan],
                                   "channel": [CHANNELS[c.channel] for c in own.plan],
                                   "starts_on": start.strftime("%Y-%m-%d"), "cost": "10000",
                                   "ends_on": (start + pd.Timedelta(days=plan.WINDOW)).strftime("%Y-%m-%d")}),
        "sends": pd.DataFrame({"campaign_id": [own.plan[c].code for c in sent["campaign"]],
                               "customer_key": keys[sent["person"]], "delivered": sent["delivered"],
                               "arm": [arms[c][a] for c, a in zip(sent["campaign"], sent["arm"], strict=True)],
                               "at": stamp(made, sent["day"]).where(sent["treated"])}),
        "responses": pd.DataFrame({"campaign_id": [own.plan[c].code for c in said["campaign"]],
                                   "customer_key": keys[said["person"]], "type": [TYPES[t] for t in said["type"]],
                                   "at": stamp(made, said["minute"] // 1440, said["minute"] % 1440)})}


def _lines(sales, amount, kind, quantity):
    return pd.DataFrame({"order_id": sales["order_id"], "line_no": kind, "line_type": kind, "product_id": "P1",
                         "quantity": quantity, "amount": amount, "customer_key": sales["customer_key"],
                         "day": sales["day"], "cancelled": False})


@pytest.fixture(scope="package")
def sample(tmp_path_factory):
    """The page of the sample shop in its last month."""
    made = build(5000, 24, "2026-10", 20261031)
    settings = tables.settings(time={"source_tz": "UTC", "business_tz": "UTC"}, campaigns={
        "margin": 0.4, "plans": [{"campaign": "A01", "shares": {"mail": 0.5, "holdout": 0.5}}]})
    data = open_dataset(settings, tables.write(tmp_path_factory.mktemp("sample"), canonical(made)), month="2026-10")
    return Planted(campaigns.analyse(data, settings.campaigns), {c["campaign_id"]: c for c in planted.uplift(made)})
