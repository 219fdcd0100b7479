"""Which model, with which parameters, and what it says of each customer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmlib.methods import btyd
from crmlib.methods.prior import PRIOR

if TYPE_CHECKING:
    import numpy as np

    from crmlib.analyses.outlook.histories import Known
    from crmlib.dataset import Dataset
    from crmlib.settings import OutlookSettings

MODELS = (btyd.MBG, btyd.BG)
#: Part of the key of what is kept; another one where the calculation changes.
VERSION = "2"


@dataclass(frozen=True)
class Fitted:
    """A model fitted to what was known on a day."""

    parameters: btyd.Parameters
    log_likelihood: float
    converged: bool

    @property
    def model(self) -> str:
        """Code of the model."""
        return self.parameters.model

    def expected(self, who: Known, days: float) -> np.ndarray:
        """Return the purchase days to expect of each customer within so many days."""
        return btyd.expected(self.parameters, who.rows, days)[who.place]

    def any_purchase(self, who: Known, days: float) -> np.ndarray:
        """Return the probability that each customer buys within so many days."""
        return btyd.at_least_one(self.parameters, who.rows, days)[who.place]

    def alive(self, who: Known) -> np.ndarray:
        """Return the probability that each customer has not left."""
        return btyd.alive(self.parameters, who.rows)[who.place]


def fitted(data: Dataset, who: Known, model: str, settings: OutlookSettings) -> Fitted:
    """Return the fit of one model; costly, so kept with the prepared data."""
    prior = None if settings.prior == "none" else PRIOR

    def compute() -> dict[str, Any]:
        found = btyd.fit(who.rows, model, prior)
        return {"vector": found.parameters.vector.tolist(), "value": found.log_likelihood, "flat": found.converged}

    stored = data.memo("outlook_fit", [VERSION, model, settings.prior, who.until, len(who.frame),
                                       data.accounts], compute)
    return Fitted(btyd.Parameters(model, *stored["vector"]), stored["value"], stored["flat"])


def leaving(data: Dataset, who: Known, fit: Fitted, settings: OutlookSettings) -> btyd.Leaving:
    """Return whether the records tell that customers leave, by the fit of MBG/NBD; kept like the fits."""
    prior = None if settings.prior == "none" else PRIOR

    def compute() -> dict[str, Any]:
        found = btyd.leaving(btyd.Fit(fit.parameters, fit.log_likelihood, len(who.frame), fit.converged), who.rows,
                             prior)
        return {"gain": found.gain, "needed": found.needed}

    return btyd.Leaving(**data.memo("outlook_leaving", [VERSION, settings.prior, who.until, len(who.frame),
                                                        data.accounts], compute))


def choose(trained: dict[str, Fitted], errors: dict[str, float], settings: OutlookSettings) -> str:
    """Return the model that was closer to what each customer did; the likelier one where both were alike."""
    if settings.model != "auto":
        return settings.model
    return min(MODELS, key=lambda m: (round(errors[m], 6), -round(trained[m].log_likelihood, 3), m))
