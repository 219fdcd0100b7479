"""Buy till you die: how often will a customer buy who never says goodbye, and are they still one?

A customer buys at a rate of their own and leaves, unseen, after any purchase with a probability of their own; both
differ between customers. BG/NBD: Fader, Hardie & Lee (2005), "'Counting your customers' the easy way", Marketing
Science 24(2), 275-284. MBG/NBD: Batislam, Denizel & Filiztekin (2007), "Empirical validation and comparison of models
for customer base analysis", International Journal of Research in Marketing 24(3), 201-209, where a customer may leave
after the very first purchase too. Spend: `gamma_gamma`.
"""

from __future__ import annotations

from crmlib.methods.btyd.fitting import BG, MBG, Fit, fit
from crmlib.methods.btyd.histories import Histories, collapse, collapsed, dot
from crmlib.methods.btyd.likelihood import Parameters
from crmlib.methods.btyd.predictions import (
    alive,
    at_least_one,
    expected,
    expected_new,
    probability_new,
)
from crmlib.methods.btyd.staying import Leaving, leaving

__all__ = ["BG", "MBG", "Fit", "Histories", "Leaving", "Parameters", "alive", "at_least_one", "collapse", "collapsed",
           "dot", "expected", "expected_new", "fit", "leaving", "probability_new"]
