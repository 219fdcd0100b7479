"""One file's records typed: a statement that says of every record what it holds, or why it cannot be used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crmlib import schema
from crmlib.engine.duck import literal, quoted
from crmlib.intake.reading.raw import cell_text
from crmlib.intake.reading.relation import Records
from crmlib.intake.typed import kinds, quick, shapes
from crmlib.intake.typed.plan import Field, Plan

#: Words that make a record a total line when they stand in its first filled cell.
TOTALS = ("合計", "総合計", "総計", "小計", "計", "total", "grandtotal", "subtotal", "合計金額", "総合計金額")
#: What may stand behind such a word: a colon, and how many there are (合計 400名).
_HOW_MANY = r" *:? *(\(? *[0-9,]+ *(名様?|人|件|点|行|円|customers|members|orders|items|lines|rows|records) *\)?)?"
AMOUNT = "order_lines.amount"
_MULTIPLIED = ("order_lines.quantity", "order_lines.unit_price")
#: How many columns of text are looked at for such a word.
_FIRST = 8
#: Free text stays as it was written; everything else is compared in its NFKC form.
_AS_WRITTEN = ("text",)


@dataclass(frozen=True)
class Rules:
    """Settings that change how a record is read."""

    clock: kinds.Clock
    decimals: int
    shipped: bool = False


def typed_statement(read: Records, plan: Plan, rules: Rules,
                    known: Mapping[int, quick.Seen] | None = None) -> str:
    """Return the statement for all records of a file.

    Rows come in the order of the file. Columns: ``fate`` and ``reason`` (NULL where the record is kept), ``exact`` (its
    amount before rounding), ``emptied`` (optional columns that could not be read), and every mapped column under the
    name that `Plan.stored_as` gives it. ``known`` says what has been seen of a place; it makes the statement
    quicker and changes nothing else.
    """
    layers = _Layers(plan, rules.clock, known or {})
    texts = {f.name: layers.text(f) for f in plan.fields}
    plains = {f.name: layers.plain(f, texts[f.name]) for f in plan.fields}
    values = {f.name: layers.value(f, plains[f.name]) for f in plan.fields}
    codes = {f.name: layers.code(texts[f.name], listed) for f in plan.fields if (listed := known_codes(f))}
    outputs = _outputs(plan, plains, {**values, **codes}, rules, layers)
    first = [p for p, kind in enumerate(read.kinds) if kind == "text"][:_FIRST]
    places = sorted(plan.places | {*first})
    found = [f"{cell_text(read.columns[p], read.kinds[p])} AS r{p}" for p in places]
    cells = [f"{layers.cell(p)} AS s{p}" for p in places] + [f"{quick.bare(f'r{p}')} AS w{p}" for p in layers.written]
    return f"""
WITH found AS (
    SELECT {', '.join(found)} FROM {read.relation}
),
quick AS (SELECT *, {_listed(layers.quick)} FROM found),
cells AS (SELECT {', '.join([*cells, *layers.quick.values()])} FROM quick),
texts AS (SELECT *, {_total_word(first)} AS total_word, {_listed(layers.texts)} FROM cells),
plains AS (SELECT *, {_listed(layers.plains)} FROM texts),
typed AS (SELECT *, {_listed(layers.values)} FROM plains),
valued AS (SELECT *, {_listed(layers.locals)}, {_exact(plan, values)} AS exact FROM typed),
judged AS (SELECT *, {_judgement(plan, texts, values)} AS judgement FROM valued)
SELECT {_part_of_judgement(1)} AS fate, {_part_of_judgement(2)} AS reason,
    {_amount_if_any(plan)} AS exact, {_emptied(plan, texts, values, codes)} AS emptied,
    {', '.join(outputs)}
FROM judged"""


def _part_of_judgement(number: int) -> str:
    return f"CASE WHEN judgement IS NULL THEN NULL ELSE split_part(judgement, ':', {number}) END"


def _total_word(places: list[int]) -> str:
    """The first filled cell, when it is one of the words of a total line, with or without how many there are."""
    if not places:
        return "CAST(NULL AS VARCHAR)"
    filled = f"COALESCE({', '.join(f's{p}' for p in places)}, '')"
    spaced = "|".join(" *".join(word) for word in TOTALS)
    # Most first cells are numbers of orders, and no such word begins with a digit.
    return (f"CASE WHEN s{places[0]} >= '0' AND s{places[0]} < ':' THEN NULL WHEN length({filled}) <= 24 "
            f"AND regexp_full_match({filled}, {literal(f'(?i) *({spaced}){_HOW_MANY} *')}) THEN {filled} ELSE NULL END")


class _Layers:
    """Expressions level by level, each distinct one once, named by level and number."""

    def __init__(self, plan: Plan, clock: kinds.Clock, known: Mapping[int, quick.Seen]) -> None:
        self.plan, self.clock, self.known = plan, clock, known
        self.quick: dict[str, str] = {}
        self.texts: dict[str, str] = {}
        self.plains: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.locals: dict[str, str] = {}
        self.written: dict[int, None] = {}

    def text(self, field: Field) -> str:
        """Name of the text a field is read from, after joining, mapping and defaults."""
        return self._named(self.texts, "t", self._mapped(field))

    def plain(self, field: Field, text: str) -> str:
        """Name of the text in the plain form of its kind; a format given in the params reads the text as it is."""
        made = text if field.spec.format else kinds.plain(field.column.kind, text)
        if made != text and (short := self._short(field)):
            made = f"CASE WHEN {short} IS NOT NULL THEN {text} WHEN {text} IS NULL THEN {text} ELSE {made} END"
        return text if made == text else self._named(self.plains, "n", made)

    def value(self, field: Field, plain: str) -> str:
        """Name of the typed value."""
        made = kinds.value(field.column.kind, plain, self.clock, field.spec.format)
        if field.column.kind == "id" and "+" in self._seen(self._alone(field)).lacks:
            made = plain  # as no spreadsheet has written it: 1.2E+10
        if short := self._short(field):
            made = f"CASE WHEN {short} IS NOT NULL THEN {short} WHEN {plain} IS NULL THEN NULL ELSE {made} END"
        made = shapes.signed(field, self.plan, made)
        return plain if made == plain else self._named(self.values, "v", made)

    def cell(self, place: int) -> str:
        """A cell in its NFKC form; one whose value is known already, and used by nothing else, stays as it is."""
        raw, users = f"r{place}", [f for f in self.plan.fields if place in (*f.places, *f.instead)]
        known = dict.fromkeys(self._short(f) for f in users)
        if not users or None in known or place in self.plan.judged:
            return quick.clean(raw, self._seen(place).forms)
        return f"CASE WHEN {' OR '.join(f'{q} IS NOT NULL' for q in known)} THEN {raw} ELSE {quick.clean(raw)} END"

    def _short(self, field: Field) -> str | None:
        """Name of the value that the cell of a field gives at once; None where the long way has to be asked always."""
        place = self._alone(field)
        if place is None:
            return None
        made = quick.value(field.column.kind, f"r{place}", self.clock, self._seen(place))
        return made and self._named(self.quick, "q", made)

    def _alone(self, field: Field) -> int | None:
        """The place whose cell, in plain form and nothing else, is the text of a field; None where there is none."""
        if len(field.places) != 1 or field.spec.format or self._mapped(field) != f"s{field.places[0]}":
            return None
        return field.places[0]

    def _seen(self, place: int | None) -> quick.Seen:
        return quick.Seen() if place is None else self.known.get(place, quick.Seen())

    def local(self, utc: str, zone: str) -> str:
        """Name of a time as the shop's clock showed it."""
        return self._named(self.locals, "l", kinds.from_utc(utc, zone))

    def code(self, text: str, listed: Sequence[str]) -> str:
        """Name of one of the product's own codes, NULL of any other text; few as they are, they are kept by number."""
        kind = f"ENUM({', '.join(map(literal, listed))})"
        whens = " ".join(f"WHEN {text} = {literal(code)} THEN CAST({literal(code)} AS {kind})" for code in listed)
        return self._named(self.locals, "l", f"CASE {whens} ELSE NULL END")

    def _mapped(self, field: Field) -> str:
        as_written = field.column.kind in _AS_WRITTEN and not field.spec.values
        if as_written:
            self.written.update(dict.fromkeys((*field.places, *field.instead)))
        return shapes.mapped(field, "w" if as_written else "s")

    @staticmethod
    def _named(found: dict[str, str], letter: str, expression: str) -> str:
        return found.setdefault(expression, f"{letter}{len(found)}")


def _listed(found: dict[str, str]) -> str:
    return ", ".join(f"{expression} AS {name}" for expression, name in found.items()) or "1 AS nothing"


def _exact(plan: Plan, values: dict[str, str]) -> str:
    """The amount of an order line, exactly; quantity times price where the file has no amount."""
    if AMOUNT in values:
        return values[AMOUNT]
    if not all(name in values for name in _MULTIPLIED):
        return f"CAST(NULL AS {kinds.EXACT})"
    quantity, price = (values[name] for name in _MULTIPLIED)
    return f"TRY_CAST(CAST({quantity} AS DECIMAL(18, 0)) * {price} AS {kinds.EXACT})"


def _amount_if_any(plan: Plan) -> str:
    return "exact" if plan.grain == "order_lines" else f"CAST(NULL AS {kinds.EXACT})"


def _judgement(plan: Plan, texts: dict[str, str], values: dict[str, str]) -> str:
    whens = ["WHEN total_word IS NOT NULL THEN 'excluded:footer'"]
    for place, listed, reason in plan.exclusions:
        found = quick.among(f"COALESCE(s{place}, '')", listed)
        whens.append(f"WHEN {found} THEN {literal('excluded:' + reason)}")
    for place, listed, reason in plan.kept:
        found = quick.among(f"COALESCE(s{place}, '')", listed)
        whens.append(f"WHEN NOT {found} THEN {literal('excluded:' + reason)}")
    for field in _needed(plan):
        whens.append(f"WHEN {values[field.name]} IS NULL THEN {_why(field, texts[field.name])}")
    if plan.grain == "order_lines":
        if AMOUNT not in values:
            whens.append("WHEN exact IS NULL THEN 'quarantined:amount.too_large'")
        if "order_lines.quantity" in values:
            whens.append(f"WHEN {values['order_lines.quantity']} = 0 AND exact <> 0 THEN 'excluded:zero_quantity'")
    return f"CASE {' '.join(whens)} ELSE NULL END"


def _needed(plan: Plan) -> list[Field]:
    """Columns without which a record cannot be used, those of the grain first."""
    grain = [f for f in plan.of(plan.grain) if f.column.required]
    if plan.grain == "order_lines":
        if plan.field(AMOUNT) is None:
            grain += [f for f in plan.of("order_lines") if f.name in _MULTIPLIED]
        grain += [f for f in plan.of("orders") if f.column.required and f.column.name != "order_id"]
    return grain


def _why(field: Field, text: str) -> str:
    name = field.column.name
    return (f"CASE WHEN {text} IS NULL THEN {literal(f'quarantined:{name}.empty')} "
            f"ELSE {literal(f'quarantined:{name}.')} || {kinds.why(field.column.kind, text, field.spec.format)} END")


def _emptied(plan: Plan, texts: dict[str, str], values: dict[str, str], codes: dict[str, str]) -> str:
    """Names of optional columns whose text could not be read, joined by commas."""
    needed = {f.name for f in _needed(plan)}
    values = {**values, **codes}
    found = [(f"({values[f.name]} IS NULL AND {texts[f.name]} IS NOT NULL)", f.name)
             for f in sorted(plan.fields, key=lambda f: f.name in codes)
             if f.name not in needed and values[f.name] != texts[f.name]]
    if not found:
        return "CAST(NULL AS VARCHAR)"
    names = ", ".join(f"CASE WHEN {faulty} THEN {literal(name)} ELSE NULL END" for faulty, name in found)
    any_faulty = " OR ".join(dict.fromkeys(faulty for faulty, _ in found))
    return f"CASE WHEN {any_faulty} THEN concat_ws(',', {names}) ELSE NULL END"


def known_codes(field: Field) -> tuple[str, ...]:
    """Return the codes the product itself understands in a column; empty where any code may stand."""
    if field.name == "order_lines.line_type":
        return schema.LINE_TYPES
    return schema.ORDER_STATUSES if field.name == "orders.status" else ()


def _outputs(plan: Plan, plains: dict[str, str], values: dict[str, str], rules: Rules, layers: _Layers) -> list[str]:
    columns = [f"{_stored(f, values[f.name], rules)} AS {quoted(f.name)}" for f in plan.fields
               if plan.stored_as(f.name) == f.name]
    if plan.grain == "order_lines" and AMOUNT not in values:
        columns.append(f"{minor('exact', rules.decimals)} AS {quoted(AMOUNT)}")
    for table in plan.tables:
        columns += _days(table, plains, values, rules, layers)
    return columns


def _stored(field: Field, value: str, rules: Rules) -> str:
    if field.column.kind == "money":
        return minor(value, rules.decimals)
    return value


def minor(exact: str, decimals: int) -> str:
    """Return an exact amount in whole minor units, halves away from zero."""
    # The engine rounds halves away from zero when it cuts decimals off.
    if not decimals:
        return f"CAST({exact} AS BIGINT)"
    return f"CAST(CAST({exact} AS DECIMAL(18, {decimals})) * CAST({10 ** decimals} AS DECIMAL(18, 0)) AS BIGINT)"


def _days(table: str, plains: dict[str, str], values: dict[str, str], rules: Rules, layers: _Layers) -> list[str]:
    """The business date and the hour of tables with a time; no hour where the source gives a day only."""
    name = f"{table}.{schema.table(table).at}"
    if name not in values:
        return []
    utc, text = values[name], kinds.timed(plains[name])
    shipped = "orders.shipped_at"
    if rules.shipped and table == "orders" and shipped in values:
        text = f"CASE WHEN {values[shipped]} IS NULL THEN {text} ELSE {kinds.timed(plains[shipped])} END"
        utc = f"COALESCE({values[shipped]}, {utc})"
    local = layers.local(utc, rules.clock.business)
    return [f"CAST({local} - INTERVAL {rules.clock.cutoff} HOUR AS DATE) AS {quoted(f'{table}.business_date')}",
            f"CASE WHEN {text} THEN CAST(hour({local}) AS INTEGER) ELSE NULL END AS {quoted(f'{table}.hour')}"]
