"""detect and init: what a shop owner is told of the files, and a parameter file that can be used."""

from __future__ import annotations

import gzip
import shutil

import pytest

from crmlib import cli
from crmlib.settings import load_settings
from exports import column, table
from packed import workbook

POS = ("売上一覧表\n出力日:2026/11/01\n\n伝票番号,日付,時刻,顧客コード,品番,品名,数量,単価,金額,状態\n"
       "1,2026/10/01,10:20,C1,A1,茶碗,2,1000,2000,完了\n1,2026/10/01,10:20,C1,A2,湯のみ,1,500,500,完了\n"
       "2,2026/10/02,11:20,C2,A2,湯のみ,1,500,500,取消\n")
PEOPLE = ("お客様番号,お名前,フリガナ,TEL,メールアドレス,性別,生年月日,入会日\n"
          "C1,見本 太郎,ミホン タロウ,03-0000-0000,a@example.com,男,1980/1/2,2020/3/4\n")


@pytest.fixture
def project(tmp_path, monkeypatch, root):
    """A project of its own, its keys too."""
    (tmp_path / "params").mkdir()
    (tmp_path / "pyproject.toml").write_text("")
    shutil.copy(root / "params/template.yaml", tmp_path / "params/template.yaml")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("CRMLIB_LANG", "ja")
    return tmp_path


def write(project, name, text, encoding="cp932"):
    path = project / "data/raw" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return f"data/raw/{name}"


def scenario(project, root, preset, encoding="cp932"):
    source = root / "tests/scenarios/intake/presets" / preset / f"{preset}.csv"
    return write(project, f"{preset}.csv", source.read_text(encoding="utf-8"), encoding)


def sources(project, name="my-shop"):
    """The block of sources in a parameter file."""
    text = (project / f"params/{name}.yaml").read_text(encoding="utf-8")
    return text[text.index("\nsources:\n") + 1:text.index("\n# データの品質。")]


class TestDetect:
    def test_a_known_export_is_named_with_its_unknown_columns_and_traps(self, project, capsys):
        head = ("注文番号,ステータス,サブステータスID,注文日時,注文日,注文時間,注文者姓,注文者電話番号1,"
                "注文者メールアドレス,商品明細ID,商品名,単価,個数,クレジットカード番号,備考2,自由欄\n")
        row = "1,500,,2026-10-01 10:00,2026-10-01,10:00,見本,03,a@example.com,1,x,1,1,,,\n"
        path = write(project, "whatever.csv", head + row)
        assert cli.main(["detect", path]) == 0
        said = capsys.readouterr().out
        assert "whatever.csv：楽天RMS 通常購入データ、知らない列 2（備考2、自由欄）" in said
        assert "文字コード Shift_JIS（CP932）、区切り コンマ、1行" in said
        assert "電話番号は3列" in said and "読み込まない列：クレジットカード番号" in said
        assert "preset: rakuten_rms" in said

    def test_a_version_a_guess_and_the_other_language(self, project, capsys, root, monkeypatch):
        monkeypatch.setenv("CRMLIB_LANG", "en")
        assert cli.main(["detect", scenario(project, root, "eccube4_customers"),
                         scenario(project, root, "makeshop_orders")]) == 0
        said = capsys.readouterr().out
        assert "EC-CUBE 4 members (2.x (postal code and phone in parts)), 1 unknown columns (備考)" in said
        assert "MakeShop orders" in said and "parts of this preset are a guess" in said

    def test_an_unknown_file_gets_a_map_to_paste(self, project, capsys):
        assert cli.main(["detect", write(project, "pos.csv", POS)]) == 0
        said = capsys.readouterr().out
        assert "知らない形式です。注文の明細のようです" in said and "題名 3行" in said
        assert "ordered_at: [日付, 時刻]" in said
        assert "# ？「状態」の値（完了, 取消）" in said

    def test_what_nobody_can_tell_is_said_so(self, project, capsys):
        assert cli.main(["detect", write(project, "diary.csv", "年月,天気\n2026-10,晴れ\n")]) == 0
        said = capsys.readouterr().out
        assert "何のファイルか分かりませんでした" in said and "tables:" not in said

    def test_a_file_that_is_not_there_and_a_folder(self, project, capsys):
        (project / "data").mkdir()
        assert cli.main(["detect", "data/none.csv", "data"]) == 2
        assert capsys.readouterr().err.count("エラー") == 2


class TestInit:
    def test_known_exports_work_without_editing(self, project, root, capsys):
        paths = [scenario(project, root, name) for name in ("rakuten_rms", "eccube4_orders", "eccube4_customers")]
        assert cli.main(["init", "my-shop", *paths]) == 0
        assert "次にすること：make report PARAMS=params/my-shop.yaml" in capsys.readouterr().out
        settings = load_settings("params/my-shop.yaml")
        assert settings.shop.id == "my-shop"
        assert [s.preset for s in settings.sources] == ["rakuten_rms", "eccube4_orders", "eccube4_customers"]
        from crmlib.intake import load

        intake = load(settings, project / "data/work")
        assert set(column(intake, "orders", "order_id")) == {"300-1", "300-2", "1001", "1002", "1004"}

    def test_unknown_files_are_mapped_where_that_is_sure(self, project):
        assert cli.main(["init", "my-shop", write(project, "pos.csv", POS), write(project, "m.csv", PEOPLE)]) == 0
        settings = load_settings("params/my-shop.yaml")
        from crmlib.intake import load

        intake = load(settings, project / "data/work")
        assert sum(column(intake, "order_lines", "amount")) == 3000
        people = table(intake, "customers").set_index("customer_id")
        assert people.loc["C1", "birth_year"] == 1980
        assert "status" not in settings.sources[0].tables["orders"]

    def test_files_of_one_export_stand_together(self, project, root):
        text = (root / "tests/scenarios/intake/presets/minne_orders/minne_orders.csv").read_text(encoding="utf-8")
        assert cli.main(["init", "my-shop", write(project, "10.csv", text), write(project, "11.csv", text)]) == 0
        assert "files: [data/raw/10.csv, data/raw/11.csv]" in sources(project)

    def test_files_of_months_are_named_by_what_their_names_share(self, project):
        text = POS.replace("完了", "返品")
        paths = [write(project, "pos_2026-09.csv", POS), write(project, "pos_2026-10.csv", text)]
        assert cli.main(["init", "my-shop", *paths]) == 0
        said = sources(project)
        assert "- files: data/raw/pos_*.csv" in said and "来月のファイルも" in said
        assert said.count("- files:") == 1 and "返品" in said, "the values of every file are asked about"
        assert len(load_settings("params/my-shop.yaml").sources[0].files) == 1

    def test_a_packed_month_among_the_others_does_not_hide_what_their_names_share(self, project, root):
        text = (project / scenario(project, root, "minne_orders")).read_bytes()
        for name in ("m_2026-08.csv", "m_2026-09.csv"):
            (project / "data/raw" / name).write_bytes(text)
        (project / "data/raw/m_2026-10.csv.gz").write_bytes(gzip.compress(text))
        paths = [f"data/raw/m_2026-{n}" for n in ("08.csv", "09.csv", "10.csv.gz")]
        assert cli.main(["init", "my-shop", *paths]) == 0
        [found] = load_settings("params/my-shop.yaml").sources
        assert found.files == ("data/raw/m_*.csv", "data/raw/m_*.csv.gz")

    def test_one_file_with_a_month_in_its_name_is_told_how_to_read_the_next(self, project):
        write(project, "pos_old.csv", POS)
        assert cli.main(["init", "my-shop", write(project, "pos_2026-10.csv", POS)]) == 0
        assert "- files: data/raw/pos_2026-10.csv" in sources(project)
        assert "files: data/raw/pos_*.csv" not in sources(project), "it would read another file as well"
        assert cli.main(["init", "your-shop", write(project, "uriage_2026-10.csv", POS)]) == 0
        assert "来月のファイルも読むなら、files: data/raw/uriage_*.csv" in sources(project, "your-shop")

    def test_nothing_is_overwritten(self, project, root, capsys):
        (project / "params/my-shop.yaml").write_text("mine", encoding="utf-8")
        assert cli.main(["init", "my-shop", scenario(project, root, "minne_orders")]) == 2
        assert (project / "params/my-shop.yaml").read_text(encoding="utf-8") == "mine"

    def test_a_file_outside_is_named_as_given_with_a_hint(self, project, tmp_path_factory, capsys):
        away = tmp_path_factory.mktemp("away") / "m.csv"
        away.write_text(PEOPLE, encoding="utf-8")
        assert cli.main(["init", "my-shop", str(away)]) == 0
        assert str(away) in sources(project) and "data/raw/ に写して" in sources(project)
        assert "プロジェクトの外" in capsys.readouterr().out
        assert load_settings("params/my-shop.yaml").sources[0].grain == "customers"

    def test_a_file_that_cannot_be_read_leaves_nothing(self, project):
        (project / "empty.csv").write_bytes(b"")
        assert cli.main(["init", "my-shop", "empty.csv"]) == 2
        assert not (project / "params/my-shop.yaml").exists()
        assert not (project / "config").exists()

    def test_sheets_of_a_workbook_are_sources_of_their_own(self, project):
        rows = {"会員": PEOPLE.splitlines(), "売上": POS.splitlines()[3:]}
        book = workbook({name: [line.split(",") for line in lines] for name, lines in rows.items()})
        (project / "book.xlsx").write_bytes(book)
        assert cli.main(["init", "my-shop", "book.xlsx"]) == 0
        found = load_settings("params/my-shop.yaml").sources
        assert [(s.sheet, s.grain) for s in found] == [(("会員",), "customers"), (("売上",), "order_lines")]


    def test_a_sheet_a_month_is_one_source_and_its_cover_none(self, project):
        lines = [line.split(",") for line in POS.splitlines()]
        months = {f"{n}月": [[f"{n}月の売上"], [], *lines[3:]] for n in (9, 10)}
        (project / "book.xlsx").write_bytes(workbook({"表紙": [["売上台帳"], ["店長"]], **months}))
        assert cli.main(["init", "my-shop", "book.xlsx"]) == 0
        [found] = load_settings("params/my-shop.yaml").sources
        assert (found.sheet, found.grain) == (("9月", "10月"), "order_lines")

    def test_a_receipt_and_a_card_are_known_by_the_words_of_a_till(self, project):
        text = POS.replace("伝票番号", "レシート№").replace("顧客コード", "会員カード")
        assert cli.main(["init", "my-shop", write(project, "pos.csv", text)]) == 0
        orders = load_settings("params/my-shop.yaml").sources[0].tables["orders"]
        assert (orders["order_id"].columns, orders["customer_id"].columns) == (("レシート№",), ("会員カード",))


class TestUsage:
    @pytest.mark.parametrize(("arguments", "said"), [
        (["report", "--nope"], "「--nope」"), (["init"], "NAME がありません"),
        (["report", "--locale", "fr"], "「fr」は使えません"),
        (["report", "--month"], "--month の後に値がありません"), (["report", "--force=1"], "値（1）は付けられません"),
        (["detect"], "FILE がありません")])
    def test_it_is_in_the_language_of_the_terminal(self, project, capsys, arguments, said):
        assert cli.main(arguments) == 2
        told = capsys.readouterr().err
        assert said in told
        assert not any(word in told for word in ("argument", "required", "choice", "expected"))

    def test_so_is_the_help_of_a_verb(self, project, capsys):
        with pytest.raises(SystemExit) as left:
            cli.main(["report", "--help"])
        assert left.value.code == 0
        told = capsys.readouterr().out
        assert told.startswith("書き方：") and "usage" not in told and "options" not in told
