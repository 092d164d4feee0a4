"""Whole exports of other systems: dry run, import, second import, export and import of that."""

import io
from pathlib import Path

import pytest

from services.importing.export import export
from tests.importing.bringing import Imports

FILES = Path(__file__).parent / "files"
SHOWN = {
    "machines": "name, type, status, coalesce(ram_gb, 0), coalesce(storage_gb, 0),"
    " coalesce((SELECT name FROM people WHERE people.id = person_id), '')",
    "people": "name, email, active, created_at::date < now() - interval '1 day'",
    "tickets": "external_id, status, priority,"
    " (SELECT email FROM people WHERE people.id = requester_id),"
    " coalesce((SELECT name FROM people WHERE people.id = assignee_id), ''),"
    " coalesce(closed_at::date::text, '')",
}
PRIYA, JONAS = "priya.raman@alderway.example", "jonas@extern.example"
KENJI = "kenji.watanabe@alderway.example"
LENOVO = "I can't tell whether it is a laptop, a desktop or a server"
IMPORTED: dict[str, list[tuple[object, ...]]] = {
    "active-directory.csv": [
        ("Lena Vogt", "lena.vogt@alderway.example", True, True),
        ("svc-backup", "svc-backup@alderway.example", False, True),
        ("Max Vogt", "max.vogt@alderway.example", True, True),
    ],
    "asset-panda.csv": [
        ("AP-1", "Laptop", "Assigned", 0, 0, "Priya Raman"),
        ("AP-2", "Desktop", "Available", 0, 0, ""),
    ],
    "bamboohr.csv": [
        ("Mia Sand", "mia.sand@alderway.example", True, False),
        ("Ben Cole", "ben.cole@alderway.example", True, False),
    ],
    "entra-graph.json": [
        ("Adele Vance", "adelev@alderway.example", True, False),
        ("Conf Room Adams", "adams@alderway.example", True, False),
    ],
    "entra-users.csv": [
        ("Jana Krause", "jana.k@alderway.example", True, True),
        ("JK", "jk@partner.example", True, True),
        ("Room 7", "room.7@alderway.example", False, True),
    ],
    "freshdesk.csv": [
        ("812", "Awaiting", "Normal", PRIYA, "Daniel Okafor", ""),
        ("813", "On Hold", "Low", "ute.baer@alderway.example", "", ""),
        ("814", "Closed", "Urgent", "jonas.weil@imported.invalid", "Daniel Okafor", "2024-03-11"),
    ],
    "freshservice.csv": [
        ("INC-4", "Open", "Urgent", PRIYA, "Daniel Okafor", ""),
        ("SR-5", "On Hold", "Low", "ute.baer@alderway.example", "", ""),
        ("INC-6", "On Hold", "Normal", PRIYA, "", ""),
    ],
    "glpi-computers.csv": [
        ("PC-COMPTA-01", "Laptop", "In Use", 16, 0, "Priya Raman"),
        ("PC-STOCK-02", "Desktop", "Available", 16, 0, ""),
        ("SRV-01", "Server", "Maintenance", 64, 0, ""),
    ],
    "google-gam.csv": [
        ("Anna Graf", "anna.graf@alderway.example", True, True),
        ("Gone User", "gone.user@alderway.example", False, True),
    ],
    "google-users.csv": [
        ("Nuno Bastos", "nuno.bastos@alderway.example", True, False),
        ("Info Mailbox", "info@alderway.example", False, False),
    ],
    "halo.csv": [
        ("3001", "Awaiting", "Normal", PRIYA, "Daniel Okafor", ""),
        ("3002", "Closed", "Low", KENJI, "", "2024-02-28"),
    ],
    "intune-de.csv": [
        ("MBP-KENJI", "Laptop", "Assigned", 16, 953, "Kenji Watanabe"),
    ],
    "intune.csv": [
        ("Daniels MacBook Pro", "Laptop", "In Use", 0, 460, "Daniel Okafor"),
        ("HV-01", "Server", "In Use", 0, 127, ""),
    ],
    "jamf.csv": [
        ("PRIYA-MBP", "Laptop", "Assigned", 32, 971, "Priya Raman"),
        ("mini-01", "Desktop", "Available", 8, 239, ""),
    ],
    "jira-api.json": [
        ("ED-1", "Assigned", "High", PRIYA, "", ""),
    ],
    "jira-de.csv": [
        ("IT-101", "Assigned", "High", PRIYA, "Daniel Okafor", ""),
        ("IT-102", "Closed", "Normal", KENJI, "Daniel Okafor", "2026-03-01"),
        ("IT-103", "Open", "Urgent", KENJI, "", ""),
    ],
    "jira-fr.csv": [
        ("AB-1", "Assigned", "High", PRIYA, "Daniel Okafor", ""),
        ("AB-2", "Closed", "Low", PRIYA, "", "2024-03-13"),
    ],
    "jira.csv": [
        ("HELP-7", "Awaiting", "Normal", PRIYA, "Daniel Okafor", ""),
        ("HELP-8", "Closed", "Urgent", "ines.duarte@imported.invalid", "", "2026-03-15"),
    ],
    "lansweeper.csv": [],
    "okta.csv": [
        ("Nora Keller", "nora.k@alderway.example", True, False),
        ("Old Leaver", "old@alderway.example", False, False),
        ("Tim Berg", "tim@alderway.example", True, False),
        ("New Starter", "new@alderway.example", True, False),
    ],
    "osticket.csv": [
        ("452317", "Open", "Normal", PRIYA, "Daniel Okafor", ""),
        ("452318", "Closed", "Urgent", JONAS, "", "2024-10-30"),
        ("452319", "Closed", "Low", JONAS, "", "2024-10-30"),
    ],
    "servicedesk-plus.csv": [
        ("1001", "On Hold", "High", PRIYA, "Daniel Okafor", ""),
        ("1002", "Closed", "Normal", KENJI, "", "2024-03-12"),
    ],
    "servicenow-computers.csv": [
        ("*ANNIE-IBM", "Laptop", "In Use", 16, 512, ""),
        ("SRV-ORA-01", "Server", "Available", 64, 1024, ""),
        ("MacBook-Priya", "Laptop", "In Use", 0, 0, "Priya Raman"),
    ],
    "servicenow.json": [
        ("INC0010023", "Assigned", "Urgent", PRIYA, "", ""),
    ],
    "snipe-it-api.json": [
        ("LT-51", "Laptop", "Assigned", 16, 0, "Priya Raman"),
        ("00052", "Laptop", "Retired", 0, 0, ""),
    ],
    "snipe-it-assets.csv": [
        ("LT-77", "Laptop", "Assigned", 0, 0, "Priya Raman"),
        ("00078", "Laptop", "Available", 0, 0, ""),
        ("00079", "Laptop", "Retired", 0, 0, ""),
        ("00080", "Laptop", "Maintenance", 0, 0, ""),
    ],
    "snipe-it-report.csv": [
        ("LT-901", "Laptop", "Assigned", 0, 0, "Priya Raman"),
        ("00902", "Desktop", "Assigned", 0, 0, ""),
    ],
    "spiceworks.json": [
        ("5", "Open", "High", PRIYA, "Daniel Okafor", ""),
        ("6", "Closed", "Normal", PRIYA, "", "2024-02-12"),
    ],
    "zammad.csv": [
        ("67001", "Open", "Normal", PRIYA, "Daniel Okafor", ""),
        ("67002", "On Hold", "High", KENJI, "", ""),
        ("67003", "Closed", "Low", KENJI, "", "2024-03-03"),
    ],
    "zendesk-api.json": [("35436", "On Hold", "High", PRIYA, "", "")],
    "zendesk-users.json": [
        ("Johnny Agent", "johnny@alderway.example", True, True),
        ("James Suspended", "james@alderway.example", False, True),
        ("Imported", "imported@imported.invalid", False, False),
    ],
    "zendesk.csv": [
        ("1201", "Closed", "Urgent", PRIYA, "Daniel Okafor", "2024-10-02"),
        ("1202", "On Hold", "Normal", "jonas.weil@imported.invalid", "", ""),
        ("1203", "Closed", "Normal", "jonas.weil@imported.invalid", "", "2024-10-02"),
    ],
}
REFUSED = {
    "intune.csv": [LENOVO, "“iPhone 13” is neither a laptop nor a desktop nor a server"],
    "intune-de.csv": [LENOVO, "“iPad (9th generation)” is neither"],
    "jira.csv": ["I don't know the status “L1 Triage”"],
    "lansweeper.csv": ["8192 would be 8,192 GB of RAM", "I don't know the type “Printer”"],
    "servicenow-computers.csv": ["I don't know the status “Absent”"],
    "servicenow.json": ["the requester is only a number, 6816f79cc0a8016401c5a33be04be441"],
    "snipe-it-report.csv": ["I don't know the type “Monitors”"],
}


@pytest.mark.parametrize("name", sorted(IMPORTED))
def test_export_is_imported_without_a_mapping(imports: Imports, name: str) -> None:
    content = (FILES / name).read_bytes()
    dry = imports.bring(content, name, dry_run=True)
    kind = dry.layout.kind.name
    [last] = imports.one(f"SELECT max(id) FROM {kind}")
    assert imports.bring(content, name).counts == dry.counts
    query = f"SELECT {SHOWN[kind]} FROM {kind} WHERE id > {last} ORDER BY id"
    assert imports.rows(query) == IMPORTED[name]
    refused = [line for line in imports.lines if "refused" in line]
    assert len(refused) == dry.counts["refused"]
    assert all(any(reason in line for line in refused) for reason in REFUSED.get(name, []))
    assert set(imports.bring(content, name).counts) <= {"unchanged", "refused"}
    file = io.StringIO()
    count = export(imports.url, kind, file)
    assert imports.counts(file.getvalue(), f"{kind}.csv", kind=kind) == {"unchanged": count}


def test_mapping_file_can_give_the_unit_of_the_numbers_in_a_column(imports: Imports) -> None:
    mapping = """
        [columns]
        Memory = "ram_gb MB"
        [defaults]
        type = "Desktop"
    """
    content = (FILES / "lansweeper.csv").read_bytes()
    assert imports.counts(content, "assets.csv", mapping=mapping) == {"created": 2, "refused": 1}
    query = "SELECT name, type, ram_gb FROM machines WHERE external_id IN ('17', '18')"
    assert imports.rows(query) == [("DE-NB-017", "Laptop", 16), ("DE-PC-018", "Desktop", 8)]


def test_ticket_rows_find_people_by_the_ids_that_were_imported_with_them(imports: Imports) -> None:
    people = (
        "id,name,email\n20978392,Mira Kahn,mira@extern.example\n235323,Timo Voss,timo@x.example\n"
    )
    imports.bring(people, "users.csv", kind="people")
    content = (FILES / "zendesk-api.json").read_text().replace('"users"', '"others"')
    assert imports.counts(content, "t.json") == {"created": 1}
    assert imports.one(
        "SELECT r.name, a.name FROM tickets t JOIN people r ON r.id = requester_id"
        " JOIN people a ON a.id = assignee_id WHERE t.external_id = '35436'"
    ) == ("Mira Kahn", "Timo Voss")


def test_html_descriptions_of_imported_tickets_become_plain_text(imports: Imports) -> None:
    imports.bring((FILES / "freshservice.csv").read_bytes())
    assert imports.one("SELECT description FROM tickets WHERE external_id = 'INC-4'") == (
        "VPN drops every hour.\nPlease help & hurry",
    )


def test_row_can_mention_a_person_whom_a_later_row_adds(imports: Imports) -> None:
    content = (
        "Number,Title,Requester,Assigned to\n"
        "1,First,Kirk Rouser (kjr10),Ada Obi\n2,Second,Ada Obi,\n3,Third,kjr10@other.example,\n"
    )
    assert imports.counts(content) == {"created": 3}
    assert imports.one(
        "SELECT r.email, a.name FROM tickets t JOIN people r ON r.id = requester_id"
        " JOIN people a ON a.id = assignee_id WHERE t.external_id = '1'"
    ) == ("kjr10@other.example", "Ada Obi")
    assert imports.counts(content) == {"unchanged": 3}
