"""Dirt that is not about money: eras, half-width kana, broken phones, marks outside the scale, stale records."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import date

from crmlib.sample.files.dirt import MERGED, REPAIRED, WIDE, Dirty, Mark, put, some
from crmlib.sample.files.sheet import Sheet
from crmlib.sample.world.draw import Draw

Spell = Callable[[str, int], str]
#: First day of the eras, latest first.
ERAS = ((date(2019, 5, 1), "令和", "R"), (date(1989, 1, 8), "平成", "H"), (date(1926, 12, 25), "昭和", "S"))
SHARES = {"era_registered": 0.16, "era_birthday": 0.12, "wide_year": 0.03, "half_kana": 0.06, "phone_wide": 0.02,
          "phone_plain": 0.15, "phone_lost_zero": 0.02, "name_space": 0.02}
OUTSIDE = (("おすすめ度", "11"), ("おすすめ度", "99"), ("おすすめ度", ""), ("総合満足度", "6"), ("総合満足度", "0"))


def era(text: str, short: bool) -> str:
    """Return 2024/1/5 as 令和6年1月5日 or R6.1.5; the first year of an era is 元年."""
    year, month, day = map(int, text.split("/"))
    for first, name, letter in ERAS:
        if date(year, month, day) >= first:
            count = year - first.year + 1
            if short:
                return f"{letter}{count}.{month}.{day}"
            return f"{name}{'元' if count == 1 else count}年{month}月{day}日"
    return text


def half_width(kana: str) -> str:
    """Return full-width katakana as half-width, voiced marks apart, as old systems store it."""
    return "".join(HALF.get(letter, letter) for letter in kana)


def _half_table() -> dict[str, str]:
    table = {}
    for code in range(0xFF66, 0xFF9E):
        plain = unicodedata.normalize("NFKC", chr(code))
        table[plain] = chr(code)
        for mark in ("ﾞ", "ﾟ"):
            joined = unicodedata.normalize("NFKC", chr(code) + mark)
            if len(joined) == 1:
                table[joined] = chr(code) + mark
    return table


HALF = _half_table()


def stain(draw: Draw, sheets: list[Sheet]) -> Dirty:
    """Return the member and answer files with their dirt."""
    marks: list[Mark] = []
    for position, sheet in enumerate(sheets):
        if sheet.name == "members.csv":
            changed, found = _members(draw, sheet)
        elif sheet.name == "survey_answers.csv":
            changed, found = _outside_scale(sheet)
        elif sheet.name == "members_2023.tsv":
            changed, found = sheet, [Mark(sheet.name, MERGED, "older_record", sheet.rows)]
        else:
            continue
        sheets, marks = put(sheets, position, changed), marks + found
    return sheets, marks


#: What is spelled oddly in the member file: the kind of dirt, the columns, and how.
SPELLINGS: tuple[tuple[str, tuple[str, ...], Spell], ...] = (
    ("era_registered", ("登録日",), lambda text, row: era(text, row % 2 == 0)),
    ("era_birthday", ("生年月日",), lambda text, row: era(text, row % 2 == 0)),
    ("wide_year", ("生年",), lambda text, row: text.translate(WIDE)),
    ("half_kana", ("セイ", "メイ"), lambda text, row: half_width(text)),
    ("phone_plain", ("電話番号",), lambda text, row: text.replace("-", "")),
    ("phone_wide", ("電話番号",), lambda text, row: text.translate(WIDE)),
    ("phone_lost_zero", ("電話番号",), lambda text, row: text.replace("-", "").removeprefix("0")),
    ("name_space", ("姓", "名"), lambda text, row: text + "\u3000"))


def _members(draw: Draw, sheet: Sheet) -> tuple[Sheet, list[Mark]]:
    marks = []
    for name, headings, spell in SPELLINGS:
        rows = some(draw, name, sheet.rows, SHARES[name])
        touched: set[int] = set()
        for heading in headings:
            old = sheet.columns[heading]
            cells = {row: text for row in rows if old[row] and (text := spell(old[row], row)) != old[row]}
            sheet, touched = sheet.changed(heading, cells), touched | set(cells)
        marks.append(Mark(sheet.name, REPAIRED, name, len(touched)))
    return sheet, marks


def _outside_scale(sheet: Sheet) -> tuple[Sheet, list[Mark]]:
    """Add answers outside their scale: valid records, never valid answers."""
    rows = [row for row, word in enumerate(sheet.columns["設問"]) if word == "おすすめ度"]
    chosen = [rows[-1 - 3 * n] for n in range(min(15, len(rows) // 3))]
    extra = sheet.take(chosen)
    extra["設問"] = [OUTSIDE[n % len(OUTSIDE)][0] for n in range(len(chosen))]
    extra["点数"] = [OUTSIDE[n % len(OUTSIDE)][1] for n in range(len(chosen))]
    return sheet.plus(extra), [Mark(sheet.name, REPAIRED, "outside_scale", len(chosen))]
