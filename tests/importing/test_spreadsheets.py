"""Spreadsheets are read as the programs show them, and without keeping them in memory."""

import tracemalloc
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from services.errors import DeskError
from services.importing.files import open_table
from tests.importing.spreadsheets import WORKBOOK, text, write_xlsx

HEADER = """<row r="2"><c r="A2" t="s"><v>0</v></c>
<c r="B2" t="inlineStr"><is><t>Serial</t></is></c></row>"""
TEXTS = (
    "<si><r><t>Na</t></r><r><t>me</t></r><rPh><t>reading aid</t></rPh></si>",
    text("two_x000D_\nlines, and _x005F_x000D_"),
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "file.xlsx"


def cells_of(place: Path, *cells: str, workbook: str = WORKBOOK) -> list[object]:
    """Return the values of a row with these cells; its first one is filled."""
    row = f'<row r="4"><c t="b"><v>1</v></c>{"".join(cells)}</row>'
    write_xlsx(place, [HEADER, row], TEXTS, workbook)
    [found] = open_table(place).rows()
    return found.cells[1:]


def test_rows_of_a_sheet_keep_their_numbers_and_empty_rows_are_skipped(place: Path) -> None:
    rows = '<row r="4"><c r="B4"><v>12345678</v></c></row><row r="5"/><row><c><v>1.5</v></c></row>'
    write_xlsx(place, [HEADER, rows], TEXTS)
    table = open_table(place)
    assert table.headers == ["Name", "Serial"]
    assert [(row.line, *row.cells) for row in table.rows()] == [(4, None, 12345678), (6, 1.5, None)]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<c t="s"><v>1</v></c>', "two\r\nlines, and _x000D_"),
        ('<c t="str"><f>A1</f><v>of a formula</v></c>', "of a formula"),
        ('<c t="e"><v>#REF!</v></c>', None),
        ("<c><v>6.37702E+15</v></c>", 6.37702e15),
        ('<c s="1"><v>45363</v></c>', date(2024, 3, 12)),
        ('<c s="3"><v>45363.75</v></c>', datetime(2024, 3, 12, 18)),
        ('<c s="3"><v>0.75</v></c>', "18:00:00"),
        ('<c s="2"><v>45363</v></c>', 45363),
        ('<c s="1"><v>99999999999</v></c>', 99999999999),
        ('<c s=""><v>7</v></c>', 7),
        ("<c><v>1e999</v></c>", "1e999"),
        ('<c t="str"><v>a_xD800_b</v></c>', "a_xD800_b"),
        ('<c t="d"><v>2024-03-12</v></c>', "2024-03-12"),
    ],
)
def test_cell_of_a_sheet_is_read_as_the_spreadsheet_shows_it(
    place: Path, cell: str, value: object
) -> None:
    assert cells_of(place, cell) == [value]


def test_dates_of_a_sheet_count_from_1904_where_the_workbook_says_so(place: Path) -> None:
    workbook = WORKBOOK.replace("<workbookPr/>", '<workbookPr date1904="1"/>')
    assert cells_of(place, '<c s="1"><v>43901</v></c>', workbook=workbook) == [date(2024, 3, 12)]


def test_sheet_with_a_column_without_a_header_is_read(place: Path) -> None:
    assert cells_of(place, "<c><v>1</v></c>", '<c r="D4"><v>2</v></c>') == [1, None, 2]


def test_title_above_the_header_row_of_a_sheet_is_left_out(place: Path) -> None:
    title = "<row><c><v>1</v></c></row><row><c><v>1</v></c><c><v>2</v></c></row>"
    rows = (f"<row>{''.join(f'<c><v>{cell}</v></c>' for cell in '12345')}</row>" for _ in range(2))
    write_xlsx(place, [title, *rows])
    assert open_table(place).headers == ["1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("<row>", "mismatched tag"),
        ('<row><c r="ZZZZZ1"><v>1</v></c></row>', "ZZZZZ is no column"),
        (f'<row><c t="s"><v>{10**30}</v></c></row>', "too large"),
    ],
)
def test_spreadsheet_with_a_broken_part_is_refused_with_a_sentence(
    place: Path, rows: str, says: str
) -> None:
    write_xlsx(place, [HEADER, rows], TEXTS)
    with pytest.raises(DeskError, match=f"as a spreadsheet: .*{says}"):
        open_table(place)


def test_large_spreadsheet_is_read_without_being_kept_in_memory(place: Path) -> None:
    def rows() -> Iterator[str]:
        yield HEADER
        for number in range(count):
            yield f'<row><c t="s"><v>{number + 2}</v></c><c><v>{number}</v></c></row>'

    count, length = 20_000, 1000
    texts = (f"{number:0{length}}" for number in range(count))
    write_xlsx(place, rows(), [*TEXTS, *map(text, texts)])
    tracemalloc.start()
    try:
        assert sum(1 for _ in open_table(place).rows()) == count
        assert tracemalloc.get_traced_memory()[1] < count * length
    finally:
        tracemalloc.stop()
