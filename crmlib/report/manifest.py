"""``run.json``: everything a published month rests on, and the hash of every file in it.

Nothing in it varies between two runs of the same inputs: no time, no machine, no absolute path.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import crmlib
from crmlib.privacy import key_id, load_key
from crmlib.report.plan import PACKAGE
from crmlib.result import Check, Result

if TYPE_CHECKING:
    from crmlib.dataset import Dataset
    from crmlib.settings import Settings

NAME = "run.json"
RECORDED = ("pandas", "numpy", "duckdb", "pyarrow", "scipy", "scikit-learn", "statsmodels", "matplotlib", "seaborn",
            "papermill", "nbconvert", "nbval")
INPUT_FIELDS = ("file", "sha256", "rows", "bytes", "encoding", "oldest", "newest")


def describe(settings: Settings, data: Dataset, results: Mapping[str, Result]) -> dict[str, Any]:
    """Return the part of the manifest that says what went in and what was checked."""
    from crmlib.settings import resolved

    return {
        "shop": settings.shop.id, "month": data.month, "start": data.start.isoformat(),
        "as_of": data.as_of.isoformat(), "currency": settings.currency.code, "decimals": data.decimals,
        "data": data.fingerprint, "customer_key_id": key_id(load_key(settings)), "inputs": inputs(data),
        "ledger": ledger(data), "params": resolved(settings), "versions": versions(), "commit": commit(),
        "checks": [c for r in results.values() for c in checks(r)],
    }


def inputs(data: Dataset) -> list[dict[str, Any]]:
    """Return each input file: name, sha256, rows, bytes, encoding, oldest and newest date."""
    return [{field: one.get(field) for field in INPUT_FIELDS if field in one} for one in data.inputs]


def ledger(data: Dataset) -> list[dict[str, Any]]:
    """Return the row-and-money ledger of intake; amounts in major units, roundings finer than the currency."""
    frame = data.ledger
    columns = {str(c): frame[c].astype(object).where(frame[c].notna(), None).tolist() for c in frame.columns}
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    return [{k: _amount(v, data.decimals) if isinstance(v, Decimal) else v for k, v in row.items()} for row in rows]


def _amount(amount: Decimal, digits: int) -> Decimal:
    whole = amount.quantize(Decimal(1).scaleb(-digits))
    return whole if whole == amount else amount.normalize()


def checks(result: Result) -> list[dict[str, Any]]:
    """Return an analysis's checks as records."""
    return [{"analysis": result.analysis, **{k: v for k, v in asdict(c).items() if k != "analysis"}}
            for c in result.checks]


def versions() -> dict[str, str]:
    """Return the versions that decide a report's bytes."""
    from importlib.metadata import PackageNotFoundError, version

    found = {"crmlib": crmlib.__version__, "python": f"{sys.version_info[0]}.{sys.version_info[1]}"}
    for name in RECORDED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def commit() -> str | None:
    """Return the commit crmlib's code is at, marked where files were changed since; None without git."""
    home = PACKAGE.parent
    if not (home / ".git").exists():
        return None
    command = ["git", "-C", str(home), "describe", "--always", "--abbrev=12", "--dirty=+changes", "--exclude=*"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


def hashes(folder: Path) -> dict[str, str]:
    """Return the sha256 of every file of a month but the manifest itself, by relative name."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p != folder / NAME)
    return {p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def changed(folder: Path, outputs: Mapping[str, str]) -> list[str]:
    """Return the files of a published month that are not as its manifest says."""
    now = hashes(folder)
    return sorted(name for name in now.keys() | outputs.keys() if now.get(name) != outputs.get(name))


def stopped(results: Iterable[Result]) -> list[Check]:
    """Return the checks whose breach must stop a report."""
    return [c for r in results for c in r.checks if c.severity == "stop" and not c.ok]
