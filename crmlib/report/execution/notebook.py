"""Execute one notebook with papermill, and make what is kept the same bytes in every run."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmlib.errors import LOCALES, CrmError
from crmlib.report.execution.kernels import NAME as KERNEL
from crmlib.report.execution.kernels import Kernels
from crmlib.report.publish import write

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from crmlib.report.plan import Job

INJECTED = "injected-parameters"
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}
CELL_METADATA = ("tags",)
FIRST_LINE = 300


@cache
def papermill() -> Any:
    """Import papermill without what it does not need, and let it write parameters as Python does."""
    # jsonschema does without this module, which takes a second to import.
    vars(sys)["modules"].setdefault("rfc3987_syntax", None)
    import papermill as found
    from papermill.translators import PythonTranslator, papermill_translators

    class Readable(PythonTranslator):
        """Writes 渋谷 as 渋谷, not as backslash codes."""

        @classmethod
        def translate(cls, val: Any) -> str:
            return repr(val)

        @classmethod
        def codify(cls, parameters: dict[str, Any], comment: str = "") -> str:
            return "".join(f"{name} = {value!r}\n" for name, value in parameters.items())

    papermill_translators.register("python", Readable)
    logging.getLogger("papermill").setLevel(logging.ERROR)
    return found


def execute(job: Job, kernels: Kernels, parameters: dict[str, str], work: Path) -> None:
    """Execute a notebook in one language into ``<work>/evidence/<locale>/``.

    Raises
    ------
    CrmError
        ``report.notebook_failed`` with what the cell said, ``report.unexecuted`` or ``report.stderr``, exit code 1;
        the notebook as it stood is in ``<work>/failed/``.
    """
    from traitlets.config import Config

    pm = papermill()
    failed = work / "failed" / f"{job.name}.ipynb"
    failed.parent.mkdir(parents=True, exist_ok=True)
    failed.unlink(missing_ok=True)
    try:
        done = _twice(lambda: pm.execute_notebook(
            in_language(read(job.notebook.path), job.locale), _literal(failed), parameters, kernel_name=KERNEL,
            language="python", progress_bar=False, request_save_on_cell_execute=False, record_timing=False,
            extra_arguments=kernels.tag(job.name),
            config=Config({"AsyncKernelManager": {"transport_encryption": "auto"}})))
    except pm.PapermillExecutionError as error:
        raise CrmError("report.notebook_failed", where=_where(job, error.exec_count), exit_code=1,
                       said=_said(error.ename, error.evalue), failed=_in_staging(failed)) from error
    except (RuntimeError, OSError) as error:
        raise CrmError("report.kernel_died", where=job.name, exit_code=1, said=_said(type(error).__name__, str(error)),
                       failed=_in_staging(failed)) from error
    # papermill keeps it through a format string; ours is written through a rename, normalised.
    problem = unfit(done)
    if problem:
        code, cell, said = problem
        raise CrmError(code, where=_where(job, cell), exit_code=1, said=said, failed=_in_staging(failed))
    failed.unlink()
    write(work / "evidence" / f"{job.name}.ipynb", normalised(done))


def _twice(run: Callable[[], Any]) -> Any:
    """Run once more where a kernel ended before it answered: it was given a port that another took in between.

    No cell has run by then. A kernel that dies at work raises a kind of its own, and is not asked again.
    """
    try:
        return run()
    except RuntimeError as error:
        if type(error) is not RuntimeError:
            raise
        return run()


def _literal(path: Path) -> str:
    """Papermill takes paths for format strings."""
    return str(path).replace("{", "{{").replace("}", "}}")


def _in_staging(path: Path) -> str:
    return "/".join((".staging", *path.parts[-4:]))


def _where(job: Job, cell: int | None) -> str:
    return job.name if cell is None else f"{job.name} [{cell}]"


def _said(name: str, value: str) -> str:
    text = value.strip() or name
    return text if name.startswith("CrmError") else f"{name}: {text.splitlines()[0][:FIRST_LINE]}"


def read(path: Path) -> NotebookNode:
    """Read a notebook, giving cells that have no id one that does not change."""
    papermill()
    import nbformat

    raw = json.loads(path.read_bytes())
    for number, cell in enumerate(raw["cells"]):
        cell.setdefault("id", f"cell-{number}")
    raw["nbformat_minor"] = max(5, raw.get("nbformat_minor", 0))
    raw["metadata"].setdefault("kernelspec", KERNELSPEC)
    return nbformat.from_dict(raw)


def in_language(notebook: NotebookNode, locale: str) -> NotebookNode:
    """Drop the prose of the other languages."""
    others = {f"lang-{other}" for other in LOCALES if other != locale}
    notebook.cells = [c for c in notebook.cells if not others.intersection(c.metadata.get("tags", []))]
    return notebook


def unfit(notebook: NotebookNode) -> tuple[str, int | None, str] | None:
    """Return the first thing that makes an executed notebook unfit to publish: error code, cell, what it said."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        if cell.source.strip() and cell.execution_count is None:
            return "report.unexecuted", None, cell.source.strip().splitlines()[0]
        for output in cell.outputs:
            if output.output_type == "stream" and output.name == "stderr":
                return "report.stderr", cell.execution_count, output.text.strip().splitlines()[0][:FIRST_LINE]
    return None


def normalised(notebook: NotebookNode) -> bytes:
    """Return the notebook as bytes that hold nothing of this run: no times, paths, random ids or versions of tools."""
    import nbformat

    known = notebook.metadata.get("papermill", {})
    notebook.metadata = nbformat.from_dict({
        "kernelspec": KERNELSPEC, "language_info": {"name": "python"},
        **{k: notebook.metadata[k] for k in ("crmlib", "title") if k in notebook.metadata},
        "papermill": {k: known[k] for k in ("parameters", "version") if k in known}})
    for cell in notebook.cells:
        if INJECTED in cell.metadata.get("tags", []):
            cell["id"] = INJECTED
        cell.metadata = nbformat.from_dict({k: cell.metadata[k] for k in CELL_METADATA if k in cell.metadata})
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    return (nbformat.writes(notebook, version=nbformat.NO_CONVERT, indent=1).rstrip("\n") + "\n").encode()


def _joined(outputs: list[Any]) -> list[Any]:
    """Join pieces of one stream: where they are cut depends on the speed of the machine."""
    found: list[Any] = []
    for output in outputs:
        last = found[-1] if found else {}
        if output.output_type == "stream" == last.get("output_type") and output.name == last["name"]:
            last["text"] += output.text
        else:
            found.append(output)
    return found
