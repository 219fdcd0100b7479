"""The words shops and systems use at the head of a column, by what they mean, in Japanese and English.

They are what an unknown file's map is proposed from, and what says little about which system a file is from.
"""

from __future__ import annotations

from functools import cache

from crmlib.intake.typed.plan import folded

#: Meaning → headings, most telling first.
WORDS = {
    "order_id": """レコード番号 注文No 受注No 伝票No 注文番号 注文ID 受注番号 受注ID 受注コード 伝票番号
        受付番号 会計番号 売上番号 売上ID 取引ID 取引番号 レシート番号 オーダー番号 購入番号 order_id order_no
        order_number invoice_no invoice_number invoice transaction_id receipt_no
        レシートNo 会計No 伝票ID 伝票コード 売上No 取引No 取引コード""",
    "ordered_at": """オーダー日 注文日時 注文日 受注日時 受注日 購入日時 購入日 売上日時 売上日 取引日時 取引日 販売日
        販売日時 利用日 来店日 受付日時 受付日 会計日時 日時 日付 order_date ordered_at
        purchase_date invoice_date transaction_date sale_date sales_date date datetime""",
    "time": """注文時刻 注文時間 受注時刻 受注時間 時刻 時間 取引時刻 購入時刻 来店時刻 来店時間 会計時刻 売上時刻
        販売時刻 time order_time""",
    "customer_id": """会員番号 会員ID 会員コード 会員No 顧客番号 顧客ID 顧客コード 顧客No お客様番号 お客様ID
        お客様コード 得意先コード 得意先番号 customer_id customer_no customer_code customer_number member_id
        member_no client_id 会員カード 会員カードNo 会員カード番号 ポイントカードNo ポイントカード番号""",
    "amount": """金額 売上金額 販売金額 明細金額 明細合計 税込金額 商品金額 売上 売上高 購入金額 小計 amount
        line_total line_amount sales sales_amount net_sales subtotal""",
    "total": """合計金額 合計 総合計 総合計金額 請求金額 請求合計 お支払い金額 支払合計 注文合計 注文金額
        伝票合計 total grand_total order_total total_amount""",
    "quantity": """数量 個数 点数 購入数 購入数量 注文数 注文数量 受注数量 販売数 販売数量 販売個数 売上数量
        quantity qty units""",
    "unit_price": "単価 販売単価 商品単価 税込単価 販売価格 価格 商品価格 unit_price price item_price",
    "product_id": """商品コード 商品番号 商品ID 商品No 品番 型番 JAN JANコード SKU 商品管理番号
        メニューコード メニュー番号 メニューID product_id
        product_code item_code stock_code article_no item_id""",
    "product_name": "商品名 品名 商品 商品名称 品目 メニュー product_name description product item item_name",
    "category": "カテゴリ カテゴリー 商品カテゴリ 商品分類 分類 部門 部門名 ジャンル category department",
    "line_no": "明細番号 明細ID 行番号 明細No line_no line_number line_id",
    "status": """状態 ステータス 注文状況 注文状態 注文ステータス 受注状態 受注ステータス 対応状況 処理状況
        状況 取引状態 status order_status""",
    "line_type": "明細区分 明細種別 行区分 行種別 line_type",
    "store_id": "店舗コード 店舗ID 店舗番号 店舗 店舗名 店番 store_id store store_code shop location",
    "payment": "支払方法 支払い方法 お支払い方法 決済方法 payment payment_method",
    "channel": "チャネル 販売経路 購入経路 販路 受注経路 channel source",
    "shipping": "送料 配送料 送料合計 shipping shipping_fee",
    "discount": "値引き 値引 値引額 割引 割引額 割引金額 クーポン割引額 値引き額 discount discount_amount",
    "tax": "消費税 税額 消費税額 内消費税 税金 tax tax_amount",
    "points_used": "利用ポイント ポイント利用 ポイント利用額 使用ポイント points_used",
    "family_name": "姓 氏 名字 苗字 last_name family_name surname lastname",
    "given_name": "名 first_name given_name firstname",
    "family_kana": """フリガナ ふりがな カナ 氏名カナ 名前カナ お名前カナ name_kana セイ 姓カナ 姓(カナ) せい 氏カナ
        last_name_kana""",
    "given_kana": "メイ 名カナ 名(カナ) めい first_name_kana",
    "full_name": "氏名 お名前 名前 顧客名 会員名 お客様名 お客さま名 customer_name full_name",
    "company": "会社名 法人名 企業名 勤務先 取引先名 company company_name",
    "phone": "電話番号 電話 TEL 携帯電話 携帯番号 携帯電話番号 連絡先 phone phone_number tel mobile",
    "email": "メールアドレス メール Eメール E-MAIL MAIL email mail email_address",
    "postal": "郵便番号 〒 zip zip_code postal_code postcode",
    "prefecture": "都道府県 都道府県名 prefecture state province",
    "city": "市区町村 市町村 city",
    "address": "住所 住所1 ご住所 address address1",
    "birth": "生年月日 誕生日 お誕生日 生年 birthday birth_date birthdate date_of_birth",
    "gender": "性別 gender sex",
    "registered_on": """登録日 会員登録日 入会日 登録日時 入会年月日 registered registered_on registration_date
        signup_date joined""",
    "rank": "ランク 会員ランク 会員区分 ステージ rank member_rank tier",
    "updated_at": "更新日時 更新日 最終更新日 最終更新日時 updated updated_at last_modified",
    "opt_in_mail": "メルマガ メルマガ購読 メールマガジン メール配信 メール可 newsletter email_opt_in",
}


def plain(heading: str) -> str:
    """Return a heading as words are compared: NFKC, small letters, without spaces, underscores and hyphens."""
    return folded(heading).lower().replace("_", "").replace("-", "")


@cache
def meanings() -> dict[str, str]:
    """Return what each known word means."""
    found: dict[str, str] = {}
    for meaning, words in WORDS.items():
        for word in words.split():
            found.setdefault(plain(word), meaning)
    return found
