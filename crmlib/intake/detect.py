"""What is this file? For the verb ``detect``: before any params exist."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from crmlib.engine.reading import open_reader
from crmlib.errors import CrmError
from crmlib.intake import raw


def look(path: Path) -> list[dict[str, Any]]:
    """Return file, sheet, encoding, delimiter, rows and headings, one dict per table the file holds."""
    if not path.is_file():
        raise CrmError("intake.missing_file", file=str(path.name), where=str(path.parent.name))
    sheets = raw.sheet_names(path) if path.suffix.lower() in raw.SHEETS else [None]
    return [_described(path, sheet) for sheet in sheets]


def _described(path: Path, sheet: str | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="crmlib-") as folder, open_reader(None) as engine:
        read = raw.read(engine, path, Path(folder), sheet=sheet)
    return {"file": path.name, "sheet": sheet, "encoding": read.encoding, "delimiter": read.delimiter,
            "rows": read.rows + len(read.rejects), "headings": list(read.headings)}
