"""Each customer's segment at earlier month ends, kept by the content it follows from, so computed once."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.dataset import segment_map
from crmlib.dataset.marts import files, publish
from crmlib.engine import statements
from crmlib.engine.duck import literal

if TYPE_CHECKING:
    from crmlib.dataset.data import Dataset

MONTHS = 12
#: Snapshots kept for a shop; the longest unused go first.
KEPT = 120


def register(data: Dataset, months: int = MONTHS) -> int:
    """Make the relation ``segment_history`` of this and the earlier month ends that the data cover.

    Columns: month_end (last day seen), customer_key, rfm_segment, rule_segment; buyers only.

    Returns
    -------
    int
        Number of month ends, this one included.
    """
    seen = [data.previous(n) if n else data for n in range(months + 1)]
    parts = [f"SELECT CAST({literal((d.as_of - timedelta(days=1)).isoformat())} AS DATE) AS month_end, customer_key, "
             f"rfm_segment, rule_segment FROM read_parquet({literal(str(snapshot(d)))})"
             for d in seen if d is data or d.covered]
    data.engine.execute("CREATE OR REPLACE TEMP VIEW segment_history AS " + " UNION ALL ".join(parts))
    _tidy(data.folder.parent / "snapshots")
    return len(parts)


def snapshot(data: Dataset) -> Path:
    """Return the file with the segments of each buyer of one month, computed where it is not there yet."""
    path = data.folder.parent / "snapshots" / f"segments-{_key(data)}.parquet"
    if path.is_file():
        os.utime(path)
        return path
    staging = path.with_name(f".{path.name}.{os.getpid()}")
    text = statements.compose("segment_lifecycle", {"customer_segment": data.shared("customer_segment")})
    data.engine.write(f"SELECT customer_key, rfm_segment, rule_segment FROM (\n{text}\n) AS found WHERE frequency > 0 "
                      "ORDER BY customer_key", staging, lost_after_days=data.basis["lost_after_days"])
    publish(staging, path)
    return path


def _key(data: Dataset) -> str:
    """Hash of everything the segments of a month follow from: statements, settings, and the mart up to it."""
    texts = [statements.text(s) for s in statements.closure("segment_lifecycle", data.instead)]
    values = {k: str(v) for k, v in data.values().items()}
    cells = segment_map.codes(data.settings.rfm.segment_map)
    payload = json.dumps([texts, cells, sorted(values.items()), mart_files(data)])
    return hashlib.sha256(payload.encode()).hexdigest()[:24]


def mart_files(data: Dataset) -> dict[str, str]:
    """Hash of each month's file of the mart up to the month."""
    return {ym: mark for ym, mark in files(data.folder, data.fingerprint[-16:]).items() if ym <= data.month}


def _tidy(folder: Path) -> None:
    kept = sorted(folder.glob("segments-*.parquet"), key=lambda p: (p.stat().st_mtime_ns, p.name), reverse=True)
    for path in kept[KEPT:]:
        path.unlink(missing_ok=True)
