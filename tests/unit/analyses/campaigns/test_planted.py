"""What was planted in the sample shop: an uplift is found, none is not, and selection is refused."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from crmlib.analyses.campaigns import read
from crmlib.analyses.campaigns.effects import shown
from crmlib.analyses.campaigns.reach import figures
from crmlib.privacy import suppress
from crmlib.text import load_text


def test_the_planted_uplift_is_found_within_its_interval(sample):
    row = sample.row("A01", "mail")
    assert row["design"] == "randomised" and row["verdict"] == "raised"
    assert 0 < row["low"] <= sample.true("A01", "mail") <= row["high"]
    stronger = sample.row("A04", "mail_b")
    assert stronger["low"] <= sample.true("A04", "mail_b") <= stronger["high"]


def test_planted_nothing_is_covered_by_zero(sample):
    row = sample.row("A02", "mail")
    assert row["low"] < 0 < row["high"] and row["verdict"] == "chance" and sample.true("A02", "mail") == 0


def test_planted_selection_is_refused_and_the_reason_told(sample):
    row = sample.row("A03", "sent", control="not_sent")
    assert row["design"] == "none" and row["verdict"] == "unknown" and "targeted" in row["reason"]
    assert row[["effect", "low", "high", "p"]].isna().all()
    assert sample.truth["A03"]["naive_difference"] > 0.15  # what a naive comparison would have sold as an effect
    apart = sample.result.tables["checks"].frame.query("campaign == 'A03' and check == 'alike_before'").iloc[0]
    assert apart["state"] == "failed" and apart["observed"] > 1


def test_arms_are_compared_with_the_control_and_with_each_other_and_counted(sample):
    rows = sample.effects.query("campaign == 'A04' and outcome == 'bought'")
    assert rows[["arm", "control"]].values.tolist() == [["mail_a", "holdout"], ["mail_b", "holdout"],
                                                        ["mail_b", "mail_a"]]
    assert (rows["p_holm"] >= rows["p"]).all() and rows["p_holm"].max() <= 1


def test_before_the_campaign_the_same_comparison_shows_nothing(sample):
    row = sample.row("A01", "mail")
    assert row["placebo_low"] < 0 < row["placebo_high"]


def test_sizes_are_held_against_the_plan_where_there_is_one(sample):
    checks = sample.result.tables["checks"].frame.query("check == 'sample_ratio'").set_index("campaign")
    assert checks.loc["A01", "state"] == "ok" and checks.loc["A02", "state"] == "untested"


def test_money_follows_from_the_difference_per_person(sample):
    extra = sample.result.tables["returns"].frame.set_index(["campaign", "arm"]).loc[("A01", "mail")]
    row = sample.row("A01", "mail", "sales")
    assert extra["sales"] == pytest.approx(row["effect"] * row["n_arm"], abs=1)
    assert extra["profit"] == pytest.approx(extra["sales"] * 0.4 - extra["cost"], abs=1)
    assert extra["roi"] == pytest.approx(extra["profit"] / extra["cost"], rel=1e-3)


def test_money_is_advertised_only_where_sales_themselves_clearly_rose(sample):
    """Four arms; more people bought in one whose sales run across zero: not advertised."""
    rows = pd.DataFrame([
        ("K1", "a", "bought", "raised"), ("K1", "a", "sales", "chance"), ("K1", "b", "sales", "raised"),
        ("K2", "a", "sales", "chance"), ("K2", "a", "sales", "raised"), ("K3", "a", "sales", "lowered")],
        columns=["campaign", "arm", "outcome", "verdict"])
    extra = pd.DataFrame({"campaign": ["K1", "K1", "K2", "K3"], "arm": ["a", "b", "a", "a"]})
    assert shown.sure(rows, extra).to_numpy().tolist() == [["K1", "b"]]
    facts = {fact.key: fact for fact in sample.result.facts}
    told = shown.sure(sample.effects, sample.result.tables["returns"].frame)
    assert (facts["extra_sales"].value, facts["extra_sales"].low) == tuple(int(told[c].sum()) for c in ("sales", "low"))
    assert facts["extra_sales"].low > 0


def test_the_next_draw_is_there_restricted_and_as_large_as_told(sample):
    drawn = sample.result.tables["holdout_list"]
    assert drawn.sensitivity == "restricted" and drawn.frame["customer_id"].is_unique
    shown = sample.result.tables["holdout"].frame
    assert shown["held_out"].sum() == (drawn.frame["arm"] == "holdout").sum()
    assert shown["customers"].sum() == len(drawn.frame)


def test_the_funnel_drawn_is_of_a_campaign_that_is_over_and_gives_no_number_away_that_the_page_hides():
    """The newest still runs; the one before has three buyers, whom its title would tell; the older one is drawn."""
    rows = [(name, "mail", step, n) for name, counts in (
        ("runs", (60, 58, 9, 8)), ("new", (60, 58, 9, 3)), ("old", (60, 57, 20, 8)))
            for step, n in zip(("sent", "delivered", "opened", "bought"), counts, strict=True)]
    frame = pd.DataFrame(rows, columns=["campaign", "arm", "step", "customers"])
    frames = {"funnel": frame.assign(n=60, rate=0.5, low=0.4, high=0.6), "lags": pd.DataFrame({"type": []}),
              "response": pd.DataFrame({"attribute": [], "level": [], "contacts": [], "answered": []})}
    names = {"runs": "Runs", "new": "New", "old": "Old"}
    drawn = [figures.figures(frames, names, over, least)["funnel"].values["name"]
             for over, least in (({"new", "old"}, 5), ({"new", "old"}, 1), (set(names), 5))]
    assert drawn == ["Old", "New", "Runs"]


def test_the_funnel_narrows_and_everybody_counts_once(sample):
    steps = sample.result.tables["funnel"].frame.query("campaign == 'A01'").set_index("step")["customers"]
    assert steps["sent"] >= steps["delivered"] >= steps["opened"] >= steps["clicked"] >= steps["bought"]
    assert steps["sent"] == next(a["n"] for a in sample.truth["A01"]["arms"] if a["arm"] == "mail")


def test_opt_outs_grow_with_contacts_as_planted(sample):
    nth = sample.result.tables["fatigue"].frame.query("by == 'nth'")
    assert nth["opt_out_rate"].iloc[-1] > 2 * nth["opt_out_rate"].iloc[0]


def test_no_channel_is_named_without_consent(sample):
    named = set(sample.result.measures["preferred_channel"])
    assert named <= {"mail", "no_preference", "no_consent"}  # consent to mail alone is on record


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_everything_the_page_says_has_words(sample, locale):
    words = load_text("campaigns", locale)
    result = sample.result
    for key, values in result.notes:
        assert words.sentence(f"notes.{key}", values)
    for key, figure in result.figures.items():
        assert all(words.sentence(f"figures.{key}.{part}", figure.values) for part in ("title", "subtitle", "alt"))
    for key, table in result.tables.items():
        assert words.sentence(f"tables.{key}.caption") and all(words.label(c) for c in table.columns)


def test_every_table_can_be_shown_with_small_cells_hidden(sample):
    views = [read(sample.result, name) for name in ("summary", "effects", "refused", "returns", "checks", "fatigue")]
    for table in (*sample.result.tables.values(), *filter(None, views)):
        assert len(suppress(table, 5)) == len(table.frame)
    refused, effects = read(sample.result, "refused").frame, sample.effects
    assert refused.columns.tolist() == ["reason", "campaigns", "name"] and refused["reason"].is_unique
    assert refused["campaigns"].sum() == effects.loc[effects["design"] == "none", "campaign"].nunique()


def test_how_few_were_sent_to_is_told_nowhere(sample):
    told = sample.result.tables["effects"]
    few = replace(told, frame=told.frame.assign(n_arm=[3, *told.frame["n_arm"][1:]]))
    shown = suppress(few, 5)
    assert shown.loc[0, ["n_arm", "n_control", "effect"]].isna().all() and shown.loc[1:, "n_arm"].notna().all()


def test_the_page_hides_of_a_campaign_what_its_file_hides(sample):
    whole, seen = (suppress(table, 5) for table in (sample.result.tables["summary"], read(sample.result, "summary")))
    both = [c for c in seen.columns if c in whole.columns and c != "suppressed"]
    assert whole["opted_out"].isna().sum() < len(whole), "there is something to be hidden from"
    assert seen[both].isna().equals(whole[both].isna())
