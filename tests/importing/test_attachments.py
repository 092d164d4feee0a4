"""Tags, notes and links of other systems are added once, and leave people's changes alone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.importing.attachments import NoteText, read_names, read_notes, read_tags
from services.importing.dates import parse_date
from tests.importing.bringing import Imports

FIRST, SECOND = datetime(2024, 6, 5, 16, 27, 48, tzinfo=UTC), datetime(2024, 6, 4, 9, tzinfo=UTC)
SERVICENOW = (
    "2024-06-05 16:27:48 - Beth Anglin (Work notes)\nChecked the switch.\n\nIt is fine.\n\n"
    "2024-06-04 09:00:00 - Priya Raman (Additional comments)\nStill slow\n\n"
)


@pytest.mark.parametrize(
    ("cell", "notes"),
    [
        (
            SERVICENOW,
            [
                NoteText("Checked the switch.\n\nIt is fine.", ("Beth Anglin",), FIRST),
                NoteText("Still slow", ("Priya Raman",), SECOND, internal=False),
            ],
        ),
        (
            "04/Jun/24 9:00 AM;712020:11f0;One; two",
            [NoteText("One; two", ("712020:11f0",), SECOND)],
        ),
        (
            '[{"author": {"displayName": "Ann"}, "body": "Hi", "created": "2024-06-04T09:00:00Z"},'
            ' {"user_id": 7, "body_text": "Seen", "private": false}, {"body": ""}]',
            [NoteText("Hi", ("Ann",), SECOND), NoteText("Seen", ("7",), None, internal=False)],
        ),
        ("<p>Screen replaced</p>", [NoteText("Screen replaced")]),
        ("room 12345;a;b", [NoteText("room 12345;a;b")]),
        ("[{broken", [NoteText("[{broken")]),
    ],
)
def test_notes_are_read_from_the_comment_cells_of_other_systems(
    cell: str, notes: list[NoteText]
) -> None:
    zone = ZoneInfo("UTC")
    assert read_notes(cell, lambda words: parse_date(words, None, zone)) == notes


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Raman, Priya", ["Raman, Priya"]),
        ("Abel Tuter, Beth Anglin", ["Abel Tuter", "Beth Anglin"]),
        ("a@x.example,b@x.example", ["a@x.example", "b@x.example"]),
        ("LT-01, LT-02", ["LT-01", "LT-02"]),
        ("One\nTwo", ["One", "Two"]),
    ],
)
def test_several_people_named_in_one_cell_are_told_apart(cell: str, names: list[str]) -> None:
    assert read_names(cell) == names


def test_several_tags_in_one_cell_are_told_apart() -> None:
    assert read_tags("vpn, remote work") == {"vpn": "", "remote work": ""}
    assert read_tags("cost=4, 5\nvpn") == {"cost": "4, 5", "vpn": ""}


JIRA = """\
Issue key,Summary,Status,Reporter,Reporter Id,Labels,Labels,Comment,Comment,Watchers,Watchers,\
Parent key
HELP-1,Printer,Open,Priya Raman,557:aa,office,printer,04/Jun/24 9:00 AM;557:aa;Jams,\
04/Jun/24 9:05 AM;557:bb;Which one?,Ines Duarte,Nobody Known,HELP-2
HELP-2,All printers,Open,Ines Duarte,557:bb,,,,,,,
"""


def test_jira_comments_labels_watchers_and_parents_are_imported(imports: Imports) -> None:
    assert imports.counts(JIRA) == {"created": 2}
    assert "with tags office, printer; with 2 notes" in imports.lines[0]
    assert "watcher “Nobody Known” is not known here: left out" in imports.lines[0]
    assert imports.rows(
        "SELECT p.name, n.text, internal, n.created_at::text FROM notes n"
        " JOIN people p ON p.id = author_id JOIN tickets t ON t.id = on_id"
        " WHERE on_kind = 'TKT' AND t.external_id = 'HELP-1' ORDER BY n.id"
    ) == [
        ("Priya Raman", "Jams", True, "2024-06-04 09:00:00+00"),
        ("Ines Duarte", "Which one?", True, "2024-06-04 09:05:00+00"),
    ]
    assert imports.rows(
        "SELECT a.external_id, b.external_id FROM ticket_parents JOIN tickets a ON a.id = ticket_id"
        " JOIN tickets b ON b.id = parent_id WHERE a.external_id = 'HELP-1'"
    ) == [("HELP-1", "HELP-2")]
    assert imports.rows(
        "SELECT p.name FROM ticket_watchers JOIN people p ON p.id = person_id"
        " JOIN tickets t ON t.id = ticket_id WHERE t.external_id = 'HELP-1'"
    ) == [("Ines Duarte",)]
    assert imports.counts(JIRA) == {"unchanged": 2}


def test_import_does_not_restore_notes_tags_and_watchers_that_people_changed(
    imports: Imports,
) -> None:
    imports.bring(JIRA)
    of_ticket = "(SELECT id FROM tickets WHERE external_id = 'HELP-1')"
    imports.change(f"DELETE FROM tags WHERE key = 'office' AND on_id = {of_ticket}")
    imports.change(f"DELETE FROM ticket_watchers WHERE ticket_id = {of_ticket}")
    imports.change(
        f"UPDATE notes SET text = 'Jams a lot' WHERE text = 'Jams' AND on_id = {of_ticket}"
    )
    assert imports.counts(JIRA) == {"unchanged": 2}
    more = JIRA.replace("office,printer", "office,urgent").replace("Which one?", "Which floor?")
    assert imports.counts(more) == {"changed": 1, "unchanged": 1}
    assert "with tags urgent; with a note" in imports.lines[0]


def test_imported_tags_whose_keys_differ_only_in_case_are_one_tag(imports: Imports) -> None:
    assert imports.counts(JIRA.replace("office,printer", "office,Office")) == {"created": 2}
    assert "with tags Office; " in imports.lines[0]
    assert imports.counts(JIRA.replace("office,printer", "OFFICE,office")) == {"unchanged": 2}


def test_machines_that_a_ticket_row_names_are_found_by_name_and_serial_number(
    imports: Imports,
) -> None:
    imports.change("UPDATE machines SET serial_number = 'PF4X1234', name = 'LT-77' WHERE id = 3")
    content = (
        "Number,Short description,Caller,Configuration item\n"
        "INC1,One,Priya Raman,LT-77\nINC2,Two,Priya Raman,pf4x1234\nINC3,Three,Priya Raman,ERP\n"
    )
    assert imports.counts(content, dry_run=True) == {"created": 3}
    assert imports.counts(content) == {"created": 3}
    assert imports.rows(
        "SELECT machine_id FROM ticket_machines JOIN tickets t ON t.id = ticket_id"
        " WHERE t.external_id LIKE 'INC%' ORDER BY t.id"
    ) == [(3,), (3,)]
    assert "machine “ERP” is not known here: left out" in imports.lines[2]
    assert imports.counts(content) == {"unchanged": 3}


def test_imported_note_without_an_author_gets_the_author_imported(imports: Imports) -> None:
    content = "Asset Tag,Name,Type,Notes\nA-1,LT-1,Laptop,Screen replaced\n"
    assert imports.counts(content) == {"created": 1}
    assert imports.one(
        "SELECT p.name, p.active FROM notes JOIN people p ON p.id = author_id"
        " WHERE text = 'Screen replaced'"
    ) == ("Imported", False)
    assert imports.counts(content) == {"unchanged": 1}
