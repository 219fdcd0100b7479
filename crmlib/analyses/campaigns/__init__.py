"""Campaigns: whom did they reach, what did they change, and of which can that not be told?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.analyses.campaigns import contact, effects, paths, reach
from crmlib.analyses.campaigns.ground import prepared
from crmlib.analyses.campaigns.views import read
from crmlib.part import aside, said, short, together, top, unknown
from crmlib.result import Result

if TYPE_CHECKING:
    from crmlib.dataset import Dataset
    from crmlib.settings import CampaignsSettings

__all__ = ["NEEDS", "analyse", "aside", "read", "said", "short", "top"]
NEEDS = ("campaigns",)
#: The slices of the page. Each has FACTS and hands over a Part, and knows nothing of the others.
SLICES = (effects, reach, contact, paths)
#: Any of these is enough: a list of campaigns, of sends, or results that come ready-made.
ANY = ("campaigns", "sends", "campaign_outcomes")


def analyse(data: Dataset, settings: CampaignsSettings) -> Result:
    """Tell each campaign's reach and response, and its effect by the strongest comparison its design allows.

    Returns
    -------
    Result
        What each slice returns (see its ``part``), put together. An effect is printed only where the design bears it;
        everything else says why not and what to do next time.
    """
    if not any(data.has(name) for name in ANY):
        return Result.unavailable("campaigns", NEEDS, unknown((one.FACTS for one in SLICES), data))
    found = prepared(data, settings)
    told = effects.part(found)
    rows = told.tables["effects"].frame if "effects" in told.tables else effects.nothing()
    return together("campaigns", [told, reach.part(found, rows), contact.part(found), paths.part(found)])
