"""What comes next in a series with a season, each forecast beside its own past."""

from crmlib.methods.forecasting.proof import (
    CHOSEN,
    FEWEST,
    VERSION,
    Band,
    Past,
    Score,
    Target,
    Tried,
    backtest,
    band_of,
    beats,
    forecast,
    misses,
    scores,
    tried,
)
from crmlib.methods.forecasting.ways import METHODS, NAIVE, Series, Vector, filled, same_season

__all__ = (
    "CHOSEN",
    "FEWEST",
    "METHODS",
    "NAIVE",
    "VERSION",
    "Band",
    "Past",
    "Score",
    "Series",
    "Target",
    "Tried",
    "Vector",
    "backtest",
    "band_of",
    "beats",
    "filled",
    "forecast",
    "misses",
    "same_season",
    "scores",
    "tried",
)
