"""What clusters are called: by the features that set them apart most, in words of both languages, no two alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crmlib.analyses.segments.catalogue import CATEGORY

if TYPE_CHECKING:
    import numpy as np

    from crmlib.analyses.segments.model import Levels, Model, Scaled
    from crmlib.settings import SegmentsSettings
    from crmlib.text import Text

#: So many signs make a name; more only where two clusters would be called the same.
SIGNS = 2
HIGH, LOW = "high", "low"
#: A feature this little away from the average says nothing of a cluster (standard deviations).
FAINT = 0.25


def signs(centres: Sequence[np.ndarray], scaled: Sequence[Scaled], coded: Sequence[Levels]) -> list[list[str]]:
    """Return, for each cluster, its features from the most to the least unusual: ``feature:high``, ``feature:low``."""
    names = [f.name for f in scaled]
    levels = [f"{f.name}={level}" for f in coded for level in f.levels]
    weights = [f.weight for f in scaled] + [1.0] * len(levels)
    found = []
    for centre in centres:
        sized = ((-abs(float(v) / w), name, HIGH if v > 0 else LOW)
                 for v, w, name in zip(centre, weights, [*names, *levels], strict=True))
        away = sorted(sized, key=lambda item: (round(item[0], 9), item[1]))
        told = [f"{name}:{side}" for size, name, side in away if -size >= FAINT and not ("=" in name and side == LOW)]
        found.append(_varied(told) or [f"{away[0][1]}:{away[0][2]}"])
    return found


def _varied(signs: list[str]) -> list[str]:
    """Return the signs with further categories of goods last: one says enough of what somebody buys."""
    goods = [sign for sign in signs if sign.startswith(CATEGORY)]
    return [sign for sign in signs if sign not in goods[1:]] + goods[1:]


def named(found: list[list[str]], locale: str) -> list[str]:
    """Return a name for each cluster in one language: its strongest signs, as many as tell it from the others."""
    from crmlib.text import load_text

    text = load_text("segments", locale)
    size = [SIGNS] * len(found)
    for _ in range(max(len(signs) for signs in found)):
        names = [_joined(signs[:n], text) for signs, n in zip(found, size, strict=True)]
        alike = [names.count(name) > 1 for name in names]
        if not any(alike):
            return names
        size = [n + same for n, same in zip(size, alike, strict=True)]
    return [f"{name} {names[:i].count(name) + 1}" if names.count(name) > 1 else name for i, name in enumerate(names)]


def _joined(signs: Sequence[str], text: Text) -> str:
    words = [sign_words(sign, text) for sign in signs]
    joined = ("・" if text.locale == "ja" else ", ").join(words)
    return joined[:1].upper() + joined[1:]


def sign_words(sign: str, text: Text) -> str:
    """Return the words of one sign, for instance ``basket:high``."""
    name, _, side = sign.rpartition(":")
    if name.startswith(CATEGORY):
        return text.sentence(f"signs.category.{side}", {"level": name.removeprefix(CATEGORY)})
    if "=" in name:
        feature, _, level = name.partition("=")
        return text.code(feature, level)
    return text.sentence(f"signs.{name}.{side}")


def own_words(model: Model | None, settings: SegmentsSettings, locale: str) -> dict[str, Any]:
    """Return what clusters and the shop's own segments are called, as a tree like that of a text file."""
    from crmlib.text import load_text

    called = {c.code: (c.ja if locale == "ja" else c.en) for c in model.clusters} if model else {}
    called |= {code: name.get(locale) for code, name in settings.names.items()}
    text = load_text("segments", locale)
    goods = [name for name in (model.names if model else ()) if name.startswith(CATEGORY)]
    features = {name: text.sentence("goods_share", {"level": name.removeprefix(CATEGORY)}) for name in goods}
    rules = {rule.segment: rule.name.get(locale) for rule in settings.rules if rule.name}
    codes: dict[str, Mapping[str, str]] = {
        **dict.fromkeys(("cluster", "from_cluster", "to_cluster"), called),
        "feature": features, "segment": {**rules, **called}}
    return {"codes": {column: words for column, words in codes.items() if words}}


def number(code: str) -> str:
    """Return the number a cluster has in charts too narrow for its name; nothing for what is no cluster."""
    return code[1:] if code[:1] == "c" and code[1:].isdigit() else ""


def numbered(column: str, code: str, text: Text) -> str:
    """Return the name of a cluster behind its number."""
    return f"{number(code)} {text.code(column, code)}".strip()


def both(model: Model, settings: SegmentsSettings) -> dict[str, str]:
    """Return the name of each cluster as customers.parquet holds it: both languages, or the one word for both."""
    found = {}
    for cluster in model.clusters:
        own = settings.names.get(cluster.code)
        ja, en = (own.get("ja"), own.get("en")) if own else (cluster.ja, cluster.en)
        found[cluster.code] = ja if ja == en else f"{ja} / {en}"
    return found
