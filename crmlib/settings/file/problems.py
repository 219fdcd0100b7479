"""Turns what the models refuse into sentences: file, line, key, what was found, what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from crmlib.errors import CrmError
from crmlib.settings.base import Model
from crmlib.settings.fields import Scalar
from crmlib.settings.file.reading import Loc
from crmlib.settings.kinds import nearest

#: The models' own refusals → ours. Every scalar is read by our kinds, so there are no others.
SHAPES = {
    "missing": "missing_key", "model_type": "not_keys", "dict_type": "not_keys", "mapping_type": "not_keys",
    "model_attributes_type": "not_keys", "tuple_type": "not_list", "list_type": "not_list", "too_short": "too_short",
    "too_long": "too_long"}
Where = Callable[[Loc], str]


MOST_ROUNDS = 20


def problems(value: dict[str, Any], root: type[Model], where: Where) -> list[CrmError]:
    """Return one error for each thing the models refuse in the values of a file, however many there are.

    A check that compares several values runs only where each of them is right by itself. So what was
    told is taken out, and the rest looked at again, until nothing new is found.
    """
    value, removed, found = deepcopy(value), set[Loc](), dict[str, CrmError]()
    for _ in range(MOST_ROUNDS):
        errors = _refused(value, root)
        found |= {str((error["loc"], error["type"])): _problem(error, root, where)
                  for error in errors if not _follows(error, removed)}
        # A group that lacks a key goes last: the groups inside it still have something to tell.
        wrong = [error for error in errors if error["type"] != "missing"]
        moved = _take_out_all(value, wrong, removed) or _take_out_all(value, errors, removed)
        if not moved:
            value, before = _without_gaps(value), value
            if value == before:
                break
    return list(found.values())


def _refused(value: dict[str, Any], root: type[Model]) -> list[Any]:
    try:
        root.model_validate(value)
    except ValidationError as refused:
        errors = refused.errors(include_url=False)
        # A list with an item that is refused counts as shorter than it is.
        inside = [error["loc"][:n] for error in errors for n in range(len(error["loc"]))]
        return [error for error in errors if error["type"] != "too_short" or error["loc"] not in inside]
    return []


def _take_out_all(value: Any, errors: list[Any], removed: set[Loc]) -> bool:
    before = len(removed)
    for error in errors:
        _take_out(value, _target(error), removed)
    return len(removed) > before


def _loc(error: Any) -> Loc:
    loc = tuple(error["loc"])
    return loc[:-1] if loc and loc[-1] == "[key]" else loc


def _target(error: Any) -> Loc:
    """Return what to take out: a missing key's group, a failed check's key, or the value itself."""
    loc, part = _loc(error), (error.get("ctx") or {}).get("key")
    if error["type"] == "missing":
        return loc[:-1]
    return (*loc, part) if part else loc


def _follows(error: Any, removed: set[Loc]) -> bool:
    """Tell whether an error only follows from a value that was taken out before."""
    loc, of = _loc(error), (error.get("ctx") or {}).get("of", ())
    looked_at = [(*loc, key) for key in of] or [loc]
    return any(gone[:len(place)] == place or place[:len(gone)] == gone for place in looked_at for gone in removed)


def _take_out(value: Any, loc: Loc, removed: set[Loc]) -> None:
    """Take a value out of its group; in a list its place stays, empty, so that the others keep theirs."""
    if any(loc[:len(gone)] == gone for gone in removed):
        return
    holder: Any = None
    spot = loc
    for n, part in enumerate(loc):
        known = part in value if isinstance(value, dict) else isinstance(value, list) and part in range(len(value))
        if not known:
            break
        holder, spot, value = value, loc[:n + 1], value[part]
    if isinstance(holder, list):
        holder[int(spot[-1])] = None
    elif holder is not None:
        del holder[spot[-1]]
    if holder is not None:
        removed.add(spot)


def _without_gaps(value: Any) -> Any:
    """Return a value without the lists that something was taken out of."""
    if isinstance(value, list):
        return [_without_gaps(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _without_gaps(item) for key, item in value.items() if not (isinstance(item, list) and None in item)}


def _problem(error: Any, root: type[Model], where: Where) -> CrmError:
    loc = _loc(error)
    kind, given, context = error["type"], error.get("input"), dict(error.get("ctx") or {})
    if loc != tuple(error["loc"]):
        given = loc[-1]
    if kind == "extra_forbidden":
        return _unknown_key(loc, root, where)
    if kind == "literal_error":
        return _not_choice(loc, given, root, where)
    if kind == "crm":
        return _own(context, loc, given, where)
    if kind == "missing":
        return CrmError("settings.missing_key", where=where(loc), key=dotted(loc))
    code = SHAPES.get(kind, "not_accepted")
    if code == "not_keys" and isinstance(given, str) and "：" in given:
        code = "wide_colon"
    if code == "too_short" and not given:
        code = "too_few"
    if code.startswith("too_"):
        context = {name: context.get(name) for name in ("min_length", "max_length")}
    return CrmError(f"settings.{code}", where=where(loc), key=dotted(loc), found=shown(given), **context)


def _own(context: dict[str, Any], loc: Loc, given: Any, where: Where) -> CrmError:
    code, part = context.pop("error"), context.pop("key")
    context.pop("of")
    if part:
        loc = (*loc, part)
        given = given.get(part) if isinstance(given, Mapping) else getattr(given, part, None)
    allowed = context.pop("allowed", [])
    if code == "not_text" and given is None:
        code = "null_text"
    return CrmError(f"settings.{code}", where=where(loc), allowed=allowed,
                    **{"key": dotted(loc), "found": shown(given), **context})


def _unknown_key(loc: Loc, root: type[Model], where: Where) -> CrmError:
    key, names = str(loc[-1]), keys_at(root, loc[:-1])
    near = nearest(key, names)
    home = "" if near else _home(key, root)
    code = "unknown_key_near" if near else "misplaced_key" if home else "unknown_key"
    return CrmError(f"settings.{code}", where=where(loc), allowed=[] if home else names, key=dotted(loc),
                    nearest=near or home)


def _home(key: str, root: type[Model]) -> str:
    """Return the full name of a key that stands in the wrong group."""
    groups = ((name, inner(field)) for name, field in root.model_fields.items())
    return next((f"{name}.{key}" for name, group in groups if _is_model(group) and key in keys_of(group)), "")


def _not_choice(loc: Loc, given: Any, root: type[Model], where: Where) -> CrmError:
    kind = _walk(root, loc[:-1]) if loc[-1] == given else None
    # Where a key of a free mapping is meant, the mapping's keys are.
    choices = [shown(choice) for choice in get_args(bare(get_args(kind)[0]) if get_args(kind) else _walk(root, loc))]
    near = nearest(given, choices) if isinstance(given, str) else ""
    return CrmError("settings.not_choice_near" if near else "settings.not_choice", where=where(loc), allowed=choices,
                    key=dotted(loc), found=shown(given), nearest=near)


def dotted(loc: Loc) -> str:
    """Return a key as written in messages: ``sources[1].files``; lists count from 1."""
    text = ""
    for part in loc:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.lstrip(".")


def shown(value: Any) -> str:
    """Return a value short enough for a sentence and free of any language."""
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return "{" + _some([str(k) for k in value]) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + _some([shown(v) for v in value]) + "]"
    text = str(value).replace("\t", "\\t").replace("\n", " ")
    if isinstance(value, Scalar) and not value.plain:
        text = f'"{text}"'
    return text if len(text) <= 60 else text[:59] + "…"


def _some(words: list[str]) -> str:
    return ", ".join(words[:4] + ["…"] * (len(words) > 4))


def keys_of(model: type[Model]) -> list[str]:
    """Return the keys a group knows, as written in a file."""
    return [field.alias or name for name, field in model.model_fields.items()]


def keys_at(root: type[Model], loc: Loc) -> list[str]:
    """Return the keys known at a place in the file."""
    model = _walk(root, loc)
    return keys_of(model) if _is_model(model) else []


def inner(field: FieldInfo) -> Any:
    """Return the type of a field without null; the models behind table maps stand for them."""
    stand_in = next((m.model for m in field.metadata if hasattr(m, "model")), None)
    return stand_in or bare(field.annotation)


def bare(kind: Any) -> Any:
    """Return a type without ``Annotated`` and without ``| None``."""
    if get_origin(kind) is Annotated:
        return bare(get_args(kind)[0])
    if get_origin(kind) in (Union, UnionType):
        return bare(next(arg for arg in get_args(kind) if arg is not type(None)))
    return kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Model)


def _walk(kind: Any, loc: Loc) -> Any:
    """Return the type at a place, following groups, lists and mappings."""
    for part in loc:
        if _is_model(kind):
            kind = next((inner(f) for name, f in kind.model_fields.items() if part == (f.alias or name)), None)
        else:
            args = get_args(kind)
            kind = bare(args[0 if isinstance(part, int) else -1]) if args and get_origin(kind) is not Literal else kind
    return kind
