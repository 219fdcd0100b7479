"""What is asked most and how it is settled, and what customers and staff turn to each other about besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmlib.analyses.satisfaction.support.tickets import morning
from crmlib.dataset import months
from crmlib.privacy.masking import MARK

if TYPE_CHECKING:
    import pandas as pd

    from crmlib.dataset import Dataset

MONTHS = 12
#: A subject is shown word for word only where so many different customers wrote the very same one.
SAME_WORDS = 8
#: A subject longer than this is a sentence of somebody's own.
LONGEST = 40
#: So many digits may be a number of the customer's.
FEWEST_DIGITS = 4
FAQ = {"category": "str", "subject": "str", "resolution": "str", "tickets": "int64", "customers": "int64",
       "share": "float64", "reopened": "float64"}
CONTACTS = {"dimension": "str", "level": "str", "contacts": "int64", "customers": "int64", "share": "float64",
            "positive": "float64", "negative": "float64"}
DIMENSIONS = ("purpose", "channel", "direction")


def questions(data: Dataset) -> pd.DataFrame:
    """Return what was asked in the latest twelve months and how it was settled.

    Returns
    -------
    pandas.DataFrame
        category, subject (word for word where eight different customers wrote the very same one and it holds no number
        or address, else empty), resolution, tickets (resolved), customers, share (of the category's and subject's
        tickets), reopened (share); the most frequent question first.
    """
    first = months.shift(data.month, 1 - MONTHS)
    told = data.query("satisfaction_subjects", first_month=first)
    many = told[told["customers"] >= max(SAME_WORDS, data.settings.privacy.min_cell)]
    seen = data.masked(many["subject"].tolist())
    shown = many.iloc[[n for n, masked in enumerate(seen) if not personal(many["subject"].iloc[n], masked)]]
    found = data.query("satisfaction_faq", first_month=first, now=morning(
        data.as_of, data.settings.time.business_tz), tables={
            "frequent_subjects": shown[["category", "subject"]].reset_index(drop=True).astype("str")})
    whole = found.groupby(["category", "subject"])["tickets"].transform("sum")
    frame = found.assign(share=found["tickets"] / whole, reopened=found["reopened"] / found["tickets"], whole=whole)
    return frame.sort_values(["whole", "category", "subject", "tickets", "resolution"], ignore_index=True,
                             ascending=[False, True, True, False, True])[list(FAQ)].astype(FAQ)


def personal(subject: str, masked: str) -> bool:
    """Whether a subject may say who wrote it: something in it was masked, it holds a number, or it is a sentence."""
    digits = sum(letter.isdigit() for letter in subject)
    return MARK in masked or digits >= FEWEST_DIGITS or len(subject) > LONGEST


def contacts(data: Dataset) -> pd.DataFrame:
    """Return the contacts of the latest twelve months by purpose, channel and direction.

    Returns
    -------
    pandas.DataFrame
        dimension (purpose, channel, direction), level, contacts, customers, share (of the contacts), positive, negative
        (share of the level's contacts with that label).
    """
    found = data.query("satisfaction_contacts", first_month=months.shift(data.month, 1 - MONTHS))
    whole = found.groupby("dimension")["contacts"].transform("sum")
    frame = found.assign(share=found["contacts"] / whole, positive=found["positive"] / found["contacts"],
                         negative=found["negative"] / found["contacts"],
                         place=found["dimension"].map({name: n for n, name in enumerate(DIMENSIONS)}))
    return frame.sort_values(["place", "contacts", "level"], ascending=[True, False, True],
                             ignore_index=True)[list(CONTACTS)].astype(CONTACTS)
