"""Dirt, planted on purpose and counted: what exports of real tills, shops and hand-kept lists look like.

Every function takes sheets and returns new ones with what was done: rows that must be merged, quarantined
or excluded (with their reason), and cells that must be repaired.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from crmlib.sample.files.sheet import Sheet
from crmlib.sample.world.draw import Draw

#: Months before the last one whose till file is dirty in one certain way.
OVERLAP, FOOTER, BACKSLASH, YEN, TRIANGLE, SHORT_DATES = 19, 32, 29, 28, 26, 24
ZERO, TEXT, TWO = (20, 12, 5), (21, 9, 3), (14, 6)
TEXTS = ("サービス", "無料", "12万", "未定")
WIDE = str.maketrans("0123456789,-", "０１２３４５６７８９，－")
QUARANTINED, MERGED, EXCLUDED, REPAIRED = "quarantined", "merged", "excluded", "repaired"


@dataclass(frozen=True)
class Mark:
    """One kind of dirt in one file: what should become of it, why, how many rows and how many yen."""

    file: str
    fate: str
    reason: str
    rows: int
    amount: int = 0


Dirty = tuple[list[Sheet], list[Mark]]


def tills(sheets: list[Sheet]) -> list[int]:
    """Return the positions of the monthly till files."""
    return [i for i, sheet in enumerate(sheets) if sheet.name.startswith("pos_") and len(sheet.name) == 15]


def till(sheets: list[Sheet], back: int) -> int | None:
    """Return the position of the till file so many months before the last, or None."""
    found = tills(sheets)
    return found[-1 - back] if back < len(found) else None


def put(sheets: list[Sheet], position: int, sheet: Sheet) -> list[Sheet]:
    """Return the sheets with one of them replaced."""
    return [*sheets[:position], sheet, *sheets[position + 1:]]


def some(draw: Draw, name: str, count: int, share: float) -> list[int]:
    """Return the rows hit by chance."""
    return np.flatnonzero(draw.uniform(f"dirt/{name}", np.arange(count)) < share).tolist()


def overlap(draw: Draw, sheets: list[Sheet]) -> Dirty:
    """One export was repeated for a period across two months."""
    first, second = till(sheets, OVERLAP), till(sheets, OVERLAP - 1)
    if first is None or second is None:
        return sheets, []
    early, late = sheets[first], sheets[second]
    from_day = [i for i, at in enumerate(early.columns["取引日時"]) if int(at[8:10]) >= 10]
    to_day = [i for i, at in enumerate(late.columns["取引日時"]) if int(at[8:10]) <= 5]
    again = replace(early, name=early.name[:-4] + "_reexport.csv", columns=early.take(from_day))
    again = again.plus(late.take(to_day))
    amount = sum(map(int, again.columns["金額"]))
    return [*sheets, again], [Mark(again.name, MERGED, "overlap", again.rows, amount)]


def till_rows(draw: Draw, sheets: list[Sheet]) -> Dirty:
    """Add lines to till files that cannot be counted as sales."""
    marks: list[Mark] = []
    for backs, dirty in ((ZERO, zero_quantity), (TEXT, text_amount), (TWO, two_customers)):
        for back in backs:
            position = till(sheets, back)
            if position is not None and sheets[position].rows > 40:
                sheet, mark = dirty(sheets[position])
                sheets = put(sheets, position, sheet)
                marks.append(mark)
    position = till(sheets, FOOTER)
    if position is not None:
        sheet, mark = _footer(sheets[position])
        sheets = put(sheets, position, sheet)
        marks.append(mark)
    return sheets, marks


def _plain(sheet: Sheet, count: int) -> list[int]:
    """Return rows of ordinary sales, spread over the file, each of another order."""
    kind, order = sheet.columns["明細区分"], sheet.columns[next(iter(sheet.columns))]
    state = sheet.columns.get("状態", ["完了"] * sheet.rows)
    last = {code: row for row, code in enumerate(order)}
    rows = [row for row in last.values() if kind[row] in ("通常", "商品") and state[row] == "完了"]
    return [rows[len(rows) * (n + 1) // (count + 1)] for n in range(count)]


def zero_quantity(sheet: Sheet) -> tuple[Sheet, Mark]:
    """Add lines with money and no quantity: deposits keyed in as goods."""
    extra = sheet.take(_plain(sheet, 2))
    extra["行番号"] = [str(int(n) + 50) for n in extra["行番号"]]
    extra |= {"数量": ["0", "0"], "金額": ["500", "1000"]}
    return sheet.plus(extra), Mark(sheet.name, EXCLUDED, "zero_quantity", 2, 1500)


def text_amount(sheet: Sheet) -> tuple[Sheet, Mark]:
    """Add lines with words where the amount should be."""
    extra = sheet.take(_plain(sheet, len(TEXTS)))
    extra["行番号"] = [str(int(n) + 60) for n in extra["行番号"]]
    extra["金額"] = list(TEXTS)
    return sheet.plus(extra), Mark(sheet.name, QUARANTINED, "text_amount", len(TEXTS))


def two_customers(sheet: Sheet) -> tuple[Sheet, Mark]:
    """Add a receipt whose lines carry two member numbers."""
    known = [i for i in _plain(sheet, 30) if sheet.columns["会員番号"][i]]
    pair = [known[0], next(i for i in known if sheet.columns["会員番号"][i] != sheet.columns["会員番号"][known[0]])]
    extra = sheet.take(pair)
    same = ("取引日時", "店舗コード", "支払方法", "クーポン", "利用ポイント", "取引値引")
    extra |= {heading: [extra[heading][0]] * 2 for heading in same}
    extra["取引ID"], extra["行番号"] = [extra["取引ID"][0][:-4] + "9001"] * 2, ["1", "2"]
    amount = sum(map(int, extra["金額"]))
    return sheet.plus(extra), Mark(sheet.name, QUARANTINED, "two_customers", 2, amount)


def _footer(sheet: Sheet) -> tuple[Sheet, Mark]:
    total = sum(map(int, sheet.columns["金額"]))
    extra = {heading: [""] for heading in sheet.columns} | {"取引ID": ["合計"], "金額": [str(total)]}
    return sheet.plus(extra), Mark(sheet.name, EXCLUDED, "total_row", 1, total)


def till_cells(draw: Draw, sheets: list[Sheet]) -> Dirty:
    """Spell whole files oddly, and a few cells of the others."""
    odd: dict[int, Callable[[Sheet], tuple[Sheet, Mark]]] = {
        BACKSLASH: lambda s: _money(s, "\\", "backslash_yen"), YEN: lambda s: _money(s, "￥", "wide_yen"),
        TRIANGLE: _triangles, SHORT_DATES: _short_dates}
    marks: list[Mark] = []
    months = tills(sheets)
    for place, position in enumerate(months):
        back = len(months) - 1 - place
        if back in (OVERLAP, OVERLAP - 1):
            continue
        if back in odd:
            sheet, mark = odd[back](sheets[position])
            sheets, marks = put(sheets, position, sheet), [*marks, mark]
        else:
            sheet, found = _wide_cells(draw, sheets[position])
            sheets, marks = put(sheets, position, sheet), marks + found
    return sheets, marks


def grouped(text: str, sign: str) -> str:
    """Return 1280 as ¥1,280; words and empty cells stay."""
    digits = text.lstrip("-")
    if not digits.isdigit():
        return text
    return f"{'-' if text.startswith('-') else ''}{sign}{int(digits):,}"


def _money(sheet: Sheet, sign: str, reason: str) -> tuple[Sheet, Mark]:
    columns = dict(sheet.columns)
    for heading in ("単価", "金額"):
        columns[heading] = [grouped(cell, sign) for cell in columns[heading]]
    return replace(sheet, columns=columns), Mark(sheet.name, REPAIRED, reason, sheet.rows)


def _triangles(sheet: Sheet) -> tuple[Sheet, Mark]:
    columns, count = dict(sheet.columns), 0
    for heading in ("単価", "数量", "金額"):
        count += sum(cell.startswith("-") for cell in columns[heading])
        columns[heading] = [f"△{int(cell[1:]):,}" if cell.startswith("-") else cell for cell in columns[heading]]
    return replace(sheet, columns=columns), Mark(sheet.name, REPAIRED, "triangle_minus", count)


def _short_dates(sheet: Sheet) -> tuple[Sheet, Mark]:
    full = sheet.columns["取引日時"]
    cells = [f"{int(at[:4])}/{int(at[5:7])}/{int(at[8:10])} {int(at[11:13])}:{at[14:]}" for at in full]
    return replace(sheet, columns={**sheet.columns, "取引日時": cells}), Mark(sheet.name, REPAIRED, "short_dates",
                                                                          sheet.rows)


def _wide_cells(draw: Draw, sheet: Sheet) -> tuple[Sheet, list[Mark]]:
    """Full-width digits where somebody typed, and a full-width space that came along."""
    typed = [r for r in some(draw, f"wide/{sheet.name}", sheet.rows, 0.003) if sheet.columns["金額"][r].isdigit()]
    spaced = some(draw, f"space/{sheet.name}", sheet.rows, 0.001)
    money, count, code = (sheet.columns[heading] for heading in ("金額", "数量", "商品コード"))
    changed = sheet.changed("金額", {r: f"{int(money[r]):,}".translate(WIDE) for r in typed})
    changed = changed.changed("数量", {r: count[r].translate(WIDE) for r in typed})
    changed = changed.changed("商品コード", {r: code[r] + "\u3000" for r in spaced if code[r]})
    return changed, [Mark(sheet.name, REPAIRED, "wide_digits", len(typed)),
                     Mark(sheet.name, REPAIRED, "wide_space", sum(1 for r in spaced if code[r]))]


def stall(draw: Draw, sheets: list[Sheet]) -> Dirty:
    """The stall's list is typed by hand: member numbers in full-width digits."""
    position = next(i for i, sheet in enumerate(sheets) if sheet.name.startswith("saiji"))
    sheet = sheets[position]
    member, order = sheet.columns["会員番号"], sheet.columns["伝票番号"]
    wide = {code for row, code in enumerate(order) if sum(map(ord, code)) % 5 < 2 and member[row]}
    cells = {row: member[row].translate(WIDE) for row, code in enumerate(order) if code in wide}
    return put(sheets, position,
               sheet.changed("会員番号", cells)), [Mark(sheet.name, REPAIRED, "wide_digits", len(cells))]


def web(draw: Draw, sheets: list[Sheet]) -> Dirty:
    """Online: repeated records, lines without an order, words for money, ¥ and commas."""
    at = {sheet.name: i for i, sheet in enumerate(sheets)}
    orders, lines = sheets[at["ec_orders.csv"]], sheets[at["ec_lines.csv"]]
    again = some(draw, "web_again", orders.rows, 0.0006) or [0]
    codes = {orders.columns["注文番号"][row] for row in again}
    twice = [row for row, code in enumerate(lines.columns["注文番号"]) if code in codes]
    amount = sum(int(lines.columns["金額"][row]) for row in twice)
    yen = [row for row in some(draw, "web_yen", lines.rows, 0.01) if row not in set(twice)]
    plain = lines.columns["金額"]
    dirty = lines.changed("金額", {row: grouped(plain[row], "¥") for row in yen})
    stray = lines.take(_plain(lines, 7))
    stray["注文番号"] = [f"EC9{code[3:]}" for code in stray["注文番号"]]
    lost = sum(map(int, stray["金額"]))
    dirty, words = text_amount(dirty)
    dirty, zero = zero_quantity(dirty)
    dirty = dirty.plus(stray).plus(lines.take(twice))
    sheets = put(put(sheets, at["ec_lines.csv"], dirty), at["ec_orders.csv"], orders.plus(orders.take(again)))
    return sheets, [Mark(orders.name, MERGED, "repeated_record", len(again)),
                    Mark(lines.name, MERGED, "repeated_record", len(twice), amount), words, zero,
                    Mark(lines.name, QUARANTINED, "orphan_line", 7, lost),
                    Mark(lines.name, REPAIRED, "yen_sign", len(yen))]
