"""Records of campaigns that cannot be right: told and counted, never a crash."""

from __future__ import annotations

import pandas as pd
import pytest

import shop
from crmlib.analyses import campaigns
from crmlib.dataset import open_dataset
from crmlib.text import load_text

PEOPLE = [f"C{i:03d}" for i in range(200)]
MONTH = "2026-10"


def purchases(buyers):
    """A shop in which everybody bought in August, and some in the days of the campaign."""
    rows = [f"{who},2026-08-{1 + i % 28:02d},1000" for i, who in enumerate(PEOPLE)]
    rows += [f"{who},2026-10-{5 + i % 7:02d},1500" for i, who in enumerate(buyers)]
    return shop.purchases("customer,day,amount\n" + "\n".join(rows))


def sends(rows):
    return pd.DataFrame(rows, columns=["campaign_id", "customer_key", "arm", "at", "delivered"])


def half(campaign="K1", at="2026-10-05 09:00"):
    return [(campaign, who, "mail" if i % 2 else "holdout", at if i % 2 else None, "true" if i % 2 else None)
            for i, who in enumerate(PEOPLE)]


CAMPAIGN = shop.read("campaign_id,name,kind,channel,starts_on,ends_on,cost\n"
                     "K1,autumn,news,mail,2026-10-05,2026-10-12,900")


def page(folder, tables, buyers=PEOPLE[:60], **groups):
    settings = shop.settings(time={"source_tz": "UTC", "business_tz": "UTC"}, **groups)
    found = purchases(buyers) | {"campaigns": CAMPAIGN} | tables
    data = open_dataset(settings, shop.write(folder, found), month=MONTH)
    result = campaigns.analyse(data, settings.campaigns)
    for locale in ("ja", "en"):
        words = load_text("campaigns", locale)
        assert all(words.sentence(f"notes.{key}", values) for key, values in result.notes)
    return result


def notes(result):
    return dict(result.notes)


def state(result, check):
    rows = result.tables["checks"].frame
    return rows[rows["check"] == check].iloc[0] if (rows["check"] == check).any() else None


def test_a_customer_in_both_arms_counts_in_no_comparison(tmp_path):
    both = [*half(), ("K1", PEOPLE[0], "mail", "2026-10-05 09:00", "true")]
    result = page(tmp_path, {"sends": sends(both)})
    assert state(result, "one_arm_each")["people"] == 1 and "records.one_arm_each" in notes(result)
    row = result.tables["effects"].frame.iloc[0]
    assert row["n_arm"] + row["n_control"] == len(PEOPLE) - 1
    assert not next(c for c in result.checks if c.key == "campaigns_one_arm_each").ok


def test_sends_before_the_campaign_exists_are_counted(tmp_path):
    result = page(tmp_path, {"sends": sends(half(at="2026-10-01 09:00"))})
    assert state(result, "sends_after_start")["people"] == 100 and "records.sends_after_start" in notes(result)


def test_a_response_without_a_send_is_in_no_rate(tmp_path):
    said = shop.read("campaign_id,customer_key,type,at\nK1,C001,click,2026-10-06 10:00\n"
                     "K1,C000,click,2026-10-06 10:00\nK1,STRANGER,click,2026-10-06 10:00")
    result = page(tmp_path, {"sends": sends(half()), "responses": said})
    assert state(result, "responses_have_sends")["people"] == 1
    assert result.tables["summary"].frame["answered"].tolist() == [1]  # the one held out who clicked is no answer


def test_a_negative_cost_is_told_and_not_used(tmp_path):
    result = page(tmp_path, {"sends": sends(half()), "campaigns": CAMPAIGN.assign(cost="-900")},
                  campaigns={"margin": 0.3})
    assert state(result, "cost_not_negative")["state"] == "failed"
    assert result.tables["returns"].frame[["cost", "profit", "roi"]].isna().all(axis=None)


def test_everyone_opted_out(tmp_path):
    rows = "\n".join(f"K1,{who},opt_out,2026-10-06 10:00" for who in PEOPLE[1::2])
    said = shop.read(f"campaign_id,customer_key,type,at\n{rows}")
    no = pd.DataFrame({"customer_key": PEOPLE, "customer_id": PEOPLE, **{f"opt_in_{c}": "false" for c in (
        "mail", "sms", "line", "post", "phone")}})
    result = page(tmp_path, {"sends": sends(half()), "responses": said, "customers": no})
    assert {"reach.everyone_left", "plan.nobody", "contact.no_consent"} <= set(notes(result))
    assert set(result.measures["preferred_channel"]) == {"no_consent"} and "holdout_list" not in result.tables


def test_a_group_of_responders_is_no_group_to_compare(tmp_path):
    rows = "\n".join(f"K1,{who},open,2026-10-06 10:00" for who in PEOPLE[1::2])
    said = shop.read(f"campaign_id,customer_key,type,at\n{rows}")
    result = page(tmp_path, {"sends": sends(half()), "responses": said})
    row = result.tables["effects"].frame.iloc[0]
    assert row["design"] == "none" and row["reason"] == "responders_only" and "effects.responders_only" in notes(result)


def test_sizes_that_chance_would_not_make_are_refused(tmp_path):
    plan = {"plans": [{"campaign": "K1", "shares": {"mail": 0.8, "holdout": 0.2}}]}
    result = page(tmp_path, {"sends": sends(half())}, campaigns=plan)
    assert result.tables["effects"].frame["reason"].tolist() == ["sample_ratio"] * 2


def test_a_draw_that_was_none_is_refused(tmp_path):
    chosen = [("K1", who, "mail" if i < 100 else "holdout", None, None) for i, who in enumerate(PEOPLE)]
    late = purchases([])
    again = shop.purchases("customer,day,amount\n" + "\n".join(f"{who},2026-10-02,1000" for who in PEOPLE[:100]))
    both = {name: pd.concat([late[name], again[name].assign(order_id="X" + again[name]["order_id"])])
            for name in ("orders", "order_lines")}
    result = page(tmp_path, {"sends": sends(chosen), **both})
    assert "same_mix" in result.tables["effects"].frame["reason"].iloc[0]


@pytest.mark.parametrize("tables", [
    {"campaigns": CAMPAIGN.assign(starts_on=None, ends_on=None)},
    {"campaigns": CAMPAIGN.assign(ends_on="2026-10-01"), "sends": sends(half())},
    {"sends": sends(half("NOT_LISTED"))},
    {"sends": sends([("K1", who, None, None, None) for who in PEOPLE])},
    {"sends": sends([("K1", "C001", "mail", None, "false")])},
    {"campaigns": CAMPAIGN.assign(starts_on="2026-10-30", ends_on="2026-11-20"), "sends": sends(half())},
    {"responses": shop.read("campaign_id,customer_key,type,at\nK9,C001,click,")}],
    ids=["no date", "ends before it begins", "not in the list", "no arms", "nothing delivered", "running",
         "responses alone"])
def test_odd_campaigns_break_nothing(tmp_path, tables):
    result = page(tmp_path, tables)
    frame = result.tables["effects"].frame if "effects" in result.tables else None
    assert frame is None or frame["reason"].notna().all()


def test_a_running_campaign_is_not_judged(tmp_path):
    late = CAMPAIGN.assign(starts_on="2026-10-30", ends_on="2026-11-20")
    result = page(tmp_path, {"campaigns": late, "sends": sends(half(at="2026-10-30 09:00"))})
    assert result.tables["effects"].frame["reason"].tolist() == ["running", "running"]
