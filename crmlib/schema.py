"""The canonical tables: every column with its type, purpose, sensitivity, and the row's own id.

A shop may hold any of these tables, none is required by itself. Money is BIGINT in minor units
(``currency.decimals``), times are UTC without zone beside a ``business_date`` in the shop's zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

#: What a column's text is parsed as, and the engine's type it is stored in.
KINDS = {
    "id": "VARCHAR", "text": "VARCHAR", "code": "VARCHAR", "list": "VARCHAR", "date": "DATE",
    "time": "TIMESTAMP", "month": "VARCHAR", "integer": "BIGINT", "quantity": "BIGINT",
    "money": "BIGINT", "ratio": "DOUBLE", "number": "DOUBLE", "flag": "BOOLEAN",
}
#: Who may see a column: on pages in aggregate, only in restricted files, or only in the identity table.
PUBLIC, RESTRICTED, IDENTITY = "public", "restricted", "identity"
PURPOSES = ("analysis", "contact", "service", "accounting", "consent")


@dataclass(frozen=True)
class Column:
    """One canonical column: its kind (see ``KINDS``), purpose and sensitivity."""

    name: str
    kind: str
    purpose: str = "analysis"
    sensitivity: str = PUBLIC
    required: bool = False

    @property
    def sql_type(self) -> str:
        """The engine's type."""
        return KINDS[self.kind]


@dataclass(frozen=True)
class Table:
    """One canonical table.

    Attributes
    ----------
    key : tuple of str
        Columns that identify a row; where a source has none of the last of them, a row gets
        hash(content) + occurrence number.
    at : str or None
        The column whose month decides the partition (``ym``); None for small tables kept whole.
    """

    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    at: str | None = None

    def column(self, name: str) -> Column | None:
        """Return a column by name, or None."""
        return next((c for c in self.columns if c.name == name), None)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all columns, in order."""
        return tuple(c.name for c in self.columns)


def _columns(spec: str) -> tuple[Column, ...]:
    """Read ``name:kind[!][@purpose][~sensitivity]`` words; ``!`` marks a column a row cannot do without."""
    found = []
    for word in spec.split():
        word, _, sensitivity = word.partition("~")
        word, _, purpose = word.partition("@")
        required = word.endswith("!")
        name, _, kind = word.rstrip("!").partition(":")
        found.append(Column(name, kind or "text", purpose or "analysis", sensitivity or PUBLIC, required))
    return tuple(found)


# customer_id is the source's own id; intake replaces it by customer_key everywhere but in customer_identity.
SPEC: dict[str, tuple[str, tuple[str, ...], str | None]] = {
    "customers": ("""customer_id:id!~restricted type:code registered_on:date birth_year:integer gender:code
        occupation:code income_band:code postal3:code prefecture:code city:code rank:code first_channel:code
        referred_by:id~restricted interests:list account_id:id~restricted opt_in_mail:flag@consent
        opt_in_sms:flag@consent opt_in_line:flag@consent opt_in_post:flag@consent opt_in_phone:flag@consent
        status:code updated_at:time""", ("customer_id",), None),
    "customer_identity": ("""customer_id:id!~identity family_name:text@contact~identity
        given_name:text@contact~identity family_kana:text@contact~identity given_kana:text@contact~identity
        full_name:text@contact~identity company:text@contact~identity phone:text@contact~identity
        email:text@contact~identity birth_date:date@contact~identity postal:text@contact~identity
        address:text@contact~identity""", ("customer_id",), None),
    "accounts": ("""account_id:id!~restricted name:text~restricted industry:code size_band:code revenue_band:code
        staff_id:id~restricted""", ("account_id",), None),
    "stores": ("store_id:id! name:text area:code format:code opened_on:date closed_on:date", ("store_id",), None),
    "orders": ("""order_id:id!~restricted customer_id:id~restricted ordered_at:time! shipped_at:time store_id:id
        channel:code status:code discount:money coupon:code points_used:money shipping:money tax:money payment:code
        total:money campaign_id:id""", ("order_id",), "ordered_at"),
    "order_lines": ("""order_id:id!~restricted line_no:id line_type:code product_id:id quantity:quantity
        unit_price:money amount:money! amount_ex_tax:money tax_rate:number cost:money
        return_of:id~restricted""", ("order_id", "line_no"), None),
    "products": ("""product_id:id! name:text category_1:code category_2:code category_3:code taste:code brand:code
        cost:money""", ("product_id",), None),
    "subscriptions": ("""subscription_id:id!~restricted customer_id:id!~restricted product_id:id started_on:date!
        interval_days:integer next_on:date status:code cancelled_on:date cancel_reason:code""",
                      ("subscription_id",), None),
    "due_dates": ("customer_id:id!~restricted kind:code! on:date!", ("customer_id", "kind", "on"), None),
    "interactions": ("""at:time! customer_id:id~restricted channel:code direction:code staff_id:id~restricted
        purpose:code outcome:code label:code duration:integer""", (), "at"),
    "events": ("""at:time! customer_id:id~restricted visitor_id:id~restricted type:code! page:text source:code
        product_id:id""", (), "at"),
    "campaigns": ("""campaign_id:id! name:text kind:code channel:code starts_on:date ends_on:date cost:money
        control_arm:code""", ("campaign_id",), None),
    "sends": ("""campaign_id:id! customer_id:id!~restricted arm:code at:time delivered:flag""",
              ("campaign_id", "customer_id", "arm"), None),
    "responses": ("campaign_id:id! customer_id:id!~restricted type:code! at:time", (), None),
    "campaign_outcomes": ("""campaign_id:id! customer_id:id!~restricted arm:code! outcome:code! value:number""",
                          ("campaign_id", "customer_id", "arm", "outcome"), None),
    "survey_invitations": ("survey_id:id! customer_id:id!~restricted sent_at:time! channel:code", (), "sent_at"),
    "survey_answers": ("""survey_id:id! customer_id:id~restricted question:code! score:number choice:code
        text:text~restricted answered_at:time! weight:number""", (), "answered_at"),
    "tickets": ("""opened_at:time! first_reply_at:time resolved_at:time reopened:integer customer_id:id~restricted
        channel:code category:code subject:text~restricted body:text~restricted resolution:code score:number""",
                (), "opened_at"),
    "points": ("at:time! customer_id:id!~restricted kind:code! points:integer! expires_at:date", (), "at"),
    "ranks": ("customer_id:id!~restricted rank:code! valid_from:date! valid_to:date",
              ("customer_id", "valid_from"), None),
    "reviews": ("at:time! customer_id:id~restricted product_id:id rating:number text:text~restricted", (), "at"),
    "tags": ("customer_id:id!~restricted tag:code! at:time by:id~restricted", (), None),
    "consents": ("""customer_id:id!~restricted purpose:code!@consent channel:code!@consent granted:flag!@consent
        at:time!@consent source:code@consent""", (), None),
}

LINE_TYPES = ("product", "shipping", "fee", "discount", "point", "return")
#: Statuses an order may carry after mapping; only ``cancelled`` takes an order out of sales.
ORDER_STATUSES = ("placed", "paid", "shipped", "cancelled", "returned")
#: Columns the engine adds to tables that have ``at``.
DERIVED = {"business_date": "DATE", "ym": "VARCHAR", "dow": "INTEGER", "hour": "INTEGER"}

#: Columns that order lines take from their order, so that no statement has to join for them.
LINE_COLUMNS = {"customer_key": "VARCHAR", "business_date": "DATE", "ym": "VARCHAR", "hour": "INTEGER",
                "cancelled": "BOOLEAN"}


@cache
def tables() -> dict[str, Table]:
    """Return every canonical table by name."""
    return {name: Table(name, _columns(columns), key, at) for name, (columns, key, at) in SPEC.items()}


def table(name: str) -> Table:
    """Return one canonical table."""
    return tables()[name]


def stored_columns(name: str) -> dict[str, str]:
    """Return the columns of a table as stored, with engine types.

    Everywhere but in ``customer_identity`` and ``customers`` the source's ``customer_id`` is replaced
    by ``customer_key``; those two hold both. Tables with a time get ``business_date`` (shop-local),
    ``ym`` (``2026-10``, after ``calendar.closing_day``), ``dow`` (1 = Monday) and ``hour``.
    """
    spec = table(name)
    stored: dict[str, str] = {}
    for column in spec.columns:
        if column.name == "customer_id":
            stored["customer_key"] = "VARCHAR"
            if name in ("customers", "customer_identity"):
                stored["customer_id"] = "VARCHAR"
        else:
            stored[column.name] = column.sql_type
    if spec.at:
        stored |= DERIVED
    return stored
