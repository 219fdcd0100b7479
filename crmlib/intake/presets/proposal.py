"""What a map proposed for an unknown file is made of: columns, sure or asked, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """One column of the proposed map.

    Attributes
    ----------
    target : str
        ``orders.order_id``.
    headings : tuple of str
        What it would be read from.
    doubt : str
        Empty where it is sure; else the code of the question: ``resembles``, ``several``, ``values``, ``codes``,
        ``whole_order``, ``differs``, ``stands_in``, ``made_up``.
    values : tuple of str
        Values the question is about.
    """

    target: str
    headings: tuple[str, ...]
    doubt: str = ""
    values: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        """The canonical table."""
        return self.target.partition(".")[0]

    @property
    def column(self) -> str:
        """The column in it."""
        return self.target.partition(".")[2]


@dataclass(frozen=True)
class Proposal:
    """What a file may be.

    Attributes
    ----------
    about : str
        ``orders`` (a row an order), ``order_lines``, ``people``, ``products`` or ``unknown``.
    missing : tuple of str
        Meanings without which the file cannot be used, none of its headings saying them.
    unused : tuple of str
        Headings that are not mapped.
    """

    about: str
    lines: tuple[Line, ...]
    missing: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        """Whether the map can be used as it stands."""
        needed = {"orders": ("orders.order_id", "orders.ordered_at", "orders.total"),
                  "order_lines": ("orders.order_id", "orders.ordered_at", "order_lines.amount"),
                  "people": ("customers.customer_id",), "products": ("products.product_id",)}
        sure = {line.target for line in self.lines if not line.doubt}
        if {"order_lines.quantity", "order_lines.unit_price"} <= sure:
            sure.add("order_lines.amount")
        return self.about != "unknown" and not {*self.missing} - {"customer_id"} and set(needed[self.about]) <= sure
