"""One module per analysis: a question, what it needs, small functions, and ``analyse(data, settings) -> Result``."""

from __future__ import annotations

#: In the order of the notebooks.
NAMES = ("quality", "customers", "rfm", "segments", "trends", "products", "satisfaction", "campaigns",
         "outlook", "actions", "summary")
