"""Which model is valid in a month: a reviewed file, or what the month's own customers give until there is one.

A file is named by the month it was made in, so none is ever written over: ``<shop>.segments-2026-10.json``. A month is
told by the newest model made in it or before, a month before the first one by the first.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.analyses.segments import model as models
from crmlib.analyses.segments.assigning import assigned
from crmlib.analyses.segments.catalogue import CATEGORIES, CATEGORY, CODE, FEATURES
from crmlib.analyses.segments.fitting import fit
from crmlib.errors import CrmError
from crmlib.methods import clustering
from crmlib.text import load_text

if TYPE_CHECKING:
    from crmlib.analyses.segments.model import Cluster, Model
    from crmlib.dataset import Dataset
    from crmlib.settings import SegmentsSettings

VERSION = 3
FEW = "few"


@dataclass(frozen=True)
class Settled:
    """What a month is told by; the same whether its model was made just now or read from the file it was kept in.

    Attributes
    ----------
    model : Model or None
        None where no clusters are used.
    grade : str
        Of the model, or why there is none: ``none`` or ``few``.
    evidence : tuple of dict
    left_out : mapping of str to tuple of str
        Features that were not used when the model was made, and why.
    buyers : int
        Customers that were looked at when it was made.
    before : Model or None
        The model that was valid the month before, where it is another.
    fresh : bool
        Whether there is no file of it yet. Never shown: it would differ between two runs of one month.
    stayed : bool
        A new model was asked for, nothing stable was found, and the older one goes on.
    """

    model: Model | None
    grade: str
    evidence: tuple[Mapping[str, float], ...]
    left_out: Mapping[str, tuple[str, ...]]
    buyers: int
    before: Model | None = None
    fresh: bool = False
    stayed: bool = False


def settled(data: Dataset, settings: SegmentsSettings) -> Settled:
    """Return the model of a month.

    Raises
    ------
    CrmError
        Of ``model.read``, ``models.unknown_feature``, ``models.bad_name``, ``models.not_readable``.
    """
    known = files(data, settings)
    past = [m for m in known if m <= data.month]
    if not known or (settings.refit == data.month and data.month not in known):
        return _fitted(data, settings, load(data, known[max(past)], max(past)) if past else None)
    month = max(past) if past else min(known)
    model = load(data, known[month], month)
    older = [m for m in past if m < month] if month == data.month else []
    before = load(data, known[max(older)], max(older)) if older else None
    return Settled(model, model.grade, model.evidence, model.left_out, model.customers, before)


def _fitted(data: Dataset, settings: SegmentsSettings, older: Model | None) -> Settled:
    """Return the model of this month's customers, found once and kept with the prepared data."""
    key = [VERSION, data.fingerprint, data.month, str(data.as_of), settings.plain(), data.basis, data.decimals,
           data.currency, data.settings.shop.id, models.written(older) if older else None,
           [load_text("segments", locale).get("signs") for locale in ("ja", "en")]]

    def compute() -> dict[str, Any]:
        found = fit(data, settings)
        model = inherited(data, settings, found.model, older) if found.model and older else found.model
        return {**asdict(replace(found, model=None)), "model": models.written(model) if model else None}

    kept = data.memo("segments_model", key, compute)
    model = models.read(kept["model"], "", data.settings.shop.id, data.month, (data.currency, data.decimals)) if (
        kept["model"]) else None
    if model is not None:
        return Settled(model, model.grade, model.evidence, model.left_out, model.customers, older, fresh=True)
    if older is not None:
        return Settled(older, older.grade, older.evidence, older.left_out, older.customers, stayed=True)
    left = {why: tuple(names) for why, names in kept["left_out"].items()}
    return Settled(None, kept["grade"], tuple(kept["evidence"]), left, kept["buyers"])


def made_by(data: Dataset, settings: SegmentsSettings) -> Model | None:
    """Return the model that was there in a month: the newest file made in it or before."""
    known = files(data, settings)
    past = [m for m in known if m <= data.month]
    return load(data, known[max(past)], max(past)) if past else None


def inherited(data: Dataset, settings: SegmentsSettings, fresh: Model, older: Model) -> Model:
    """Return a new model in which each cluster that is an old one goes on under its code and name.

    Matched by the customers they share (the Hungarian method); a cluster without a forerunner gets a code never used.
    """
    was, now = (assigned(data, settings, one).set_index("customer_key")["cluster"] for one in (older, fresh))
    overlap = [[int(((was == a) & (now == b)).sum()) for b in fresh.codes] for a in older.codes]
    pairs = {fresh.codes[new]: older.clusters[old] for old, new in clustering.matched(overlap)}
    unused = max(int(code[1:]) for code in older.codes)
    codes: dict[str, Cluster] = {}
    taken = {c.ja for c in pairs.values()} | {c.en for c in pairs.values()}
    for cluster in fresh.clusters:
        if cluster.code in pairs:
            codes[cluster.code] = pairs[cluster.code]
        else:
            unused += 1
            again = f" {unused}" if cluster.ja in taken or cluster.en in taken else ""
            codes[cluster.code] = replace(cluster, code=f"c{unused}", ja=cluster.ja + again, en=cluster.en + again)
    return fresh.renamed(codes)


def files(data: Dataset, settings: SegmentsSettings) -> dict[str, Path]:
    """Return the model files of the shop by the month they were made in."""
    folder, shop = data.settings.at(settings.models), re.escape(data.settings.shop.id)
    found = {}
    for path in sorted(folder.glob(f"{data.settings.shop.id}.segments*.json")):
        match = re.fullmatch(rf"{shop}\.segments-({models.MONTH.pattern})\.json", path.name)
        if match is None:
            raise CrmError("models.bad_name", where=path.name, shop=data.settings.shop.id)
        found[match.group(1)] = path
    return found


def load(data: Dataset, path: Path, month: str) -> Model:
    """Return the model of a file, checked."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CrmError("models.not_readable", where=path.name, why=type(error).__name__) from None
    model = models.read(text, path.name, data.settings.shop.id, month, (data.currency, data.decimals))
    goods = [name for name in model.names if name.startswith(CATEGORY)]
    kinds = {f.name: False for f in model.scaled} | {f.name: True for f in model.coded}
    wrong = [name for name, code in kinds.items()
             if name not in goods and (name not in FEATURES or (FEATURES[name].kind == CODE) != code)]
    wrong += [f.name for f in model.coded if f.name in goods] + goods[CATEGORIES:]
    if wrong:
        raise CrmError("models.unknown_feature", where=path.name, name=", ".join(wrong), allowed=sorted(FEATURES))
    return model


def record(data: Dataset) -> list[dict[str, str]]:
    """Return the models a month is told by, for the record of a run.

    Returns
    -------
    list of dict
        file (where it lies, or will once the month is published) and sha256 (of its content as the program writes it).
    """
    from crmlib.analyses.segments import NEEDS

    if data.missing(NEEDS):
        return []
    found = settled(data, data.settings.segments)
    return [{"file": name_of(data, one.month), "sha256": hashlib.sha256(models.written(one).encode()).hexdigest()}
            for one in (found.model, found.before) if one]


def name_of(data: Dataset, month: str) -> str:
    """Return the name of the file of a model."""
    return f"{data.settings.shop.id}.segments-{month}.json"


def freeze(data: Dataset) -> Path | None:
    """Write the model that was made in this month into its file; nothing where it comes from one, or there is none.

    Returns
    -------
    pathlib.Path or None
        The new file.

    Raises
    ------
    CrmError
        ``models.not_written``; a file that is there is never written over.
    """
    from crmlib.analyses.segments import NEEDS

    settings = data.settings.segments
    found = None if data.missing(NEEDS) else settled(data, settings)
    if found is None or found.model is None or not found.fresh:
        return None
    path = data.settings.at(settings.models) / name_of(data, data.month)
    staging = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        staging.write_text(models.written(found.model), encoding="utf-8")
        staging.replace(path)
    except OSError as error:
        raise CrmError("models.not_written", where=path.name, why=error.strerror or type(error).__name__) from None
    return path
