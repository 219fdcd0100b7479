"""Earlier lists of whom to contact: found where they were published or handed out, and left for the page that asks."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.dataset import months
from crmlib.dataset.lists import COLUMNS, NAME, purpose
from crmlib.privacy import write_private
from crmlib.report.plan import digest

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.report.publish import Places

#: Folder beside the months where lists that were handed out are kept as they were.
EXPORTS = "exports"
FILE = "actions.csv"


@dataclass(frozen=True)
class Earlier:
    """One list: its month, its file as it is, and the first day and the day after the last of the month it was for."""

    month: str
    content: bytes
    from_on: date
    to_on: date

    @property
    def sha256(self) -> str:
        """Hash of the file."""
        return hashlib.sha256(self.content).hexdigest()


def before(places: Places, data: Dataset, only: Mapping[str, str] | None = None) -> list[Earlier]:
    """Return the lists of the months before this one, oldest first.

    That which was handed out counts, as it is what people worked through; without one, the published list.

    Parameters
    ----------
    only : dict of str to str, optional
        Months that are looked at, as an earlier run named them.
    """
    most, closing = data.settings.actions.holdout.months, data.settings.calendar.closing_day
    known = [m for m in reversed(places.published()) if months.shift(data.month, -most) <= m < data.month]
    found = []
    for month in known if only is None else [m for m in known if m in only]:
        path = _file(places, month)
        as_of = places.manifest(month).get("as_of")
        if path is not None and as_of:
            end = months.period(months.shift(month, 1), closing).end
            found.append(Earlier(month, path.read_bytes(), date.fromisoformat(as_of), end))
    return found


def _file(places: Places, month: str) -> Path | None:
    tried = (places.shop / EXPORTS / month / FILE, places.month(month) / "restricted" / FILE)
    return next((path for path in tried if path.is_file()), None)


def leave(found: Sequence[Earlier], work: Path) -> None:
    """Put the lists where the notebook finds them; without any, nothing."""
    import pandas as pd

    parts = [_read(one) for one in found]
    if not any(len(part) for part in parts):
        (work / NAME).unlink(missing_ok=True)
        return
    held = io.BytesIO()
    pd.concat(parts, ignore_index=True).to_parquet(held, index=False)
    write_private(work / NAME, held.getvalue())


def _read(one: Earlier) -> pd.DataFrame:
    import pandas as pd

    rows = pd.read_csv(io.BytesIO(one.content), dtype="str", keep_default_na=False, encoding="utf-8-sig")
    found = rows.assign(list_month=one.month, customer_id=plain_ids(rows["customer_id"]), from_on=one.from_on,
                        to_on=one.to_on, held_out=rows["held_out"] == "true",
                        purpose=[purpose(one.month, action) for action in rows["action"]])
    return found[list(COLUMNS)]


def plain_ids(column: pd.Series) -> pd.Series:
    """Return texts as they were before a ' was put before those that look like formulas."""
    return column.str.replace(r"^'(?=[ \u3000]*[=+\-@＝＋－＠\t\r])", "", regex=True)


def named(found: Sequence[Earlier]) -> list[dict[str, str]]:
    """Return which lists a run looks back at: month and hash, for the manifest."""
    return [{"month": one.month, "sha256": one.sha256} for one in found]


def mark(found: Sequence[Earlier]) -> str:
    """Return a hash of them; empty without any."""
    return digest(named(found)) if found else ""
