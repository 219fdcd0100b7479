"""Workbooks and zip files made by hand, byte by byte: no library writes them as the systems of a shop do."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]], merged: Mapping[str, Sequence[str]] | None = None) -> bytes:
    """Return an Excel file: text, numbers, and dates as serial numbers with a date format; ``A1:B2`` merged."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs>'
        "</styleSheet>",
    }
    listed, related = "", f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/>'
    for number, (name, rows) in enumerate(sheets.items()):
        listed += f'<sheet name="{name}" sheetId="{number + 1}" r:id="s{number}"/>'
        related += f'<Relationship Id="s{number}" Type="{OFFICE}/worksheet" Target="s{number}.xml"/>'
        parts[f"xl/s{number}.xml"] = _sheet(rows, (merged or {}).get(name, ()))
    parts["xl/workbook.xml"] = f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>'
    parts["xl/_rels/workbook.xml.rels"] = f'<Relationships xmlns="{PACKAGE}/relationships">{related}</Relationships>'
    return zipped({name: text.encode() for name, text in parts.items()})


def _sheet(rows: Sequence[Sequence[Any]], merged: Sequence[str]) -> str:
    data = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    ranges = "".join(f'<mergeCell ref="{ref}"/>' for ref in merged)
    return (
        f'<worksheet xmlns="{MAIN}"><sheetData>{data}</sheetData>'
        f"{f'<mergeCells>{ranges}</mergeCells>' if ranges else ''}</worksheet>"
    )


def _cell(value: Any) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, datetime):
        return f'<c s="1"><v>{(value - datetime(1899, 12, 30)).total_seconds() / 86400}</v></c>'
    if isinstance(value, (int, float)):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'


def zipped(files: Mapping[str, bytes], encoding: str = "utf-8") -> bytes:
    """Return a zip file; its names in CP932 carry no mark that says so, as Windows writes them."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name if encoding == "utf-8" else name.encode(encoding).decode("cp437"))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, content)
    data = target.getvalue()
    return data if encoding == "utf-8" else _unmarked(data, files, encoding)


def _unmarked(data: bytes, files: Mapping[str, bytes], encoding: str) -> bytes:
    """Python writes such names as UTF-8 with a mark: put the bytes of the other encoding in their place."""
    changed = bytearray()
    place = 0
    source = io.BytesIO(data)
    with zipfile.ZipFile(source) as archive:
        infos = archive.infolist()
    names = [name.encode(encoding) for name in files]
    offsets = []
    for info, name in zip(infos, names, strict=True):
        place = info.header_offset
        head = bytearray(data[place : place + 30])
        old, extra = struct.unpack("<HH", head[26:30])
        head[6:8] = struct.pack("<H", struct.unpack("<H", head[6:8])[0] & ~0x800)
        head[26:28] = struct.pack("<H", len(name))
        offsets.append(len(changed))
        body = place + 30 + old
        changed += head + name + data[body : body + extra + info.compress_size]
    start = len(changed)
    for info, name, offset in zip(infos, names, offsets, strict=True):
        changed += struct.pack(
            "<4sHHHHHHIIIHHHHHII", b"PK\x01\x02", 20, 20, 0, info.compress_type, 0, 33, info.CRC, info.compress_size,
            info.file_size, len(name), 0, 0, 0, 0, 0, offset,
        ) + name  # fmt: skip
    return bytes(changed) + struct.pack(
        "<4sHHHHIIH", b"PK\x05\x06", 0, 0, len(names), len(names), len(changed) - start, start, 0
    )


def compound(streams: Mapping[str, bytes]) -> bytes:
    """Return a compound file, the frame of .xls and of workbooks with a password; each stream at least 4 KB long."""
    contents = {name: data.ljust(4096, b"\0") for name, data in streams.items()}
    chains: list[tuple[str, int, int, bytes]] = []
    sector = 2
    for name, data in contents.items():
        count = -(-len(data) // _SECTOR)
        chains.append((name, sector, count, data.ljust(count * _SECTOR, b"\0")))
        sector += count
    fat = [_FAT, _END]
    for _, start, count, _ in chains:
        fat += [*range(start + 1, start + count), _END]
    fat += [_FREE] * (128 - len(fat))
    entries = [_entry("Root Entry", 5, 1, _END, 0)]
    for n, (name, start, _, _) in enumerate(chains, 1):
        entries.append(_entry(name, 2, _FREE, start, len(contents[name]), n + 1 if n < len(chains) else _FREE))
    entries += [b"\0" * 128] * (4 - len(entries))
    head = struct.pack(
        "<8s16sHHHHH6sIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6, b"", 0, 1, 1, 0,
        4096, _END, 0, _END, 0, 0,
    )  # fmt: skip
    head = head.ljust(_SECTOR, b"\xff")
    return head + struct.pack("<128I", *fat) + b"".join(entries) + b"".join(data for *_, data in chains)


def _entry(name: str, kind: int, child: int, start: int, size: int, right: int = _FREE) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    return text.ljust(64, b"\0") + struct.pack(
        "<HBBIII16sIQQIQ", len(text), kind, 1, _FREE, right, child if kind == 5 else _FREE, b"", 0, 0, 0, start, size
    )


def locked_workbook() -> bytes:
    """Return what Excel saves with a password: nothing of it can be read but that it is encrypted."""
    return compound({"EncryptedPackage": b"\0" * 5000, "EncryptionInfo": b"\x04\0\x04\0\x40\0\0\0<encryption/>"})


def old_workbook(rows: Sequence[Sequence[str | float]]) -> bytes:
    """Return an .xls file of Excel 97 with one sheet."""

    def record(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    name = "受注".encode("utf-16-le")
    start = record(0x809, struct.pack("<HHHHII", 0x600, 5, 0, 0, 0, 0)) + record(0x42, struct.pack("<H", 1200))
    length = len(start) + 4 + 8 + len(name) + 4
    listed = record(0x85, struct.pack("<IBBBB", length, 0, 0, 2, 1) + name)
    cells = b""
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, str):
                text = value.encode("utf-16-le")
                cells += record(0x204, struct.pack("<HHHHB", r, c, 0, len(value), 1) + text)
            else:
                cells += record(0x203, struct.pack("<HHHd", r, c, 0, value))
    sheet = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0)) + cells + record(0x0A)
    return compound({"Workbook": start + listed + record(0x0A) + sheet})
