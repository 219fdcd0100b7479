"""What only intake asks of the embedded engine: delimited text with every option named, and functions of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from crmlib.engine.duck import SIDES, DuckEngine, literal

#: Longest record in bytes; longer ones are rejected and counted, not a reason to stop.
LONGEST = 8 * 1024 * 1024
#: Bytes read at a time, several such pieces at once; the engine's own choice, sixteen of the longest records, would
#: leave a file to one thread.
_BUFFER = LONGEST
#: Texts of a batch that are looked at for repeats.
_PROBE = 64
#: So many texts, of so many bytes together, are quicker remembered than made again; so many different ones are kept.
_FEW, _SMALL, _REMEMBERED = 64, 4096, 5000
_UNKNOWN = object()
_WHY = {"MISSING COLUMNS": "too_few_fields", "TOO MANY COLUMNS": "too_many_fields", "UNQUOTED VALUE": "quotes",
        "LINE SIZE OVER MAXIMUM": "too_long", "INVALID ENCODING": "undecodable"}

#: Parquet read once or twice and thrown away with its file: quick to write before small to keep.
KEPT = "FORMAT parquet, COMPRESSION lz4_raw, DICTIONARY_SIZE_LIMIT 1000, WRITE_BLOOM_FILTER false"


class ReadingEngine(DuckEngine):
    """The embedded engine as intake needs it: rows keep the order of the file."""

    def __init__(self, memory_limit: str = "2GiB", threads: int | None = None,
                 temp_directory: str | None = None) -> None:
        super().__init__(memory_limit, threads, temp_directory)
        # Row numbers in the quarantine are those of the file.
        self.execute("SET preserve_insertion_order = true")

    def __enter__(self) -> ReadingEngine:
        return self

    @contextmanager
    def beside(self) -> Iterator[ReadingEngine]:
        """Give a second connection to the same engine, for another thread: functions and memory are shared."""
        other = object.__new__(ReadingEngine)
        other._connection = self._connection.cursor()
        other._connection.execute("SET TimeZone = 'UTC'")
        other._left_out, other._folders = self._left_out, {}
        with other:
            yield other

    @contextmanager
    def as_written(self) -> Iterator[None]:
        """Hold the right side of every join, as its statement says, however many rows the engine thinks there are."""
        with self._left_out.held(self._connection, SIDES):
            yield

    def add_function(self, name: str, function: Callable[[Any], Any]) -> None:
        """Let statements call a function from Arrow text to Arrow text; it may take and give missing values."""
        from duckdb.func import ARROW, SPECIAL

        self._connection.create_function(name, partial(_each_once, function, {}), ["VARCHAR"], "VARCHAR", type=ARROW,
                                         null_handling=SPECIAL)

    def rows(self, text: str, **params: Any) -> list[tuple[Any, ...]]:
        """Run one statement and return its few rows as plain values."""
        found = self.arrow(text, **params)
        return list(zip(*(column.to_pylist() for column in found.columns), strict=True))

    @property
    def version(self) -> str:
        """Version of the engine; hashes of rows hold within one version only."""
        import duckdb

        return str(duckdb.__version__)

    def read_delimited(self, path: Path, target: Path, columns: int, delimiter: str,
                       skip: int = 0) -> list[tuple[int, str, str]]:
        """Store the records of a UTF-8 file as Parquet (``c0``, ``c1``, …: text) and return what did not fit.

        The engine's own guessing of dialects loses rows (research/cleaning.md, section 3), so every option is given.

        Parameters
        ----------
        columns : int
            Number of fields of the heading; a record with another number is rejected.
        skip : int
            Lines before the heading.

        Returns
        -------
        list of (int, str, str)
            Record (1 = the heading), why (code) and text (the line as it stands), by record.
        """
        self.execute(f"COPY (SELECT * FROM {delimited(path, columns, delimiter, skip=skip)}) "
                     f"TO {literal(str(target))} ({KEPT})")
        return self.rejects()

    def rejects(self) -> list[tuple[int, str, str]]:
        """Return what the last reading of delimited text did not take: record (1 = the heading), why, text.

        One row per rejected record: the engine may list several faults of one.
        """
        found = self.rows(
            "SELECT line AS record, MIN(CAST(error_type AS VARCHAR)) AS why, MIN(csv_line) AS text "
            "FROM reject_errors GROUP BY line ORDER BY line")
        if found:
            self.execute("DROP TABLE reject_errors")
            self.execute("DROP TABLE reject_scans")
        return [(record, _WHY.get(why, "malformed"), text) for record, why, text in found]


def _each_once(function: Callable[[Any], Any], known: dict[str | None, Any], texts: Any) -> Any:
    """Call a function with each text of a batch once, where its first texts show that many stand there again.

    Of small batches what they gave is ``known`` to the next: a few odd cells in each cost their handing over only.
    """
    import pyarrow as pa

    if len(texts) <= _FEW and texts.nbytes <= _SMALL:
        return pa.array(_remembered(function, known, texts.to_pylist()), pa.string())
    if len(texts.slice(0, _PROBE).unique()) * 2 > min(_PROBE, len(texts)):
        return function(texts)
    encoded = (texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts).dictionary_encode()
    return function(encoded.dictionary).take(encoded.indices)


def _remembered(function: Callable[[Any], Any], known: dict[str | None, Any], texts: list[str | None]) -> list[Any]:
    import pyarrow as pa

    found = {text: known.get(text, _UNKNOWN) for text in texts}
    if new := [text for text, made in found.items() if made is _UNKNOWN]:
        made = dict(zip(new, function(pa.array(new, pa.string())).to_pylist(), strict=True))
        found |= made
        if len(known) + len(made) > _REMEMBERED:
            known.clear()
        known.update(made)
    return [found[text] for text in texts]


def delimited(path: Path, columns: int, delimiter: str, noted: bool = True, skip: int = 0) -> str:
    """Return the records of a UTF-8 file as a relation with the columns ``c0``, ``c1``, …: text.

    Parameters
    ----------
    noted : bool
        Whether lines that are no records are noted for `ReadingEngine.rejects`; they are passed over either way.
    """
    named = ", ".join(f"'c{n}': 'VARCHAR'" for n in range(columns))
    rejects = "store_rejects" if noted else "ignore_errors"
    return (f"read_csv({literal(str(path))}, auto_detect = false, header = true, skip = {skip}, "
            f"delim = {literal(delimiter)}, quote = '\"', escape = '\"', columns = {{{named}}}, "
            f"max_line_size = {LONGEST}, buffer_size = {_BUFFER}, {rejects} = true)")


def open_reader(settings: Any, spill: Path | None = None) -> ReadingEngine:
    """Return the reading engine with the memory, threads and temporary folder of the settings.

    ``spill`` is the temporary folder where the settings name none: what goes there is personal data.
    """
    block = getattr(settings, "engine", settings)
    folder = getattr(block, "temp_directory", None) or (str(spill) if spill else None)
    return ReadingEngine(getattr(block, "memory_limit", None) or "2GiB", getattr(block, "threads", None), folder)
