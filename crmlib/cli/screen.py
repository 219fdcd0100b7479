"""Where everything that is said to the person at the terminal goes out."""

from __future__ import annotations

import sys
from typing import Any

from crmlib.errors import message_locale
from crmlib.text import load_text


def show(text: str, *, error: bool = False) -> None:
    """Write one message; characters the terminal cannot show become question marks."""
    stream = sys.stderr if error else sys.stdout
    coding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(coding, "replace").decode(coding) + "\n")
    stream.flush()


def words(key: str, /, **values: Any) -> str:
    """Return a sentence of ``text/<locale>/cli.yaml`` in the language of the terminal."""
    return load_text("cli", message_locale()).sentence(key, values)


def say(key: str, /, **values: Any) -> None:
    """Show one line of progress."""
    text = load_text("cli", message_locale())
    if "reason" in values:
        values["reason"] = text.find(f"reasons.{values['reason']}") or values["reason"]
    show(text.sentence(f"progress.{key}", values))
