"""Orders that are left out because a later document took them back whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset.data import Dataset


def dropped(data: Dataset) -> pd.DataFrame:
    """Return the orders that a later document took back whole, where the shop leaves these out (``dropped_orders``)."""
    import pandas as pd

    if data.settings.sales.cancellations == "drop_matched":
        return data.query("cancelled_pairs").astype({"order_id": "str"})
    return pd.DataFrame({"order_id": pd.Series([], dtype="str")})
