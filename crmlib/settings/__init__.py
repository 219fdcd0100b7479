"""The typed settings of one shop, read from one YAML file.

Loaded on first use: reading a name here is what imports pydantic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

_NAMES = {
    "loader": ("load_settings", "settings_from", "project_root", "shown_path"),
    "record": ("resolved",),
    "kinds": ("ANALYSES",),
    "root": ("Settings", "COMMAND_LINE", "DEFAULT"),
    "base": ("ControlTotal", "Currency", "Engine", "Model", "Report", "Sales", "Shop", "Words"),
    "days": ("Calendar", "Closure", "Event", "Time"),
    "privacy": ("Privacy",),
    "sources": ("ColumnSpec", "Exclusion", "Source"),
    "analyses.campaigns": ("CampaignsSettings",),
    "analyses.customers": ("CustomersSettings",),
    "analyses.outlook": ("OutlookSettings",),
    "analyses.actions": ("ActionRule", "ActionsSettings"),
    "analyses.products": ("Ctb", "ProductsSettings"),
    "analyses.quality": ("QualitySettings",),
    "analyses.rfm": ("RfmSegmentRule", "RfmSettings", "Thresholds"),
    "analyses.satisfaction": ("Metric", "SatisfactionSettings"),
    "analyses.segments": ("Condition", "SegmentRule", "SegmentsSettings"),
    "analyses.summary": ("SummarySettings",),
    "analyses.trends": ("TrendsSettings",),
}
_HOMES = {name: f"crmlib.settings.{module}" for module, names in _NAMES.items() for name in names}
__all__ = sorted(_HOMES)

if TYPE_CHECKING:
    from crmlib.settings.analyses.actions import ActionRule, ActionsSettings
    from crmlib.settings.analyses.campaigns import CampaignsSettings
    from crmlib.settings.analyses.customers import CustomersSettings
    from crmlib.settings.analyses.outlook import OutlookSettings
    from crmlib.settings.analyses.products import Ctb, ProductsSettings
    from crmlib.settings.analyses.quality import QualitySettings
    from crmlib.settings.analyses.rfm import RfmSegmentRule, RfmSettings, Thresholds
    from crmlib.settings.analyses.satisfaction import Metric, SatisfactionSettings
    from crmlib.settings.analyses.segments import Condition, SegmentRule, SegmentsSettings
    from crmlib.settings.analyses.summary import SummarySettings
    from crmlib.settings.analyses.trends import TrendsSettings
    from crmlib.settings.base import ControlTotal, Currency, Engine, Model, Report, Sales, Shop, Words
    from crmlib.settings.days import Calendar, Closure, Event, Time
    from crmlib.settings.kinds import ANALYSES
    from crmlib.settings.loader import load_settings, project_root, settings_from, shown_path
    from crmlib.settings.privacy import Privacy
    from crmlib.settings.record import resolved
    from crmlib.settings.root import COMMAND_LINE, DEFAULT, Settings
    from crmlib.settings.sources import ColumnSpec, Exclusion, Source


def __getattr__(name: str) -> Any:
    """Load a name on first use."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'crmlib.settings' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
