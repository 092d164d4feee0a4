"""Exports with a row for each note of a ticket."""

from services.importing.run import BATCH
from tests.importing.bringing import Imports

HEADER = "Ticket Number,Subject,Requester,Status,Created,Comment\n"
ROW = "{},Printer,Priya Raman,Open,2024-03-04,{}\n"
NOTES = (
    "SELECT t.external_id, text FROM notes JOIN tickets t ON t.id = on_id"
    " WHERE on_kind = 'TKT' AND t.external_id LIKE 'W%' ORDER BY notes.id"
)


def test_rows_that_differ_only_in_their_note_add_it_to_the_ticket(imports: Imports) -> None:
    rows = [("W1", "first"), ("W1", "second"), ("W2", "third"), ("W1", "second"), ("W1", "first")]
    content = HEADER + "".join(ROW.format(*each) for each in rows)
    assert imports.counts(content, dry_run=True) == {"created": 2, "changed": 1, "unchanged": 2}
    assert imports.lines[1] == 'line 3: changed "Printer"; with a note'
    assert imports.counts(content) == {"created": 2, "changed": 1, "unchanged": 2}
    assert imports.lines[1].startswith("line 3: changed TKT-")
    assert imports.rows(NOTES) == [("W1", "first"), ("W2", "third"), ("W1", "second")]
    assert imports.counts(content) == {"unchanged": 5}


def test_note_of_a_much_later_row_is_added_too(imports: Imports) -> None:
    others = "".join(ROW.format(f"V{number}", "") for number in range(BATCH))
    content = HEADER + ROW.format("W1", "first") + others + ROW.format("W1", "last")
    assert imports.counts(content) == {"created": BATCH + 1, "changed": 1}
    assert imports.rows(NOTES) == [("W1", "first"), ("W1", "last")]
    assert imports.counts(content) == {"unchanged": BATCH + 2}


def test_row_that_contradicts_an_earlier_one_is_refused(imports: Imports) -> None:
    content = (
        HEADER + ROW.format("W1", "first") + ROW.format("W1", "second").replace("Open", "Closed")
    )
    assert imports.counts(content) == {"created": 1, "refused": 1}
    assert "line 2 has the same number" in imports.lines[1]
