"""What every notebook of a run reads first, read once: the process that kernels are forked from hands it on to them."""

from __future__ import annotations

import nbformat

from crmlib import theme
from crmlib.errors import LOCALES
from crmlib.settings import load_settings
from crmlib.text import FOLDER, load_text


def read(params_file: str) -> None:
    """Read the words of all pages, and the params file; draw once, so that fonts have been looked for.

    Everything is kept where those who ask for it look first, and is read anew by them where a file has changed since.

    Raises
    ------
    CrmError
        What each of these raises; whoever only wants to be fast goes on without.
    """
    # The rules for notebooks are compiled when the first one is checked against them.
    nbformat.validate(nbformat.v4.new_notebook())
    theme.draw_svg(lambda ax: ax.set_xlabel("1 A \u5b57"), "beforehand")
    settings = load_settings(params_file)
    for locale in LOCALES if settings.locale == "both" else (settings.locale,):
        for path in (FOLDER / locale).glob("*.yaml"):
            load_text(path.stem, locale, settings.currency.code, settings.currency.decimals)
