"""Files that only their owner may read, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_RISKY = tuple("=+-@＝＋－＠\t\r\0")
_START = "[ \u3000]*[" + re.escape("".join(_RISKY)) + "]"
#: Cells that are numbers or dates are no formulas, whatever they begin with.
_PLAIN = frozenset("0123456789.,+-:/ ")


def formula_safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: a leading ``'`` where it would (CWE-1236)."""
    start = text.lstrip(" \u3000")
    if not start.startswith(_RISKY):
        return text
    number = start[0] in ("+", "-") and set(start) <= _PLAIN and any(c.isdigit() for c in start)
    return text if number else "'" + text


def formulas_safe(column: pd.Series) -> list[str]:
    """Return a column of texts as such cells, empty where a text is missing; most need no look one by one."""
    texts = column.astype("str").fillna("")
    cells = texts.tolist()
    for place in texts.str.match(_START).to_numpy(dtype=bool).nonzero()[0]:
        cells[place] = formula_safe(cells[place])
    return cells


def private_folder(path: Path) -> Path:
    """Make a folder that only its owner may enter, and return it."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.chmod(0o700)
    return path


def write_private(path: Path, content: bytes) -> Path:
    """Write a file that only its owner may read, whole or not at all, and return it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "wb") as stream:
        stream.write(content)
    part.replace(path)
    return path
