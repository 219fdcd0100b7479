"""Every wrong value of a file is told in one go: where, which key, what was found, what is allowed."""

from __future__ import annotations

import pytest

MANY = """\
shop: {id: 'my shop', nmae: x}
locale: jp
lost_after_days: 90
as_of: 2026-02-30
currency: JYP
calendar:
  fiscal_year_start: 13
  closing_day: "20"
  closed_weekdays: [水, 9, x]
  closed: [2026-13-01, {start: 2026-01-05, end: 2026-01-03}]
  country: jp
time: {source_tz: Asia/Tokio}
sales: no
targets: {custmers.sales: 1e3, sales: 2, trends.sale: 3, rfm.repeat_rate: 4, quality.zzz: 5}
control_totals:
  - {month: 2026-13, sales: 1}
  - {month: 2026-10}
privacy: {min_cell: 0, key_file: a, published_key: b}
engine: {memory_limit: 2 gigs, threads: many}
report: {notebooks: rfm, contact: {}}
rfm:
  frequncy: days
  monetary: nett
  window_days: 0365
  segment_map: [{segment: top, r: [5, 4]}, {segment: A b}]
segments: {k: 1, rules: [{segment: a, where: {x: {min: 3, max: 1}, y: {}}}, {segment: a, where: {z: b}}]}
satisfaction:
  metrics:
    - {key: nps, scale: [1, 10], statistic: nps}
    - {key: csat, scale: [5, 1], statistic: top3}
quality: {max_quarantined_share: 5%}
customers: {attributes: [gender, age_bnad], age_bands: [30, 20]}
summary: {facts: [custmers.sales, customers.sale]}
sources:
  - files: []
    realdata: yes
    encoding: sjis
    delimiter: "/"
    tables:
      ordres: {}
      orders: {order_id: 010, cust: a, status: {from: x, values: {no: cancelld}}}
      order_lines:
        order_id: [a, 12:30]
        quantity: {constant: 1, format: "%d"}
        line_type: {default: shiping}
  - tables: {}
"""
# line, key, code without "settings.", nearest right word
EXPECTED = {
    (1, "shop.id", "bad_form", ""), (1, "shop.nmae", "unknown_key_near", "name"), (2, "locale", "not_choice", ""),
    (3, "lost_after_days", "misplaced_key", "customers.lost_after_days"), (4, "as_of", "no_such_day", ""),
    (5, "currency.code", "unknown_currency_near", "JPY"), (7, "calendar.fiscal_year_start", "out_of_range", ""),
    (8, "calendar.closing_day", "not_whole", ""), (9, "calendar.closed_weekdays[2]", "out_of_range", ""),
    (9, "calendar.closed_weekdays[3]", "not_weekday", ""), (10, "calendar.closed[1].start", "no_such_day", ""),
    (10, "calendar.closed[2].end", "end_before_start", ""), (11, "calendar.country", "bad_form", ""),
    (12, "time.source_tz", "unknown_zone_near", "Asia/Tokyo"), (13, "sales", "not_keys", ""),
    (14, "targets.custmers.sales", "unknown_analysis_near", "customers.sales"),
    (14, "targets.custmers.sales", "not_number", ""), (14, "targets.sales", "bad_form", ""),
    (14, "targets.trends.sale", "unknown_fact_near", "trends.sales"),
    (14, "targets.rfm.repeat_rate", "unknown_fact_near", "customers.repeat_rate"),
    (14, "targets.quality.zzz", "unknown_fact", ""),
    (16, "control_totals[1].month", "bad_form", ""), (17, "control_totals[2]", "nothing_to_compare", ""),
    (18, "privacy.min_cell", "out_of_range", ""), (18, "privacy.published_key", "two_keys", ""),
    (19, "engine.memory_limit", "bad_form", ""), (19, "engine.threads", "not_whole", ""),
    (20, "report.notebooks", "not_list", ""), (20, "report.contact", "no_words", ""),
    (22, "rfm.frequncy", "unknown_key_near", "frequency"), (23, "rfm.monetary", "not_choice_near", "net"),
    (24, "rfm.window_days", "not_whole", ""), (25, "rfm.segment_map[1].r", "not_band", ""),
    (25, "rfm.segment_map[2].segment", "bad_form", ""), (26, "segments.k", "out_of_range", ""),
    (26, "segments.rules[1].where.x.max", "max_below_min", ""), (26, "segments.rules[1].where.y", "no_condition", ""),
    (29, "satisfaction.metrics[1].scale", "nps_scale", ""), (30, "satisfaction.metrics[2].scale", "not_scale", ""),
    (30, "satisfaction.metrics[2].statistic", "not_choice_near", "top2"),
    (31, "quality.max_quarantined_share", "not_number", ""),
    (32, "customers.attributes[2]", "not_choice_near", "age_band"),
    (32, "customers.age_bands", "not_rising", ""), (33, "summary.facts[1]", "unknown_analysis_near", "customers.sales"),
    (33, "summary.facts[2]", "unknown_fact_near", "customers.sales"),
    (35, "sources[1].files", "too_few", ""), (36, "sources[1].realdata", "not_flag", ""),
    (37, "sources[1].encoding", "not_choice", ""), (38, "sources[1].delimiter", "not_choice", ""),
    (40, "sources[1].tables.ordres", "unknown_key_near", "orders"),
    (41, "sources[1].tables.orders.cust", "unknown_key", ""),
    (41, "sources[1].tables.orders.status", "unknown_code_near", "cancelled"),
    (41, "sources[1].tables.orders", "columns_missing", ""),
    (44, "sources[1].tables.order_lines.quantity.constant", "constant_with_more", ""),
    (45, "sources[1].tables.order_lines.line_type", "column_without_origin", ""),
    (42, "sources[1].tables.order_lines", "columns_missing", ""),
    (46, "sources[2].files", "missing_key", ""), (46, "sources[2].tables", "no_tables", ""),
}


def told(errors):
    found = set()
    for error in errors:
        place, _, key = error.where.partition(", ")
        file, _, line = place.partition(":")
        assert file == "params/shop.yaml"
        found.add((int(line), key, error.code.removeprefix("settings."), error.values.get("nearest", "")))
    return found


def test_all_problems_of_a_file_are_told_together(refused):
    assert told(refused(MANY)) == EXPECTED


def test_they_come_in_the_order_of_the_file(refused):
    lines = [int(error.where.split(":")[1].split(",")[0]) for error in refused(MANY)]
    assert lines == sorted(lines)


@pytest.mark.parametrize("locale", ["ja", "en"])
def test_each_is_said_in_words_without_the_library_underneath(refused, locale):
    for error in refused(MANY):
        said = error.say(locale)
        assert "settings." not in said.replace(error.where, "")
        assert not any(word in said.lower() for word in ("pydantic", "http", "traceback", "input should", "literal"))
        assert said.count("\n") >= 2  # what, where and the next step at least


def test_allowed_words_are_listed(refused):
    by_key = {error.where.partition(", ")[2]: error for error in refused(MANY)}
    assert by_key["rfm.monetary"].allowed == ("net", "gross")
    assert by_key["rfm.frequncy"].allowed == (
        "frequency", "monetary", "window_days", "scoring", "thresholds", "percentiles", "grid_ranks", "segment_map")
    assert by_key["calendar.fiscal_year_start"].allowed == ("1 … 12",)
    assert by_key["sources[1].delimiter"].allowed == ("auto", ",", "\\t", ";", "|")
    assert "customer_id" in by_key["sources[1].tables.orders.cust"].allowed
    assert by_key["locale"].values["found"] == "jp"
    assert by_key["calendar.closing_day"].values["found"] == '"20"'


def test_repeated_keys_are_refused_with_both_lines_at_any_depth(refused):
    errors = refused("shop: s\nrfm: {frequency: days}\nlocale: ja\nrfm: {}\ncustomers:\n  lost_after_days: 1\n"
                     "  lost_after_days: 2\n")
    assert [(e.code, e.values["key"], e.values["first"], e.values["line"]) for e in errors] == [
        ("settings.repeated_key", "rfm", 2, 4), ("settings.repeated_key", "lost_after_days", 6, 7)]


def test_a_key_of_brackets_is_refused(refused):
    assert refused("shop: s\n? [a, b]\n: c\n")[0].code == "settings.key_not_text"


def test_no_shop_and_no_sources(refused, load):
    assert [(e.code, e.where) for e in refused("locale: ja\n")] == [("settings.missing_key", "params/shop.yaml, shop")]
    assert [(e.code, e.where) for e in refused("shop: s\nsources: []\n")] == [
        ("settings.no_sources", "params/shop.yaml:2")]


def test_a_full_width_colon_is_pointed_out(refused):
    (error,) = refused("shop: s\nrfm:\n  frequency：days\n")
    assert (error.code, error.where) == ("settings.wide_colon", "params/shop.yaml:2, rfm")


def test_amount_may_come_from_quantity_and_price(load, refused):
    text = "shop: s\nsources:\n  - {files: a.csv, tables: {order_lines: {order_id: a, %s}}}\n"
    assert load(text % "quantity: b, unit_price: c").sources[0].grain == "order_lines"
    (error,) = refused(text % "quantity: b")
    assert (error.code, error.values["columns"]) == ("settings.columns_missing", "amount")


def test_numbers_that_differ_are_not_read_from_one_heading(load, refused):
    text = "shop: s\nsources:\n  - {files: a.csv, tables: {%s}}\n"
    lines = "order_lines: {order_id: a, line_type: b, product_id: b, unit_price: c, amount: c, quantity: %s}"
    orders = "orders: {order_id: a, ordered_at: b, total: c, tax: %s}"
    assert load(text % (lines % "d")) and load(text % (orders % "d"))
    for wrong, columns in ((lines, "unit_price, quantity"), (orders, "total, tax")):
        (error,) = refused(text % (wrong % "c"))
        assert (error.code, error.values["heading"]) == ("settings.heading_twice", "c")
        assert set(error.values["columns"].split(", ")) == set(columns.split(", "))
        assert error.where.startswith("params/shop.yaml:3")


@pytest.mark.parametrize(("spec", "code"), [
    ("{from: a, constant: b}", "column_without_origin"), ("{}", "column_without_origin"),
    ("[]", "column_without_origin"),
    ("{constant: b, default: c}", "constant_with_more"), ("{from: a, format: Y-m-d}", "bad_form"),
    ("{from: {a: b}}", "not_list"), ("{heading: a}", "unknown_key"), ("{from: [[a]]}", "not_text"),
    ('""', "empty_text"),
])
def test_a_column_that_cannot_be_read(refused, spec, code):
    text = "shop: s\nsources:\n  - {files: a.csv, tables: {customers: {customer_id: a, rank: %s}}}\n"
    assert f"settings.{code}" in [error.code for error in refused(text % spec)]


@pytest.mark.parametrize(("rules", "code", "value"), [
    ("[{segment: a, r: [4, 5]}]", "map_gaps", 75), ("[{segment: a}, {segment: b, r: 1}]", "map_overlap", "a, b"),
    ("[{segment: a, r: [4, 5]}, {segment: b, r: [1, 4]}]", "map_overlap", "411, 412, 413, 414, 415 …"),
    ("[{segment: a, r: [4, 5], f: 5}, {segment: b, r: [1, 4]}]", "map_gaps", "511, 512, 513, 514, 515 …"),
    ("[{segment: a, r: [4, 5]}, {segment: b, r: [1, 3]}, {segment: c}]", "map_idle", "c"),
    ("[{segment: a, r: [1, 6]}]", "out_of_range", None), ("[{segment: a, r: [1, 2, 3]}]", "not_band", None),
])
def test_a_segment_map_covers_every_score_and_every_line_gets_someone(refused, rules, code, value):
    (error,) = refused(f"shop: s\nrfm: {{segment_map: {rules}}}\n")
    assert error.code == f"settings.{code}"
    assert value is None or value in error.values.values()


def test_names_given_twice(refused):
    errors = refused("shop: s\nsegments: {rules: [{segment: a, where: {x: b}}, {segment: a, where: {x: c}}]}\n"
                     "satisfaction: {metrics: [{key: q, scale: [1, 5], statistic: mean},"
                     " {key: q, scale: [1, 5], statistic: top2, labels: {良い: 6}}]}\n")
    assert [e.code for e in errors] == ["settings.repeated", "settings.label_outside"]


def test_files_are_in_one_place(refused):
    text = "shop: s\nsources:\n  - {files: a, package: p, realdata: true, tables: {customers: {customer_id: i}}}\n"
    assert [e.code for e in refused(text)] == ["settings.two_places"]


@pytest.mark.parametrize(("text", "code", "word"), [
    ("trends: {funnels: [{name: x, steps: [view]}]}", "too_short", "2"), ("products: {abc: [0.7]}", "too_short", "2"),
    ("products: {abc: [0.7, 0.8, 0.9]}", "too_long", "2"), ("trends: {day_parts: [1, 2, 3, 4, 5, 6]}", "too_long", "5"),
    ("trends: {conversion_days: []}", "too_few", ""), ("trends: {funnels: [{name: x, steps: [{}]}]}", "not_text", ""),
    ("time: {source_tz: JST}", "unknown_zone_near", "Tokyo"),
    ("time: {source_tz: 東京}", "unknown_zone_near", "Tokyo"),
    ("currency: YEN", "unknown_currency_near", "JPY"), ("actions: {costs: {mail: -5}}", "out_of_range", "≥ 0"),
    ("actions: {capacity_per_week: {fax: 1}}", "not_choice", "mail, line, sms, post, phone"),
    ("control_totals: [{month: 2026-10, sales: 5}, {month: 2026-10, sales: 6}]", "given_twice", "2026-10 sales"),
    ("rfm: {segment_map: [{segment: a, r: [3, 5]}]}", "map_gaps", "115 …\n")])
def test_what_a_new_user_writes_is_answered_with_what_would_be_right(refused, text, code, word):
    (error,) = refused(f"shop: s\n{text}\n")
    assert error.code == f"settings.{code}"
    assert all(word in error.say(locale) for locale in ("ja", "en"))


def test_sales_and_orders_of_a_month_may_stand_apart(load):
    text = "shop: s\ncontrol_totals: [{month: 2026-10, sales: 5}, {month: 2026-10, orders: 6}]\n"
    assert len(load(text).control_totals) == 2
