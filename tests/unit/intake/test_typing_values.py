"""Every spelling of a value that shops' exports have: what it is read as, and why it is not where nobody can know."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmlib.engine.reading import open_reader
from crmlib.intake.typed import dates, kinds, texts
from crmlib.intake.typed.quick import clean

TOKYO = kinds.Clock("Asia/Tokyo", "Asia/Tokyo")


@pytest.fixture(scope="module")
def engine():
    with open_reader(None) as opened:
        texts.teach(opened)
        yield opened


def read(engine, kind, *given_texts):
    """Return each text's value and, where there is none, the reason; through the same steps as a file's cells."""
    value, why = kinds.value(kind, "m", TOKYO), kinds.why(kind, "n")
    listed = ", ".join(f"({n}, $t{n})" for n in range(len(given_texts)))
    found = engine.rows(
        f"SELECT CAST({value} AS VARCHAR), CASE WHEN {value} IS NULL THEN {why} ELSE NULL END FROM (SELECT place, n, "
        f"{kinds.plain(kind, 'n')} AS m FROM (SELECT place, {clean('x')} AS n FROM (VALUES {listed}) AS t(place, x))) "
        "ORDER BY place", **{f"t{n}": text for n, text in enumerate(given_texts)})
    return found if len(found) > 1 else found[0]


@pytest.mark.parametrize(("text", "value"), [
    ("1,280-", "-1280"), ("1280－", "-1280"), ("1,280.-", "1280"), ("¥1,280.-", "1280"),
    ("¥1,280-", "1280"), ("￥１，２８０－", "1280"), ("\\1280―", "1280"), ("¥ 1,280 ー", "1280"), ("1,280円-", "1280"),
    ("-¥1,280-", "-1280"), ("△¥1,280-", "-1280"), ("¥△1,280-", "-1280"), ("(¥1,280-)", "-1280"), ("$1,280-", "-1280"),
    ("1,280円也", "1280"),
    ("金1,280円", None), ("JPY 1,280", "1280"), ("1280JPY", "1280"), ("£1,280.50", "1280.5"), ("€8.00", "8"),
    ("（1,280）", "-1280"), ("(1,280)円", "-1280"), ("-¥1,280", "-1280"), ("▲ 1,280", "-1280"),
    ("△１，２８０円", "-1280"),
    ("(-1,280)", None), ("-1,280-", None), ("--5", None), ("1,280円50銭", None), ("1.280,50", None), ("8,00", None),
    ("12万", None), ("無料", None), ("未定", None), ("サービス", None), ("1000億", None), ("1,280~", None),
    ("約1,280", None),
])
def test_money(engine, text, value):
    found, why = read(engine, "money", text)
    assert (found and f"{Decimal(found).normalize():f}") == value
    assert why == (None if value else "unreadable")


@pytest.mark.parametrize(("text", "value", "why"), [
    ("2個", "2", None), ("３点", "3", None), ("1,000枚", "1000", None), ("2 本", "2", None), ("-1点", "-1", None),
    ("△1個", "-1", None), ("10pcs", "10", None), ("2セット", "2", None), ("1980年", "1980", None),
    ("30日", "30", None), ("3.0", "3", None), ("2.5", None, "not_whole"), ("0.5個", None, "not_whole"),
    ("2ダース", None, "unreadable"), ("1ケース", None, "unreadable"), ("5kg", None, "unreadable"),
    ("二個", None, "unreadable"), ("個", None, "unreadable"), ("1_000", None, "unreadable"),
])
def test_quantities_with_the_word_that_counts_them(engine, text, value, why):
    assert read(engine, "quantity", text) == read(engine, "integer", text) == (value, why)


@pytest.mark.parametrize(("text", "value"), [
    ("8%", "0.08"), ("10％", "0.1"), ("8%(軽減)", "0.08"), ("軽減8%", "0.08"), ("標準税率10%", "0.1"),
    ("8%（軽減税率対象）", "0.08"), ("8パーセント", "0.08"), ("7.8%", "0.078"), ("0.08", "0.08"), ("10", "10.0"),
    ("-5%", None), ("非課税", None),
])
def test_rates(engine, text, value):
    assert read(engine, "number", text)[0] == read(engine, "ratio", text)[0] == value


@pytest.mark.parametrize(("text", "value"), [
    ("1.2E+10", None), ("4.90123E+12", None), ("1E+05", None), ("4901234567894", "4901234567894"), ("1E5", "1E5"),
    ("SIZE+10", "SIZE+10"), ("00123", "00123"), ("E+10", "E+10"), ("12E+10", "12E+10"),
])
def test_ids_that_excel_has_rounded_are_no_ids(engine, text, value):
    assert read(engine, "id", text) == (value, None if value else "scientific")
    assert read(engine, "code", text)[0] == text


@pytest.mark.parametrize(("text", "value"), [
    ("令和6年1月5日", "2024-01-05"), ("令和６年１月５日（金）", "2024-01-05"), ("令和六年一月五日", "2024-01-05"),
    ("㋿6年1月5日", "2024-01-05"), ("令6.1.5", "2024-01-05"), ("R06.01.05", "2024-01-05"), ("R6/1/5", "2024-01-05"),
    ("R6-1-5", "2024-01-05"), ("R060105", "2024-01-05"), ("令和060105", "2024-01-05"), ("r6.1.5", "2024-01-05"),
    ("R元.5.1", "2019-05-01"), ("令和元年5月1日", "2019-05-01"), ("令和1年5月1日", "2019-05-01"),
    ("平成31年4月30日", "2019-04-30"), ("昭和64年1月7日", "1989-01-07"), ("平成元年1月8日", "1989-01-08"),
    ("昭和元年12月25日", "1926-12-25"), ("大正15年12月25日", "1926-12-25"), ("明治45年7月30日", "1912-07-30"),
    ("大正元年7月30日", "1912-07-30"), ("昭和二十四年十二月三日", "1949-12-03"), ("S60.4.3", "1985-04-03"),
    ("2024年1月5日(金)", "2024-01-05"), ("2024年1月5日 金曜日", "2024-01-05"), ("2024/1/5(金・祝)", "2024-01-05"),
    ("2024/1/5 (Fri)", "2024-01-05"), ("2024年1月7日日曜日", "2024-01-07"), ("西暦2024年1月5日", "2024-01-05"),
    ("二〇二四年一月五日", "2024-01-05"), ("2024.01.05", "2024-01-05"), ("20240105", "2024-01-05"),
    ("Jan 5, 2024", "2024-01-05"), ("5-Jan-2024", "2024-01-05"), ("5 January 2024", "2024-01-05"),
    ("45658", "2025-01-01"), ("45658.99", "2025-01-01"), ("20000", "1954-10-03"), ("60000", "2064-04-08"),
])
def test_dates(engine, text, value):
    assert read(engine, "date", text) == (value, None)


@pytest.mark.parametrize(("text", "why"), [
    ("昭和64年1月8日", "not_in_era"), ("平成31年5月1日", "not_in_era"), ("平成元年1月7日", "not_in_era"),
    ("令和元年4月30日", "not_in_era"), ("R0.1.5", "not_in_era"), ("S99.1.1", "not_in_era"),
    ("2023-02-29", "no_such_day"), ("2024/13/1", "no_such_day"), ("20240230", "no_such_day"),
    ("令和6年2月30日", "no_such_day"), ("2024-01-05 30:00", "no_such_day"), ("2024/1/5 10:61", "no_such_day"),
    ("2024/1/5 午前13:00", "no_such_day"), ("0001-01-05", "no_such_day"),
    ("1/5/2024", "ambiguous"), ("05.01.2024", "ambiguous"), ("13/05/2024", "ambiguous"), ("24/1/5", "ambiguous"),
    ("24-01-05", "ambiguous"), ("24年1月5日", "ambiguous"), ("1/5/24 10:00", "ambiguous"),
    ("2024", "unreadable"), ("2024年1月", "unreadable"), ("1月5日", "unreadable"), ("未定", "unreadable"),
    ("19999", "unreadable"), ("60001", "unreadable"), ("2024-01-05 10:00 EST", "unreadable"),
    ("2024-01-05 朝", "unreadable"), ("2024-01-05 1a:00:00", "unreadable"), ("20240105-130000", "unreadable"),
    ("2024x01x05", "unreadable"), ("20241301", "no_such_day"), ("20240105126001", "no_such_day"),
    ("17991231", "no_such_day"), ("202401051", "unreadable"), ("1799-12-31", "no_such_day"),
    ("2200-01-01 10:00:00", "no_such_day"),
])
def test_dates_that_are_none_say_why(engine, text, why):
    assert read(engine, "date", text) == read(engine, "time", text) == (None, why)


@pytest.mark.parametrize(("text", "tokyo"), [
    ("2024/1/5 24:00", "2024-01-06 00:00"), ("2024/1/5 25:30", "2024-01-06 01:30"),
    ("2024-12-31 29:59:59", "2025-01-01 05:59:59"), ("2024年1月5日 26時10分", "2024-01-06 02:10"),
    ("2024/1/5 午後3:04", "2024-01-05 15:04"), ("2024年1月5日 午後3時4分", "2024-01-05 15:04"),
    ("2024/1/5 午前0時", "2024-01-05 00:00"), ("2024/1/5 12:10 AM", "2024-01-05 00:10"),
    ("2024/1/5 12:10 PM", "2024-01-05 12:10"), ("2024/1/5 3:04pm", "2024-01-05 15:04"),
    ("2024/1/5 PM 3:04", "2024-01-05 15:04"), ("2024/1/5 3:04 p.m.", "2024-01-05 15:04"),
    ("2024/1/5 午後15:04", "2024-01-05 15:04"), ("2024-01-05 13:04:05 JST", "2024-01-05 13:04:05"),
    ("2024-01-05T13:04:05+09:00", "2024-01-05 13:04:05"), ("2024-01-05T04:04:05Z", "2024-01-05 13:04:05"),
    ("2024-01-05 04:04 GMT", "2024-01-05 13:04"), ("2024-01-05T13:04:05+09:00[Asia/Tokyo]", "2024-01-05 13:04:05"),
    ("2024/1/5 103309", "2024-01-05 10:33:09"), ("2024/1/5 93309", "2024-01-05 09:33:09"),
    ("20240105 1304", "2024-01-05 13:04"), ("20240105130405", "2024-01-05 13:04:05"),
    ("202401051304", "2024-01-05 13:04"), ("2024/1/5(金) 13:04", "2024-01-05 13:04"),
    ("45658.5", "2025-01-01 12:00"), ("45658.5423726852", "2025-01-01 13:01:01"), ("45658.999999", "2025-01-02 00:00"),
    ("2024-01-05 20:15", "2024-01-05 20:15"), ("2024-01-05 23:59:59", "2024-01-05 23:59:59"),
    ("20240105250405", "2024-01-06 01:04:05"), ("20240105235959", "2024-01-05 23:59:59"),
    ("2024/01/05 24:00:00", "2024-01-06 00:00"), ("2024-01-05 13:04:05.25", "2024-01-05 13:04:05.25"),
    ("2024/1/5 13:04:05.25", "2024-01-05 13:04:05.25"), ("2024-1-5 1:2+00", "2024-01-05 10:02"),
    ("2024-01-05 午後1:04:05.25", "2024-01-05 13:04:05.25"), ("2024-01-05 13:04:05 -0500", "2024-01-06 03:04:05"),
])
def test_times(engine, text, tokyo):
    wanted = engine.rows(f"SELECT CAST(TIMESTAMP '{tokyo}' - INTERVAL 9 HOUR AS VARCHAR)")[0][0]
    assert read(engine, "time", text) == (wanted, None)


@pytest.mark.parametrize(("text", "value"), [
    ("配信する", "true"), ("配信しない", "false"), ("受け取らない", "false"), ("する", "true"), ("ＯＫ", "true"),
    ("未", "false"), ("配信停止", "false"), ("-", None), ("2", None),
    ("可", "true"), ("否", "false"), ("要", "true"), ("不要", "false"), ("不許可", "false"), ("受信拒否", "false"),
])
def test_flags(engine, text, value):
    assert read(engine, "flag", text)[0] == value


DAYS = st.dates(date(1868, 1, 25), date(2100, 12, 31))
KANJI = "〇一二三四五六七八九"


def kanji(number):
    tens, ones = divmod(number, 10)
    return (("" if tens == 1 else KANJI[tens]) + "十" if tens else "") + (KANJI[ones] if ones or not tens else "")


def spellings(day):
    """All ways to write one day that name it for certain."""
    y, m, d = day.year, day.month, day.day
    yield from (f"{y}-{m:02}-{d:02}", f"{y}/{m}/{d}", f"{y}.{m}.{d}", f"{y}{m:02}{d:02}", f"{y}年{m}月{d}日",
                f"{y}年{m:>2}月{d:>2}日({'月火水木金土日'[day.weekday()]})", f"{day:%b} {d}, {y}")
    if 20000 <= (serial := (day - date(1899, 12, 30)).days) <= 60000:
        yield str(serial)
    for letter, (name, (first, last)) in zip("MTSHR", dates.ERAS.items(), strict=True):
        if first <= day <= last:
            n = y - first.year + 1
            yield from (f"{name}{n}年{m}月{d}日", f"{letter}{n}.{m}.{d}", f"{name[0]}{n:02}/{m:02}/{d:02}",
                        f"{letter}{n:02}{m:02}{d:02}", f"{name}{kanji(n)}年{kanji(m)}月{kanji(d)}日")
            yield from (f"{name}元年{m}月{d}日", f"{letter}元.{m}.{d}") if n == 1 else ()


@settings(max_examples=150, deadline=None)
@given(DAYS)
def test_every_spelling_of_a_day_is_that_day(engine, day):
    found = read(engine, "date", *spellings(day))
    assert {value for value, _ in found} == {day.isoformat()}


@settings(max_examples=100, deadline=None)
@given(DAYS)
def test_no_era_reaches_beyond_its_days(day):
    for name, (first, last) in dates.ERAS.items():
        text = f"{name}{day.year - first.year + 1}年{day.month}月{day.day}日"
        if day.year >= first.year and day.year - first.year < 99:
            known = dates.spelled(text) is not None
            assert known == (first <= day <= last), text


@settings(max_examples=150, deadline=None)
@given(st.dates(date(1970, 1, 1), date(2100, 1, 1)), st.integers(0, 29), st.integers(0, 59))
def test_shop_hours_run_into_the_next_day(day, hour, minute):
    there = day + timedelta(days=hour // 24)
    wanted = f"{there} {hour % 24:02}:{minute:02}:00"
    shown = f"{day}  {hour}:{minute:02}", f"{day:%Y年%m月%d日}{hour}時{minute}分", f"{day:%Y%m%d} {hour:02}{minute:02}"
    for text in shown:
        assert dates.spelled(text) == wanted


FULL = str.maketrans("0123456789,.-+¥", "０１２３４５６７８９，．－＋￥")


@settings(max_examples=150, deadline=None)
@given(st.integers(-10**11, 10**11), st.integers(0, 99))
def test_every_spelling_of_an_amount_is_that_amount(engine, whole, cents):
    size, minus = abs(whole), whole < 0
    plain = [f"{size}", f"{size:,}", f"¥{size:,}", f"{size:,}円", f"JPY {size:,}", f"{size}.00", f"  {size:,} "]
    below = [f"△{size:,}", f"▲{size}円", f"({size:,})", f"(¥{size:,})", f"{size:,}-", *(f"-{p.strip()}" for p in plain)]
    shown = below if minus else [*plain, f"{size:,}.-", f"¥{size:,}-", f"+{size}"]
    found = read(engine, "money", *shown, *[text.translate(FULL) for text in shown])
    assert {Decimal(value) for value, _ in found} == {Decimal(whole)}, list(zip(shown, found, strict=False))
    part = read(engine, "money", f"{'-' if minus else ''}{size}.{cents:02}")[0]
    assert Decimal(part) == (-1 if minus else 1) * (Decimal(size) + Decimal(cents) / 100)
