"""One table of a file, ready to be read, and what the settings say about how to read it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

#: Place of bytes that no character stands for: offset in the file, line, the bytes in hex.
Fault = tuple[int, int, str]


@dataclass(frozen=True)
class Options:
    """What the settings say about a file; ``auto`` and None leave it to what is found."""

    encoding: str = "auto"
    delimiter: str = "auto"
    header_row: int | None = None

    @classmethod
    def of(cls, source: Any) -> Options:
        """Return the options of a source of the settings."""
        return cls(source.encoding, source.delimiter, source.header_row)


@dataclass(frozen=True)
class Table:
    """A table that the engine can read, from its first record to its last.

    Attributes
    ----------
    kind : str
        ``csv``: UTF-8 text that begins with one row of headings, read with every option given. ``parquet``.
    path : pathlib.Path
        What to read: the file itself, or a private copy that goes when the table is closed.
    headings, columns : tuple of str
        Headings as the file has them, and the column that holds each.
    kinds : tuple of str
        ``text``, or the engine's type where the file has types of its own.
    first : int
        Number a reader of the file gives the first record: 2 below a heading in the first row.
    undecodable : tuple of (int, int, str)
        Byte offset, line and bytes in hex of what could not be decoded, the first 1,000 of ``undecodable_total``.
    gaiji : int
        Characters of the private use area, which another machine may show as anything.
    lines : int
        Lines of a text below its headings, those inside quotes and blank ones included.
    above : int
        Lines of its headings in ``path``.
    lacks : frozenset of str
        Those of ``_`` and ``+`` of which no cell holds any form, as far as that is known.
    """

    kind: str
    path: Path
    delimiter: str
    headings: tuple[str, ...]
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    encoding: str
    first: int
    undecodable: tuple[Fault, ...] = ()
    undecodable_total: int = 0
    gaiji: int = 0
    lines: int = 0
    above: int = 1
    lacks: frozenset[str] = frozenset()

    @property
    def options(self) -> Options:
        """What opens the table again as it was found."""
        return Options(self.encoding, self.delimiter, self.first - 1) if self.kind == "csv" else Options(
            header_row=self.first - 1 or None)
