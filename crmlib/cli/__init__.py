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
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from crmlib.cli.screen import show, words
from crmlib.errors import CrmError

VERBS = ("help", "setup", "lock", "doctor", "sample", "detect", "init", "clean", "report", "check", "lab", "test",
         "lint", "bench", "docs")
INTERRUPTED = 130


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
        signal.signal(signal.SIGTERM, _stop)
    try:
        return _run(list(sys.argv[1:] if arguments is None else arguments))
    except CrmError as error:
        show(error.say(), error=True)
        return error.exit_code
    except KeyboardInterrupt:
        show(words("interrupted"), error=True)
        if own:
            # Threads still hold kernels that have just been ended: there is nothing left to wait for.
            sys.stdout.flush()
            os._exit(INTERRUPTED)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader (head, less) has enough; Python would complain once more at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # the last line of defence: a sentence instead of a traceback
        if os.environ.get("CRMLIB_DEBUG"):
            raise
        show(words("unexpected", kind=type(error).__name__, log=str(_log(error))), error=True)
        return 1


def _run(arguments: list[str]) -> int:
    verb, *rest = arguments or ["help"]
    verb = "help" if verb in ("-h", "--help") else verb
    if verb not in VERBS:
        raise CrmError("cli.unknown_verb", verb=verb, allowed=VERBS)
    from crmlib.cli import verbs

    return verbs.run(verb, rest)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _log(error: BaseException) -> Path:
    """Write the traceback where only the user reads it, and return the file."""
    number, name = tempfile.mkstemp(prefix="crmlib-", suffix=".log")
    with os.fdopen(number, "w", encoding="utf-8") as log:
        log.writelines(traceback.format_exception(error))
    return Path(name)
