"""What happens on the site and in the app, and how much of it is told of known customers?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from crmlib.errors import CrmError

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

WEB = {"month": "str", "type": "str", "events": "int64", "visitors": "int64", "customers": "int64",
       "known_share": "float64"}


def web(found: pd.DataFrame) -> pd.DataFrame:
    """Return what happened in each month.

    Parameters
    ----------
    found : pandas.DataFrame
        Rows of ``trends_web``.

    Returns
    -------
    pandas.DataFrame
        month, type (of event), events, visitors (different ones; a visitor id seen with one customer only is that
        customer), customers (of these, known ones), known_share (of the events). The most frequent type comes first;
        months in which a type did not happen are 0.
    """
    import pandas as pd

    totals = found.groupby("type")["events"].sum()
    order = sorted(totals.index, key=lambda name: (-int(totals[name]), name))
    cells = {(row.ym, row.type): row for row in found.itertuples(index=False)}
    rows = []
    for name in order:
        for ym in sorted(dict.fromkeys(found["ym"])):
            row = cells.get((ym, name))
            rows.append((ym, name, 0, 0, 0, None) if row is None else
                        (ym, name, row.events, row.visitors, row.customers, row.known_events / row.events))
    return pd.DataFrame(rows, columns=list(WEB)).astype(WEB)


def checked(named: Mapping[str, Sequence[str]], types: Sequence[str], data: Dataset) -> None:
    """Look whether the types that settings name are in the data.

    Parameters
    ----------
    named : mapping
        Key of the settings (``trends.funnels[1].steps``) → the types it names.

    Raises
    ------
    CrmError
        ``trends.unknown_event_type`` with those that are.
    """
    for key, wanted in named.items():
        missing = [name for name in wanted if name not in types]
        if missing:
            raise CrmError("trends.unknown_event_type", found=", ".join(dict.fromkeys(missing)), allowed=list(types),
                           where=data.settings.where(key))
