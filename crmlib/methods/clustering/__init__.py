"""Clusters that can be trusted: k-means with stored scaling, evidence for the number, matched labels, drift."""

from __future__ import annotations

from crmlib.methods.clustering.centres import Scaling, in_order, kmeans, nearest, sampled, scaling
from crmlib.methods.clustering.drift import bins, psi, shares
from crmlib.methods.clustering.evidence import VALLEY, Choice, Evidence, choose, evidence
from crmlib.methods.clustering.labels import matched

__all__ = ["VALLEY", "Choice", "Evidence", "Scaling", "bins", "choose", "evidence", "in_order", "kmeans", "matched",
           "nearest", "psi", "sampled", "scaling", "shares"]
