"""RFM seen as ranks and suggestions, and the defects measured in other packages, which must not come back."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

import shop
from crmlib.analyses import rfm
from crmlib.analyses.rfm import contact, views
from crmlib.dataset import open_dataset, segment_map
from crmlib.settings import settings_from
from crmlib.text import load_text
from crmlib.workbook.book import own_words

AS_OF = date(2026, 11, 1)
NOBODY = contact.Reach((), {}, {})
RANKS = ("CBBAA", "CCBBA", "DCCBB", "EDDCC", "EEEDD")


def test_each_cell_has_its_money_and_its_rank():
    cells = pd.DataFrame({"r_score": [1, 5, 5], "f_score": [1, 1, 5], "customers": [5, 3, 2], "sales": [100, 200, 700]})
    money = pd.DataFrame({"r_score": [1, 5, 5, 5], "f_score": [1, 1, 1, 5], "value": [20, 50, 150, 350],
                          "customers": [5, 2, 1, 2]})
    table = views.grid(cells, RANKS, money)
    assert table["monetary_median"].tolist() == [20, 50, 350]
    assert list(table.columns)[:4] == ["r_score", "f_score", "customers", "sales"]
    assert table["rank"].tolist() == ["E", "C", "A"] and table["average"].tolist() == [20, 200 / 3, 350]
    assert table["share"].tolist() == [0.5, 0.3, 0.2] and table["sales_share"].tolist() == [0.1, 0.2, 0.7]
    assert views.rank_table(table)[["rank", "customers", "sales"]].to_numpy().tolist() == [
        ["A", 2, 700], ["C", 3, 200], ["E", 5, 100]]


def test_the_standard_map_says_what_to_do_for_each_segment():
    codes = [code for code in segment_map.segments() if code != "prospect"]
    table = contact.suggestions(pd.DataFrame({"segment": codes, "customers": 1}), settings_from({"shop": "s"}).rfm,
                                rfm.KNOWN, NOBODY)
    assert table["segment"].tolist() == codes
    for locale in ("ja", "en"):
        words = load_text("rfm", locale)
        assert all(words.has(f"codes.action.{code}") for code in codes)
        assert all(words.has(f"codes.channel.{code}") for code in table["channel"])


@pytest.mark.parametrize(("locale", "word"), [("ja", "国"), ("en", "country")])
def test_an_attribute_is_called_what_the_shop_calls_it(locale, word):
    named = shop.settings(customers={"names": [{"attribute": "prefecture", "name": {"ja": "国", "en": "country"}}]})
    for page, column in (("customers", "attribute"), ("segments", "attribute"), ("satisfaction", "dimension")):
        words = load_text(page, locale).naming(own_words(named, locale))
        assert words.code(column, "prefecture") == word != load_text(page, locale).code(column, "prefecture")
        assert words.code(column, "rank") == load_text(page, locale).code(column, "rank")
    quality = load_text("quality", locale).naming(own_words(named, locale))
    assert quality.code("subject", "customers.prefecture") == word


def test_the_shop_says_what_to_do_in_its_own_words():
    settings = settings_from({"shop": "s", "rfm": {"segment_map": [
        {"segment": "vip", "r": [4, 5], "f": [4, 5], "name": {"ja": "得意客", "en": "Best"}, "channel": "line",
         "action": {"ja": "内覧会へご招待", "en": "Invite to a preview"}}, {"segment": "others"}]}})
    segments = pd.DataFrame({"segment": ["vip", "others"], "customers": [3, 9]})
    table = contact.suggestions(segments, settings.rfm, rfm.KNOWN, contact.Reach(("mail",), {"vip": 3}, {}))
    assert table.to_numpy().tolist() == [["vip", 3, "vip", "line", 3]]
    words = load_text("rfm", "en").naming(own_words(settings, "en"))
    assert words.code("segment", "vip") == "Best" and words.code("action", "vip") == "Invite to a preview"
    assert words.code("segment", "champions") == "Champions"
    assert load_text("rfm", "en").code("segment", "vip") == "vip"
    # The summary words the actions of another page: the shop's names go with them.
    summary = load_text("summary", "en").naming(own_words(settings, "en"))
    assert summary.of("rfm").find("actions.who.vip") == summary.of("customers").code("rfm_segment", "vip") == "Best"


def test_the_shops_own_segments_are_answered_contacted_and_named_everywhere(tmp_path):
    rules = [{"segment": "vip", "r": [3, 5], "f": [3, 5], "tier": "best"},
             {"segment": "away", "r": [1, 2], "tier": "slipping", "channel": "post",
              "name": {"ja": "ご無沙汰", "en": "Away"}, "action": {"ja": "お手紙", "en": "A letter"}},
             {"segment": "rest"}]
    data = opened(tmp_path, ROWS, segment_map=rules)
    result = rfm.analyse(data, data.settings.rfm)
    assert result.notes[0][0] == "headline_tiers" and result.fact("best_customers").value is not None
    advice = result.tables["suggestions"].frame.set_index("segment")
    assert advice.loc["away", ["action", "channel"]].tolist() == ["away", "post"]
    words = load_text("pages", "ja").naming(own_words(data.settings, "ja")).of("rfm")
    assert words.find("actions.who.away") == "ご無沙汰" and words.find("actions.what.away") == "お手紙"
    plain = opened(tmp_path / "b", ROWS, segment_map=[{"segment": "all"}])
    found = rfm.analyse(plain, plain.settings.rfm)
    assert found.notes[0][0] == "headline_own" and found.fact("slipping_customers").note == "no_tiers"


def test_words_follow_the_way_of_counting():
    counted = settings_from({"shop": "s", "rfm": {"window_days": 365, "frequency": "orders"}})
    for locale in ("ja", "en"):
        usual, words = load_text("rfm", locale), load_text("rfm", locale).naming(own_words(counted, locale))
        assert words.code("segment", "prospect") != usual.code("segment", "prospect")
        assert words.label("frequency_median") != usual.label("frequency_median")
        assert words.code("segment", "loyal") == usual.code("segment", "loyal")


def test_the_map_of_r_has_words_for_every_segment(tmp_path):
    data = opened(tmp_path, ROWS, segment_map="r_package", scoring="r_package")
    result = rfm.analyse(data, data.settings.rfm)
    assert set(result.tables["segments"].frame["segment"]) <= set(segment_map.segments("r_package"))
    for locale in ("ja", "en"):
        words = load_text("rfm", locale)
        assert all(words.code("segment", code) != code for code in segment_map.segments("r_package"))
        assert all(words.has(f"codes.action.{code}") for code in segment_map.segments("r_package")[:-2])


@pytest.mark.parametrize(("channels", "refused", "chosen", "able"), [
    (("phone", "mail"), {}, {"cannot_lose": "phone", "at_risk": "mail"}, {"cannot_lose": 4, "at_risk": 6}),
    (("line",), {("at_risk", "line"): 2}, {"cannot_lose": "line", "at_risk": "line"}, {"cannot_lose": 4, "at_risk": 4}),
    (("phone", "sms"), {("cannot_lose", "phone"): 4}, {"cannot_lose": "sms", "at_risk": "sms"},
     {"cannot_lose": 4, "at_risk": 6}),
    ((), {}, {"cannot_lose": "own_choice", "at_risk": "own_choice"}, {"cannot_lose": 4, "at_risk": 6}),
])
def test_only_channels_the_shop_has_and_people_who_did_not_refuse(channels, refused, chosen, able):
    segments = pd.DataFrame({"segment": ["cannot_lose", "at_risk"], "customers": [4, 6]})
    seen = contact.Reach(channels, {"cannot_lose": 4, "at_risk": 6}, refused)
    table = contact.suggestions(segments, settings_from({"shop": "s"}).rfm, rfm.KNOWN, seen).set_index("segment")
    assert table["channel"].to_dict() == chosen and table["reachable"].to_dict() == able


def test_the_channels_come_from_what_is_on_record_and_leave_out_who_said_no(tmp_path):
    tables = shop.purchases("customer,day,amount\n" + "\n".join(
        f"{c},{AS_OF - timedelta(days=ago)},{amount}" for c, ago, amount in ROWS))
    people = tables["customers"]["customer_key"]
    said = ["false" if n % 2 else "true" for n in range(len(people))]
    tables["customers"] = tables["customers"].assign(opt_in_line=said)
    data = open_dataset(shop.settings(), shop.write(tmp_path, tables), month="2026-10")
    result = rfm.analyse(data, data.settings.rfm)
    table = result.tables["suggestions"].frame
    assert set(table["channel"]) == {"line"} and table["reachable"].sum() == (len(people) + 1) // 2


def opened(folder, rows, rename=None, **rfm_settings):
    """A shop of purchases (customer, days ago, amount); names may be exchanged."""
    lines = [f"{(rename or {}).get(c, c)},{AS_OF - timedelta(days=ago)},{amount}" for c, ago, amount in rows]
    tables = shop.purchases("customer,day,amount\n" + "\n".join(lines))
    return open_dataset(shop.settings(rfm=rfm_settings), shop.write(folder, tables), month="2026-10")


def scored(data):
    found = data.query("customer_segment").set_index("customer_id")
    return {name: tuple(row) for name, *row in found[["r_score", "f_score", "m_score"]].sort_index().itertuples()}


#: Half bought once, as in the CDNOW sample where 52 % did: 12 once, 4 twice, 3 three times, 3 four, 2 seven times.
TIMES = [1] * 12 + [2] * 4 + [3] * 3 + [4] * 3 + [7] * 2
ROWS = [(f"c{n:02d}", 1 + n + 30 * k, 100 * (n % 5 + 1)) for n, times in enumerate(TIMES) for k in range(times)]


def test_those_who_bought_once_are_one_class_and_no_class_is_empty(tmp_path):
    sizes = pd.Series([f for _, f, _ in scored(opened(tmp_path, ROWS)).values()]).value_counts().sort_index()
    # Of 12 repeaters 0, 4, 7 and 10 lie below: quarters 0, 1, 2 and 3.
    assert sizes.to_dict() == {1: 12, 2: 4, 3: 3, 4: 3, 5: 2}


def test_neither_the_order_of_rows_nor_names_change_a_score(tmp_path):
    first = scored(opened(tmp_path / "a", ROWS))
    assert scored(opened(tmp_path / "b", ROWS[::-1])) == first
    names = {name: f"z{99 - int(name[1:])}" for name in first}
    renamed = scored(opened(tmp_path / "c", ROWS, names))
    assert {name: renamed[names[name]] for name in first} == first


def test_equal_values_never_part_whatever_the_way_of_scoring(tmp_path):
    limits = {"r": [5, 10, 15, 20], "f": [2, 3, 4, 5], "m": [100, 200, 300, 400]}
    for scoring in ("quantile", "percentile", "fixed", "r_package"):
        data = opened(tmp_path / scoring, ROWS, scoring=scoring, thresholds=limits)
        frame = data.query("customer_segment")
        for value, score in (("recency_days", "r_score"), ("purchase_days", "f_score"), ("monetary", "m_score")):
            assert frame.groupby(value)[score].nunique().max() == 1
            rising = frame.groupby(value)[score].first()
            assert rising.is_monotonic_decreasing if score == "r_score" else rising.is_monotonic_increasing


@pytest.mark.parametrize(("scoring", "note"), [("percentile", "few_classes_ties"), ("r_package", "few_classes_r")])
def test_an_empty_class_is_told_with_its_cause(tmp_path, scoring, note):
    data = opened(tmp_path, ROWS, scoring=scoring)
    result = rfm.analyse(data, data.settings.rfm)
    said = {values["measure"]: (key, values) for key, values in result.notes if key.startswith("few_classes")}
    assert said["frequency"][0] == note and said["frequency"][1]["share"] == 0.5
    used = result.tables["cutpoints"].frame.groupby("measure")["score"].nunique()
    assert said["frequency"][1]["used"] == used["frequency"] < 5
    assert set(said) == set(used[used < 5].index)


def test_typed_limits_nobody_reaches_are_told(tmp_path):
    data = opened(tmp_path, ROWS, scoring="fixed",
                  thresholds={"r": [5, 10, 15, 20], "f": [2, 3, 4, 99], "m": [150, 250, 350, 450]})
    result = rfm.analyse(data, data.settings.rfm)
    told = [(key, values["measure"]) for key, values in result.notes if key.startswith("few_classes")]
    assert told == [("few_classes_limits", "frequency")]
    (said,) = [values for key, values in result.notes if key == "scored"]
    assert (said["scoring"], said["frequency"], said["monetary"]) == ("fixed", "days", "net")
    assert said["last"] == date(2026, 10, 31)


def test_four_buyers_are_too_few_for_five_classes(tmp_path):
    result = rfm.analyse(opened(tmp_path, ROWS[:4]), settings_from({"shop": "s"}).rfm)
    assert ("few_classes_buyers", {"customers": 4}) in list(map(tuple, result.notes))


def test_every_one_of_the_125_cells_has_exactly_one_segment():
    cells = segment_map.cells()
    assert len(cells) == 125 and not cells.duplicated(["r_score", "f_score", "m_score"]).any()
    # What R's package calls "Others": recent, frequent customers of small baskets.
    lost = cells[(cells["r_score"] * 100 + cells["f_score"] * 10 + cells["m_score"]).isin(
        [215, 241, 251, 252, 341, 351, 441, 451, 541, 551])]
    assert len(lost) == 10 and lost["rfm_segment"].isin(segment_map.segments()).all()


def test_money_before_returns_is_asked_for_by_name(tmp_path):
    lines = "A,2026-10-01,1000,1\nA,2026-10-20,-900,-1\nB,2026-10-02,500,1"
    tables = shop.purchases("customer,day,amount,quantity\n" + lines)
    found = {}
    for kind in ("net", "gross"):
        data = open_dataset(shop.settings(rfm={"monetary": kind}), shop.write(tmp_path / kind, tables), month="2026-10")
        result = rfm.analyse(data, data.settings.rfm)
        rows = result.measures.set_index("customer_key")
        sums = [result.tables[name].frame["sales"].sum() for name in ("segments", "grid", "migration")]
        found[kind] = (rows.loc["A", "m_score"] > rows.loc["B", "m_score"], *sums)
        assert rows.loc["A", ["monetary", "monetary_gross"]].tolist() == [100, 1000]
        (said,) = [values for key, values in result.notes if key == "scored"]
        assert said["monetary"] == kind
    assert found == {"net": (False, 600, 600, 600), "gross": (True, 1500, 1500, 1500)}


def test_no_title_tells_of_a_cell_with_few_customers(tmp_path):
    crowd = [(f"n{i}", 200 + i, 10) for i in range(12)]
    rich = [("top", 1 + 20 * k, 90000) for k in range(4)]
    data = opened(tmp_path, [*crowd, *rich])
    result = rfm.analyse(data, data.settings.rfm)
    cells = result.tables["grid"].frame.set_index(["r_score", "f_score"])["customers"]
    for name in ("grid_sales", "grid_money"):
        values = result.figures[name].values
        assert cells[values["r"], values["f"]] >= data.settings.privacy.min_cell or cells.max() < 5
