"""``python -m crmlib VERB …``."""

from __future__ import annotations

from crmlib.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
