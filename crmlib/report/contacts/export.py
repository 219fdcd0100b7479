"""Hand the list out: names and addresses are joined last, opt-outs since the report are left out, and it is logged.

Only the address of the channel is joined (for a phone call the number, for a card the address), since nobody needs
more to make the contact.
"""

from __future__ import annotations

import getpass
import hashlib
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from crmlib.errors import CrmError
from crmlib.privacy import private_folder, write_private
from crmlib.report import outputs
from crmlib.report.contacts import rows
from crmlib.report.contacts.lists import EXPORTS, FILE, plain_ids
from crmlib.report.publish import Places, locked

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset
    from crmlib.settings import Settings
    from crmlib.text import Text

LOG = "exports.jsonl"
#: A no of any day counts.
EVER = date(9999, 1, 1)
ADDRESS = {"mail": ("email",), "phone": ("phone",), "sms": ("phone",), "post": ("postal", "address")}
PEOPLE = ("full_name", "family_name", "given_name", "company", "phone", "email", "postal", "address")


@dataclass(frozen=True)
class Handed:
    """What was handed out: the file, and how many people are in which part of it.

    Attributes
    ----------
    left_out : int
        Who has opted out or left since the report.
    without : int
        Who is to be contacted through a channel for which no address is on record.
    """

    path: Path
    contacts: int
    held_out: int
    left_out: int
    without: int


def export(settings: Settings, out: Path | None, month: str | None, say: Callable[..., None]) -> int:
    """Write the list of a published month with names and addresses, for its owner's eyes only.

    Returns
    -------
    int
        0: written.

    Raises
    ------
    CrmError
        ``report.not_published``; ``report.no_list`` where the month was published without one.
    """
    places = Places((out or settings.root / "reports").absolute() / settings.shop.id)
    chosen = month or next(iter(places.published()), "")
    manifest = places.manifest(chosen) if chosen else {}
    if not manifest:
        raise CrmError("report.not_published", where=places.shop.name, month=chosen or "-", allowed=places.published())
    published = places.month(chosen) / "restricted" / FILE
    if not published.is_file():
        raise CrmError("report.no_list", where=f"{places.shop.name}/{chosen}", month=chosen)
    from crmlib.dataset import prepare
    from crmlib.text import load_text
    from crmlib.workbook.book import own_words

    data = prepare(settings, chosen, date.fromisoformat(manifest["as_of"]))
    locale = settings.locale if settings.locale != "both" else manifest["locales"][0]
    text = load_text("actions", locale, data.currency, data.decimals).naming(own_words(settings, locale))
    with locked(places):
        handed = _handed(places, data, chosen, published.read_bytes(), text)
    say("exported", path=os.path.relpath(handed.path), contacts=handed.contacts, held=handed.held_out,
        out=handed.left_out, without=handed.without)
    return 0


def _handed(places: Places, data: Dataset, month: str, content: bytes, text: Text) -> Handed:
    """Write the files of an export and its line in the log."""
    listed = _list(content, data.decimals)
    kept = _still(data, listed)
    people = _people(data, kept)
    sheet = rows.sheet(kept, text, month, people)
    folder = private_folder(private_folder(places.shop / EXPORTS) / month)
    write_private(folder / FILE, outputs.csv(kept, rows.UNITS, data.decimals))
    path = write_private(folder / f"actions-{places.shop.name}-{month}.xlsx", sheet)
    held = int(kept["held_out"].sum())
    without = kept["channel"].isin(list(ADDRESS)) & ~kept["held_out"] & (people["contact"] == "")
    handed = Handed(path, len(kept) - held, held, len(listed) - len(kept), int(without.sum()))
    _log(places.shop / LOG, handed, month, data, sheet)
    return handed


def _list(content: bytes, digits: int) -> pd.DataFrame:
    """Read a published list back as it was before it was written."""
    import pandas as pd

    frame = pd.read_csv(io.BytesIO(content), dtype="str", keep_default_na=False, encoding="utf-8-sig")
    money = {name: [int(Decimal(v).scaleb(digits)) for v in frame[name]] for name in rows.MONEY}
    return frame.assign(**money, customer_id=plain_ids(frame["customer_id"]), reason=plain_ids(frame["reason"]),
                        held_out=frame["held_out"] == "true")


def _still(data: Dataset, listed: pd.DataFrame) -> pd.DataFrame:
    """Leave out whoever has said no to the channel since or is no longer known, of those left alone as well."""
    known = data.sql("SELECT customer_key, customer_id FROM customers ORDER BY customer_id")
    said = data.query("contact_refusals", purpose=data.settings.privacy.contact_purpose, as_of=EVER)
    no = set(said.merge(known, on="customer_key")[["customer_id", "channel"]].itertuples(index=False, name=None))
    there = listed["customer_id"].isin(known["customer_id"])
    refused = [pair in no for pair in zip(listed["customer_id"], listed["channel"], strict=True)]
    return listed[[known_now and not gone for known_now, gone in zip(there, refused, strict=True)]].reset_index(
        drop=True)


def _people(data: Dataset, kept: pd.DataFrame) -> pd.DataFrame:
    """Return name and address of each row, from the identity table; empty where it does not hold them."""
    import pandas as pd

    found = _identity(data).set_index("customer_id").reindex(kept["customer_id"]).fillna("").reset_index(drop=True)
    both = (found["family_name"] + " " + found["given_name"]).str.strip()
    name = found["full_name"].where(found["full_name"] != "", both.where(both != "", found["company"]))
    contact = [" ".join(v for v in (row[column] for column in ADDRESS.get(channel, ())) if v)
               for row, channel in zip(found.to_dict("records"), kept["channel"], strict=True)]
    return pd.DataFrame({"full_name": name.tolist(), "contact": contact}, dtype="object")


def _identity(data: Dataset) -> pd.DataFrame:
    import pandas as pd

    paths = sorted((data.folder / "restricted" / "identity").rglob("*.parquet"))
    parts = [pd.read_parquet(path) for path in paths]
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"customer_id": pd.Series(dtype="str")})
    kept = whole.reindex(columns=["customer_id", *PEOPLE]).astype("object")
    return kept.sort_values("customer_id").drop_duplicates("customer_id")


def _log(path: Path, handed: Handed, month: str, data: Dataset, sheet: bytes) -> None:
    """Add a line to the log of exports: when, by whom, what for, which file, how many rows."""
    record = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "by": getpass.getuser(), "month": month,
              "purpose": data.settings.privacy.contact_purpose, "file": handed.path.name, "rows": handed.contacts,
              "held_out": handed.held_out, "left_out": handed.left_out, "without_address": handed.without,
              "sha256": hashlib.sha256(sheet).hexdigest()}
    before = path.read_bytes() if path.is_file() else b""
    write_private(path, before + json.dumps(record, ensure_ascii=False).encode() + b"\n")
