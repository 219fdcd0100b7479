"""The verbs that work on a checkout of this project: set up, lock, test, measure, document.

They only start well-known tools with the options this project uses, so that ``make``, ``python -m crmlib`` and the
automatic checks run one and the same thing.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from crmlib.errors import CrmError

VERBS = ("setup", "lock", "lab", "test", "lint", "bench", "docs")
#: Left out of the quick run: what takes long or needs data, a browser or another engine.
QUICK = "not slow and not realdata and not browser and not spark"
LOCK = ("--all-extras", "--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url",
        "--no-emit-find-links", "--annotation-style", "line", "--custom-compile-command", "make lock", "--quiet",
        "-o", "requirements.lock")
MOST_WORKERS = 4


def run(verb: str, arguments: list[str] | tuple[str, ...] = ()) -> int:
    """Run one of ``VERBS`` and return the exit code: the first that is not 0, after all its steps have run.

    Parameters
    ----------
    verb : str
        One of ``VERBS``.
    arguments : sequence of str
        Handed on to the last tool the verb starts; ``--quick`` makes ``test`` leave out the slow ones, and the first
        one of ``bench`` names the script.

    Raises
    ------
    CrmError
        ``setup.no_checkout`` when crmlib was installed without the project around it.
    """
    root = checkout()
    environment = {**os.environ, "PYTHONUTF8": "1"}
    codes = [subprocess.run(step, cwd=root, env=environment, check=False).returncode
             for step in steps(verb, list(arguments))]
    return next((code for code in codes if code), 0)


def steps(verb: str, arguments: list[str]) -> list[list[str]]:
    """Return the commands of a verb, in order."""
    python = sys.executable
    tools = {
        "setup": [[python, "tools/setup.py"]],
        "lock": [[python, "-m", "uv", "pip", "compile", "pyproject.toml", *LOCK], [python, "tools/environment.py"]],
        "lab": [[python, "-m", "jupyterlab", "--notebook-dir", ".", "notebooks"]],
        "lint": [[python, "-m", "ruff", "check", "."], [python, "-c", _LINT_IMPORTS], [python, "-m", "mypy"]],
        "docs": [[python, "tools/docs.py"]],
    }
    if verb == "test":
        return [_pytest(python, arguments)]
    if verb == "bench":
        return _benches(python, arguments)
    *first, last = tools[verb]
    return [*first, [*last, *arguments]]


# The package puts only a command beside Python, and that command's place differs between systems.
_LINT_IMPORTS = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def _pytest(python: str, arguments: list[str]) -> list[str]:
    workers = str(min(os.cpu_count() or 1, MOST_WORKERS))
    quick = ["-m", QUICK] if "--quick" in arguments else []
    rest = [one for one in arguments if one != "--quick"]
    return [python, "-m", "pytest", "-n", workers, "--dist", "loadfile", "--no-loadscope-reorder", *quick, *rest]


def _benches(python: str, arguments: list[str]) -> list[list[str]]:
    """Measure everything in bench/, or only what the first argument names, with the arguments after it."""
    names = arguments[:1] or sorted(path.stem for path in (checkout() / "bench").glob("[a-z]*.py"))
    return [[python, f"bench/{name}.py", *arguments[1:]] for name in names]


def checkout() -> Path:
    """Return the folder of the project that this crmlib belongs to."""
    root = Path(__file__).resolve().parent.parent
    if not (root / "tools" / "setup.py").is_file():
        raise CrmError("setup.no_checkout", where=str(root.name))
    return root
