"""The frozen models a report is told by: which they are, for the record, and their files once it is published."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from crmlib.errors import CrmError
from crmlib.report import plan

if TYPE_CHECKING:
    from crmlib.dataset import Dataset
    from crmlib.report.plan import Notebook

#: What a notebook says it reads (``metadata.crmlib.reads``) where a model decides what it shows.
READS = "models"


def named(notebooks: Iterable[Notebook], data: Dataset) -> list[dict[str, str]]:
    """Return the models of a month, name and hash, where one of the notebooks reads models.

    A model that has no file yet is made here, before any kernel, and kept with the prepared data; it has the name and
    hash its file will have, so that the run that makes it and those that read it leave the same record.
    """
    if not any(READS in notebook.reads for notebook in notebooks):
        return []
    from crmlib.analyses.segments.store import record

    return record(data)


def mark(notebooks: Iterable[Notebook], data: Dataset) -> str:
    """Return a hash of the models of a month."""
    return plan.digest(named(notebooks, data))


def keep(notebooks: Iterable[Notebook], data: Dataset, say: Callable[..., None]) -> None:
    """Write the model made in this month into its file, now that the month is published, and say so.

    A folder that cannot be written to is no reason to take the report back: it is told.
    """
    if not any(READS in notebook.reads for notebook in notebooks):
        return
    from crmlib.analyses.segments.store import freeze

    try:
        path = freeze(data)
    except CrmError as error:
        say("model_not_kept", text=error.say())
        return
    if path is not None:
        say("model_kept", name=path.name)
