"""Files that are no params files at all: one clear sentence, the file and the line."""

from __future__ import annotations

import pytest

from crmlib.errors import CrmError
from crmlib.settings import load_settings

SYNTAX = {
    "tab": ("shop: s\nrfm:\n\tfrequency: days\n", 3),
    "two_colons": ("shop: s\nreport:\n  remarks: 注意: 休業\n", 3),
    "open_quote": ("shop: s\nlocale: \"ja\nas_of: null\n", 2),
    "open_bracket": ("shop: s\ncalendar: {closed: [2026-01-01\nlocale: ja\n", 2),
    "special_start": ("shop: s\nlocale: @ja\n", 2),
    "indent": ("shop: s\nrfm:\n  frequency: days\n    monetary: net\n", 4),
    "no_colon": ("shop: s\nrfm\nlocale: ja\n", 2),
    "two_documents": ("shop: s\n---\nshop: t\n", 2),
    "alias": ("shop: s\nlocale: *nowhere\n", 2),
    "tag": ("shop: s\nlocale: !!python/object/apply:os.system [id]\n", 2),
    "top_list": ("- shop: s\n", 1),
    "top_text": ("shop\n", 1),
    "wide_colon": ("shop：s\n", 1),
    "bad_character": ("shop: s\nlocale: j\x07a\n", 2),
    "too_deep": ("shop: s\nlocale: " + "[" * 40 + "]" * 40, 2),
}


@pytest.mark.parametrize("code", SYNTAX)
def test_text_that_is_not_a_params_file(refused, code):
    text, line = SYNTAX[code]
    (error,) = refused(text.encode())
    assert error.code in (f"settings.{code}", "settings.two_colons" if code == "indent" else "")
    assert error.where == f"params/shop.yaml:{line}"


@pytest.mark.parametrize("text", [b"", b"\n\n", b"# nothing but words\n", b"\xef\xbb\xbf"])
def test_an_empty_file(refused, text):
    (error,) = refused(text)
    assert (error.code, error.where) == ("settings.empty_file", "params/shop.yaml")


def test_very_deep_nesting_is_refused_and_not_a_crash(refused):
    (error,) = refused(b"shop: " + b"[" * 100_000)
    assert error.code == "settings.too_deep"


def test_references_cannot_multiply_without_bound(refused):
    lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"{b}: &{b} [{', '.join(['*' + a] * 10)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    (error,) = refused("\n".join(lines).encode())
    assert error.code == "settings.too_many_values"


def test_a_reference_to_itself_ends(refused):
    assert refused(b"shop: &a [*a]\n")[0].code == "settings.too_deep"


@pytest.mark.parametrize(("codec", "name"), [
    ("cp932", "CP932 (Shift_JIS)"), ("euc_jp", "EUC-JP"), ("utf-16", "UTF-16"),
])
def test_another_encoding_is_named(refused, codec, name):
    (error,) = refused("locale: ja\nshop: {id: s, name: 見本の商店、東京都}\n".encode(codec))
    assert (error.code, error.values["encoding"], error.allowed) == ("settings.wrong_encoding", name, ("UTF-8",))
    assert name in error.say("ja")
    assert codec == "utf-16" or error.where == "params/shop.yaml:2"


def test_bytes_of_no_encoding(refused):
    assert refused(b"shop: \xff\x00\x81\n")[0].code == "settings.no_encoding"


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_utf8_with_and_without_a_mark_and_either_line_end(load, mark, newline):
    text = "shop: {id: s, name: 見本商店}\nsources:\n  - {files: a.csv, tables: {customers: {customer_id: 会員番号}}}\n"
    settings = load(mark + text.encode().replace(b"\n", newline))
    assert settings.shop.label("ja") == "見本商店"
    assert settings.origins["shop.id"] == "params/shop.yaml:1"


def test_a_missing_file_names_its_neighbours(project):
    (project / "params" / "shop.yaml").write_text("shop: s")
    with pytest.raises(CrmError) as caught:
        load_settings("params/shp.yaml")
    assert (caught.value.code, caught.value.allowed) == ("settings.no_file", ("shop.yaml",))


def test_a_folder_is_no_file(project):
    with pytest.raises(CrmError) as caught:
        load_settings("params")
    assert caught.value.code == "settings.is_folder"


def test_data_given_as_params(refused):
    (error,) = refused(b"a,b,c\n" * 200_000)
    assert error.code == "settings.too_large"


def test_every_message_has_words_in_both_languages(refused):
    for text, _ in SYNTAX.values():
        (error,) = refused(text.encode())
        for locale in ("ja", "en"):
            said = error.say(locale)
            assert "settings." not in said
            assert "Traceback" not in said
            assert "{" not in said.replace(error.values.get("found", ""), "")
