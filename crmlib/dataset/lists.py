"""Earlier lists of whom to contact, as the run left them for the page that asks whether they worked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

NAME = "lists.parquet"
#: What is kept of a list: no reason, no offer; who, for which rule, and whether they were left alone.
COLUMNS = ("list_month", "customer_id", "action", "held_out", "purpose", "from_on", "to_on")


def purpose(month: str, action: str) -> str:
    """Return what a contact made for a list says it was made for: ``2026-10 overdue``."""
    return f"{month} {action}"


def left() -> pd.DataFrame | None:
    """Return the earlier lists laid together, oldest first; None outside a run, and where there are none."""
    import pandas as pd

    staging = os.environ.get("CRMLIB_STAGING")
    path = Path(staging) / NAME if staging else None
    return pd.read_parquet(path) if path is not None and path.is_file() else None
