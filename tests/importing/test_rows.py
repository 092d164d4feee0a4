"""Outcomes of rows: created, changed, unchanged or refused; values that people set are kept."""

import csv
import io

import pytest

from services.errors import DeskError
from services.importing.export import export
from services.importing.kinds import KINDS, Kind
from services.importing.words import HEADERS
from tests.importing.bringing import Imports

MACHINES = """\
Asset Tag,Name,Type,Serial Number,Manufacturer,Model,RAM,Assigned to
A-1,LT-A1,Laptop,PF0AAA11,Lenovo,ThinkPad T14,16 GB,Priya Raman
A-2,LT-A2,Laptop,PF0AAA22,Lenovo,ThinkPad T14,16384 MB,
A-3,SRV-A3,Server,PF0AAA33,Dell,PowerEdge R650,256,
"""
UUID = "4c4c4544-0042-5810-8031-b4c04f313233"


def test_second_import_of_the_same_file_changes_nothing(imports: Imports) -> None:
    assert imports.counts(MACHINES) == {"created": 3}
    events = imports.one("SELECT count(*) FROM events")
    assert imports.counts(MACHINES) == {"unchanged": 3}
    assert imports.one("SELECT count(*) FROM events") == events


def test_dry_run_of_an_import_reports_outcomes_and_writes_nothing(imports: Imports) -> None:
    imports.bring(MACHINES)
    before = (
        imports.rows("SELECT * FROM machines ORDER BY id"),
        imports.rows("SELECT * FROM events"),
    )
    changed = MACHINES.replace("16 GB", "32 GB").replace("A-3,SRV", "A-4,SRV").replace("33", "44")
    broken = changed + "A-5,LT-A5,Toaster,PF0AAA55,,,,\n"
    assert imports.counts(broken, dry_run=True) == {
        "created": 1,
        "changed": 1,
        "unchanged": 1,
        "refused": 1,
    }
    assert imports.lines[0].endswith('"LT-A1": RAM 16 GB → 32 GB')
    assert imports.lines[1].startswith("line 3: unchanged MAC-")
    assert imports.lines[2] == 'line 4: created "SRV-A3"'
    assert imports.lines[3].startswith("line 5: refused: I don't know the type “Toaster”")
    after = imports.rows("SELECT * FROM machines ORDER BY id"), imports.rows("SELECT * FROM events")
    assert after == before
    assert [each.name for each in imports.folder.iterdir()] == ["file.csv"]


def test_import_does_not_overwrite_values_that_people_typed_at_the_desk(imports: Imports) -> None:
    imports.bring(MACHINES)
    imports.change("UPDATE machines SET ram_gb = 64, model = 'T14s' WHERE external_id = 'A-1'")
    feed = MACHINES.replace("16 GB", "32 GB")
    assert imports.counts(feed) == {"unchanged": 3}
    assert "RAM stays 64 GB, which was set here, and not 32 GB" in imports.lines[0]
    assert imports.counts(feed, mapping='overwrite = ["ram_gb"]') == {"changed": 1, "unchanged": 2}
    assert imports.one("SELECT ram_gb, model FROM machines WHERE external_id = 'A-1'") == (
        32,
        "T14s",
    )


def test_empty_cells_clear_only_values_that_an_earlier_import_set(imports: Imports) -> None:
    imports.bring(MACHINES)
    imports.change("UPDATE machines SET person_id = 5 WHERE external_id = 'A-2'")
    returned = MACHINES.replace(",Priya Raman", ",")
    assert imports.counts(returned) == {"changed": 1, "unchanged": 2}
    assert imports.rows(
        "SELECT person_id, status FROM machines WHERE external_id LIKE 'A-%' ORDER BY id"
    ) == [(None, "Available"), (5, "Available"), (None, "Available")]


def test_history_names_the_file_from_which_a_change_was_imported(imports: Imports) -> None:
    imports.bring(MACHINES, "assets 2026-11.csv")
    assert imports.one(
        "SELECT DISTINCT surface, source, actor_id FROM events WHERE source IS NOT NULL"
    ) == ("import", "assets 2026-11.csv", None)


def test_row_that_matches_two_machines_is_refused_with_the_names_of_both(imports: Imports) -> None:
    imports.change("UPDATE machines SET serial_number = 'TWICE123' WHERE id IN (1, 2)")
    summary = imports.bring("Name,Type,Serial\nLT-X,Laptop,twice123\n")
    assert summary.counts == {"refused": 1}
    assert "MAC-1" in imports.lines[0]
    assert "MAC-2" in imports.lines[0]


def test_machines_that_share_a_serial_number_are_told_apart_by_uuid(imports: Imports) -> None:
    imports.change("UPDATE machines SET serial_number = 'TWICE123' WHERE id IN (1, 2)")
    imports.change(f"UPDATE machines SET uuid = '{UUID.upper()}' WHERE id = 2")
    content = f"Name,Type,Serial,UUID,RAM\nLT-X,Laptop,twice123,{UUID},77 GB\n"
    assert imports.counts(content, mapping='overwrite = ["ram_gb"]') == {"changed": 1}
    assert imports.rows("SELECT id FROM machines WHERE ram_gb = 77") == [(2,)]


def test_machine_without_a_serial_number_is_matched_by_its_uuid(imports: Imports) -> None:
    content = f"Name,Type,Serial,UUID\nPC-1,Desktop,To be filled by O.E.M.,{UUID}\n"
    assert imports.counts(content) == {"created": 1}
    renamed = content.replace("PC-1", "PC-9").replace(UUID, UUID.upper())
    assert imports.counts(renamed) == {"changed": 1}
    shared = content.replace(UUID, "03000200-0400-0500-0006-000700080009")
    assert imports.counts(shared) == {"created": 1}


def test_row_with_the_serial_number_of_one_machine_and_uuid_of_another_is_refused(
    imports: Imports,
) -> None:
    imports.change("UPDATE machines SET serial_number = 'ONE12345' WHERE id = 1")
    imports.change(f"UPDATE machines SET uuid = '{UUID}', serial_number = '' WHERE id = 2")
    content = f"Name,Type,Serial,UUID\nLT-X,Laptop,ONE12345,{UUID}\n"
    assert imports.counts(content) == {"refused": 1}
    assert "it fits MAC-1" in imports.lines[0]


def test_rows_with_placeholder_serial_numbers_match_no_machine(imports: Imports) -> None:
    imports.change("UPDATE machines SET serial_number = 'To be filled by O.E.M.' WHERE id = 1")
    assert imports.counts(
        "Asset Tag,Name,Type,Serial\nT-1,LT-X,Laptop,To be filled by O.E.M.\n"
        "T-2,LT-Y,Laptop,To Be Filled By O.E.M.\nT-3,LT-Z,Laptop,0000000\n"
    ) == {"created": 3}


def test_row_with_a_known_number_and_another_serial_number_is_refused(imports: Imports) -> None:
    imports.bring(MACHINES)
    other = MACHINES.replace("PF0AAA11", "ZZ99XX88")
    assert imports.counts(other) == {"unchanged": 2, "refused": 1}


def test_row_with_a_serial_number_cut_by_a_spreadsheet_is_refused(imports: Imports) -> None:
    summary = imports.bring("Asset Tag,Name,Type,Serial\nA-9,LT-9,Laptop,6.37702E+15\n")
    assert summary.counts == {"refused": 1}
    assert "with that column as text" in imports.lines[0]
    assert summary.refused
    [row] = csv.DictReader(summary.refused.read_text("utf-8-sig").splitlines())
    assert row["Serial"] == "6.37702E+15"
    assert row["Reason"].startswith("a spreadsheet has cut the serial number")


def test_corrected_file_of_refused_rows_can_be_imported(imports: Imports) -> None:
    refused = imports.bring(MACHINES.replace("Server", "Mainframe")).refused
    assert refused
    mended = refused.read_bytes().replace(b"Mainframe", b"Server")
    assert imports.counts(mended, "file.csv.refused.csv") == {"created": 1}


def test_file_with_far_fewer_rows_than_the_last_is_refused_without_the_option(
    imports: Imports,
) -> None:
    imports.bring(MACHINES, "assets-2026-11-28.csv")
    short = "".join(MACHINES.splitlines(keepends=True)[:2])
    with pytest.raises(DeskError, match="has 1 rows, and the last import of such a file had 3"):
        imports.bring(short, "assets-2026-11-29.csv")
    assert imports.counts(short, "assets-2026-11-29.csv", fewer=True) == {"unchanged": 1}


def test_file_of_unclear_kind_is_refused_with_the_option_that_names_the_kind(
    imports: Imports,
) -> None:
    with pytest.raises(DeskError, match="--kind machines"):
        imports.bring("Foo,Bar\n1,2\n")


def test_kind_of_a_files_records_is_detected_from_the_headers(imports: Imports) -> None:
    assert imports.bring(MACHINES, dry_run=True).layout.kind is KINDS["machines"]


def test_mapping_file_can_name_columns_and_values_that_the_import_does_not_know(
    imports: Imports,
) -> None:
    mapping = """
        kind = "machines"
        [columns]
        "Kennung" = "external_id"
        "Was" = "type"
        "Name" = ""
        [values.type]
        "Klapprechner" = "Laptop"
        [defaults]
        make = "Lenovo"
    """
    content = "Kennung;Was;Name\nK-1;Klapprechner;egal\n"
    assert imports.counts(content, mapping=mapping) == {"created": 1}
    assert imports.one("SELECT name, type, make FROM machines WHERE external_id = 'K-1'") == (
        "K-1",
        "Laptop",
        "Lenovo",
    )


@pytest.mark.parametrize(
    ("mapping", "says"),
    [
        ("colums = {}", "colums: a mapping has kind, columns"),
        ('[columns]\n"Nowhere" = "name"', "no such header"),
        ('[columns]\n"Name" = "nome"', "Machines have no column “nome”"),
        ('dates = "DMY"', "is none of DD/MM/YYYY"),
        ('timezone = "Mars/Base"', "is no time zone"),
        ('overwrite = ["role"]\nkind = "people"', "People have no column “role”"),
        ("= 3", "neither TOML nor JSON"),
        ('[values.type]\n"Klapprechner" = "Laptopp"', "“Laptopp” is none of Laptop, Desktop"),
        ('[defaults]\ntype = "Sled"', "I don't know the type “Sled”"),
    ],
)
def test_mistake_in_a_mapping_file_is_explained(imports: Imports, mapping: str, says: str) -> None:
    with pytest.raises(DeskError, match=says):
        imports.bring(MACHINES, mapping=mapping)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("as_json", [False, True])
def test_import_of_a_desks_own_export_changes_nothing(
    imports: Imports, kind: str, as_json: bool
) -> None:
    imports.change("UPDATE tickets SET name = '=1+1', description = '-' WHERE id = 3")
    file = io.StringIO()
    count = export(imports.url, kind, file, as_json=as_json)
    name = "export.json" if as_json else "export.csv"
    assert imports.counts(file.getvalue(), name) == {"unchanged": count}


def test_export_imported_into_an_empty_desk_gives_the_same_records(imports: Imports) -> None:
    imports.change("UPDATE tickets SET name = '=1+1', description = '-' WHERE id = 3")
    imports.change("INSERT INTO ticket_parents VALUES (2, 9)")
    imports.change("INSERT INTO ticket_relations VALUES (4, 5)")
    imports.change("INSERT INTO tags (on_kind, on_id, key, value) VALUES ('USR', 5, 'vip', 'a=b')")
    before, files = desk(imports), {}
    for kind in KINDS:
        file = io.StringIO()
        export(imports.url, kind, file)
        files[kind] = file.getvalue()
    imports.change("TRUNCATE people, teams, machines, tickets, events, notes, tags CASCADE")
    for kind in ("people", "teams", "machines", "tickets"):
        imports.bring(files[kind], f"{kind}.csv")
        assert imports.counts(files[kind], f"{kind}.csv").keys() == {"unchanged"}
        again = io.StringIO()
        export(imports.url, kind, again)
        assert again.getvalue() == files[kind]
    assert desk(imports) == before


def desk(imports: Imports) -> list[list[tuple[object, ...]]]:
    """Return the desk's data that exports contain; ids of notes and tags are not among them."""
    tables = {
        "people": "id, name, email, active, job_title, department, manager_id",
        "teams": "id, name, description, created_at",
        "machines": "id, name, type, status, serial_number, person_id, handed_out_at, created_at",
        "tickets": "id, name, description, status, priority, requester_id, assignee_id, created_at",
        "notes": "on_kind, on_id, author_id, text, internal, created_at",
        "tags": "on_kind, on_id, key, value",
    }
    tables |= {link.__tablename__: "*" for kind in KINDS.values() for link in kind.links.values()}
    return [
        sorted(imports.rows(f"SELECT {columns} FROM {table}"), key=repr)
        for table, columns in tables.items()
    ]


def test_export_of_another_desk_does_not_overwrite_records_with_the_same_id(
    imports: Imports,
) -> None:
    content = (
        "id,name,requester,created_at\n"
        "TKT-1,Other desk,priya.raman@alderway.example,2020-01-01T00:00:00+00:00\n"
    )
    assert imports.counts(content, kind="tickets") == {"created": 1}
    assert imports.counts(content, kind="tickets") == {"unchanged": 1}
    assert imports.one("SELECT name FROM tickets WHERE external_id = 'TKT-1'") == ("Other desk",)


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_import_role_may_write_each_column_that_a_file_can_fill(
    imports: Imports, kind: Kind
) -> None:
    table = kind.entity.__tablename__
    for target in kind.targets.values():
        column = f"'{table}', '{target.column.name}'"
        [allowed] = imports.one(f"SELECT has_column_privilege('desk_import', {column}, 'UPDATE')")
        assert allowed or target.name in kind.once, target.name


def test_each_known_header_of_other_systems_belongs_to_an_existing_column() -> None:
    for kind in KINDS.values():
        assert HEADERS[kind.name].keys() - kind.targets.keys() <= {*kind.parts, *kind.attached}


def test_manager_whom_a_later_row_adds_is_set(imports: Imports) -> None:
    content = (
        "Employee Number,Full name,Email,Job Title,Manager\n"
        "E-1,Ana Pinto,ana.pinto@alderway.example,Planner,Rui Costa\n"
        "E-2,Rui Costa,rui.costa@alderway.example,Head of planning,\n"
    )
    assert imports.counts(content) == {"created": 2}
    assert imports.one(
        "SELECT p.job_title, m.name FROM people p JOIN people m ON m.id = p.manager_id"
        " WHERE p.external_id = 'E-1'"
    ) == ("Planner", "Rui Costa")
    assert imports.counts(content) == {"unchanged": 2}


def test_import_does_not_overwrite_name_and_address_that_come_from_slack(imports: Imports) -> None:
    imports.change("UPDATE people SET slack_id = 'U5', external_id = 'E-5' WHERE id = 5")
    content = (
        "Employee Number,Full name,Email,Department\nE-5,Priya R.,other@alderway.example,Roofs\n"
    )
    assert imports.counts(content, mapping='overwrite = ["email"]') == {"changed": 1}
    assert imports.one("SELECT name, email, department FROM people WHERE id = 5") == (
        "Priya Raman",
        "priya.raman@alderway.example",
        "Roofs",
    )


def test_control_characters_in_cells_are_left_out(imports: Imports) -> None:
    content = MACHINES.replace("LT-A1", "LT\0-A1").replace("PF0AAA11", "PF0\x07AAA11")
    assert imports.counts(content) == {"created": 3}
    assert imports.one("SELECT name, serial_number FROM machines WHERE external_id = 'A-1'") == (
        "LT-A1",
        "PF0AAA11",
    )


def test_imported_tickets_notify_nobody(imports: Imports) -> None:
    imports.bring("Number,Title,Caller,Status,Opened\n8,Old,Priya Raman,Open,2020-05-01\n")
    assert imports.one("SELECT updated_at::date::text FROM tickets WHERE external_id = '8'") == (
        "2020-05-01",
    )
