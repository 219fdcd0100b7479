"""What is contact worth? An expectation with its width, which the shop's own results narrow and move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmlib.methods.intervals import z_value

if TYPE_CHECKING:
    from crmlib.settings import ActionRule, ActionsSettings


@dataclass(frozen=True)
class Uplift:
    """By how much contact raises the share who buy in the month after: the mean and its standard error.

    ``seen`` tells whether the shop's own lists have had a say in it.
    """

    mean: float
    error: float
    seen: bool = False

    @property
    def low(self) -> float:
        """Lower end of the 95 % interval."""
        return self.mean - z_value() * self.error

    @property
    def high(self) -> float:
        """Upper end of it."""
        return self.mean + z_value() * self.error


def prior(rule: ActionRule, settings: ActionsSettings) -> Uplift:
    """Return what the settings expect of a rule: the two guesses are the ends of a 95 % interval."""
    low, high = settings.uplift.low, settings.uplift.high
    mean = (low + high) / 2 if rule.uplift is None else rule.uplift
    return Uplift(mean, (high - low) / (2 * z_value()))


def updated(before: Uplift, effect: float | None, error: float | None) -> Uplift:
    """Return the expectation after the shop's own comparison, each weighted by how precisely it is known.

    Normal prior and normal likelihood: Gelman et al. (2013), Bayesian Data Analysis, 3rd edition, section 2.5.
    """
    if effect is None or error is None or error <= 0 or before.error <= 0:
        return before
    own, said = 1 / error**2, 1 / before.error**2
    return Uplift((before.mean * said + effect * own) / (said + own), (said + own) ** -0.5, seen=True)
