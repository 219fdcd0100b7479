"""Satisfaction: what do customers feel, do the loud ones speak for all, and what is to be mended?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.analyses.satisfaction import (
    crowd,
    drivers,
    honesty,
    invitations,
    mended,
    money,
    questions,
    scores,
    support,
    voices,
)
from crmlib.analyses.satisfaction.answers import read
from crmlib.part import found, latest, said, short, together, top, unknown
from crmlib.result import Result

if TYPE_CHECKING:
    from crmlib.dataset import Dataset
    from crmlib.settings.analyses.satisfaction import SatisfactionSettings

__all__ = ["NEEDS", "analyse", "found", "latest", "said", "short", "top"]
NEEDS = ("survey_answers",)
NO_ANSWERS = "satisfaction.metrics"
#: What stands on the page between the scores and the honesty box; none of them knows of another.
SLICES = (crowd, drivers, money, support, voices, mended, invitations, questions)


def analyse(data: Dataset, settings: SatisfactionSettings) -> Result:
    """Tell what customers feel, for whom that speaks, what it hangs on and what it is worth.

    Returns
    -------
    Result
        What each slice returns (see its ``part``), put together; last the honesty box, which reads what the others
        refused and hid. Empty tables are left out. A note whose key has a dot belongs to that section of the page, the
        others to its top.
    """
    empty = unknown((one.FACTS for one in (scores, *SLICES)), data)
    missing = data.missing(NEEDS)
    if missing:
        return Result.unavailable("satisfaction", missing, empty)
    answers = read(data, settings)
    if not answers.some:
        return Result.unavailable("satisfaction", (NO_ANSWERS,), empty)
    parts = [scores.part(answers), *(one.part(data, settings) for one in SLICES)]
    return together("satisfaction", [*parts, honesty.part(answers, parts)])
