"""The one object a notebook holds: data, settings, ``show`` and ``keep``."""

from __future__ import annotations

from crmlib.workbook.book import Workbook, open_workbook

__all__ = ["Workbook", "open_workbook"]
