"""Lists of whom to contact that come back filled in: what was done is read as contacts, without a line of settings."""

from __future__ import annotations

import glob
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crmlib.settings.exports.columns import ColumnSpec
from crmlib.settings.fields import Fixed
from crmlib.settings.sources import Exclusion, Source

#: Rows without a day were not done: no mistake, and no contact either.
REASON = "not_done"
#: Headings of the sheet in Japanese, and what an English one calls them.
HEADINGS = {"実施日": "Done on", "会員番号": "Customer no.", "手段": "Channel used",
            "おすすめの手段": "Suggested channel", "担当": "By whom", "管理番号": "Reference", "結果": "Result"}
#: What people write for a channel.
WORDS = {
    "phone": ("電話", "TEL", "tel", "phone", "Phone", "call"), "mail": ("メール", "e-mail", "E-mail", "email", "mail"),
    "sms": ("SMS", "sms", "ショートメール", "text message", "text"), "line": ("LINE", "line", "ライン"),
    "post": ("はがき", "ハガキ", "葉書", "手紙", "郵便", "郵送", "DM", "postcard", "post", "letter"),
    "store": ("店頭", "来店", "対面", "in store", "store", "visit")}


def with_returned(sources: Sequence[Source], settings: Any) -> tuple[Source, ...]:
    """Return the sources and, where filled-in lists lie at ``actions.returned``, one that reads them."""
    pattern = settings.actions.returned.replace("{shop}", settings.shop.id)
    if not glob.glob(str(settings.root / Path(pattern).expanduser())):
        return tuple(sources)
    return (*sources, _source(pattern))


def _source(pattern: str) -> Source:
    codes = Fixed({word: code for code, words in WORDS.items() for word in words})
    suggested = ColumnSpec.model_validate({"from": "おすすめの手段", "values": codes})
    columns = {
        "at": _from("実施日"), "customer_id": _from("会員番号"), "staff_id": _from("担当"),
        "channel": ColumnSpec.model_validate({"from": "手段", "values": codes, "or": suggested}),
        "direction": ColumnSpec.model_validate({"constant": "out"}), "purpose": _from("管理番号"),
        "outcome": _from("結果")}
    unfilled = Exclusion.model_construct(column="実施日", values=("",), only=(), reason=REASON)
    return Source(files=(pattern,), tables={"interactions": columns},
                  renamed=Fixed({ja: (en,) for ja, en in HEADINGS.items()})).model_copy(update={"exclude": (unfilled,)})


def _from(heading: str) -> ColumnSpec:
    return ColumnSpec.model_validate({"from": heading})
