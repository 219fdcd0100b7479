"""A spreadsheet of text and nothing else: no cell is a formula, a link or a number, whatever stands in it.

Office Open XML, ECMA-376 part 1: one sheet, every cell an inline string (``t="inlineStr"``), the format of text (49)
on it so that what is typed beside it stays text too. The same rows give the same bytes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from xml.sax.saxutils import escape

_STAMP = (1980, 1, 1, 0, 0, 0)
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
    lines = [list(row) for row in rows][:MOST_ROWS - 1]
    columns = list(zip(headings, *lines, strict=True)) if lines else [(heading,) for heading in headings]
    cells = [_cells(column, number) for number, column in enumerate(columns)]
    body = [f'<row r="{n}">{"".join(row)}</row>' for n, row in enumerate(zip(*cells, strict=True), 1)]
    parts = {**_PARTS, "xl/workbook.xml": _book(name), "xl/worksheets/sheet1.xml": _sheet(columns, "".join(body))}
    return _zipped(parts)


def _cells(column: Sequence[str], number: int) -> list[str]:
    letter = _letter(number)
    made = [f' s="1" t="inlineStr"><is><t xml:space="preserve">{_fit(text)}</t></is></c>' if text else ' s="1"/>'
            for text in column]
    made[0] = made[0].replace('s="1"', 's="2"', 1)
    return [f'<c r="{letter}{row}"{cell}' for row, cell in enumerate(made, 1)]


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


def _sheet(columns: Sequence[Sequence[str]], body: str) -> str:
    widths = [min(max(_NARROWEST, *(_width(text) for text in column[:200])) + 2, _WIDEST) for column in columns]
    listed = "".join(f'<col min="{n}" max="{n}" width="{wide}" style="1" customWidth="1"/>'
                     for n, wide in enumerate(widths, 1))
    pane = ('<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
            'state="frozen"/></sheetView></sheetViews>')
    return f'<worksheet xmlns="{_MAIN}">{pane}<cols>{listed}</cols><sheetData>{body}</sheetData></worksheet>'


def _width(text: str) -> int:
    return sum(1 if ord(letter) < 0x2000 else 2 for letter in text[:_WIDEST])


def _zipped(parts: dict[str, str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as book:
        for path, text in sorted(parts.items()):
            about = zipfile.ZipInfo(path, _STAMP)
            about.compress_type, about.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            book.writestr(about, _HEAD + text)
    return held.getvalue()
