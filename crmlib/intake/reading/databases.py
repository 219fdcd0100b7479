"""A table of a database, read only and streamed into Parquet: SQLite by Python itself, PostgreSQL by psycopg.

What is read is named by the hash of its rows, so that an unchanged table is typed once. The address of a server comes
from the environment; the settings name the variable and never hold a password, and no message repeats the address.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from crmlib.errors import CrmError
from crmlib.intake.reading.excel import cell_text
from crmlib.privacy import private_folder

MAGIC = b"SQLite format 3\0"
SUFFIXES = (".sqlite", ".sqlite3", ".db", ".db3")
_BATCH = 10_000
_SECONDS = 15
Rows = Iterator[Sequence[Any]]


@dataclass(frozen=True)
class Wanted:
    """What of a database is read: a table by its name, or the rows of one query."""

    table: str = ""
    query: str = ""

    @property
    def name(self) -> str:
        """Name in labels and messages."""
        return self.table or "query"


def is_sqlite(path: Path) -> bool:
    """Return whether a file is an SQLite database."""
    with path.open("rb") as stream:
        return stream.read(len(MAGIC)) == MAGIC


def from_sqlite(path: Path, wanted: Wanted, folder: Path) -> tuple[Path, str]:
    """Stream a table of an SQLite file into a folder; return the Parquet file and the hash of its rows.

    Raises
    ------
    CrmError
        ``intake.table_needed`` with the tables there are, ``intake.missing_table``, ``intake.cut_database``,
        ``intake.database_refused``.
    """
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)) as connection:
            connection.execute("PRAGMA query_only = ON")
            connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
            _whole(connection, path)
            _known(wanted, _names(connection), path.name)
            quoted = wanted.table.replace('"', '""')
            cursor = connection.execute(wanted.query or f'SELECT * FROM "{quoted}"')
            return _stored(_headings(cursor.description, path.name), _fetched(cursor), folder, path.name)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise CrmError("intake.database_refused", file=path.name, table=wanted.name, detail=str(error)) from None


def tables_of(path: Path) -> tuple[str, ...]:
    """Return the tables and views of an SQLite file that hold anything, by name.

    Raises
    ------
    CrmError
        ``intake.empty_file`` where none does, ``intake.database_refused``.
    """
    try:
        with closing(sqlite3.connect(f"file:{quote(str(path.resolve()))}?mode=ro", uri=True)) as connection:
            found = tuple(n for n in _names(connection) if _filled(connection, n))
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise CrmError("intake.database_refused", file=path.name, table="", detail=str(error)) from None
    if not found:
        raise CrmError("intake.empty_file", file=path.name)
    return found


def _filled(connection: sqlite3.Connection, table: str) -> bool:
    quoted = table.replace('"', '""')
    return connection.execute(f'SELECT 1 FROM "{quoted}" LIMIT 1').fetchone() is not None


def _names(connection: sqlite3.Connection) -> list[str]:
    return [str(n) for (n,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name")]


def _whole(connection: sqlite3.Connection, path: Path) -> None:
    """A file that was cut off reads as empty rows; what is still in the log beside it is not in the file yet."""
    pages, size = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
    if path.stat().st_size < pages * size and not path.with_name(f"{path.name}-wal").exists():
        raise CrmError("intake.cut_database", file=path.name)


def _known(wanted: Wanted, tables: Sequence[str], file: str) -> None:
    if not wanted.table and not wanted.query:
        raise CrmError("intake.table_needed", file=file, allowed=list(tables))
    if wanted.table and wanted.table not in tables:
        raise CrmError("intake.missing_table", file=file, table=wanted.table, allowed=list(tables))


def from_postgres(variable: str, wanted: Wanted, folder: Path) -> tuple[Path, str]:
    """Stream a table of a PostgreSQL server into a folder; return the Parquet file and the hash of its rows.

    Parameters
    ----------
    variable : str
        Environment variable that holds the address: ``postgresql://user:password@host/name``.

    Raises
    ------
    CrmError
        ``intake.no_database_url``, ``intake.missing_extra``, ``intake.unreachable_database``,
        ``intake.missing_table``, ``intake.database_refused``.
    """
    with _connected(variable) as connection:
        import psycopg
        from psycopg import sql

        statement = (sql.SQL(wanted.query) if wanted.query
                     else sql.SQL("SELECT * FROM {}").format(sql.Identifier(*wanted.table.split("."))))
        try:
            with connection.cursor(name="crmlib") as cursor:
                cursor.itersize = _BATCH
                cursor.execute(statement)
                return _stored(_headings(cursor.description, variable), _fetched(cursor), folder, variable)
        except psycopg.Error as error:
            if wanted.table and isinstance(error, psycopg.errors.UndefinedTable):
                raise CrmError("intake.missing_table", file=variable, table=wanted.table) from None
            raise CrmError("intake.database_refused", file=variable, table=wanted.name,
                           detail=str(error.diag.message_primary or type(error).__name__)) from None


@contextmanager
def _connected(variable: str) -> Iterator[Any]:
    """Give a connection whose one transaction sees one state of the database and can change nothing."""
    url = os.environ.get(variable)
    if not url:
        raise CrmError("intake.no_database_url", variable=variable)
    try:
        import psycopg
    except ImportError:
        raise CrmError("intake.missing_extra", extra="postgres") from None
    try:
        connection = psycopg.connect(url, connect_timeout=_SECONDS)
    except psycopg.Error:
        # What the driver says may repeat the address, and with it the password.
        raise CrmError("intake.unreachable_database", variable=variable) from None
    with closing(connection):
        connection.read_only = True
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.execute("SET TIME ZONE 'UTC'")
        yield connection


def _headings(description: Any, file: str) -> list[str]:
    """Return the names of the columns; of two equal ones the second is ``name#2``."""
    if not description:
        raise CrmError("intake.no_rows_asked", file=file)
    names: list[str] = []
    for column in description:
        name, n = str(column[0]), 1
        while (name if n == 1 else f"{name}#{n}") in names:
            n += 1
        names.append(name if n == 1 else f"{name}#{n}")
    return names


def _fetched(cursor: Any) -> Iterator[Rows]:
    while rows := cursor.fetchmany(_BATCH):
        yield rows


def _stored(names: Sequence[str], batches: Iterator[Any], folder: Path, file: str) -> tuple[Path, str]:
    """Write rows as text, batch by batch, and name the file by their hash."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    private_folder(folder)
    schema = pa.schema([(name, pa.string()) for name in names])
    digest = hashlib.sha256(repr(list(names)).encode())
    number, part = tempfile.mkstemp(prefix=".part-", suffix=".parquet", dir=folder)
    os.close(number)
    try:
        with pq.ParquetWriter(part, schema, compression="zstd") as writer:
            for rows in batches:
                texts = [[_text(value) for value in row] for row in rows]
                digest.update(repr(texts).encode())
                columns = [pa.array(column, pa.string()) for column in zip(*texts, strict=True)]
                writer.write_batch(pa.record_batch(columns, schema=schema))
        target = folder / f"{digest.hexdigest()}.parquet"
        Path(part).replace(target)
        return target, digest.hexdigest()
    finally:
        Path(part).unlink(missing_ok=True)


def _text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, (bytes, memoryview)):
        return bytes(value).decode("utf-8", "replace")
    return cell_text(value)


def tidy(folder: Path, kept: Sequence[Path]) -> None:
    """Remove what earlier runs read and this one did not."""
    for path in folder.glob("*.parquet"):
        if path not in kept:
            path.unlink(missing_ok=True)
