"""DuckDB, embedded: every trap of its Python client wrapped once, here."""

from __future__ import annotations

import errno
import os
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any

from crmlib.engine import statements
from crmlib.errors import CrmError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

ROW_GROUP = 122_880
#: Values of a column beyond which looking for repeats costs more than it saves.
DICTIONARY = 1000
#: Files of months are read together until they have so many bytes; their groups stay in the processor's cache.
PART = 1 << 20
#: Memory that one step of a statement gives back is kept for the next, within the limit: asking the system for it again
#: costs a twelfth of a summary from order lines.
KEEPING = {"allocator_flush_threshold": "1GiB", "allocator_bulk_deallocation_flush_threshold": "4GiB"}
#: Steps of the planner that may be left out: what rows that are not written say of a column; which side of a join is
#: held, for which it guesses how many rows a filter leaves.
STATISTICS, SIDES = "statistics_propagation", "build_side_probe_side"


class _LeftOut:
    """Keeps an engine from some steps of its planner while any connection wants that: the setting is one for all."""

    def __init__(self) -> None:
        self._lock, self._wanted = Lock(), Counter[str]()

    @contextmanager
    def held(self, connection: Any, step: str) -> Iterator[None]:
        """Leave a step out with the first who wants that, and take it up again after the last."""
        self._count(connection, step, 1)
        try:
            yield
        finally:
            self._count(connection, step, -1)

    def _count(self, connection: Any, step: str, change: int) -> None:
        with self._lock:
            before = set(+self._wanted)
            self._wanted[step] += change
            if (after := set(+self._wanted)) != before:
                connection.execute(f"SET disabled_optimizers = '{','.join(sorted(after))}'" if after
                                   else "RESET disabled_optimizers")


class DuckEngine:
    """An embedded engine; a context manager, since a connection holds memory and temporary files."""

    dialect = "duckdb"

    def __init__(self, memory_limit: str = "2GiB", threads: int | None = None,
                 temp_directory: str | None = None) -> None:
        import duckdb

        folder = temp_directory or os.path.join(tempfile.gettempdir(), "crmlib-spill")
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory_limit, "temp_directory": folder, "preserve_insertion_order": "false", **KEEPING}
        if threads or os.environ.get("CRMLIB_THREADS"):
            config["threads"] = str(threads or os.environ["CRMLIB_THREADS"])
        try:
            self._connection = duckdb.connect(config=config)
        except duckdb.Error as error:
            raise CrmError("engine.bad_setting", detail=first_line(error), where="engine") from None
        self._connection.execute("SET TimeZone = 'UTC'")
        self._left_out, self._folders = _LeftOut(), dict[str, Path]()

    def __enter__(self) -> DuckEngine:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give memory and temporary files back."""
        self._connection.close()

    def register(self, name: str, source: Any) -> None:
        """Make a Parquet file, a folder (Hive partitions) or a pandas or Arrow frame readable under a name."""
        self._folders.pop(name, None)
        if isinstance(source, (str, Path)):
            self._connection.execute(f"CREATE OR REPLACE TEMP VIEW {quoted(name)} AS {self._scan(Path(source))}")
            if Path(source).is_dir():
                self._folders[name] = Path(source)
        else:
            # A frame does not replace a view of the same name by itself. Pandas text arrives as Arrow text: DuckDB's
            # own pandas scan would sample objects to guess a type.
            self.unregister(name)
            self._connection.register(name, to_arrow(source))

    @staticmethod
    def _scan(path: Path) -> str:
        return f"SELECT * FROM {_files(path / '**' / '*.parquet' if path.is_dir() else path)}"

    def unregister(self, name: str) -> None:
        """Forget a registered name."""
        self._folders.pop(name, None)
        self._connection.execute(f"DROP VIEW IF EXISTS {quoted(name)}")

    def execute(self, text: str, **params: Any) -> None:
        """Run one statement that returns nothing."""
        self._guard(lambda: self._connection.execute(text, statements.bind(text, params)), text)

    def arrow(self, text: str, **params: Any) -> pa.Table:
        """Run one statement and return an Arrow table, read to its end."""
        values = statements.bind(text, params)
        return self._guard(lambda: self._connection.sql(text, params=values or None).to_arrow_table(), text)

    def sql(self, text: str, **params: Any) -> pd.DataFrame:
        """Run one statement and return its rows: exact integers, ``Int64`` where some are missing.

        Raises
        ------
        CrmError
            ``engine.failed`` with the engine's first line; ``engine.missing_parameter``.
        """
        return to_frame(self.arrow(text, **params))

    def query(self, name: str, ready: dict[str, str] | None = None, **params: Any) -> pd.DataFrame:
        """Run the named statement with the statements it reads."""
        return self.sql(self.compose(name, ready), **params)

    def compose(self, name: str, ready: Mapping[str, str] | None = None,
                instead: Mapping[str, str] = statements.NOTHING) -> str:
        """Return a named statement with those it reads, as `statements.compose` does, for this engine.

        Statements whose rows are each made of one month (`statements.of_one_month`) are asked month by month: groups of
        few lines take less time than those of all, and give their memory back before the next.
        """
        monthly = {} if instead else {other: f"(\n{self._monthly(other)}\n)" for other in statements.closure(name)
                                      if statements.of_one_month(other)}
        return statements.compose(name, monthly | dict(ready or {}), instead)

    def _monthly(self, name: str) -> str:
        """Return the rows of a statement of one table as those of its months together."""
        text, (table,) = statements.body(name), statements.of_one_month(name)
        if table not in self._folders:
            return text
        # A name given with WITH goes before the view of that name.
        return "\nUNION ALL\n".join(f"(WITH {table} AS (SELECT * FROM {_files(*part)}) SELECT * FROM (\n{text}\n))"
                                    for part in _parts(self._folders[table]))

    def write(self, text: str, path: Path, **params: Any) -> int:
        """Run one statement and write its rows, in the statement's order, as one Parquet file; return how many.

        Equal rows give equal bytes: the engine would call a column required where it can tell that rows which are not
        written either have no missing value in it, so it is kept from telling.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        copy = (f"COPY (\n{text}\n) TO {literal(str(path))} "
                f"(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROW_GROUP}, "
                f"DICTIONARY_SIZE_LIMIT {DICTIONARY})")
        values = statements.bind(text, params)
        with self._left_out.held(self._connection, STATISTICS):
            rows = self._guard(lambda: self._connection.execute(copy, values).fetchall(), text)
        return int(rows[0][0])

    def _guard(self, run: Any, text: str) -> Any:
        import duckdb

        try:
            return run()
        except duckdb.OutOfMemoryException as error:
            raise CrmError("engine.out_of_memory", detail=first_line(error), where="engine.memory_limit") from None
        except duckdb.IOException as error:
            full = os.strerror(errno.ENOSPC) in str(error)
            raise CrmError("engine.disk_full" if full else "engine.disk", detail=first_line(error)) from None
        except duckdb.Error as error:
            raise CrmError("engine.failed", detail=first_line(error), where=text.strip()[:200]) from None


def _files(*paths: Path) -> str:
    """Return a relation of Parquet files."""
    # ym is stored in the files too, so the partition folders need not be parsed into a column.
    return f"read_parquet([{', '.join(literal(str(path)) for path in paths)}], hive_partitioning = false)"


def _parts(folder: Path) -> list[list[Path]]:
    """Return the files of a folder in parts: those of a month together, and small months together."""
    parts: list[list[Path]] = []
    size = PART
    for _, month in groupby(sorted(folder.rglob("*.parquet")), lambda path: path.parent):
        if size >= PART:
            parts.append([])
            size = 0
        parts[-1] += (found := list(month))
        size += sum(path.stat().st_size for path in found)
    return parts


def to_arrow(frame: Any) -> Any:
    """Return an Arrow table of a pandas frame; anything else as it is."""
    import pandas as pd
    import pyarrow as pa

    return pa.Table.from_pandas(frame, preserve_index=False) if isinstance(frame, pd.DataFrame) else frame


def to_frame(table: pa.Table) -> pd.DataFrame:
    """Return a pandas frame whose integers are integers, also where some are missing."""
    import pandas as pd
    import pyarrow as pa

    exact = pa.schema([pa.field(f.name, _exact(f.type)) for f in table.schema])
    nullable = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    gaps = {f.type for f, column in zip(exact, table.columns, strict=True) if f.type in nullable and column.null_count}
    kept = {kind: nullable[kind] for kind in gaps}
    frame = table.cast(exact).to_pandas(types_mapper=kept.get, date_as_object=False)
    if not gaps:
        return frame
    plain = {f.name: "int64" if f.type == pa.int64() else "bool" for f, column in zip(exact, table.columns, strict=True)
             if f.type in gaps and not column.null_count}
    return frame.astype(plain)


def _exact(kind: pa.DataType) -> pa.DataType:
    """Return BIGINT for the engine's wider whole numbers, so that no sum turns into a float."""
    import pyarrow as pa

    if pa.types.is_integer(kind) or (pa.types.is_decimal(kind) and kind.scale == 0):
        return pa.int64()
    return pa.float64() if pa.types.is_decimal(kind) else kind


def quoted(name: str) -> str:
    """Return an identifier in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Return a text literal."""
    return "'" + value.replace("'", "''") + "'"


def first_line(error: BaseException) -> str:
    """Return the first line of an error's text."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
