"""What settings hold once they are read: short forms, defaults, frozen to the bottom."""

from __future__ import annotations

import pickle
from datetime import date

import pytest
from pydantic import ValidationError

from crmlib.errors import CrmErrors
from crmlib.settings import ANALYSES, Settings, settings_from


def test_a_shop_alone_has_all_defaults():
    settings = settings_from({"shop": "my-shop"})
    assert settings.shop.label("ja") == settings.shop.label("en") == "my-shop"
    assert (settings.currency.code, settings.currency.decimals) == ("JPY", 0)
    assert (settings.rfm.frequency, settings.rfm.monetary, settings.rfm.window_days) == ("days", "net", None)
    assert (settings.customers.lost_after_days, settings.privacy.min_cell) == (180, 5)
    assert settings.sales.plain() == {"tax": "as_recorded", "recorded": "included", "points": "payment",
                                      "date": "ordered", "cancellations": "as_returns"}


@pytest.mark.parametrize(("given", "decimals"), [
    ("JPY", 0), ("GBP", 2), ("KWD", 3), ({"code": "GBP"}, 2), ({"code": "GBP", "decimals": None}, 2),
    ({"code": "GBP", "decimals": 3}, 3), (None, 0),
])
def test_decimals_are_the_currencys_own_unless_said(given, decimals):
    assert settings_from({"shop": "s", "currency": given}).currency.decimals == decimals


def test_words_in_one_language_serve_for_both():
    shop = settings_from({"shop": {"id": "s", "name": {"en": "Sample Shop"}}}).shop
    assert shop.label("ja") == shop.label("en") == "Sample Shop"
    both = settings_from({"shop": "s", "report": {"remarks": "本日開店"}}).report.remarks
    assert both is not None
    assert (both.get("ja"), both.get("en")) == ("本日開店", "本日開店")


def test_weekdays_by_any_name_are_the_numbers_of_the_data():
    calendar = settings_from({"shop": "s", "calendar": {"closed_weekdays": ["月", "tue", 3, "7"]}}).calendar
    assert calendar.closed_weekdays == (1, 2, 3, 7)


def test_closures_by_day_and_by_range():
    closed = ["2026-08-13", {"start": "2026-12-31", "end": "2027-01-02"}]
    calendar = settings_from({"shop": "s", "calendar": {"closed": closed}}).calendar
    assert sorted(calendar.closed_days) == [date(2026, 8, 13), date(2026, 12, 31), date(2027, 1, 1), date(2027, 1, 2)]


def test_a_column_by_heading_headings_or_constant():
    columns = {"customer_id": "会員番号", "registered_on": ["年", "月", "日"], "type": {"constant": "person"},
               "rank": {"from": "会員ランク", "values": {"金": "gold"}, "default": "none"}}
    source = {"files": ["a.csv", "b.csv"], "tables": {"customers": columns}}
    specs = settings_from({"shop": "s", "sources": [source]}).sources[0].tables["customers"]
    assert list(specs) == ["customer_id", "registered_on", "type", "rank"]
    assert specs["customer_id"].columns == ("会員番号",)
    assert specs["registered_on"].columns == ("年", "月", "日")
    assert (specs["type"].columns, specs["type"].constant) == ((), "person")
    assert (dict(specs["rank"].values), specs["rank"].default) == ({"金": "gold"}, "none")


def test_tables_keep_the_order_of_the_file_and_lines_are_the_grain():
    orders = {"order_id": "a", "ordered_at": "b"}
    lines = {"order_id": "a", "amount": "c"}

    def source(tables):
        return settings_from({"shop": "s", "sources": [{"files": "a.csv", "tables": tables}]}).sources[0]

    assert list(source({"products": {"product_id": "p"}, "orders": orders}).tables) == ["products", "orders"]
    assert source({"products": {"product_id": "p"}, "orders": orders}).grain == "products"
    assert source({"orders": orders, "order_lines": lines}).grain == "order_lines"


def test_the_nps_question_is_found_from_either_side():
    default = settings_from({"shop": "s", "satisfaction": {"nps_question": "recommend"}}).satisfaction
    assert [default.question(metric) for metric in default.metrics] == ["recommend", "csat"]
    own = {"metrics": [{"key": "nps", "question": "q7", "scale": [0, 10], "statistic": "nps"}]}
    chosen = settings_from({"shop": "s", "satisfaction": own}).satisfaction
    assert [chosen.question(metric) for metric in chosen.metrics] == ["q7"]


@pytest.mark.parametrize(("label", "score"), [
    ("とても満足", 5), ("満足", 4), ("ふつう", 3), ("不満", 2), ("とても不満", 1),
])
def test_common_labels_have_scores(label, score):
    (csat,) = [m for m in settings_from({"shop": "s"}).satisfaction.metrics if m.key == "csat"]
    assert csat.labels[label] == score


def test_settings_are_frozen_to_the_bottom():
    settings = settings_from({"shop": "s", "targets": {"customers.sales": 1}})
    with pytest.raises(ValidationError):
        settings.rfm.window_days = 3
    with pytest.raises(TypeError):
        settings.targets["customers.sales"] = 2
    assert isinstance(settings.rfm.segment_map, tuple | None)


def test_settings_travel_between_processes():
    settings = settings_from({"shop": "s", "targets": {"customers.sales": 1}, "calendar": {"closed": ["2026-01-01"]}})
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert hash(settings) == hash(pickle.loads(pickle.dumps(settings)))


def test_python_values_get_the_same_messages():
    with pytest.raises(CrmErrors) as caught:
        settings_from({"shop": "s", "rfm": {"frequncy": "days", "window_days": True}})
    assert sorted(error.code for error in caught.value.errors) == ["settings.not_whole", "settings.unknown_key_near"]


def test_every_analysis_with_settings_may_have_targets():
    after_sources = tuple(Settings.model_fields)[list(Settings.model_fields).index("sources") + 1:]
    assert after_sources == ANALYSES
