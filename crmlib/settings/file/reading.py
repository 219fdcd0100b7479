"""Reads a params file into plain values that remember their line, and trusts nothing in it.

Scalars come out as the text written (`Scalar`); only an empty value, ``null`` and ``~`` become None.
Which text is a number or a flag is decided by the field it stands in, see `crmlib.settings.fields`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from crmlib.errors import CrmError
from crmlib.settings.fields import Scalar

NULLS = ("", "null", "~")
LARGEST_FILE = 1_000_000
#: Anchors may repeat what was written, not multiply it without bound.
MOST_VALUES = 50_000
DEEPEST = 24
Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Content:
    """What a file says: nested values, the line of each, and repeated keys found on the way."""

    value: dict[str, Any]
    lines: dict[Loc, int] = field(default_factory=dict)
    problems: tuple[CrmError, ...] = ()


def read_params(path: Path, label: str) -> Content:
    """Return the content of a params file.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    label : str
        How messages name it.

    Raises
    ------
    CrmError
        ``settings.*``: missing, unreadable, empty, not UTF-8, not YAML, or not a list of keys.
    """
    text = decode(_bytes(path, label), label)
    root = _compose(text, label)
    if root is None:
        raise CrmError("settings.empty_file", where=label)
    if not isinstance(root, yaml.MappingNode):
        raise _no_keys(root, text, label)
    walk = _Walk(label)
    value = walk.value(root, (), 0)
    return Content(value, walk.lines, tuple(walk.problems))


def _bytes(path: Path, label: str) -> bytes:
    if path.is_dir():
        raise CrmError("settings.is_folder", where=label, allowed=_neighbours(path))
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise CrmError("settings.too_large", where=label, found=size, limit=LARGEST_FILE)
        return path.read_bytes()
    except FileNotFoundError:
        raise CrmError("settings.no_file", where=label, allowed=_neighbours(path.parent)) from None
    except OSError as error:
        raise CrmError("settings.unreadable", where=label, reason=error.strerror or type(error).__name__) from None


def _neighbours(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.glob("*.y*ml"))[:12] if folder.is_dir() else []


def decode(data: bytes, label: str) -> str:
    """Return the text of a file in UTF-8, with or without a byte-order mark; name any other encoding."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise CrmError("settings.wrong_encoding", where=label, encoding="UTF-16", allowed=["UTF-8"])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = f"{label}:{data.count(10, 0, error.start) + 1}"
        encoding = next((name for codec, name in (("cp932", "CP932 (Shift_JIS)"), ("euc_jp", "EUC-JP"))
                         if _fits(data, codec)), "")
    if encoding:
        raise CrmError("settings.wrong_encoding", where=where, encoding=encoding, allowed=["UTF-8"])
    raise CrmError("settings.no_encoding", where=where, allowed=["UTF-8"])


def _fits(data: bytes, codec: str) -> bool:
    """Tell whether the bytes are readable text in an encoding (half-width kana alone are a sign of EUC-JP)."""
    try:
        text = data.decode(codec)
    except UnicodeDecodeError:
        return False
    wide, narrow = len(re.findall(r"[ぁ-んァ-ヶ一-龠]", text)), len(re.findall(r"[。-゚]", text))
    return wide >= narrow


class _Loader(yaml.SafeLoader):
    """PyYAML's reader, which here builds nodes only and refuses tags (``!!python/…``, ``!include``)."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()
        tag = getattr(event, "tag", None)
        if tag not in (None, "!"):
            raise _Tagged(tag, event.start_mark.line + 1)
        return super().compose_node(parent, index)


class _Tagged(Exception):
    def __init__(self, tag: str, line: int) -> None:
        super().__init__(tag)
        self.tag, self.line = tag, line


@lru_cache(maxsize=2)
def _compose(text: str, label: str) -> yaml.Node | None:
    loader = None
    try:
        loader = _Loader(text)
        return loader.get_single_node()
    except _Tagged as error:
        raise CrmError("settings.tag", where=f"{label}:{error.line}", found=error.tag) from None
    except RecursionError:
        raise CrmError("settings.too_deep", where=label, limit=DEEPEST) from None
    except yaml.reader.ReaderError as error:
        found = error.character if isinstance(error.character, int) else ord(error.character[0])
        line = text.count("\n", 0, error.position) + 1
        raise CrmError("settings.bad_character", where=f"{label}:{line}", found=f"U+{found:04X}") from None
    except yaml.MarkedYAMLError as error:
        raise _syntax(error, text, label) from None
    finally:
        if loader is not None:
            loader.dispose()


#: What PyYAML says → what a person did.
SLIPS = (
    (r"'\\t' that cannot start|found a tab character", "tab"),
    (r"mapping values are not allowed", "two_colons"),
    (r"could not find expected ':'", "no_colon"),
    (r"unexpected end of stream|quoted scalar", "open_quote"),
    (r"expected ',' or '[\]}]'|flow (sequence|mapping)", "open_bracket"),
    (r"cannot start any token", "special_start"),
    (r"expected <block end>|block (mapping|collection)", "indent"),
    (r"expected a single document", "two_documents"),
    (r"undefined alias|anchor", "alias"),
)


def _syntax(error: yaml.MarkedYAMLError, text: str, label: str) -> CrmError:
    """Return the error of a file that is not YAML, with the line and what most likely happened there."""
    mark = error.problem_mark or error.context_mark
    number = mark.line + 1 if mark else 1
    said = f"{error.problem or ''} / {error.context or ''}"
    slip = next((name for pattern, name in SLIPS if re.search(pattern, said)), "syntax")
    if slip in ("open_quote", "open_bracket", "no_colon") and error.context_mark:
        number = error.context_mark.line + 1
    lines = text.splitlines()
    line = lines[number - 1] if number <= len(lines) else ""
    if slip != "open_quote" and "\t" in line[:len(line) - len(line.lstrip())]:
        slip = "tab"
    return CrmError(f"settings.{slip}", where=f"{label}:{number}", found=line.strip()[:60])


def _no_keys(root: yaml.Node, text: str, label: str) -> CrmError:
    where = f"{label}:{root.start_mark.line + 1}"
    if isinstance(root, yaml.SequenceNode):
        return CrmError("settings.top_list", where=where)
    found = str(root.value).split("\n")[0][:60]
    code = "wide_colon" if "：" in found else "top_text"
    return CrmError(f"settings.{code}", where=where, found=found)


class _Walk:
    """Turns nodes into values, keeping lines and repeated keys."""

    def __init__(self, label: str) -> None:
        self.label = label
        self.lines: dict[Loc, int] = {}
        self.problems: list[CrmError] = []
        self.seen = 0

    def value(self, node: yaml.Node, loc: Loc, depth: int) -> Any:
        """Return a node's value."""
        self.seen += 1
        if depth > DEEPEST:
            raise CrmError("settings.too_deep", where=self._where(node), limit=DEEPEST)
        if self.seen > MOST_VALUES:
            raise CrmError("settings.too_many_values", where=self._where(node), limit=MOST_VALUES)
        if isinstance(node, yaml.MappingNode):
            return {key: self.value(item, (*loc, key), depth + 1) for key, item in self._keys(node, loc)}
        if isinstance(node, yaml.SequenceNode):
            return [self._item(item, (*loc, n), depth + 1) for n, item in enumerate(node.value)]
        plain = isinstance(node, yaml.ScalarNode) and node.style is None
        return None if plain and node.value in NULLS else Scalar(node.value, plain)

    def _item(self, node: yaml.Node, loc: Loc, depth: int) -> Any:
        self.lines[loc] = node.start_mark.line + 1
        return self.value(node, loc, depth)

    def _keys(self, node: yaml.MappingNode, loc: Loc) -> Iterator[tuple[str, yaml.Node]]:
        first: dict[str, int] = {}
        for key, item in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(CrmError("settings.key_not_text", where=self._where(key)))
            elif key.value in first:
                self.problems.append(CrmError("settings.repeated_key", where=self._where(key), key=key.value,
                                              first=first[key.value], line=line))
            else:
                first[key.value] = self.lines[(*loc, key.value)] = line
                yield key.value, item

    def _where(self, node: yaml.Node) -> str:
        return f"{self.label}:{node.start_mark.line + 1}"
