"""Charts the analyses share: each takes a finished frame and an Axes, draws, and returns the Axes.

All obey the rules of ``docs/decisions/0006-pages.md``: direct labels instead of legends, bars from zero, grey
for context and one accent for the message, printed numbers in heat maps, text of 12 px or more on a phone.
Titles belong to the page, not to the drawing. Money columns are integers in minor units; ``words`` is the
``crmlib.text.Text`` of the page, which words codes, units and numbers.
"""

from __future__ import annotations

from crmlib.charts.bars import bars, bridge, columns, histogram
from crmlib.charts.days import days
from crmlib.charts.flows import flow
from crmlib.charts.grids import grid, heatmap, retention, shares
from crmlib.charts.lines import dots, line, panels
from crmlib.charts.networks import network

__all__ = ["bars", "bridge", "columns", "days", "dots", "flow", "grid", "heatmap", "histogram", "line", "network",
           "panels", "retention", "shares"]
