"""Customers planted in known kinds, as purchases and as ready features."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

END = pd.Timestamp("2026-10-31")


def purchases(kinds: list[tuple[int, float, float]], seed: int = 3, each: int = 70) -> str:
    """Return rows ``customer,day,amount`` of customers who buy every so many days for so much, give or take."""
    generator, rows = np.random.default_rng(seed), []
    for kind, (gap, amount, spread) in enumerate(kinds):
        for i in range(each):
            start, days = generator.integers(1, 8), np.arange(0, 330, gap)
            rows += [f"K{kind}-{i:03d},{END - pd.Timedelta(days=int(start + d)):%Y-%m-%d},"
                     f"{max(1, int(amount + generator.normal() * spread))}" for d in days]
    return "customer,day,amount\n" + "\n".join(rows)


def buyers(k: int, rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return rows of ``segment_features`` in k kinds (1: none at all), and the kind of each.

    Kinds differ in how long ago, how often, for how much, in how many lines and pieces, with what discount, how often
    at weekends and online they buy: eight features.
    """
    generator = np.random.default_rng(seed)
    kind = generator.integers(0, k, rows)
    places = np.tile(np.linspace(-1, 1, k) if k > 1 else [0.0], (8, 1))
    shift = np.random.default_rng(k).permuted(places, axis=1)[:, kind]
    orders = np.maximum(1, np.exp(2.6 + 0.9 * shift[0] + 0.25 * generator.normal(size=rows))).astype(int)
    lines = orders * np.maximum(1, np.exp(1.0 + 0.8 * shift[1] + 0.2 * generator.normal(size=rows)))
    whole = {"recency_days": np.exp(3.5 + 1.2 * shift[2] + 0.4 * generator.normal(size=rows)),
             "purchase_days": orders, "tenure_days": np.full(rows, 700), "orders": orders,
             "gross": orders * np.exp(8 + shift[3] + 0.2 * generator.normal(size=rows)), "lines": lines,
             "quantity": lines * np.exp(0.4 + 0.6 * shift[4] + 0.15 * generator.normal(size=rows))}
    found: dict[str, Any] = {name: np.maximum(1, values).astype("int64") for name, values in whole.items()}
    for name, shifted in (("discounts", shift[5]), ("weekend", shift[6]), ("online", shift[7])):
        share = np.clip(0.5 + 0.35 * shifted + 0.06 * generator.normal(size=rows), 0, 1)
        found[name] = (share * found["gross" if name == "discounts" else "orders"]).astype("int64")
    frame = pd.DataFrame(found | {"net": found["gross"], "told": orders, "score": np.full(rows, np.nan)})
    keys = pd.Series([f"{generator.integers(0, 2**60):015x}" for _ in range(rows)], dtype="str")
    return frame.assign(customer_key=keys), kind


EIGHT = ("recency_days", "purchase_days", "basket", "lines", "pieces", "discount_share", "weekend_share",
         "online_share")
