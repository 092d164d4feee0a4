"""The same table is read from every dialect of CSV, from spreadsheets and from JSON."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.errors import DeskError
from services.importing.files import open_table

HEADERS = ["Name", "Serial number", "Größe", "Notes"]
WORDS = ["Müller", "déjà vu", "Peña", "São", "x", "42", "1,5", "a;b", 'said "no"', "|", "\t", "\n"]
CELL = st.lists(st.sampled_from(WORDS), max_size=4).map(" ".join).map(str.strip)
# A lone first cell below a blank row is a remark.
ROW = st.lists(CELL, min_size=4, max_size=4).filter(lambda row: not row[0] or any(row[1:]))
ROWS = st.lists(ROW, min_size=1, max_size=20)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tables") / "file.csv"


def read(path: Path) -> tuple[list[str], list[list[object]]]:
    table = open_table(path)
    return table.headers, [list(row.cells) for row in table.rows() if not row.fault]


@settings(max_examples=300, deadline=None)
@given(
    rows=ROWS,
    separator=st.sampled_from(",;\t|"),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"]),
    mark=st.booleans(),
)
def test_csv_file_with_any_separator_and_quoting_gives_the_same_table(
    place: Path,
    rows: list[list[str]],
    separator: str,
    ending: str,
    quoting: int,
    encoding: str,
    mark: bool,
) -> None:
    file = io.StringIO(newline="")
    if ending == "\r":
        quoting = csv.QUOTE_ALL  # or the writer leaves other line ends bare
    writer = csv.writer(
        file,
        delimiter=separator,
        lineterminator=ending,
        quoting=quoting,  # type: ignore[arg-type]
    )
    inside = "\ufeff" if mark and encoding != "cp1252" else ""
    writer.writerow([inside + HEADERS[0], *HEADERS[1:]])
    writer.writerows(rows)
    place.write_bytes(file.getvalue().encode(encoding))
    headers, found = read(place)
    assert headers == HEADERS
    assert found == [row for row in rows if any(row) and row != HEADERS]


@pytest.mark.parametrize(
    "content",
    [
        b"sep=;\nName;Serial\nx;y\n",
        b"Name;Serial;\nx;y;\n",
        b"Report of 3 March\n\nName;Serial\nx;y\n",
        b"Name;Serial\nx;y\nName;Serial\n",
        b'\xef\xbb\xbf\xef\xbb\xbf"Name";"Serial"\n"x";"y"\n',
        b"\n\nName;Serial\n;\nx;y\n",
        b"Name;Serial;Cost;\nx;y;1;\nTotal;;1;\n",
        b"Report;All\nMade on;3 March\n\nName;Serial;Model\nx;y;z\n",
        "Name¤Serial\nx¤y\n".encode("utf-16"),
        "Name;Serial\nx;y\n".encode("utf-16-be"),
    ],
)
def test_file_with_oddities_gives_the_same_table_as_a_plain_file(
    place: Path, content: bytes
) -> None:
    place.write_bytes(content)
    headers, rows = read(place)
    assert headers[:2] == ["Name", "Serial"]
    assert [row[:2] for row in rows] == [["x", "y"]]


def test_row_with_more_cells_than_headers_is_marked_as_faulty(place: Path) -> None:
    place.write_text("Name,Serial\nx,y\nx,y,z\n")
    [fine, broken] = open_table(place).rows()
    assert fine.fault == ""
    assert "3 cells under 2 headers" in broken.fault


def test_faulty_row_is_reported_with_the_line_where_the_row_begins(place: Path) -> None:
    place.write_bytes(b'Name,Notes\rx,"one\rtwo"\ry,three\r')
    assert [row.line for row in open_table(place).rows()] == [2, 4]


def test_decimal_commas_are_not_taken_for_separators_of_cells(place: Path) -> None:
    place.write_text("Name;RAM\nx 1,5;2,5\ny 1,5;3,5\n")
    assert read(place) == (["Name", "RAM"], [["x 1,5", "2,5"], ["y 1,5", "3,5"]])


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp1251"])
def test_one_byte_encoding_of_a_csv_file_is_detected(place: Path, encoding: str) -> None:
    russian = "Имя;Описание\nИван Петров;Не работает принтер в бухгалтерии, прошу помочь\n" * 20
    western = "Prénom;Société\nHélène Lefèvre;l'écran de l'hôtesse est cassé, déjà signalé à midi\n"
    words = russian if encoding == "cp1251" else western * 20
    place.write_bytes(words.encode(encoding))
    headers, rows = read(place)
    assert headers == words.splitlines()[0].split(";")
    assert rows == [line.split(";") for line in words.splitlines() if line.split(";") != headers]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"  \n", "is empty"),
        (b'"', "is empty"),
        (b"sep=;\n", "is empty"),
        (b'{"a": ', "is not JSON"),
        (b"[]", "has no list of records"),
        (b"PK\x03\x04 broken", "as a spreadsheet"),
        (b"\xef\xbb\xbf <!DOCTYPE html><table>", "is a web page or XML"),
        (b"%PDF-1.4", "is a PDF document"),
        (b"\x1f\x8b\x08\x08", "is a compressed file"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\x01", "is no text"),
    ],
)
def test_file_that_cannot_be_read_is_refused_with_the_reason(
    place: Path, content: bytes, says: str
) -> None:
    place.write_bytes(content)
    with pytest.raises(DeskError, match=says):
        assert open_table(place).headers == []


@pytest.mark.parametrize(
    "content",
    [
        '[{"id": 1, "a": {"b": "x"}}, {"id": 2, "tags": ["t", "u"]}]',
        '\ufeff{"count": 2, "d": {"more": [{"n": 1}], "value": [{"id": 1, "a": {"b": "x"}},'
        ' {"id": 2, "tags": ["t", "u"], "inner": [{"k": 1}, {"k": 2}, {"k": 3}]}]}, "next": null}',
        '{"id": 1, "a": {"b": "x"}}\n{"id": 2, "tags": ["t", "u"], "inner": [{"k": 1}]}\n',
        '[{"page": 1, "all": []}, {"page": 2, "all": [{"id": 1, "a": {"b": "x"}}]},'
        ' {"page": 3, "all": [{"id": 2, "tags": ["t", "u"]}]}]',
        '{"all": [{"id": 1, "a": {"b": "x"}}], "next_page": "y"}\n'
        '{"all": [{"id": 2, "tags": ["t", "u"], "notes": [{"id": 1, "body": "z"}]}]}\n',
    ],
)
def test_records_are_found_in_a_json_file_of_any_common_shape(place: Path, content: str) -> None:
    place.write_text(content, encoding="utf-8")
    headers, rows = read(place)
    assert headers[:3] == ["id", "a.b", "tags"]
    assert [row[:3] for row in rows] == [[1, "x", None], [2, None, "t, u"]]


def test_absent_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DeskError, match="No such file"):
        open_table(tmp_path / "nowhere.csv")
