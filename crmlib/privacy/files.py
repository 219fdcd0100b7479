"""Files that only their owner may read, and cells that no spreadsheet takes for a formula."""

from __future__ import annotations

import os
from pathlib import Path

_RISKY = tuple("=+-@＝＋－＠\t\r\0")
#: Cells that are numbers or dates are no formulas, whatever they begin with.
_PLAIN = frozenset("0123456789.,+-:/ ")


def formula_safe(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: a leading ``'`` where it would (CWE-1236)."""
    start = text.lstrip(" \u3000")
    number = start[:1] in ("+", "-") and set(start) <= _PLAIN and any(c.isdigit() for c in start)
    return "'" + text if start.startswith(_RISKY) and not number else text


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
