"""Text of any encoding and layout: the same records, what could not be decoded counted and located, nothing lost."""

from __future__ import annotations

import random

import pytest

from crmlib.engine.reading import open_reader
from crmlib.errors import CrmError
from crmlib.intake.reading import archives, counting, dialect, encodings, raw, transcribe
from crmlib.intake.reading.table import Options, Table

HEAD = "注文番号,会員番号,金額\n"
BODY = "A1,髙﨑①,100\nA2,㈱石鹸,200\n"
TEXT = HEAD + BODY
ROWS = [("A1", "髙﨑①", "100"), ("A2", "㈱石鹸", "200")]


@pytest.fixture
def read(tmp_path):
    """Read a file of these bytes: what was found, and the records."""

    def of(content: bytes, name: str = "a.csv", **options):
        path = tmp_path / name
        path.write_bytes(content)
        work = tmp_path / "work"
        work.mkdir(exist_ok=True)
        with open_reader(None) as engine:
            found = raw.read(engine, path, work, Options(**options))
            rows = engine.rows(f"SELECT * FROM read_parquet('{found.path}', file_row_number = false)")
        assert [p.name for p in work.iterdir()] == ["raw.parquet"], "a copy was left behind"
        return found, rows

    return of


def refused(read, content, **options):
    """Return the error of a file, said in both languages without a hole."""
    with pytest.raises(CrmError) as error:
        read(content, **options)
    for locale in ("ja", "en"):
        said = error.value.say(locale)
        assert "a.csv" in said and "{" not in said
    assert error.value.exit_code == 2
    return error.value


# --- encodings ---


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_any_dress_gives_the_same_records(read, encoding, end, delimiter):
    found, rows = read(TEXT.replace(",", delimiter).replace("\n", end).encode(encoding))
    assert rows == ROWS
    assert (found.delimiter, found.first, found.undecodable_total) == (delimiter, 2, 0)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("顧客番号,氏名\n一,山田太郎\n", "euc_jp"),
        ("番号,ひらがな\n1,あいう\n", "euc_jp"),
        ("番号,商品\n1,コーヒー豆とタオル\n", "euc_jp"),
        ("番号,ﾌﾘｶﾞﾅ\n1,ﾔﾏﾀﾞﾀﾛｳ\n", "cp932"),
        ("number,kana\n1,ﾔﾏﾀﾞﾀﾛｳ\n2,ｽｽﾞｷﾊﾅｺ\n", "cp932"),
        ("number,name\n1,高橋\n", "cp932"),
        ("number,name\n" + "1,a\n" * 600_000 + "2,髙橋\n", "cp932"),
        ("number,name\n" + "1,a\n" * 600_000 + "2,高橋一郎\n", "euc_jp"),
        ("番号,名前\n1,山田\n", "iso2022_jp"),
        ("番号\n1\n", "utf-16-be"),
    ],
    ids=["kanji", "hiragana", "katakana", "half", "half only", "one name", "late", "late euc", "jis", "one column"],
)
def test_the_encoding_is_told_by_what_it_makes_of_the_text(read, text, encoding):
    found, rows = read(text.encode(encoding))
    assert found.encoding == encoding
    assert "".join(rows[-1]) == text.splitlines()[-1].replace(",", "")


def test_plain_letters_may_be_called_any_narrow_encoding(read):
    for wanted in ("cp932", "euc_jp", "utf-8", "utf-8-sig"):
        assert read(b"a,b\n1,2\n", encoding=wanted)[1] == [("1", "2")]
    assert refused(read, b"a,b\n1,2\n", encoding="utf-16").code == "intake.wrong_encoding"
    assert refused(read, TEXT.encode("cp932"), encoding="euc_jp").code == "intake.wrong_encoding"


def test_bytes_that_are_no_character_are_counted_located_and_kept(read):
    line = "A1,山田,100\n".encode("cp932")
    start = HEAD.encode("cp932")
    content = start + line * 30 + b"A2,\xff\x81,100\n" + line * 30 + b"A3,x\xa0y,1\n"
    found, rows = read(content)
    assert len(rows) == 62 and found.encoding == "cp932"
    assert rows[30][0] == "A2" and rows[30][1].startswith("\ufffd") and rows[61] == ("A3", "x\ufffdy", "1")
    first = len(start) + 30 * len(line) + 3
    assert found.undecodable[0] == (first, 32, "ff")
    assert found.undecodable[-1] == (len(content) - 5, 63, "a0")
    assert found.undecodable_total == len(found.undecodable) == 3


def test_faults_are_located_in_any_part_of_a_large_file(read):
    line = "A1,山田太郎,100\r\n"
    for encoding in ("utf-8", "cp932"):
        content = bytearray((HEAD.replace("\n", "\r\n") + line * 120_000).encode(encoding))
        places = [content.find(b"A1", start) for start in (len(content) // 3, encodings.CHUNK - 9, len(content) - 40)]
        for place in places:
            content[place] = 0xFF
        found, rows = read(bytes(content))
        assert len(rows) >= 119_990 and found.encoding == encoding
        lines = [bytes(content[:place]).count(b"\n") + 1 for place in places]
        assert [(place, line, "ff") for place, line in zip(places, lines, strict=True)] == list(found.undecodable)


def test_only_a_thousand_places_are_kept(monkeypatch, read):
    monkeypatch.setattr(transcribe, "KEPT", 3)
    found, rows = read(HEAD.encode() + b"".join(b"A%d,%s\xff,1\n" % (n, b"x" * 200) for n in range(9)))
    assert (len(rows), len(found.undecodable), found.undecodable_total) == (9, 3, 9)


def test_a_file_in_no_encoding_is_refused_with_the_first_place(read):
    error = refused(read, (TEXT * 3).encode() + b"A1,\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8,1\n")
    assert error.code == "intake.unknown_encoding"
    assert (error.values["line"], error.values["offset"]) == (10, len((TEXT * 3).encode()) + 3)


def test_private_characters_are_counted(read):
    assert read(HEAD.encode("cp932") + b"A1,\xf0\x40\xf0\x41,1\n")[0].gaiji == 2
    assert read((HEAD + "A1,\ue000\uf8ff漢\uff01,1\n").encode())[0].gaiji == 2
    assert read(TEXT.encode("cp932"))[0].gaiji == 0


def test_two_byte_order_marks_are_none(read):
    for marks in ("\ufeff", "\ufeff\ufeff"):
        found, rows = read((marks + '"注文番号",会員番号,金額\n' + BODY).encode())
        assert found.headings[0] == "注文番号" and rows == ROWS


# --- layout ---

TITLES = [
    "売上明細 2026年10月\n",
    "売上明細 2026年10月,,\n,,\n",
    "\n\n売上明細\n2026/10/01〜2026/10/31\n\n",
    '"売上明細\n2026年10月"\n',
    ",,\n",
]


@pytest.mark.parametrize("title", TITLES)
@pytest.mark.parametrize("encoding", ["utf-8", "cp932"])
def test_titles_above_the_headings_are_left_out(read, title, encoding):
    found, rows = read((title + TEXT).encode(encoding))
    assert rows == ROWS and found.headings == ("注文番号", "会員番号", "金額")
    assert found.first == len(list(dialect.records(title, ",", True))) + 2


@pytest.mark.parametrize(
    ("text", "headings", "first"),
    [
        ("注文,,お客さま\n番号,日付,番号\n1,2024-01-05,7\n", ("注文 番号", "日付", "お客さま 番号"), 3),
        ("注文,注文,客,客\n番号,日付,番号,名\n1,2024-01-05,7,a\n", ("注文 番号", "日付", "客 番号", "名"), 3),
        ("名前,,性別\n太郎,東京,男\n花子,大阪,女\n", ("名前", "", "性別"), 2),
        ("店,店\n本店,支店\n新宿,渋谷\n", ("店", "店"), 2),
        (",金額,数量\n1,100,2\n", ("", "金額", "数量"), 2),
        ("備考,番号,備考\nあ,1,い\n", ("備考", "番号", "備考"), 2),
        ("番号\n\n1\n2\n", ("番号",), 2),
        ("a;b\n1,5;2,5\n3,5;4,5\n", ("a", "b"), 2),
        ("店舗,本店,2026年10月\n番号,日付,金額,数量,単価,状態\n1,2024-01-05,7,1,7,x\n",
         ("番号", "日付", "金額", "数量", "単価", "状態"), 3),
    ],
)  # fmt: skip
def test_headings_are_found(read, text, headings, first):
    found, _ = read(text.encode())
    assert (found.headings, found.first) == (headings, first)


def test_the_settings_overrule_the_row_of_headings(read):
    found, rows = read(TEXT.encode(), header_row=2)
    assert found.headings == ROWS[0] and rows == ROWS[1:] and found.first == 3
    assert refused(read, TEXT.encode(), header_row=9).code == "intake.no_such_row"


def test_a_heading_with_too_few_fields_is_no_title(read):
    assert refused(read, (HEAD + "1,2,3,4\n" * 3).encode()).code == "intake.no_row_fits"
    assert read((HEAD + "1,2,3,\n").encode())[1] == [("1", "2", "3")], "a delimiter at the end is no field"


# --- line ends and quotes ---


def test_line_ends_of_several_kinds_lose_nothing(read):
    text = 'a,b\r\n1,"x\ny"\n2,z\r3,"w\r\nw"\r\n'
    for encoding in ("utf-8", "cp932"):
        assert read(text.encode(encoding))[1] == [("1", "x\ny"), ("2", "z"), ("3", "w\r\nw")]


def test_any_mixture_of_line_ends_and_quotes_is_read_or_told(read):
    chance = random.Random(7)
    for _ in range(40):
        rows = [(f"r{n}", chance.choice(["x", "", "a\nb", "a\r\nb", 'q"q'])) for n in range(chance.randint(1, 30))]
        ends = chance.sample(["\n", "\r\n", "\r"], chance.choice([1, 2, 3]))
        text = "a,b" + ends[0]
        for name, cell in rows:
            quoted = '"' + cell.replace('"', '""') + '"'
            text += f"{name},{quoted if cell and set(cell) & set(chr(10) + chr(34)) else cell}{chance.choice(ends)}"
        found, got = read(text.encode(chance.choice(["utf-8", "cp932"])))
        assert got == [(name, cell or None) for name, cell in rows] and not found.rejects


def test_an_open_quote_is_told_with_its_row(read):
    text = HEAD + 'A1,"石鹸,1\n' + "A2,x,1\n" * 5000
    error = refused(read, text.encode())
    assert (error.code, error.values["row"]) == ("intake.open_quote", 2)


@pytest.mark.parametrize("records", [1, 2000])
def test_a_record_that_no_shop_wrote_is_told_with_its_row(read, records):
    text = HEAD + "A1,x,1\n" + f"A2,{'x' * (9 << 20)},1\n" + "A3,x,1\n" * records
    error = refused(read, text.encode())
    assert (error.code, error.values["row"]) == ("intake.too_long", 3)


def test_blank_lines_and_line_breaks_in_cells_are_no_lost_lines(read):
    assert read((HEAD + '\n"A1","x\n\ny",1\n\n\nA2,"5"" \n",1').encode())[1] == [
        ("A1", "x\n\ny", "1"),
        ("A2", '5" \n', "1"),
    ]


@pytest.mark.parametrize(("text", "above"), [("a,b\n1,あ\n2,い\n3,う", 1), ("a,b\r\n1,あ\r\n2,い\r\n3,う\r\n", 1),
                                              ('a,"b\n"\n1,あ\n2,い\n3,う\n', 2), ("a,b\r1,あ\r2,い\r3,う\r", 1)])
@pytest.mark.parametrize("piece", [3, 1 << 20])
def test_records_are_picked_by_their_numbers(tmp_path, monkeypatch, text, above, piece):
    monkeypatch.setattr(counting, "_CHUNK", piece)
    path, target = tmp_path / "a.csv", tmp_path / "picked.csv"
    path.write_bytes(text.encode())
    table = Table("csv", path, ",", ("a", "b"), ("c0", "c1"), ("text", "text"), "utf-8", 2, above=above)
    for numbers in ((1, 3), (2,), (3,), ()):
        counting.picked(table, numbers, target)
        head, *rows = target.read_bytes().decode().splitlines()
        assert (head, rows) == ("c0,c1", [f"{n},{'あいう'[n - 1]}" for n in numbers])
        assert b"\r" not in target.read_bytes(), "two kinds of line ends in one file cannot be read"


def test_lines_that_the_parser_lost_stop_the_run(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(HEAD + 'A1,"x\ny",1\nA2,x,1\n', encoding="utf-8")
    from crmlib.intake.reading import delimited

    with delimited.opened(path, "a.csv", archives.opener(path, "", "a.csv"), tmp_path, Options()) as table:
        counting.check(table, 2, (), "a.csv")
        counting.check(table, 1, ((3, "too_few_fields", "A2"),), "a.csv")
        with pytest.raises(CrmError) as error:
            counting.check(table, 1, (), "a.csv")
    assert (error.value.code, error.value.values["records"], error.value.values["found"]) == ("intake.lines_lost", 2, 1)


# --- no table at all ---


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "intake.empty_file"),
        (b"\n \r\n\n", "intake.empty_file"),
        (b"\xef\xbb\xbf", "intake.empty_file"),
        (HEAD.encode(), "intake.header_only"),
        (("売上明細\n" + HEAD).encode(), "intake.header_only"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "intake.not_text"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "intake.not_text"),
        (b"PK\x03\x04\x14\0\x06\0", "intake.not_text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, "intake.not_text"),
        (b"%PDF-1.7\n%\xe2\xe3", "intake.not_text"),
        (bytes(range(256)) * 20, "intake.not_text"),
        (b'a,"' + b"x" * 2_000_000, "intake.endless_record"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_no_table_says_so(read, content, code):
    assert refused(read, content).code == code


def test_a_text_may_begin_with_letters_that_mark_other_files(read):
    assert read(b"BMI,MZ\n1,2\n")[1] == [("1", "2")]


@pytest.mark.parametrize("encoding", ["utf-8", "cp932", "utf-16", "euc_jp"])
def test_a_flipped_byte_is_read_or_told_with_the_file(read, encoding):
    text = "注文番号,名前,金額\n" + "".join(f'A{n},"山田 太郎",{n}\n' for n in range(60))
    content = text.encode(encoding)
    chance = random.Random(11)
    told, kept = [], []
    for _ in range(60):
        place = chance.randrange(len(content))
        changed = bytearray(content)
        changed[place] ^= 1 << chance.randrange(8)
        try:
            found, rows = read(bytes(changed))
        except CrmError as error:
            told.append(error.say("en"))
        else:
            kept.append(len(rows) + len(found.rejects))
    assert all("a.csv" in said for said in told) and min(kept) >= 55
    assert len(told) + len(kept) == 60
