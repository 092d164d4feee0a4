"""Names keep their letters in every encoding that exports of other systems have."""

import pytest

from tests.importing.bringing import Imports

POLISH = "Łukasz Żółć; Świętosława Gęś; Paweł Wójcik; Księgowość; Błażej Wiśniewski"
CZECH = "Dvořák Jiří; Novák Štěpán; Zdeněk Růžička; Černý Ondřej"
HUNGARIAN = "Szűcs Jenő; Győri Erzsébet; Ökrös Árpád"
CROATIAN = "Kovač Ivić; Petrović Đuro; Žarko Šimić"
WESTERN = """
    Hélène Lefèvre; João Simões; Conceição Guimarães; Jörg Strauß; Bjørn Høie; Åse Sørensen
    ¿Qué Muñoz 1ª; perché città però; vœux de cœur; naïve Noël; 30£ m² cm³; „Büro“ – Größe
"""


def words(text: str) -> list[str]:
    return [each.strip() for each in text.replace("\n", ";").split(";") if each.strip()]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        *(("cp1250", each) for each in (POLISH, CZECH, HUNGARIAN, CROATIAN)),
        *(("cp1250", each) for each in ("Paweł Wójcik", "Dvořák Jiří", "Michał Zając")),
        *(("cp1252", each) for each in words(WESTERN)),
        *(("mac_roman", each) for each in words(WESTERN) if "²" not in each),
        ("cp1251", "Сломался ноутбук"),
    ],
)
def test_names_of_a_file_without_utf_8_keep_their_letters(
    imports: Imports, encoding: str, name: str
) -> None:
    content = f"Number,Subject,Requester\n1,{name},Priya Raman\n".encode(encoding)
    summary = imports.bring(content)
    assert imports.one("SELECT name FROM tickets WHERE external_id = '1'") == (name,)
    [remark] = summary.remarks
    assert f"read as {encoding}. If names look wrong, save it as UTF-8" in remark


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_row_in_another_encoding_leaves_the_letters_of_the_other_rows(
    imports: Imports, mark: bytes
) -> None:
    rows = "Number,Subject,Requester\n1,für Büro,Priya Raman\n2,für Büro,Priya Raman\n"
    imports.bring(mark + rows.encode() + "3,naïve café,Priya Raman\n".encode("cp1252"))
    assert imports.rows("SELECT name FROM tickets WHERE external_id <> '' ORDER BY id") == [
        ("für Büro",),
        ("für Büro",),
        ("naïve café",),
    ]


def test_incomplete_letter_at_the_end_of_the_last_chunk_is_read(
    imports: Imports,
) -> None:
    start, end = b"Number,Requester,Subject\n", "1,Priya Raman,café".encode("cp1252")
    imports.bring(start + b"\n" * (2**20 - len(start + end)) + end)
    assert imports.one("SELECT name FROM tickets WHERE external_id = '1'") == ("café",)


def test_file_in_utf_8_needs_no_remark(imports: Imports) -> None:
    assert imports.bring("Number,Subject,Requester\n1,Müller,Priya Raman\n").remarks == []
