"""Months declared final: what their published facts say, for a later month to compare with today's data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from crmlib.report.outputs import to_json
from crmlib.report.plan import digest
from crmlib.report.publish import Places, write

NAME = "earlier.json"
FINAL = "final"
FACTS = ("analysis", "key", "value", "unit")
INPUTS = ("file", "sha256", "rows", "newest", "oldest")


def final(places: Places, month: str, only: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Return the final months published before a month, oldest first; of these, only some where named.

    Returns
    -------
    list of dict
        month, as_of, sha256 (of facts.json), facts, inputs, settings (by group), models, version.
    """
    months = [m for m in reversed(places.published()) if m < month and (only is None or m in only)]
    manifests = ((m, places.manifest(m)) for m in months)
    return [_told(places.month(m), manifest) for m, manifest in manifests if manifest.get("state") == FINAL]


def _told(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Any]:
    facts = (folder / "facts.json").read_bytes()
    rows = json.loads(facts, parse_float=Decimal)
    return {"month": manifest["month"], "as_of": manifest["as_of"], "sha256": hashlib.sha256(facts).hexdigest(),
            "facts": [{key: row[key] for key in FACTS} for row in rows if row["value"] is not None],
            "inputs": [{key: one[key] for key in INPUTS if key in one} for one in manifest["inputs"]],
            "settings": manifest["params"]["settings"], "models": manifest.get("models", []),
            "version": manifest["versions"]["crmlib"]}


def leave(months: Sequence[Mapping[str, Any]], work: Path) -> None:
    """Put the final months where notebooks find them; without any, nothing."""
    if months:
        write(work / NAME, to_json(list(months)))
    else:
        (work / NAME).unlink(missing_ok=True)


def named(work: Path) -> list[dict[str, str]]:
    """Return which final months a run has compared with: month and hash, for the manifest."""
    path = work / NAME
    months = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return [{"month": one["month"], "sha256": one["sha256"]} for one in months]


def mark(months: Sequence[Mapping[str, Any]]) -> str:
    """Return a hash of what was published; empty without any."""
    return digest([one["sha256"] for one in months]) if months else ""
