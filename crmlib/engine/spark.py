"""The same statements on Spark, classic or Connect: transpiled by SQLGlot, nothing rewritten by hand.

Spark starts from the clean, typed tables; reading and cleaning stay with the embedded engine.
"""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.engine import statements
from crmlib.errors import CrmError

if TYPE_CHECKING:
    import pandas as pd


class SparkEngine:
    """Runs named statements on a Spark session that the caller opened and will stop.

    Parameters
    ----------
    session : pyspark.sql.SparkSession
        Classic, or Connect (also to a Sail server).
    """

    dialect = "spark"

    def __init__(self, session: Any) -> None:
        self._session = session

    def register(self, name: str, source: Any) -> None:
        """Make a Parquet file, a folder or a pandas frame readable under a name."""
        if isinstance(source, (str, Path)):
            frame = self._session.read.parquet(str(source))
        else:
            frame = self._session.createDataFrame(source)
        frame.createOrReplaceTempView(name)

    def sql(self, text: str, **params: Any) -> pd.DataFrame:
        """Run one statement written for the embedded engine and return its rows."""
        return self._run(text, params).toPandas()

    def query(self, name: str, ready: dict[str, str] | None = None, **params: Any) -> pd.DataFrame:
        """Run the named statement with the statements it reads."""
        return self.sql(statements.compose(name, ready), **params)

    def write(self, text: str, path: Path, **params: Any) -> int:
        """Run one statement and write its rows as a Parquet folder; return how many."""
        frame = self._run(text, params)
        frame.write.mode("overwrite").parquet(str(path))
        return int(self._session.read.parquet(str(path)).count())

    def _run(self, text: str, params: dict[str, Any]) -> Any:
        return self._session.sql(transpiled(text, params))


def transpiled(text: str, params: dict[str, Any]) -> str:
    """Return a statement in Spark's dialect with its parameters as literals.

    Raises
    ------
    CrmError
        ``engine.spark_missing`` without the extra, ``engine.missing_parameter``.
    """
    try:
        import sqlglot
    except ImportError:
        raise CrmError("engine.spark_missing") from None
    values = statements.bind(text, params)
    bound = re.sub(r"\$([a-z_][a-z0-9_]*)", lambda m: _literal(values[m.group(1)]), text)
    return sqlglot.transpile(bound, read="duckdb", write="spark")[0]


def _literal(value: Any) -> str:
    if isinstance(value, date):
        return f"DATE '{value.isoformat()[:10]}'"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return "'" + str(value).replace("'", "''") + "'"
