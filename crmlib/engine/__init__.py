"""The engine: the only place that names a backend. SQL in, small pandas frames out.

Analyses call named statements (``crmlib/sql/<name>.sql``); an analyst may run their own text. DuckDB
is embedded and the default; the same statements run on Spark through ``engine.spark``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from crmlib.engine.duck import DuckEngine


class Engine(Protocol):
    """What an engine can do; everything above speaks only this."""

    dialect: str

    def register(self, name: str, source: Any) -> None:
        """Make a Parquet folder, file or a pandas frame readable under a name."""

    def sql(self, text: str, **params: Any) -> pd.DataFrame:
        """Run one statement and return its rows."""

    def query(self, name: str, **params: Any) -> pd.DataFrame:
        """Run the named statement with the statements it reads."""

    def write(self, text: str, path: Path, **params: Any) -> int:
        """Run one statement and write its rows as one Parquet file; return the number of rows."""


def open_engine(settings: Any = None) -> DuckEngine:
    """Return the embedded engine with the memory, threads and temporary folder of the settings.

    Parameters
    ----------
    settings : Settings, EngineSettings or None
        ``settings.engine`` or the block itself; None takes 2 GiB and all cores.
    """
    from crmlib.engine.duck import DuckEngine

    block = getattr(settings, "engine", settings)
    return DuckEngine(
        memory_limit=getattr(block, "memory_limit", None) or "2GiB",
        threads=getattr(block, "threads", None),
        temp_directory=getattr(block, "temp_directory", None),
    )
