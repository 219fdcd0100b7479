"""A spreadsheet of text and nothing else: no cell is a formula, a link or a number, whatever stands in it.

Office Open XML, ECMA-376 part 1: one sheet, every cell an inline string (``t="inlineStr"``), the format of text (49)
on it so that what is typed beside it stays text too. The same rows give the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from xml.sax.saxutils import escape

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
#: Characters that XML 1.0 cannot hold.
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
#: What a sheet of this format holds.
MOST_ROWS, MOST_TEXT = 1_048_576, 32_767
_WIDEST, _NARROWEST = 60, 8
#: Rows written at a time, those looked at for the width of columns, and how hard the file is packed.
_BLOCK, _LOOKED_AT, _LEVEL = 10_000, 200, 3

_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType='
    '"application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET}.worksheet+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_SHEET}.styles+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{_OFFICE}/styles" '
    'Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/>'
    '</font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill '
    'patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/>'
    '</cellStyleXfs><cellXfs count="3"><xf/><xf numFmtId="49" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" '
    'applyNumberFormat="1" applyFont="1"/></cellXfs></styleSheet>',
}


def text_workbook(headings: Sequence[str], rows: Iterable[Sequence[str]], name: str) -> bytes:
    """Return an xlsx file with one sheet of text.

    Parameters
    ----------
    headings : sequence of str
        The first row; it stays in sight.
    rows : iterable of sequence of str
        Cells as text; those beyond what a sheet holds are left out, so that whoever writes has to split them.
    name : str
        Of the sheet.
    """
    lines = chain([list(headings)], islice(rows, MOST_ROWS - 1))
    first = list(islice(lines, _BLOCK))
    widths = [max(map(_width, column)) for column in zip(*first[:_LOOKED_AT], strict=True)]
    held = io.BytesIO()
    # A part that is opened by its name has the day of the format's making, not today's.
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as book:
        for path, text in sorted({**_PARTS, "xl/workbook.xml": _book(name)}.items()):
            with book.open(path, "w") as part:
                part.write((_HEAD + text).encode())
        with book.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write((_HEAD + _opening(widths)).encode())
            for number, block in enumerate(chain([first], _blocks(lines))):
                sheet.write(_rows(block, number * _BLOCK + 1).encode())
            sheet.write(b"</sheetData></worksheet>")
    return held.getvalue()


def _blocks(lines: Iterator[Sequence[str]]) -> Iterator[list[Sequence[str]]]:
    """Give so many rows at a time, that a long list is never held as XML."""
    while block := list(islice(lines, _BLOCK)):
        yield block


def _rows(block: Sequence[Sequence[str]], start: int) -> str:
    """Return rows of cells; empty cells are left out, the column has their format."""
    letters = [_letter(number) for number in range(len(block[0]))]
    columns = [_cells(column) for column in zip(*block, strict=True)]
    made = []
    for row, cells in enumerate(zip(*columns, strict=True), start):
        style = 2 if row == 1 else 1
        inner = "".join(f'<c r="{letter}{row}" s="{style}"{cell}' for letter, cell in zip(letters, cells, strict=True)
                        if cell)
        made.append(f'<row r="{row}">{inner}</row>')
    return "".join(made)


def _cells(column: Sequence[str]) -> list[str]:
    """Return the inside of each cell; a text that comes again is written once."""
    known = {text: f' t="inlineStr"><is><t xml:space="preserve">{_fit(text)}</t></is></c>' if text else ""
             for text in set(column)}
    return [known[text] for text in column]


def _fit(text: str) -> str:
    return escape(_UNFIT.sub("", text[:MOST_TEXT]))


def _letter(number: int) -> str:
    """Return the name of a column: A, B, …, Z, AA."""
    name = ""
    while number >= 0:
        number, rest = divmod(number, 26)
        name, number = chr(65 + rest) + name, number - 1
    return name


def _book(name: str) -> str:
    title = escape(name[:31], {'"': "&quot;"})
    return (f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets><sheet name="{title}" sheetId="1" r:id="rId1"/>'
            '</sheets></workbook>')


def _opening(widths: Sequence[int]) -> str:
    listed = "".join(f'<col min="{n}" max="{n}" width="{min(max(wide, _NARROWEST) + 2, _WIDEST)}" style="1" '
                     'customWidth="1"/>' for n, wide in enumerate(widths, 1))
    return (f'<worksheet xmlns="{_MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
            f'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>{listed}</cols><sheetData>')


def _width(text: str) -> int:
    return sum(1 if ord(letter) < 0x2000 else 2 for letter in text[:_WIDEST])
