"""crmlib: customer analysis from recorded data to an honest monthly report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "open_workbook": "crmlib.workbook", "Workbook": "crmlib.workbook", "load_settings": "crmlib.settings",
    "Settings": "crmlib.settings", "Dataset": "crmlib.dataset", "Result": "crmlib.result", "Fact": "crmlib.result",
    "Table": "crmlib.result", "Figure": "crmlib.result", "Check": "crmlib.result", "Action": "crmlib.result",
    "Column": "crmlib.result", "CrmError": "crmlib.errors",
}
__all__ = sorted(_HOMES)

if TYPE_CHECKING:
    from crmlib.errors import CrmError
    from crmlib.result import Action, Check, Column, Fact, Figure, Result, Table


def __getattr__(name: str) -> Any:
    """Load a public name on first use, so that ``import crmlib`` stays instant."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'crmlib' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
