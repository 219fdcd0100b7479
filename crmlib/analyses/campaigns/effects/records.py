"""What in the records of campaigns does not fit together: counted and told, never silently put right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmlib.analyses.campaigns.effects.arms import Finding
from crmlib.text.formats import missing

if TYPE_CHECKING:
    from crmlib.analyses.campaigns.ground import Ground

#: Check → the column of ``campaigns_list`` that counts what is wrong.
COUNTED = {"one_arm_each": "both_arms", "sends_after_start": "early", "responses_have_sends": "unsent"}


def records(found: Ground) -> list[Finding]:
    """Return a row per campaign of the records and thing that is wrong with it; nothing where all is well."""
    rows = []
    for row in found.strange.to_dict("records"):
        name = str(row["campaign_id"])
        rows += [Finding(name, check, False, float(row[column]), 0.0, int(row[column]))
                 for check, column in COUNTED.items() if row[column]]
        cost = row["cost"]
        if not missing(cost) and cost < 0:
            rows.append(Finding(name, "cost_not_negative", False, None, 0.0, 0))
        if not row["listed"]:
            rows.append(Finding(name, "in_the_list", False, None, None, int(row["people"])))
        if row["start_on"] is None:
            rows.append(Finding(name, "has_a_date", False, None, None, int(row["people"])))
        if _backwards(row):
            rows.append(Finding(name, "ends_after_start", False, None, None, 0))
    return rows


def _backwards(row: dict[str, Any]) -> bool:
    start, end = row["starts_on"], row["ends_on"]
    return not missing(start) and not missing(end) and bool(end < start)
