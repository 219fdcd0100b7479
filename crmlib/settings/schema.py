"""The JSON Schema of a params file, for editors that complete and check, and the files made from the settings.

Run ``python -m crmlib.settings.schema`` to write ``params/template.yaml`` and ``params/schema.json`` anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from crmlib.settings.fields import MACHINE, plain_value
from crmlib.settings.file.template import template_text
from crmlib.settings.loader import project_root
from crmlib.settings.root import Settings

__all__ = ["files", "json_schema", "template_text", "write"]


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, with our values as defaults."""

    def encode_default(self, dft: Any) -> Any:
        return plain_value(dft)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a params file; descriptions are Japanese, then English."""
    found = Settings.model_json_schema(schema_generator=_Generator, mode="validation")
    cleaned = _cleaned(found)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "crmlib params",
        "description": "店の設定ファイル\nThe settings of a shop",
        **{key: value for key, value in cleaned.items() if key not in ("$schema", "title", "description")},
    }


def _cleaned(part: Any) -> Any:
    """Leave out what editors do not need, and let every key with a default be empty."""
    if isinstance(part, list):
        return [_cleaned(item) for item in part]
    if not isinstance(part, dict):
        return part
    kept = {key: _cleaned(value) for key, value in part.items() if not _ours(key, value)}
    if isinstance(part.get("properties"), dict):
        needed = part.get("required", [])
        kept["properties"] = {name: _cleaned(spec) if name in needed else _or_empty(_cleaned(spec))
                              for name, spec in part["properties"].items()}
    return kept


def _ours(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == MACHINE and value is True)


def _or_empty(spec: dict[str, Any]) -> dict[str, Any]:
    choices = spec.get("anyOf", [])
    if {"type": "null"} in choices:
        return spec
    words = {key: value for key, value in spec.items() if key in ("description", "default", "examples")}
    rest = {key: value for key, value in spec.items() if key not in words}
    return {"anyOf": [rest, {"type": "null"}], **words}


def files() -> dict[str, str]:
    """Return the text of every file made from the settings, by name in ``params/``."""
    return {
        "schema.json": json.dumps(json_schema(), ensure_ascii=False, indent=1) + "\n",
        "template.yaml": template_text(),
    }


def write(folder: Path) -> None:
    """Write the files made from the settings."""
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(project_root() / "params")
