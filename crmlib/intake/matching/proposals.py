"""Pairs that the rules miss, by probability: proposed to a person, never joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmlib.engine.reading import ReadingEngine
    from crmlib.intake.matching import Options


def propose(engine: ReadingEngine, chosen: Options) -> None:
    """Make ``proposed`` (a, b, score, suggestion, agrees, contradicts)."""
    engine.execute("CREATE OR REPLACE TEMP TABLE proposed (a BIGINT, b BIGINT, score DOUBLE, suggestion VARCHAR, "
                   "agrees VARCHAR, contradicts VARCHAR)")
