"""Which column of a file fills which canonical column, and what its values mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, create_model, model_validator
from pydantic_core import CoreSchema, core_schema

from crmlib import schema
from crmlib.settings.base import Model
from crmlib.settings.fields import Code, Fixed, Flag, IsText, OrOne, Text, doc, wrong
from crmlib.settings.kinds import nearest

#: Columns whose codes the product itself understands; other codes are the shop's own.
KNOWN_CODES = {"line_type": schema.LINE_TYPES, "orders.status": schema.ORDER_STATUSES}

#: Columns of a table of which no two can be the same heading: pieces and money, or different sums of an order.
_APART = {"order_lines": [{"quantity", other} for other in ("unit_price", "amount", "amount_ex_tax", "cost")],
          "orders": [{"discount", "points_used", "shipping", "tax", "total"}]}


class Frozen:
    """Marks a mapping to be handed out unchangeable."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(Fixed, handler(source))


class Cells(Model):
    """Which cells of a record are read, and what their values mean."""

    SHORT: ClassVar[str] = "from"
    SPARSE: ClassVar[bool] = True
    columns: Annotated[tuple[Text, ...], OrOne()] = doc(
        (), "見出し。いくつか並べると、join の文字でつなげて読みます。", "The heading; several are joined, see join.",
        alias="from", example=["日付", "時刻"])
    join: Annotated[str, IsText(r"[ -~]", "-")] = doc(
        " ", "いくつかの見出しをつなぐ文字。省くと空白。",
        "What stands between several; a space where left out.", example="-")
    lower: Flag = doc(
        False, "true なら英字を小文字にそろえます(メールアドレスを会員番号とするとき)。",
        "If true, letters are made small (for an e-mail address that serves as an id).")
    values: Annotated[Mapping[Text, Code | None], Frozen()] = doc(
        Fixed({}), 'データの値 → コード。null は「値なし」、"*" は「ほかの、空でない値」。',
        'Value in the data → code; null means no value, "*" any other value that is not empty.',
        example={"キャンセル": "cancelled"})
    default: Code | None = doc(
        None, "values にない値のコード。省くとデータの値のまま。",
        "Code for values not listed; left out, they stay as they are.",
        example="placed")

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading that is read."""
        return self.columns


class ColumnSpec(Cells):
    """How one canonical column is filled from the file.

    Plain text is the heading: ``order_id: 注文番号``.
    """

    otherwise: Cells | None = doc(
        None, "from が空の行で、代わりに読む見出し。", "Read instead where from gives nothing.", alias="or",
        example="メールアドレス")
    constant: Code | None = doc(None, "全行に同じ値を入れます。from の代わりです。",
                                "The same value in every row, instead of from.",
                                example="nps")
    numbered: Flag = doc(
        False, "true なら、ファイルの何行目かを番号として入れます(会員番号のないテスト結果などに)。from の代わりです。",
        "If true, the record's place in its file is the id, for files without one, such as results of a mail test; "
        "instead of from.")
    format: Annotated[str, IsText(r".*%.*", "%d.%m.%Y")] | None = doc(
        None, "日付や時刻の書き方。省くと自動で読みます。",
        "How dates or times are written; left out, they are recognised.",
        example="%d.%m.%Y %H:%M")

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnSpec:
        if bool(self.columns) + (self.constant is not None) + self.numbered != 1:
            raise wrong("column_without_origin", of=("from", "constant"), allowed=["from", "constant", "numbered"])
        if self.constant is not None and (self.values or self.default or self.format or self.otherwise):
            raise wrong("constant_with_more", key="constant", of=("constant", "values", "default", "format", "or"))
        return self

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading that is read, those read instead as well."""
        return (*self.columns, *(self.otherwise.columns if self.otherwise else ()))

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that may come out."""
        parts = (self, self.otherwise) if self.otherwise else (self,)
        found = [code for part in parts for code in (*part.values.values(), part.default)]
        return tuple(code for code in (*found, self.constant) if code is not None)


def _table_model(table: schema.Table) -> type[Model]:
    """Return a model with one key per column of a canonical table."""
    fields: dict[str, Any] = {c.name: (_column_type(table.name, c.name) | None, Field(None)) for c in table.columns}
    check: Any = model_validator(mode="after")(_complete(table))
    return create_model(f"Map_{table.name}", __base__=Model, __doc__=f"Columns of {table.name}.",
                        __validators__={"_complete": check}, **fields)


def _column_type(table: str, column: str) -> Any:
    """Return the type of a column's spec, with the codes it may map to where the product knows them."""
    known = KNOWN_CODES.get(f"{table}.{column}") or KNOWN_CODES.get(column)
    return Annotated[ColumnSpec, AfterValidator(_only(known))] if known else ColumnSpec


def _only(known: tuple[str, ...]) -> Callable[[ColumnSpec], ColumnSpec]:
    def check(spec: ColumnSpec) -> ColumnSpec:
        for code in spec.codes:
            if code not in known:
                near = nearest(code, known)
                raise wrong("unknown_code_near" if near else "unknown_code", code=code, nearest=near,
                            allowed=list(known))
        return spec

    return check


def _complete(table: schema.Table) -> Callable[[Any], Any]:
    """Return a check that every column a row cannot do without is mapped; amount may be quantity × unit_price."""

    def check(self: Any) -> Any:
        given = {name: getattr(self, name) for name in self.model_fields_set if getattr(self, name)}
        missing = [c.name for c in table.columns if c.required and c.name not in given]
        if "amount" in missing and {"quantity", "unit_price"} <= set(given):
            missing.remove("amount")
        if missing:
            raise wrong("columns_missing", of=tuple(missing), table=table.name, columns=", ".join(missing))
        for apart in _APART.get(table.name, ()):
            _all_apart({name: spec for name, spec in given.items() if name in apart})
        return self

    return check


def _all_apart(given: Mapping[str, ColumnSpec]) -> None:
    """Raise where two columns that mean different numbers are read from one heading."""
    seen: dict[str, str] = {}
    for name, spec in given.items():
        if len(spec.columns) == 1 and (other := seen.setdefault(spec.columns[0], name)) != name:
            raise wrong("heading_twice", of=(other, name), heading=spec.columns[0], columns=f"{other}, {name}")


_MAPS = {name: _table_model(table) for name, table in schema.tables().items()}
_fields: dict[str, Any] = {name: (model | None, Field(None)) for name, model in _MAPS.items()}
TableMaps: type[Model] = create_model("TableMaps", __base__=Model, __doc__="Canonical tables by name.", **_fields)


class AsMapping:
    """Reads table maps with the checks of `TableMaps` and hands them out as mappings, in the file's order."""

    model = TableMaps

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(self.read, handler.generate_schema(TableMaps))

    def read(self, value: Any, handler: Callable[[Any], Any]) -> Fixed:
        """Return ``{table: {column: ColumnSpec}}``."""
        maps = handler(value)
        if not any(getattr(maps, name) for name in maps.model_fields_set):
            raise wrong("no_tables", allowed=list(_MAPS))
        return Fixed({table: Fixed({column: getattr(getattr(maps, table), column) for column in value[table]
                                    if getattr(getattr(maps, table), column)})
                      for table in value if getattr(maps, table)})
