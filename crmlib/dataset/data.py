"""``Dataset``: what an analysis holds in its hand. It sees nothing on or after ``as_of``."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib import schema
from crmlib.dataset import months, scoring, segment_map, units
from crmlib.dataset.carried import bases
from crmlib.dataset.kept import load_result
from crmlib.dataset.marts import publish
from crmlib.engine import statements
from crmlib.errors import CrmError
from crmlib.intake.beside import left
from crmlib.privacy.known import masked

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.engine.duck import DuckEngine
    from crmlib.intake.beside import Unread
    from crmlib.result import Result

#: Statements whose rows are stored once and read by several analyses.
SHARED = ("customer_base", "customer_rfm", "customer_segment")
LONG_PAST = date(1900, 1, 1)


@dataclass(frozen=True)
class Dataset:
    """The prepared data of one shop, seen from one month.

    Attributes
    ----------
    folder : pathlib.Path
        Where the canonical tables, the mart and the shared measures lie.
    settings : Settings
        The whole parameter file.
    period : Period
        The month, its days, and ``as_of``.
    fingerprint : str
        Hash of the content of all tables and the parameters that shape them.
    present : frozenset of str
        Canonical tables the shop has.
    newest, oldest : datetime.date or None
        Newest and oldest business date.
    counts : dict of str to int
        What intake met that is no loss of rows: ``orders_in_two_files``, ``undecodable_bytes``, …
    accounts : bool
        Whether business accounts count as one customer here (see ``units``).
    """

    engine: DuckEngine
    folder: Path
    settings: Any
    period: months.Period
    fingerprint: str
    present: frozenset[str]
    oldest: date | None
    newest: date | None
    inputs: tuple[dict[str, Any], ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    accounts: bool = False

    @property
    def month(self) -> str:
        """The month, ``YYYY-MM``."""
        return self.period.month

    @property
    def start(self) -> date:
        """First day of the month."""
        return self.period.start

    @property
    def as_of(self) -> date:
        """First day the analyses do not see."""
        return self.period.as_of

    @property
    def currency(self) -> str:
        """ISO code of the shop's currency."""
        return self.settings.currency.code

    @property
    def decimals(self) -> int:
        """Digits after the point of the currency."""
        return self.settings.currency.decimals

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Return the row-and-money ledger of intake: step, source, table, reason, rows, amount."""
        import pandas as pd

        return pd.read_parquet(self.folder / "ledger.parquet")

    def stored(self, name: str) -> pd.DataFrame:
        """Return what intake left beside the tables under a name (``match_rules``), an empty frame where nothing."""
        import pandas as pd

        path = self.folder / f"{name}.parquet"
        return pd.read_parquet(path) if path.is_file() else pd.DataFrame()

    def money(self, minor: int | None) -> Decimal | None:
        """Return an exact amount in major units with the currency's digits."""
        return None if minor is None else Decimal(int(minor)).scaleb(-self.decimals)

    def has(self, name: str) -> bool:
        """Return whether a table has rows (``orders``) or a column has values (``survey_answers.score``)."""
        table, _, column = name.partition(".")
        if table not in self.present:
            return False
        if not column:
            return True
        if column not in schema.stored_columns(table):
            return False
        found = self.engine.sql(f"SELECT 1 AS one FROM {table} WHERE {column} IS NOT NULL LIMIT 1")
        return len(found) > 0

    def missing(self, needs: tuple[str, ...]) -> tuple[str, ...]:
        """Return those of the needed tables and columns that the shop does not have."""
        return tuple(need for need in needs if not self.has(need))

    def previous(self, n: int = 1) -> Dataset:
        """Return the same data as it stood ``n`` whole months earlier."""
        closing = self.settings.calendar.closing_day
        return replace(self, period=months.period(months.shift(self.month, -n), closing))

    def at(self, month: str, as_of: date | None = None) -> Dataset:
        """Return the same data seen from another month, whole unless ``as_of`` is earlier."""
        return replace(self, period=months.period(month, self.settings.calendar.closing_day, as_of))

    @property
    def units(self) -> Dataset:
        """The same data with customers counted as the shop wants it: by person, or by business account."""
        return replace(self, accounts=units.by_account(self))

    @property
    def people(self) -> Dataset:
        """The same data with every person a customer of their own."""
        return replace(self, accounts=False)

    @property
    def instead(self) -> Mapping[str, str]:
        """What takes the place of tables in statements."""
        return units.INSTEAD if self.accounts else statements.NOTHING

    @property
    def earlier(self) -> tuple[dict[str, Any], ...]:
        """Final months published before this one, as the run left them here; none outside a run.

        Each with month, as_of, sha256 (of its facts.json), facts (analysis, key, value, unit), inputs, settings and
        version, so that what would differ today can be told.
        """
        staging = os.environ.get("CRMLIB_STAGING")
        path = Path(staging) / "earlier.json" if staging else None
        if path is None or not path.is_file():
            return ()
        return tuple(json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))

    @property
    def beside(self) -> tuple[Unread, ...]:
        """Files that look like those that are read and that no source names, as the run left them; none outside one."""
        staging = os.environ.get("CRMLIB_STAGING")
        return left(Path(staging)) if staging else ()

    @property
    def covered(self) -> bool:
        """Whether the data reach back to the first day of the month."""
        return self.oldest is not None and self.oldest <= self.start

    def values(self) -> dict[str, Any]:
        """Return the values every named statement may ask for by name."""
        return self.basis | self.cuts

    @cached_property
    def cuts(self) -> dict[str, Any]:
        """Return where the RFM scores of this month are cut (see ``scoring.values``)."""
        rfm = self.settings.rfm

        def following() -> dict[str, list[int]]:
            key = [scoring.VERSION, self.shared("customer_base"), rfm.frequency, rfm.monetary, self.decimals]
            return self.memo("rfm_cuts", key, lambda: scoring.of_r(self.query("rfm_values"), self.decimals))

        return scoring.values(rfm, self.decimals, following)

    @property
    def basis(self) -> dict[str, Any]:
        """Return the values that do not follow from the data."""
        window = self.settings.rfm.window_days
        since = date.fromordinal(max(LONG_PAST.toordinal(), self.as_of.toordinal() - window)) if window else LONG_PAST
        return {"as_of": self.as_of, "start": self.start, "month": self.month, "since": since,
                "frequency": self.settings.rfm.frequency, "monetary": self.settings.rfm.monetary,
                "lost_after_days": self.settings.customers.lost_after_days}

    def query(self, name: str, tables: Mapping[str, Any] | None = None, **params: Any) -> pd.DataFrame:
        """Return the rows of a named statement; stored measures are read, not computed again.

        Parameters
        ----------
        name : str
            Statement in ``crmlib/sql``.
        tables : dict, optional
            Small frames, or names of stored measures (``previous().shared(…)``), under the names the statement reads.
        **params
            Values beside those of ``values()``.
        """
        for alias, source in (tables or {}).items():
            self.engine.register(alias, source if not isinstance(source, str) else self.folder_of(source))
        text = self.engine.compose(name, self._ready(name), self.instead)
        values = self._given(statements.parameters(text)) | params
        return self.engine.sql(text, **{k: v for k, v in values.items() if k in statements.parameters(text)})

    def _ready(self, name: str) -> dict[str, str]:
        """Return the stored measures a statement rests on, itself too where it is one."""
        stored = (*units.STORED, *SHARED) if self.accounts else SHARED
        return {other: self.shared(other) for other in stored if other in statements.closure(name, self.instead)}

    def _given(self, asked: tuple[str, ...]) -> dict[str, Any]:
        """Return the values asked for; the cuts are looked for only where they are, as they may be read from data."""
        known = self.basis | (self.cuts if set(asked) & set(scoring.NAMES) else {})
        return {key: value for key, value in known.items() if key in asked}

    def sql(self, text: str, **params: Any) -> pd.DataFrame:
        """Run an analyst's own statement over the tables named in ``tables``."""
        return self.engine.sql(text, **params)

    def folder_of(self, stored: str) -> Path:
        """Return the file of a stored measure by the name that ``shared`` gave."""
        statement, _, key = stored.rpartition("_")
        return self.folder / "shared" / f"{statement}-{key}.parquet"

    def shared(self, name: str) -> str:
        """Return the name of the table that holds a shared measure, computing and storing it on first use."""
        reads, rests_on = statements.reads(name, self.instead), statements.closure(name, self.instead)
        ready = {other: self.shared(other) for other in (*units.STORED, *SHARED) if other in reads}
        values = self._given(tuple(p for s in rests_on for p in statements.parameters(statements.body(s))))
        key = self._key(name, values)
        path, stored = self.folder / "shared" / f"{name}-{key}.parquet", f"{name}_{key}"
        if not path.is_file():
            staging = path.with_name(f".{path.name}.{os.getpid()}")
            if not bases.write(self, name, staging):
                text = statements.compose(name, ready, self.instead)
                bound = {k: v for k, v in values.items() if k in statements.parameters(text)}
                self.engine.write(text, staging, **bound)
            publish(staging, path)
            bases.leave(self, name, path)
        self.engine.register(stored, path)
        return stored

    def memo(self, name: str, key: Any, compute: Callable[[], Any]) -> Any:
        """Return a costly JSON-able value (a choice, a bootstrap), computed once per content of its key."""
        digest = hashlib.sha256(json.dumps(key, sort_keys=True, default=str).encode()).hexdigest()[:16]
        path = self.folder / "shared" / f"{name}-{digest}.json"
        if not path.is_file():
            staging = path.with_name(f".{path.name}.{os.getpid()}")
            staging.parent.mkdir(parents=True, exist_ok=True)
            staging.write_text(json.dumps(compute()), encoding="utf-8")
            publish(staging, path)
        return json.loads(path.read_text(encoding="utf-8"))

    def _key(self, name: str, values: dict[str, Any]) -> str:
        texts = [statements.text(s) for s in statements.closure(name, self.instead)]
        cells = segment_map.codes(self.settings.rfm.segment_map)
        payload = json.dumps([texts, cells, sorted((k, str(v)) for k, v in values.items())])
        return hashlib.sha256(payload.encode()).hexdigest()[:16]

    @property
    def tables(self) -> tuple[str, ...]:
        """Return the names an analyst's own statement may read."""
        return (*sorted(self.present), "customer_day", "rfm_map")

    def masked(self, texts: Sequence[str], *, lone: bool = True) -> list[str]:
        """Return a few texts with what tells of a person taken out (``privacy.known``); identities stay hidden."""
        return masked(self.folder, texts, lone=lone)

    def kept(self, analysis: str, *, tables: bool = True, measures: bool = True) -> Result:
        """Return the result another notebook kept in this run, or only what is asked for of it (``load_result``).

        Raises
        ------
        CrmError
            ``dataset.not_kept`` outside a run, or when that notebook did not finish.
        """
        staging = os.environ.get("CRMLIB_STAGING")
        if not staging or not (folder := Path(staging) / "results" / analysis).is_dir():
            raise CrmError("dataset.not_kept", analysis=analysis)
        return load_result(folder, tables=tables, measures=measures)

    def __repr__(self) -> str:
        return f"<Dataset {self.month}, before {self.as_of}: {', '.join(sorted(self.present)) or 'no tables'}>"
