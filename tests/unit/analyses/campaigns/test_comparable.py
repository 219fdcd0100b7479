"""Campaigns sent to some, nobody held out by chance: told only where the others may stand for those contacted."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

import shop
from crmlib.analyses import campaigns
from crmlib.dataset import open_dataset

START, LENGTH, PEOPLE = date(2026, 9, 14), 14, 1600
NAMES = [f"C{i:04d}" for i in range(PEOPLE)]
TREATED = NAMES[::2]


def stretches(chances, seed):
    """Purchases of everybody in stretches of 14 days, at the chances given for those contacted and the others."""
    draw, rows = np.random.default_rng(seed), []
    for stretch, (sent, others) in chances.items():
        for i, who in enumerate(NAMES):
            if draw.random() < (others if i % 2 else sent):
                day = START + timedelta(days=stretch * LENGTH + int(draw.integers(0, LENGTH)))
                rows.append(f"{who},{day},{int(draw.integers(500, 3000))}")
    return "customer,day,amount\n" + "\n".join(rows)


def page(folder, chances, more=(), seed=8):
    listed = [("K1", "letter", START, START + timedelta(days=LENGTH - 1)), *more]
    tables = shop.purchases(stretches(chances, seed)) | {
        "campaigns": pd.DataFrame([(c, n, str(a), str(b)) for c, n, a, b in listed],
                                  columns=["campaign_id", "name", "starts_on", "ends_on"]),
        "sends": pd.DataFrame({"campaign_id": "K1", "customer_key": TREATED, "arm": "letter"})}
    data = open_dataset(shop.settings(), shop.write(folder, tables), month="2026-10")
    return campaigns.analyse(data, data.settings.campaigns)


ALIKE = dict.fromkeys(range(-12, 3), (0.3, 0.3))


def effect(result):
    return result.tables["effects"].frame.set_index("outcome").loc["bought"]


def test_a_planted_effect_is_found_and_the_placebo_covers_zero(tmp_path):
    result = page(tmp_path, ALIKE | {0: (0.45, 0.3)})
    row = effect(result)
    assert row["design"] == "comparable" and row["verdict"] == "raised"
    assert row["low"] < 0.15 < row["high"] and row["placebo_low"] < 0 < row["placebo_high"]
    assert result.figures["event_time"].values["treated"] > result.figures["event_time"].values["untreated"]


def test_nothing_is_found_where_nothing_was_done(tmp_path):
    row = effect(page(tmp_path, ALIKE))
    assert row["design"] == "comparable" and row["low"] < 0 < row["high"]


def test_a_difference_that_was_there_before_is_refused_and_the_placebo_shown(tmp_path):
    row = effect(page(tmp_path, ALIKE | {-1: (0.45, 0.3), 0: (0.6, 0.3)}))
    assert row["design"] == "none" and row["reason"] == "placebo" and np.isnan(row["effect"])
    assert row["placebo"] == pytest.approx(0.15, abs=0.06)


def test_customers_who_always_bought_more_are_no_fair_comparison(tmp_path):
    result = page(tmp_path, dict.fromkeys(range(-12, 3), (0.6, 0.2)))
    assert effect(result)["reason"] == "targeted" and "effects.targeted" in dict(result.notes)


def test_another_campaign_at_once_is_refused(tmp_path):
    other = ("K2", "leaflet", START - timedelta(days=10), START - timedelta(days=9))
    rows = page(tmp_path, ALIKE | {0: (0.45, 0.3)}, [other]).tables["effects"].frame.set_index("campaign")
    assert rows.loc["K1", "reason"] == "overlap"


def test_a_history_too_short_to_look_back_is_told(tmp_path):
    assert effect(page(tmp_path, {-1: (0.3, 0.3), 0: (0.45, 0.3), 2: (0.3, 0.3)}))["reason"].startswith("short_history")
