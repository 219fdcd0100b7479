"""The command line: ``python -m crmlib VERB …``, the same verbs as ``make VERB``.

Every message goes through ``show``; a user meets sentences with a next step, never a traceback
(``CRMLIB_DEBUG=1`` shows it). Exit codes: 0 done; 1 a notebook, gate or test failed; 2 bad usage,
parameters or data; 130 interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from crmlib.cli.screen import show, words
from crmlib.errors import CrmError

VERBS = ("help", "setup", "lock", "doctor", "sample", "detect", "init", "clean", "report", "check", "actions", "lab",
         "test", "lint", "bench", "docs")
INTERRUPTED = 130
#: Seconds after which an interrupted process no longer waits for what it was doing.
PATIENCE = 3.0
#: Signals that asked this process to end.
_STOPPED: list[int] = []
_LEAVING = threading.RLock()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb and return the exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after ``python -m crmlib``; by default those of this process, which then also ends at once when it is
        interrupted.
    """
    own = arguments is None
    if own:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _stop)
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except (Exception, KeyboardInterrupt) as error:
        if own and _STOPPED:
            # Threads still hold kernels that have just been ended: there is nothing left to wait for.
            _leave()
        code = _told(error)
        if code is None:
            raise
        return code


def _told(error: BaseException) -> int | None:
    """Tell the user what happened and return the exit code; None to let a developer see the traceback."""
    if isinstance(error, KeyboardInterrupt):
        show(words("interrupted"), error=True)
        return INTERRUPTED
    if isinstance(error, CrmError):
        show(error.say(), error=True)
        return error.exit_code
    if isinstance(error, BrokenPipeError):
        # The reader (head, less) has enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if os.environ.get("CRMLIB_DEBUG"):
        return None
    show(words("unexpected", kind=type(error).__name__, log=str(_log(error))), error=True)
    return 1


def _run(arguments: list[str]) -> int:
    verb, *rest = arguments or ["help"]
    verb = "help" if verb in ("-h", "--help") else verb
    if verb not in VERBS:
        raise CrmError("cli.unknown_verb", verb=verb, allowed=VERBS)
    from crmlib.cli import verbs

    return verbs.run(verb, rest)


def _stop(number: int, _frame: FrameType | None) -> None:
    if _STOPPED:
        _leave()
    _STOPPED.append(number)
    # A query does not always hear of it. To go at once does no harm: a month is published in one step.
    patience = threading.Timer(PATIENCE, _leave)
    patience.daemon = True
    patience.start()
    raise KeyboardInterrupt


def _leave() -> NoReturn:
    # Once only: the other thread that comes here waits for the end.
    with _LEAVING:
        show(words("interrupted"), error=True)
        os._exit(INTERRUPTED)


def _log(error: BaseException) -> Path:
    """Write the traceback where only the user reads it, and return the file."""
    number, name = tempfile.mkstemp(prefix="crmlib-", suffix=".log")
    with os.fdopen(number, "w", encoding="utf-8") as log:
        log.writelines(traceback.format_exception(error))
    return Path(name)
