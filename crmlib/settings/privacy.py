"""How the people in the data are protected: small cells, the key, consent, and requests to be deleted."""

from __future__ import annotations

from typing import Annotated

from pydantic import model_validator

from crmlib.settings.base import Model
from crmlib.settings.fields import Code, Count, OrOne, Text, doc, wrong


class Privacy(Model):
    """How people in the data are protected."""

    min_cell: Count = doc(
        5, "この人数に満たない欄は、ページと配布用の表で伏せます。1 で伏せません。",
        "Cells of fewer people are hidden on pages and in shareable tables; 1 hides none.")
    key_file: Text | None = doc(
        None, "顧客番号を置き換える鍵のファイル。init が店ごとに作ります。プロジェクトの外に置きます。",
        "The key file that customer ids are replaced with; init makes one, outside the project.",
        example="~/.config/crmlib/keys/my-shop.key")
    published_key: Code | None = doc(
        None, "見本と公開データだけが使う、秘密でない鍵の名前。本物の店では使いません。",
        "Name of a non-secret key, for the sample and public data only; never for a real shop.")

    contact_purpose: Code = doc(
        "marketing", "案内を送ってよいかを決める、同意の目的のコード。この目的の同意がなければ、全部の同意を見ます。",
        "Purpose of the consents that decide whether somebody may be contacted; where none has it, all consents do.")
    deletions: Annotated[tuple[Text, ...], OrOne()] = doc(
        (), "個人情報を消すよう頼まれたお客さまの一覧(CSV か Excel)。見出しは会員番号と依頼日です。",
        "Lists of customers who asked to be deleted, CSV or Excel, with the headings customer_id and requested_on.",
        example="data/decisions/my-shop/deletions.csv")

    @model_validator(mode="after")
    def _one_key(self) -> Privacy:
        if self.key_file and self.published_key:
            raise wrong("two_keys", key="published_key", of=("key_file", "published_key"))
        return self
