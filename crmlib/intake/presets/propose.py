"""What an unknown file may hold: a map proposed from its headings, checked against its first records.

Only what heading and values agree on is mapped. Everything else is asked: a heading that only resembles a known one,
two that mean the same, a number that is none, and above all money and ids, which are never guessed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from crmlib.intake.presets.look import Looked, is_day, is_number, number
from crmlib.intake.presets.proposal import Line, Proposal
from crmlib.intake.presets.words import meanings, plain

#: Share of the first values that must agree with what the heading says.
AGREES = 0.95
_NUMBERS = ("amount", "total", "quantity", "unit_price", "shipping", "discount", "tax", "points_used")
_KINDS: dict[str, Callable[[str], bool]] = {
    **dict.fromkeys(_NUMBERS, is_number),
    **dict.fromkeys(("ordered_at", "registered_on", "updated_at", "birth"), is_day),
    "email": lambda text: "@" in text,
}
#: Meaning → canonical columns, by what the file is about.
ORDERS = {"order_id": "orders.order_id", "ordered_at": "orders.ordered_at", "customer_id": "orders.customer_id",
          "store_id": "orders.store_id", "channel": "orders.channel", "status": "orders.status",
          "discount": "orders.discount", "points_used": "orders.points_used", "shipping": "orders.shipping",
          "tax": "orders.tax", "payment": "orders.payment", "total": "orders.total"}
LINES = {"line_no": "order_lines.line_no", "product_id": "order_lines.product_id", "quantity": "order_lines.quantity",
         "unit_price": "order_lines.unit_price", "amount": "order_lines.amount",
         "line_type": "order_lines.line_type"}
PEOPLE = {"registered_on": "customers.registered_on", "gender": "customers.gender", "rank": "customers.rank",
          "prefecture": "customers.prefecture", "city": "customers.city", "opt_in_mail": "customers.opt_in_mail",
          "updated_at": "customers.updated_at", "birth": "customers.birth_year"}
IDENTITY = {"family_name": "family_name", "given_name": "given_name", "family_kana": "family_kana",
            "given_kana": "given_kana", "full_name": "full_name", "company": "company", "phone": "phone",
            "email": "email", "birth": "birth_date", "postal": "postal", "address": "address"}
PRODUCTS = {"product_name": "products.name", "category": "products.category_1"}
#: Codes whose meaning only the shop knows; the values that occur are shown.
_CODED = ("status", "gender", "rank", "line_type")
#: What values say though their heading does not: orders that do not count, and lines that are no goods.
_TOLD = {"status": ("取消", "キャンセル", "cancel"), "line_type": ("送料", "値引", "返品", "shipping", "discount")}
_FEW = 8
#: A column of longer numbers is no piece of a phone number.
_PIECE = 5
GENDERS = {"男": "male", "男性": "male", "M": "male", "male": "male", "女": "female", "女性": "female", "F": "female",
           "female": "female"}
_NEEDED = {"orders": ("order_id", "ordered_at"), "people": ("customer_id",), "products": ("product_id",)}


@dataclass(frozen=True)
class _Found:
    """Places by meaning: those whose heading says it, and those that resemble it."""

    exact: dict[str, list[int]] = field(default_factory=dict)
    near: dict[str, list[int]] = field(default_factory=dict)

    def has(self, *names: str) -> bool:
        return any(n in self.exact or n in self.near for n in names)


def propose(file: Looked) -> Proposal:
    """Return the map that headings and values of a file speak for."""
    found = _found(file)
    about = _about(file, found)
    if about == "unknown":
        return Proposal(about, (), (), tuple(h for h in file.headings if h))
    lines = tuple(_lines(file, found, about))
    mapped = {h for line in lines for h in line.headings}
    named = {line.target.partition(".")[2] for line in lines} | ({"customer_id"} if found.has("customer_id") else set())
    key = "orders" if about in ("orders", "order_lines") else about
    missing = [m for m in _NEEDED[key] if m not in named]
    if key == "orders" and not named & {"amount", "total"} and not {"quantity", "unit_price"} <= named:
        missing.append("amount")
    if key == "orders" and not found.has("customer_id"):
        missing.append("customer_id")
    return Proposal(about, lines, tuple(missing), tuple(h for h in file.headings if h and h not in mapped))


def _found(file: Looked) -> _Found:
    found = _Found()
    for place, heading in enumerate(file.headings):
        name = plain(heading)
        if (meaning := meanings().get(name)) is not None:
            found.exact.setdefault(meaning, []).append(place)
        elif (meaning := _resembles(name)) is not None:
            found.near.setdefault(meaning, []).append(place)
    return found


def _resembles(name: str) -> str | None:
    """The meaning of the longest known word inside a heading; words of one or two letters say nothing."""
    inside = [word for word in meanings() if len(word) > (1 if not word.isascii() else 3) and word in name]
    return meanings()[max(inside, key=lambda w: (len(w), w))] if inside else None


def _about(file: Looked, found: _Found) -> str:
    people = sum(name in found.exact for name in ("full_name", "family_name", "email", "phone", "postal", "address",
                                                  "birth", "registered_on", "gender"))
    money = found.has("amount", "total", "unit_price")
    if found.has("ordered_at", "order_id") and money:
        if not found.has("amount", "unit_price"):
            return "orders" if _one_an_order(file, found, found.exact.get("total", [])) else "order_lines"
        detailed = found.has("product_id", "product_name", "quantity")
        return "order_lines" if detailed or _repeats(file, found.exact.get("order_id", [])) else "orders"
    if people >= 2 or (people and "customer_id" in found.exact):
        return "people"
    return "products" if "product_id" in found.exact and found.has("product_name") else "unknown"


def _repeats(file: Looked, places: list[int]) -> bool:
    values = file.filled(places[0]) if places else ()
    return len(set(values)) < len(values)


def _one_an_order(file: Looked, found: _Found, places: list[int]) -> bool:
    """Whether a column says the same on all rows of an order."""
    orders = found.exact.get("order_id", [])
    if not orders or not places:
        return True
    pairs = set(zip(file.cells[orders[0]], file.cells[places[0]], strict=True))
    return len({order for order, _ in pairs}) == len(pairs)


def _lines(file: Looked, found: _Found, about: str) -> Iterable[Line]:
    wanted: dict[str, str] = {}
    if about in ("orders", "order_lines"):
        wanted = {**ORDERS, **(LINES if about == "order_lines" else {})}
        if about == "orders" and not found.has("total"):
            wanted["amount"] = "orders.total"
        if about == "order_lines" and not found.has("amount", "unit_price"):
            wanted["total"] = "order_lines.amount"
        yield from _dated(file, found)
        yield from _made_up(file, found, "orders.order_id")
    if about == "order_lines":
        yield from _line(file, found, "order_id", "order_lines.order_id", "")
        yield from _made_up(file, found, "order_lines.order_id")
        if not found.has("product_id"):
            yield from (Line("order_lines.product_id", (file.headings[p],), "stands_in")
                        for p in found.exact.get("product_name", [])[:1])
    for meaning, target in wanted.items():
        yield from _line(file, found, meaning, target, about)
        yield from _spoken(file, found, meaning, target)
    if found.has("customer_id") and about != "products" and found.has(*PEOPLE, *IDENTITY):
        yield from _people(file, found, about)
    if about in ("order_lines", "products") and found.has("product_id"):
        yield from _line(file, found, "product_id", "products.product_id", "")
        for meaning, target in PRODUCTS.items():
            yield from _line(file, found, meaning, target, about)


def _made_up(file: Looked, found: _Found, target: str) -> Iterable[Line]:
    """Without a number of the order, a customer's purchases of one time or day can stand for one."""
    parts = [found.exact.get(name, []) for name in ("ordered_at", "time", "customer_id")]
    if not found.has("order_id") and len(parts[0]) == len(parts[2]) == 1:
        yield Line(target, tuple(file.headings[p] for places in parts for p in places[:1]), "made_up")


def _in_parts(file: Looked, meaning: str, places: list[int]) -> bool:
    """Whether columns hold pieces of one phone number or postal code."""
    return meaning in ("phone", "postal") and len(places) in (2, 3) and all(
        values and all(v.isdecimal() and len(v) <= _PIECE for v in values) for values in map(file.filled, places))


def _dated(file: Looked, found: _Found) -> Iterable[Line]:
    """Columns that hold days, where no heading speaks of the order's."""
    if not found.has("ordered_at"):
        told = {p for places in (*found.exact.values(), *found.near.values()) for p in places}
        for place, heading in enumerate(file.headings):
            values = file.filled(place)
            if heading and place not in told and values and all(map(is_day, values)):
                yield Line("orders.ordered_at", (heading,), "resembles")


def _spoken(file: Looked, found: _Found, meaning: str, target: str) -> Iterable[Line]:
    """A column of a few codes whose values say what no heading does."""
    if meaning not in _TOLD or found.has(meaning):
        return
    told = {p for places in (*found.exact.values(), *found.near.values()) for p in places}
    for place, heading in enumerate(file.headings):
        values = set(file.filled(place)) if heading and place not in told else set[str]()
        if 1 < len(values) <= _FEW and any(word in value.lower() for value in values for word in _TOLD[meaning]):
            yield Line(target, (heading,), "codes", _distinct(file.filled(place)))


def _people(file: Looked, found: _Found, about: str) -> Iterable[Line]:
    # In a list of orders these say something of the order.
    own = {m: t for m, t in PEOPLE.items() if about == "people" or m not in ("updated_at", "registered_on")}
    for table, columns in (("customers", own), ("customer_identity", {m: f"customer_identity.{c}" for m, c in
                                                                         IDENTITY.items()})):
        lines = [line for meaning, target in columns.items() for line in _line(file, found, meaning, target, about)]
        if lines or table == "customers":
            yield from _line(file, found, "customer_id", f"{table}.customer_id", "")
            yield from lines


def _line(file: Looked, found: _Found, meaning: str, target: str, about: str) -> Iterable[Line]:
    exact, near = found.exact.get(meaning, []), found.near.get(meaning, [])
    names = tuple(file.headings[p] for p in exact or near)
    if not names:
        return
    if _in_parts(file, meaning, exact or near):
        yield Line(target, names, "resembles")
    elif not exact:
        yield from (Line(target, (name,), "resembles") for name in names)
    elif len(exact) > 1:
        yield from (Line(target, (name,), "several") for name in names)
    else:
        yield _judged(file, found, meaning, target, exact[0], about)


def _judged(file: Looked, found: _Found, meaning: str, target: str, place: int, about: str) -> Line:
    names, values = (file.headings[place],), file.filled(place)
    if meaning in _CODED:
        known = set(values) <= GENDERS.keys() if meaning == "gender" else meaning == "rank"
        return Line(target, names, "" if known else "codes", _distinct(values))
    kind = _KINDS.get(meaning)
    if meaning == "birth" and target.endswith("year") and all(v.isdecimal() and len(v) == 4 for v in values):
        kind = None
    odd = tuple(v for v in values if kind is not None and not kind(v))
    if len(odd) > len(values) * (1 - AGREES):
        return Line(target, names, "values", _distinct(odd) if _tellable(meaning) else ())
    if meaning == "ordered_at" and "time" in found.exact and not any(":" in v for v in values):
        return Line(target, (*names, file.headings[found.exact["time"][0]]))
    if meaning == "amount" and about == "order_lines":
        return Line(target, names, _money_doubt(file, found, place))
    return Line(target, names)


def _money_doubt(file: Looked, found: _Found, place: int) -> str:
    """Whether an amount is the line's own: not the order's repeated on each line, nor other than quantity × price."""
    orders = found.exact.get("order_id", [])
    if orders:
        by_order: dict[str, list[str]] = {}
        for order, value in zip(file.cells[orders[0]], file.cells[place], strict=True):
            by_order.setdefault(order, []).append(value)
        several = [values for values in by_order.values() if len(values) > 1]
        if several and all(len(set(values)) == 1 for values in several):
            return "whole_order"
    parts = [found.exact.get(name, []) for name in ("quantity", "unit_price")]
    if not all(len(p) == 1 for p in parts):
        return ""
    quantities, prices = (file.cells[p[0]] for p in parts)
    rows = [row for row in zip(quantities, prices, file.cells[place], strict=True) if all(map(is_number, row))]
    off = sum(abs(number(q) * number(p) - number(a)) > 1 for q, p, a in rows)
    return "differs" if off > len(rows) * (1 - AGREES) else ""


def _tellable(meaning: str) -> bool:
    """Whether odd values may be shown: not where they may be somebody's details."""
    return meaning in ("amount", "total", "quantity", "unit_price", "ordered_at")


def _distinct(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))[:_FEW]
