"""The frozen model: what it holds, how it is written, and what must be true of a file that says it is one."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from crmlib.errors import CrmError

FORMAT = 1
DIGITS = 12
LARGEST = 2_000_000
MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])")
CODE = re.compile(r"c[1-9][0-9]{0,2}")


@dataclass(frozen=True)
class Scaled:
    """A feature in numbers, as the model saw it when it was made.

    Attributes
    ----------
    name : str
    low, high, mean, deviation : float
        Limits of winsorising, then mean and standard deviation; after the logarithm, where the feature has one.
    prior, shrink : float
        The average value, and with how many purchases it is added to each customer's own.
    weight : float
        What the scaled value is multiplied by.
    edges, shares : tuple of float
        Bins of the value, and the share of the customers in each; the last share is that of unknown values.
    """

    name: str
    low: float
    high: float
    mean: float
    deviation: float
    prior: float
    shrink: float
    weight: float
    edges: tuple[float, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Levels:
    """A feature in codes: its levels and the share of the customers at each; one indicator a level, ÷ √share."""

    name: str
    levels: tuple[str, ...]
    shares: tuple[float, ...]


@dataclass(frozen=True)
class Cluster:
    """One cluster: its code, its names, its centre in scaled features, its share of the customers it was made from."""

    code: str
    ja: str
    en: str
    centre: tuple[float, ...]
    share: float


@dataclass(frozen=True)
class Model:
    """Everything that decides in which cluster a customer is, and what spoke for it when it was made."""

    shop: str
    month: str
    as_of: str
    currency: str
    decimals: int
    customers: int
    sample: int
    grade: str
    prediction_strength: float | None
    stability: float | None
    distance: float
    scaled: tuple[Scaled, ...]
    coded: tuple[Levels, ...]
    clusters: tuple[Cluster, ...]
    evidence: tuple[Mapping[str, float], ...]
    left_out: Mapping[str, tuple[str, ...]]

    @property
    def k(self) -> int:
        """How many clusters."""
        return len(self.clusters)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the features, numbers first."""
        return (*(f.name for f in self.scaled), *(f.name for f in self.coded))

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the codes of the clusters."""
        return tuple(c.code for c in self.clusters)

    def renamed(self, codes: Mapping[str, Cluster]) -> Model:
        """Return the model with other codes and names for its clusters, sorted by the new codes."""
        again = (replace(c, code=codes[c.code].code, ja=codes[c.code].ja, en=codes[c.code].en) for c in self.clusters)
        return replace(self, clusters=tuple(sorted(again, key=lambda c: int(c.code[1:]))))


def written(model: Model) -> str:
    """Return a model as the text of its file: JSON that a person can review, numbers to twelve digits."""
    return json.dumps({"format": FORMAT, **_short(asdict(model))}, ensure_ascii=False, indent=1) + "\n"


def _short(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _short(value) for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [_short(value) for value in node]
    return shortened(node) if isinstance(node, float) else node


def shortened(value: float) -> float:
    """Return a number as a file holds it."""
    return float(f"{value:.{DIGITS}g}")


def read(text: str, where: str, shop: str, month: str, currency: tuple[str, int]) -> Model:
    """Return the model of a file's text.

    Raises
    ------
    CrmError
        ``models.not_json``, ``models.no_model``, ``models.other_format``, ``models.missing``, ``models.unknown``,
        ``models.bad_value``, ``models.other_shop``, ``models.other_month``, ``models.other_currency``,
        ``models.repeated``, ``models.wrong_length``: a file mended by hand into something else is told, not used.
    """
    try:
        found = json.loads(text[:LARGEST], parse_constant=lambda name: name)
    except ValueError as error:
        raise CrmError("models.not_json", where=where, why=str(error)) from None
    if not isinstance(found, dict) or "format" not in found:
        raise CrmError("models.no_model", where=where)
    if found["format"] != FORMAT:
        raise CrmError("models.other_format", where=where, found=json.dumps(found["format"]), wanted=FORMAT)
    made = _Reader(where)
    model = made.model({key: value for key, value in found.items() if key != "format"})
    for code, now, wanted in (("models.other_shop", model.shop, shop), ("models.other_month", model.month, month),
                              ("models.other_currency", (model.currency, model.decimals), currency)):
        if now != wanted:
            raise CrmError(code, where=where, found=_said(now), wanted=_said(wanted))
    _whole(model, where)
    return model


def _said(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


class _Reader:
    """Reads the groups of a file, each value by its kind, and says where the first wrong one is."""

    def __init__(self, where: str) -> None:
        self._where = where

    def model(self, found: dict[str, Any]) -> Model:
        kinds = {"shop": self.text, "month": self.month, "as_of": self.text, "currency": self.text,
                 "decimals": self.whole, "customers": self.whole, "sample": self.whole, "grade": self.text,
                 "prediction_strength": self.share, "stability": self.share, "distance": self.number,
                 "scaled": self.several(self.scaled), "coded": self.several(self.levels),
                 "clusters": self.several(self.cluster), "evidence": self.several(self.numbers),
                 "left_out": self.names}
        return Model(**self.group(found, kinds, ""))

    def scaled(self, found: Any, place: str) -> Scaled:
        kinds = {"name": self.text} | dict.fromkeys(
            ("low", "high", "mean", "deviation", "prior", "shrink", "weight"), self.number) | dict.fromkeys(
            ("edges", "shares"), self.several(self.number))
        return Scaled(**self.group(found, kinds, place))

    def levels(self, found: Any, place: str) -> Levels:
        kinds = {"name": self.text, "levels": self.several(self.text), "shares": self.several(self.number)}
        return Levels(**self.group(found, kinds, place))

    def cluster(self, found: Any, place: str) -> Cluster:
        kinds = {"code": self.code, "ja": self.text, "en": self.text, "centre": self.several(self.number),
                 "share": self.number}
        return Cluster(**self.group(found, kinds, place))

    def group(self, found: Any, kinds: Mapping[str, Any], place: str) -> dict[str, Any]:
        if not isinstance(found, dict):
            raise self.bad(place, found, "{…}")
        if missing := [key for key in kinds if key not in found]:
            raise CrmError("models.missing", where=self._where, place=place or "{…}", name=", ".join(missing))
        if unknown := sorted(set(found) - set(kinds)):
            raise CrmError("models.unknown", where=self._where, place=place or "{…}", name=", ".join(unknown),
                           allowed=sorted(kinds))
        return {key: read(found[key], f"{place}.{key}" if place else key) for key, read in kinds.items()}

    def several(self, one: Any) -> Any:
        def read_all(found: Any, place: str) -> tuple[Any, ...]:
            if not isinstance(found, list):
                raise self.bad(place, found, "[…]")
            return tuple(one(item, f"{place}[{i}]") for i, item in enumerate(found, 1))
        return read_all

    def numbers(self, found: Any, place: str) -> dict[str, float]:
        if not isinstance(found, dict):
            raise self.bad(place, found, "{…}")
        return {str(key): self.number(value, f"{place}.{key}") for key, value in found.items()}

    def names(self, found: Any, place: str) -> dict[str, tuple[str, ...]]:
        if not isinstance(found, dict):
            raise self.bad(place, found, "{…}")
        return {str(key): self.several(self.text)(value, f"{place}.{key}") for key, value in found.items()}

    def text(self, found: Any, place: str) -> str:
        if not isinstance(found, str) or not found.strip():
            raise self.bad(place, found, '"…"')
        return found

    def code(self, found: Any, place: str) -> str:
        if not isinstance(found, str) or not CODE.fullmatch(found):
            raise self.bad(place, found, "c1, c2, …")
        return found

    def month(self, found: Any, place: str) -> str:
        if not isinstance(found, str) or not MONTH.fullmatch(found):
            raise self.bad(place, found, "2026-10")
        return found

    def whole(self, found: Any, place: str) -> int:
        if isinstance(found, bool) or not isinstance(found, int) or found < 0:
            raise self.bad(place, found, "0, 1, 2, …")
        return found

    def number(self, found: Any, place: str) -> float:
        if isinstance(found, bool) or not isinstance(found, (int, float)) or not math.isfinite(found):
            raise self.bad(place, found, "1.5")
        return found

    def share(self, found: Any, place: str) -> float | None:
        return None if found is None else self.number(found, place)

    def bad(self, place: str, found: Any, wanted: str) -> CrmError:
        return CrmError("models.bad_value", where=self._where, place=place or "{…}", allowed=[wanted],
                        found=json.dumps(found, ensure_ascii=False)[:60])


def _whole(model: Model, where: str) -> None:
    """Raise unless the parts of a model fit each other."""
    columns = len(model.scaled) + sum(len(f.levels) for f in model.coded)
    repeated = _twice([*model.names]) or _twice(model.codes) or _twice([c.ja for c in model.clusters]) or _twice(
        [c.en for c in model.clusters])
    if repeated:
        raise CrmError("models.repeated", where=where, name=repeated)
    lengths = [("clusters", model.k, "≥ 2")] * (model.k < 2) + [("features", columns, "≥ 1")] * (columns < 1)
    lengths += [(f"{c.code}.centre", len(c.centre), str(columns)) for c in model.clusters if len(c.centre) != columns]
    lengths += [(f"{f.name}.shares", len(f.shares), str(len(f.edges) + 2)) for f in model.scaled
                if len(f.shares) != len(f.edges) + 2]
    lengths += [(f"{f.name}.shares", len(f.shares), str(len(f.levels))) for f in model.coded
                if len(f.shares) != len(f.levels)]
    if lengths:
        place, found, wanted = lengths[0]
        raise CrmError("models.wrong_length", where=where, place=place, found=found, wanted=wanted)
    _limits(model, where)


def _limits(model: Model, where: str) -> None:
    """Raise unless every number lies where it can lie."""
    grades = ("strong", "weak", "chosen")
    limits: list[tuple[str, Any, str]] = [
        (f"{f.name}.{key}", value, "> 0") for f in model.scaled
        for key, value in (("deviation", f.deviation), ("weight", f.weight)) if value <= 0]
    limits += [(f"{f.name}.low", f.low, f"≤ {f.high}") for f in model.scaled if f.low > f.high]
    limits += [(f"{f.name}.shrink", f.shrink, "≥ 0") for f in model.scaled if f.shrink < 0]
    limits += [(f"{f.name}.edges", ", ".join(map(str, f.edges)), "1, 2, 3") for f in model.scaled
               if list(f.edges) != sorted(set(f.edges))]
    limits += [(f"{f.name}.shares", share, "0 … 1") for f in model.scaled for share in f.shares if not 0 <= share <= 1]
    limits += [(f"{f.name}.shares", share, "0 … 1") for f in model.coded for share in f.shares if not 0 < share <= 1]
    limits += [("grade", model.grade, ", ".join(grades))] * (model.grade not in grades)
    limits += [("distance", model.distance, "> 0")] * (model.distance <= 0)
    if limits:
        place, found, wanted = limits[0]
        raise CrmError("models.bad_value", where=where, place=place, found=found, allowed=[wanted])


def _twice(names: Any) -> str:
    return next((name for name in names if list(names).count(name) > 1), "")
