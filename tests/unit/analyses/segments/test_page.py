"""Rule segments are complete; clusters are refused where nothing holds them up, and found where they were planted."""

from __future__ import annotations

import pandas as pd
import pytest

import planting
import shop
from crmlib.analyses import segments
from crmlib.dataset import open_dataset
from crmlib.errors import CrmError
from crmlib.text import load_text

ROWS = """customer,day,amount
A,2026-10-01,100
A,2026-09-01,100
A,2026-08-01,100
A,2026-07-01,100
B,2026-10-01,100
B,2026-10-02,100
C,2026-10-03,50000
D,2025-01-01,100
"""
THREE = [(7, 800, 30), (90, 20000, 900), (30, 4000, 100)]
FEW = {"features": ["purchase_days", "basket"], "resamples": 3}


def opened(folder, text=ROWS, extra=None, month="2026-10", **groups):
    tables = shop.purchases(text)
    tables["customers"] = pd.concat([tables["customers"], pd.DataFrame(
        {"customer_key": ["P"], "customer_id": ["P"], "rank": ["gold"]})], ignore_index=True)
    groups["segments"] = {"models": str(folder / "models"), **groups.get("segments", {})}
    data = open_dataset(shop.settings(**groups), shop.write(folder / "shop", tables | (extra or {})), month=month)
    return data, data.settings.segments


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """The page of a shop with three ways of buying."""
    return segments.analyse(*opened(tmp_path_factory.mktemp("planted"), planting.purchases(THREE), segments=FEW))


def by_key(result, column):
    return result.measures.set_index("customer_key")[column].to_dict()


def keys(result):
    return [key for key, _ in result.notes]


def test_computed_segments(tmp_path):
    result = segments.analyse(*opened(tmp_path))
    assert by_key(result, "rule_segment") == {"A": "regular", "B": "occasional", "C": "first_timer", "D": "lapsed",
                                              "P": "prospect"}
    assert by_key(result, "rule_segments") == by_key(result, "rule_segment")


def test_a_customer_is_in_every_rule_that_fits_beside_the_computed_segment(tmp_path):
    rules = [{"segment": "vip", "where": {"monetary": {"min": 300}}},
             {"segment": "gold_card", "when": "rank = gold"},
             {"segment": "near", "where": {"recency_days": {"max": 60}, "purchase_days": {"min": 2}}}]
    result = segments.analyse(*opened(tmp_path, segments={"rules": rules}))
    assert by_key(result, "rule_segments") == {
        "A": "regular;vip;near", "B": "occasional;near", "C": "first_timer;vip", "D": "lapsed",
        "P": "prospect;gold_card"}
    own = result.tables["own_rules"].frame.set_index("segment")
    assert own["customers"].to_dict() == {"vip": 2, "gold_card": 1, "near": 2}
    assert own["sales"].to_dict() == {"vip": 50400, "gold_card": 0, "near": 600}
    assert result.tables["rules"].frame["customers"].sum() == 5


def test_a_rule_may_not_be_called_like_a_computed_segment(tmp_path):
    with pytest.raises(CrmError) as caught:
        segments.analyse(*opened(tmp_path, segments={"rules": [{"segment": "regular", "when": "rank = gold"}]}))
    assert caught.value.code == "analyses.name_taken"


def test_too_few_customers_are_not_clustered(tmp_path):
    result = segments.analyse(*opened(tmp_path, segments={"k": 8}))
    assert result.fact("count").value == 1 and result.notes[0][0] == "too_few"
    assert result.measures["cluster"].isna().all() and result.measures["cluster_name"].isna().all()
    assert set(result.tables["profile"].frame["cluster"]) == {"all"}


def test_planted_ways_of_buying_are_found(planted):
    from sklearn.metrics import adjusted_rand_score

    bought = planted.measures.dropna(subset=["cluster"])
    assert (planted.fact("k").value, planted.fact("stable").value) == (3, 1)
    assert adjusted_rand_score(bought["customer_key"].str[:2], bought["cluster"]) == 1
    assert bought.groupby("cluster")["cluster_name"].nunique().tolist() == [1, 1, 1]
    assert bought["cluster_name"].nunique() == 3


def test_customers_of_one_kind_are_not_divided(tmp_path):
    result = segments.analyse(*opened(tmp_path, planting.purchases([(30, 4000, 1500)], each=300), segments=FEW))
    assert result.fact("k").value == 1 and keys(result)[0] in ("none_stable", "one_cloud")


def test_a_number_of_clusters_that_was_not_tried_says_so(tmp_path):
    data, chosen = opened(tmp_path, planting.purchases(THREE[:2], each=200), segments={**FEW, "k": 4, "k_max": 3})
    result = segments.analyse(data, chosen)
    fact = result.fact("prediction_strength")
    assert (result.fact("k").value, fact.value, fact.note) == (4, None, "not_tried")
    assert result.notes[0][0] == "chosen"


def test_a_feature_that_is_the_same_for_all_or_has_no_data_is_left_out_and_told(tmp_path):
    data, chosen = opened(tmp_path, planting.purchases(THREE), segments={
        **FEW, "features": ["purchase_days", "basket", "discount_share", "web_days"]})
    told = dict(segments.analyse(data, chosen).notes)
    assert told["features_constant"] == {"features": "discount_share"}
    assert told["features_missing"] == {"features": "web_days"}


def test_a_feature_known_of_few_is_left_out_and_told(tmp_path):
    answers = shop.read("survey_id,customer_key,question,score,answered_at,day\n"
                        "S1,K0-001,nps,9,2026-10-05 10:00,2026-10-05")
    data, chosen = opened(tmp_path, planting.purchases(THREE), {"survey_answers": answers}, segments={
        **FEW, "features": ["purchase_days", "basket", "score"]})
    assert dict(segments.analyse(data, chosen).notes)["features_rarely_known"] == {"features": "score"}


def test_an_unknown_feature_is_told_with_those_there_are(tmp_path):
    with pytest.raises(CrmError) as caught:
        segments.analyse(*opened(tmp_path, segments={"features": ["purchase_days", "shoe_size"]}))
    assert caught.value.code == "analyses.unknown_feature" and "basket" in caught.value.allowed


def test_one_month_of_history_is_told(tmp_path):
    text = planting.purchases(THREE).replace("2026-10", "month")
    kept = "\n".join(line.replace("month", "2026-10") for line in text.splitlines() if "month" in line)
    result = segments.analyse(*opened(tmp_path, "customer,day,amount\n" + kept, segments=FEW))
    assert dict(result.notes)["short_history"] == {"days": 31}


@pytest.mark.parametrize("locale", ["ja", "en"])
@pytest.mark.parametrize(("key", "values"), [
    ("too_few", {"buyers": 5}), ("features_constant", {"features": "basket+online_share"}),
    ("features_missing", {"features": "web_days"}), ("unknown_values", {"customers": 3}),
    ("short_history", {"days": 30}), ("one_cloud", {"buyers": 900, "strength": 0.93})])
def test_what_was_wrong_with_the_data_is_said_in_words(locale, key, values):
    said = load_text("segments", locale).sentence(f"notes.{key}", values)
    assert said and "{" not in said


def test_a_level_no_model_has_seen_counts_as_not_known_and_is_told(tmp_path):
    text = planting.purchases(THREE)
    people = shop.purchases(text)["customers"]
    first = people.assign(gender=["female", "male"] * (len(people) // 2))
    data, chosen = opened(tmp_path, text, {"customers": first}, segments={
        **FEW, "features": ["purchase_days", "gender"], "k": 2})
    segments.analyse(data, chosen)
    segments.store.freeze(data)
    later = people.assign(gender=["female", "divers"] * (len(people) // 2))
    again, chosen = opened(tmp_path / "later", text, {"customers": later}, segments={
        **FEW, "features": ["purchase_days", "gender"], "k": 2, "models": str(tmp_path / "models")})
    result = segments.analyse(again, chosen)
    assert dict(result.notes)["unknown_values"] == {"customers": len(people) // 2}
    assert result.measures["cluster"].notna().all()


def test_a_cluster_says_what_sets_it_apart(planted):
    shown = segments.portraits(planted)
    assert [one.code for one in shown] == ["c1", "c2", "c3"]
    sizes = [dict(one.parts)["size"][0] for one in shown]
    assert all(key == "size" and values["customers"] == 70 for key, values in sizes)
    assert sum(values["sales"] for _, values in sizes) == pytest.approx(1)
    apart = {one.code: {values["feature"] for _, values in dict(one.parts).get("apart", ())} for one in shown}
    assert any(apart.values())
    assert all(features <= {"purchase_days", "basket", "monetary"} for features in apart.values())


def test_small_clusters_are_grey_and_tiny_ones_hidden(planted):
    from crmlib.workbook.portraits import show_portraits

    table = planted.tables["cards"]
    some = segments.portraits(segments.Result("segments", tables={
        **planted.tables, "cards": type(table)(table.frame.assign(customers=[20, 200, 3]), table.columns,
                                              count="customers", within=("cluster",))}))
    grey, whole, tiny = (show_portraits([one], load_text("segments", "en"), 5).html for one in some)
    assert 'class="portrait faint"' in grey and "rough guide" in grey
    assert 'class="portrait"' in whole
    assert "hidden" in tiny and "of sales" not in tiny


def test_crosstab_counts_everybody_whose_level_is_known(tmp_path):
    text = planting.purchases(THREE)
    people = shop.purchases(text)["customers"]
    gender = ["female" if key.startswith("K0") else "male" if key.startswith("K1") else None
              for key in people["customer_key"]]
    result = segments.analyse(*opened(tmp_path, text, {"customers": people.assign(gender=gender)}, segments=FEW))
    table = result.tables["crosstab"].frame
    assert table["customers"].sum() == 140 and set(table["coverage"].round(3)) == {0.667}
    assert set(table.loc[table["customers"] == 70, "residual"].round(2)) == {11.83}
