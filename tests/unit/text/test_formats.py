from datetime import date, datetime
from decimal import Decimal

import pytest

from crmlib.errors import CrmError
from crmlib.text import load_text
from crmlib.text.formats import default_decimals

JA, EN = load_text("common", "ja"), load_text("common", "en")
GBP_JA, GBP_EN = load_text("common", "ja", "GBP"), load_text("common", "en", "GBP")


@pytest.mark.parametrize(("value", "spec", "japanese", "english"), [
    (12_345, "money", "12,345円", "¥12,345"),
    (-12_300, "money", "\u221212,300円", "\u2212¥12,300"),
    (12_340_000, "money_short", "1,234万円", "¥12.3M"),
    (320_000_000, "money_short", "3.2億円", "¥320M"),
    (99_999_999, "money_short", "1億円", "¥100M"),
    (1_240_000_000_000, "money_short", "1.24兆円", "¥1,240B"),
    (5_933, "money_short", "5,933円", "¥5,933"),
    (-630_000, "money_signed", "\u221263万円", "\u2212¥630K"),
    (630_000, "money_signed", "+63万円", "+¥630K"),
    (1_234, "count", "1,234", "1,234"),
    (1, "people", "1人", "1 customer"),
    (61, "people", "61人", "61 customers"),
    (0, "orders", "0件", "0 orders"),
    (0.1234, "ratio", "12.3%", "12.3%"),
    (1, "ratio", "100%", "100%"),
    (0.0004, "ratio", "0.04%", "0.04%"),
    (0.0000486, "ratio", "0.005%", "0.005%"),
    (0, "ratio", "0.0%", "0.0%"),
    (0.0415, "change", "4.2%増", "up 4.2%"),
    (-0.01, "change", "1.0%減", "down 1.0%"),
    (0.0001, "change", "増減なし", "unchanged"),
    (-0.01, "arrow", "↓ 1.0%減", "↓ down 1.0%"),
    (0.012, "change_points", "1.2ポイント増", "up 1.2 points"),
    (24, "points", "24.0ポイント", "24.0 points"),
    (3.96, "tenths", "4.0", "4.0"),
    (3, "tenths_signed", "+3.0", "+3.0"),
    (-0.04, "tenths_signed", "0.0", "0.0"),
    (0.0415, "ratio_signed", "+4.2%", "+4.2%"),
    (-0.021, "ratio_signed", "\u22122.1%", "\u22122.1%"),
    (0, "ratio_signed", "0.0%", "0.0%"),
    (0.74949999999997, "ratio", "75.0%", "75.0%"),
    (4.25, "score", "4.25", "4.25"),
    (1234.5, "number", "1,230", "1,230"),
    (1.76, "times", "1.8倍", "1.8 times"),
    (9.876, "index", "9.88", "9.88"),
    (725049.13, "index", "725,000", "725,000"),
    (45, "days", "45日", "45 days"),
    (date(2026, 10, 17), "day", "10/17(土)", "Sat 17 Oct"),
    (datetime(2026, 10, 31, 23, 59), "date", "2026年10月31日", "31 October 2026"),
    ("2026-10", "month", "2026年10月", "October 2026"),
    (None, "money_short", "—", "—"),
    (float("nan"), "ratio", "—", "—"),
])
def test_holes_are_written_as_people_write(value, spec, japanese, english):
    assert JA.fill(f"{{x:{spec}}}", {"x": value}) == japanese
    assert EN.fill(f"{{x:{spec}}}", {"x": value}) == english


@pytest.mark.parametrize(("value", "exact", "short_ja", "short_en"), [
    (Decimal("8911407.90"), "£8,911,407.90", "891万ポンド", "£8.91M"),
    (Decimal("18.5"), "£18.50", "£18.50", "£18.50"),
    (Decimal("-480.87"), "\u2212£480.87", "\u2212£480.87", "\u2212£480.87"),
])
def test_other_currencies_in_both_languages(value, exact, short_ja, short_en):
    assert GBP_JA.format(value, "GBP") == exact == GBP_EN.format(value, "GBP")
    assert (GBP_JA.brief(value, "GBP"), GBP_EN.brief(value, "GBP")) == (short_ja, short_en)


def test_a_currency_without_a_word_keeps_its_code():
    assert load_text("common", "ja", "SEK").brief(Decimal(8_910_000), "SEK") == "SEK 891万"


def test_finer_decimals_than_the_currency_has_are_for_files_only():
    fine = load_text("common", "en", "GBP", 3)
    assert fine.brief(Decimal("520.635"), "GBP") == fine.format(Decimal("520.635"), "GBP") == "£520.64"
    assert fine.format(520_635, "money") == "£520.64", "thousandths of a pound, as they are kept"
    assert fine.format(-4, "money") == "£0.00"
    assert load_text("common", "en", "GBP", 0).format(520, "money") == "£520", "a shop may keep whole pounds"


def test_money_columns_are_minor_units_and_facts_major():
    assert GBP_EN.format(1850, "money") == "£18.50" == GBP_EN.format(Decimal("18.50"), "GBP")


def test_rounding_is_half_up_not_half_even():
    assert JA.format(0.0225, "ratio") == "2.3%"
    assert JA.format(0.0235, "ratio") == "2.4%"


@pytest.mark.parametrize(("unit", "value", "japanese", "english"), [
    ("customers", 1764, ("1,764", "人"), ("1,764", "customers")),
    ("ratio", 0.21, ("21.0", "%"), ("21.0", "%")),
    ("points", 24.3, ("24.3", "ポイント"), ("24.3", "points")),
    ("JPY", Decimal(18_420_000), ("1,842", "万円"), ("¥18.4M", "")),
])
def test_cards_get_number_and_unit_apart(unit, value, japanese, english):
    assert (JA.parts(value, unit), EN.parts(value, unit)) == (japanese, english)


@pytest.mark.parametrize(("currency", "decimals"), [("JPY", 0), ("GBP", 2), ("KWD", 3), ("USD", 2)])
def test_decimals_follow_iso_4217(currency, decimals):
    assert default_decimals(currency) == decimals == load_text("common", "en", currency).decimals


def test_a_missing_key_names_file_and_key():
    with pytest.raises(CrmError) as caught:
        JA.label("no_such_thing")
    assert caught.value.code == "text.missing_key"
    assert "crmlib/text/ja/common.yaml" in caught.value.say("en")
    assert "labels.no_such_thing" in caught.value.say("ja")


def test_a_hole_without_a_value_names_the_hole():
    with pytest.raises(CrmError, match="previous"):
        JA.sentence("show.previous", {"wrong": 1})


def test_a_value_of_the_wrong_kind_is_said():
    with pytest.raises(CrmError) as caught:
        EN.fill("{x:money}", {"x": "many"}, "notes.x")
    assert caught.value.code == "text.bad_value"


def test_an_unknown_language_lists_what_there_is():
    with pytest.raises(CrmError) as caught:
        load_text("common", "fr")
    assert caught.value.allowed == ("ja", "en")


def test_codes_not_listed_stand_for_themselves():
    assert JA.code("dow", 6) == "土"
    assert JA.code("dow", "holiday") == "holiday"
    assert JA.code("prefecture", "東京都") == "東京都"
    assert JA.code("gender", None) == "不明"


def test_nothing_is_told_from_not_known_where_a_page_has_a_word_for_it():
    text = load_text("trends", "ja")
    assert (text.code("better", ""), text.code("better", None), text.code("segment", "")) == ("", "不明", "不明")


def test_codes_and_labels_in_holes():
    assert JA.fill("{d:code.dow}曜日の{k:label}", {"d": 6, "k": "sales"}) == "土曜日の売上"
