"""Money given back that an export states per order, as lines of their own.

The export says how much was given back, not when nor for which line: the line stands on the order's date. Of an order
given back whole the export's own status (cancelled) says enough; its line then counts nowhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crmlib.settings.exports.columns import ColumnSpec
from crmlib.settings.fields import Fixed
from crmlib.settings.sources import Exclusion, Negative, Source

REASON = "no_refund"
LINE = "refund"
_NOTHING = ("", "0", "0.0", "0.00")


def with_refunds(sources: Sequence[Source]) -> tuple[Source, ...]:
    """Return the sources and, after them, one more for each that states refunds, over the same files."""
    stating = [s for s in sources if s.refunds is not None and "order_lines" in s.tables]
    return (*sources, *(_refunds(s, str(s.refunds)) for s in stating))


def _refunds(source: Source, heading: str) -> Source:
    read = ColumnSpec.model_validate
    lines = {"order_id": source.tables["order_lines"]["order_id"], "line_no": read({"constant": LINE}),
             "line_type": read({"constant": "return"}), "amount": read(heading),
             "return_of": source.tables["order_lines"]["order_id"]}
    nothing = Exclusion.model_construct(column=heading, values=_NOTHING, only=(), reason=REASON)
    tables: dict[str, Any] = {"order_lines": Fixed(lines)}
    if "orders" in source.tables:
        tables["orders"] = source.tables["orders"]
    return source.model_copy(update={
        "tables": Fixed(tables), "exclude": (nothing,), "refunds": None,
        "negative": Negative.model_validate({"column": heading, "values": "*"})})
