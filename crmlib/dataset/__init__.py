"""The prepared data of one month: canonical tables, the mart, shared measures, and what was read."""

from __future__ import annotations

from crmlib.dataset.data import Dataset
from crmlib.dataset.kept import load_result, save_result
from crmlib.dataset.prepare import open_dataset, prepare

__all__ = ["Dataset", "load_result", "open_dataset", "prepare", "save_result"]
