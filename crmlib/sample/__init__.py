"""A made-up Japanese shop (見本商店) with every canonical table, dirty on purpose, its truths written beside it.

Food, daily goods and gifts; six stores, an event stall and a web shop; 36 months by default. Everything is
drawn by hashes of the seed, so the same call writes the same bytes on every machine.

Files in the folder (headings are Japanese, as such systems export them):

====================================  ==========  =================================================================
file                                  encoding    rows
====================================  ==========  =================================================================
members.csv                           CP932       members (customers and their identity)
members_2023.tsv                      UTF-16      older records of some of them: the newest 更新日時 holds
accounts.csv, stores.csv              CP932
products.csv                          UTF-8 BOM
pos_YYYY-MM.csv                       CP932       receipt lines, the receipt's facts repeated on each
pos_YYYY-MM_reexport.csv              CP932       an export repeated over two months
saiji_YYYY.csv                        UTF-8       lines of an event stall, without line numbers: repeats are real
ec_orders.csv, ec_lines.csv           UTF-8 BOM   web orders and their lines
points, ranks, subscriptions, due_dates, tags, consents, campaigns, sends, responses, campaign_outcomes,
tickets, interactions (.csv)          CP932
survey_invitations, survey_answers, reviews (.csv)  UTF-8 BOM
web_events.parquet                    Parquet
truth/                                UTF-8       what is true: never an input
====================================  ==========  =================================================================

``truth/manifest.json`` holds the exact figures of every month by the definitions of the reports, counted from
the clean records; ``truth/quality.json`` says how much of which dirt lies in which file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crmlib.sample.making import Manifest, main, make

__all__ = ["Manifest", "main", "make"]


def __getattr__(name: str) -> Any:
    """Load numpy only when a shop is made."""
    if name in __all__:
        from crmlib.sample import making

        return getattr(making, name)
    raise AttributeError(f"module 'crmlib.sample' has no attribute {name!r}")
