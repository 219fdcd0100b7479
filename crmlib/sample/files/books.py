"""What the books must say besides dirt: records that fall together once people with two numbers are one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from crmlib.sample.build import Shop
from crmlib.sample.files.sheet import Sheet
from crmlib.sample.world.people import member_code

#: Files whose records are identified by a customer and these columns.
KEYS = {"members.csv": (), "ranks.csv": ("適用開始日",), "due_dates.csv": ("種別", "期日"),
        "sends.csv": ("施策コード",),
        "campaign_outcomes.csv": ("施策コード", "指標")}


def after_matching(shop: Shop, sheets: Sequence[Sheet]) -> dict[str, int]:
    """Return, by file, how many records share their key with another once every person is one customer."""
    owner = {member_code(running): person for running, person in enumerate(shop.people.owner().tolist())}
    found = {}
    for sheet in sheets:
        if sheet.name in KEYS:
            rest = [sheet.columns[heading] for heading in KEYS[sheet.name]]
            keys = Counter(zip((owner[code] for code in sheet.columns["会員番号"]), *rest, strict=True))
            found[sheet.name] = sheet.rows - len(keys)
    return found
