"""What YAML does to codes and times by itself never happens here."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import yaml

TEXTS = ["no", "yes", "on", "off", "y", "010", "0123456", "12:30", "12_000", "1e3", "0x1F", "0o17", "1.50", "7", "-1",
         "+1", "true", "False", ".5", "1.", ".inf", ".nan", "2026-10-31", "2026-10", "2026-10-31 12:00:00", "<<", "=",
         "NULL", "Null", "1,000", "00", "０１２", "髙﨑", "a#b", "a:b"]
NUMBERS = ["0365", "1_000", "12:30", "1e3", "0x10", "0o17", "+5", "1,000", '"30"', "'30'", "３０", "30日", "yes",
           "true", "1.0", "2026-10-31", "99999999999999999999", "-0365", "NaN", ".inf"]


@pytest.mark.parametrize("text", TEXTS)
def test_a_code_is_the_text_of_the_file(load, text):
    settings = load(f"shop: s\nsatisfaction:\n  nps_question: {text}\n")
    assert settings.satisfaction.nps_question == text


def test_these_are_the_texts_yaml_would_change():
    texts = [text for text in TEXTS if text not in ("<<", "=")]
    changed = [text for text in texts if not isinstance(yaml.safe_load(f"- {text}")[0], str)]
    assert {"no", "010", "12:30", "0123456", "12_000", "2026-10-31"} <= set(changed)


@pytest.mark.parametrize("text", TEXTS)
def test_a_code_in_a_list_and_on_both_sides_of_a_map_stays_text(load, text):
    spec = f"{{from: [{text}], values: {{{text}: {text}}}}}"
    settings = load(f"""
shop: s
sources:
  - files: a.csv
    exclude: [{{column: c, values: [{text}], reason: x}}]
    tables: {{customers: {{customer_id: {text}, gender: {spec}}}}}
""" if ":" not in text and text not in ("a#b", "1,000") else f"""
shop: s
sources:
  - files: a.csv
    exclude:
      - column: c
        values:
          - {text}
        reason: x
    tables:
      customers:
        customer_id: {text}
        gender:
          from:
            - {text}
          values:
            {text}: {text}
""")
    source = settings.sources[0]
    assert source.exclude[0].values == (text,)
    assert source.tables["customers"]["customer_id"].columns == (text,)
    assert dict(source.tables["customers"]["gender"].values) == {text: text}


@pytest.mark.parametrize("text", NUMBERS)
def test_only_a_plain_number_is_a_number(refused, text):
    (error,) = refused(f"shop: s\ncustomers:\n  lost_after_days: {text}\n")
    assert error.code == "settings.not_whole"
    assert error.where == "params/shop.yaml:3, customers.lost_after_days"
    assert text in error.values["found"].replace("'", '"') or text.strip("'\"") in error.values["found"]


@pytest.mark.parametrize("text", ["yes", "no", "on", "off", "1", "0", "True", "TRUE", '"true"', "y"])
def test_only_true_and_false_are_flags(refused, text):
    (error,) = refused(f"shop: s\nsources:\n  - files: a.csv\n    realdata: {text}\n"
                       "    tables: {customers: {customer_id: 会員番号}}\n")
    assert (error.code, error.allowed) == ("settings.not_flag", ("true", "false"))


@pytest.mark.parametrize("text", ["", "null", "~"])
def test_an_empty_value_is_the_default(load, text):
    settings = load(f"shop: s\nrfm: {text}\ntargets: {text}\nprivacy:\n  min_cell: {text}\n  key_file: {text}\n")
    assert (settings.rfm.frequency, settings.privacy.min_cell, settings.privacy.key_file) == ("days", 5, None)
    assert dict(settings.targets) == {}


def test_a_null_among_codes_is_asked_about_and_a_quoted_one_is_text(load, refused):
    text = """
shop: s
sources:
  - files: a.csv
    tables: {customers: {customer_id: id}}
    exclude: [{column: c, values: [%s], reason: x}]
"""
    assert refused(text % "null")[0].code == "settings.null_text"
    assert load(text % '"null"').sources[0].exclude[0].values == ("null",)


def test_null_as_the_target_of_a_value_means_no_value_and_as_its_key_is_text(load):
    settings = load("shop: s\nsources:\n  - files: a.csv\n"
                    "    tables: {customers: {customer_id: id, gender: {from: g, values: {不明: null, null: n}}}}\n")
    assert dict(settings.sources[0].tables["customers"]["gender"].values) == {"不明": None, "null": "n"}


@pytest.mark.parametrize("text", ["12345678", "0.35", "-5", "1234.50", "0.1"])
def test_money_is_exact(load, text):
    assert load(f"shop: s\ntargets: {{customers.sales: {text}}}\n").targets["customers.sales"] == Decimal(text)


def test_dates_are_days_quoted_or_not(load):
    assert load("shop: s\nas_of: 2026-11-01\n").as_of == date(2026, 11, 1)
    assert load('shop: s\nas_of: "2026-11-01"\n').as_of == date(2026, 11, 1)


@pytest.mark.parametrize(("text", "code"), [
    ("2026-02-30", "no_such_day"), ("2026/11/01", "not_day"), ("20261101", "not_day"),
    ("2026-11-01 00:00:00", "not_day"), ("令和8年", "not_day"),
])
def test_a_day_that_is_none(refused, text, code):
    assert refused(f"shop: s\nas_of: {text}\n")[0].code == f"settings.{code}"


def test_aliases_repeat_what_was_written(load):
    settings = load("shop: s\nrfm: {window_days: &year 365}\ncustomers: {lost_after_days: *year}\n")
    assert settings.rfm.window_days == settings.customers.lost_after_days == 365
