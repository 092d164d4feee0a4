"""Exports of other systems are imported without a mapping file."""

import json

from tests.importing.bringing import Imports

SNIPE_IT = """\
\ufeffCompany,Name,Asset Tag,Category,Manufacturer,Location,Model,Serial Number,Purchase Date,\
Checked Out To: Username,Checked Out To: Email
Alderway,,SN-001,Laptops,Apple,Berlin,MacBook Air 13,C02XK0AAJG5H,1/23/23,,\
priya.raman@alderway.example
Alderway,Studio 4,SN-002,Desktops,Dell,Bristol,OptiPlex 7090,N/A,3/5/24,,
Alderway,Hall screen,SN-003,Monitors,Dell,Berlin,U2723QE,CN0XYZ1234,3/5/24,,
"""


def test_assets_exported_from_snipe_it_become_machines(imports: Imports) -> None:
    assert imports.counts(SNIPE_IT) == {"created": 2, "refused": 1}
    assert imports.rows(
        "SELECT m.name, make, model, serial_number, type, m.status, p.name FROM machines m"
        " LEFT JOIN people p ON p.id = person_id WHERE m.external_id LIKE 'SN-%' ORDER BY m.id"
    ) == [
        ("SN-001", "Apple", "MacBook Air 13", "C02XK0AAJG5H", "Laptop", "Assigned", "Priya Raman"),
        ("Studio 4", "Dell", "OptiPlex 7090", "", "Desktop", "Available", None),
    ]
    assert "Monitors" in imports.lines[2]
    assert imports.counts(SNIPE_IT) == {"unchanged": 2, "refused": 1}


GLPI = (
    '"\ufeffID";"Título";"Entidad";"Estado";"Solicitante - Solicitante";"Asignado a: - Técnico";'
    '"Fecha de Apertura";"Última actualización";"Prioridad";"Ubicación";\n'
    '"2 553";"Impresora sin tóner";"TI > Sistemas";"En curso (asignada)";"Priya Raman";'
    '"Daniel Okafor";"16-04-2026 05:21";"22-09-2026 14:22";"Mediana";"Sede > Piso 2";\n'
    '"2\u202f554";"Sin red";"TI";"Cerrado";"Lucía Fernández";"";"17-04-2026 08:00";'
    '"17-04-2026 09:30";"Alta";"Sede";\n'
)


def test_glpi_tickets_become_tickets(imports: Imports) -> None:
    assert imports.counts(GLPI) == {"created": 2}
    assert imports.rows(
        "SELECT t.external_id, t.name, status, priority, r.name, a.name, t.created_at::date::text"
        " FROM tickets t JOIN people r ON r.id = requester_id LEFT JOIN people a ON a.id ="
        " assignee_id WHERE t.external_id <> '' ORDER BY t.id"
    ) == [
        (
            "2553",
            "Impresora sin tóner",
            "Assigned",
            "Normal",
            "Priya Raman",
            "Daniel Okafor",
            "2026-04-16",
        ),
        ("2554", "Sin red", "Closed", "High", "Lucía Fernández", None, "2026-04-17"),
    ]
    assert imports.one("SELECT email, active FROM people WHERE name = 'Lucía Fernández'") == (
        "lucia.fernandez.21b5957d2f78@imported.invalid",
        False,
    )
    assert imports.counts(GLPI) == {"unchanged": 2}


def test_glpi_tickets_in_a_latin_1_file_become_tickets(imports: Imports) -> None:
    content = GLPI.replace("\ufeff", "").replace("\u202f", " ").encode("latin-1")
    assert imports.counts(content) == {"created": 2}
    assert imports.one("SELECT name FROM tickets WHERE external_id = '2553'") == (
        "Impresora sin tóner",
    )


SERVICENOW_HEADER = (
    '"number","incident_state","opened_at","caller_id","short_description","priority",'
    '"assignment_group","closed_at"\n'
)
SERVICENOW = (
    SERVICENOW_HEADER
    + '"INC0010","2","2026-03-04 09:10:00","Priya Raman (pra)","VPN drops","1 - Critical",'
    '"Service Desk","null"\n'
    '"INC0011","7","2026-03-05 10:00:00","Omar Haddad (oh77)","No sound","4 - Low","",'
    '"2026-03-06 11:00:00"\n'
    + SERVICENOW_HEADER
    + '"INC0012","9","2026-03-05 10:00:00","Priya Raman","Odd state","4 - Low","",""\n'
)


def test_servicenow_incidents_become_tickets(imports: Imports) -> None:
    assert imports.counts(SERVICENOW) == {"created": 2, "refused": 1}
    assert imports.rows(
        "SELECT t.external_id, status, priority, p.name, p.email, s.name, closed_at::date::text"
        " FROM tickets t JOIN people p ON p.id = requester_id LEFT JOIN teams s ON s.id = team_id"
        " WHERE t.external_id <> '' ORDER BY t.id"
    ) == [
        (
            "INC0010",
            "Assigned",
            "Urgent",
            "Priya Raman",
            "priya.raman@alderway.example",
            "Service Desk",
            None,
        ),
        (
            "INC0011",
            "Closed",
            "Low",
            "Omar Haddad",
            "omar.haddad.oh77@imported.invalid",
            None,
            "2026-03-06",
        ),
    ]
    assert imports.counts(SERVICENOW) == {"unchanged": 2, "refused": 1}


JIRA = (
    "\ufeffSummary,Issue key,Issue id,Issue Type,Status,Priority,Assignee,Reporter,Created,"
    "Resolved,Labels,Labels,Description\r\n"
    "Payroll export fails,PAY-1,10001,Bug,To Do,Highest,,priya.raman@alderway.example,"
    '12/Mar/24 9:41 AM,,a,b,"First line\nsecond, with ""quotes"""\r\n'
    "Badge reader offline,PAY-2,10002,Task,Done,Medium,Daniel Okafor,Helena Brandt,"
    "13/Mar/24 4:00 PM,14/Mar/24 8:00 AM,,,\r\n"
)


def test_jira_issues_become_tickets(imports: Imports) -> None:
    assert imports.counts(JIRA) == {"created": 2}
    assert imports.rows(
        "SELECT external_id, name, description, status, priority, to_char(created_at, 'HH24:MI')"
        " FROM tickets WHERE external_id <> '' ORDER BY id"
    ) == [
        (
            "PAY-1",
            "Payroll export fails",
            'First line\nsecond, with "quotes"',
            "Open",
            "Urgent",
            "09:41",
        ),
        ("PAY-2", "Badge reader offline", "", "Closed", "Normal", "16:00"),
    ]
    assert imports.counts(JIRA) == {"unchanged": 2}


GOOGLE = """\
First Name [Required],Last Name [Required],Email Address [Required],Status [READ ONLY],\
Employee ID,Department
Nuno,Bastos,Nuno.Bastos@alderway.example,Active,E-77,Structures
Ilse,Vermeer,ilse.vermeer@alderway.example,Suspended,E-78,
Priya,Raman,priya.raman@alderway.example,Active,E-5,
"""


def test_google_directory_becomes_people(imports: Imports) -> None:
    assert imports.counts(GOOGLE) == {"created": 2, "changed": 1}
    assert imports.rows(
        "SELECT name, email, department, active, role FROM people WHERE external_id LIKE 'E-7%'"
        " ORDER BY id"
    ) == [
        ("Nuno Bastos", "nuno.bastos@alderway.example", "Structures", True, "requester"),
        ("Ilse Vermeer", "ilse.vermeer@alderway.example", "", False, "requester"),
    ]
    assert imports.counts(GOOGLE) == {"unchanged": 3}


ENTRA = """\
id;displayName;userPrincipalName;mail;jobTitle;accountEnabled
9f1c;Jana Krause;jk#EXT#@alderway.example;jana.krause@partner.example;Planner;True
"""


def test_entra_users_become_people(imports: Imports) -> None:
    assert imports.counts(ENTRA) == {"created": 1}
    assert imports.one("SELECT name, email, active FROM people WHERE external_id = '9f1c'") == (
        "Jana Krause",
        "jana.krause@partner.example",
        True,
    )


def test_intune_devices_become_machines(imports: Imports) -> None:
    devices = [
        {
            "id": "7d3e",
            "deviceName": "LT-NEW-01",
            "serialNumber": "PF5AB12C",
            "manufacturer": "LENOVO",
            "model": "ThinkPad X1 Carbon",
            "userPrincipalName": "priya.raman@alderway.example",
            "physicalMemoryInBytes": 17179869184,
            "totalStorageSpaceInBytes": 512110190592,
            "operatingSystem": "Windows",
            "tags": ["a", "b"],
        },
        {"id": "7d3f", "deviceName": "Phone", "model": "iPhone 15", "serialNumber": "F2LX9Q"},
    ]
    content = json.dumps({"@odata.count": 2, "value": devices})
    assert imports.counts(content, "devices.json") == {"created": 1, "refused": 1}
    assert imports.one(
        "SELECT name, type, ram_gb, storage_gb, person_id FROM machines WHERE external_id = '7d3e'"
    ) == ("LT-NEW-01", "Laptop", 16, 512, 5)


def test_jamf_computer_that_is_listed_twice_is_refused(imports: Imports) -> None:
    computers = [
        {
            "id": number,
            "udid": f"U-{number}",
            "general": {"name": f"Mac {number}", "assetTag": None},
            "hardware": {
                "make": "Apple",
                "model": "MacBook Pro (16-inch, 2021)",
                "serialNumber": "C02MOCK00001",
                "totalRamMegabytes": 16384,
            },
            "userAndLocation": {"username": "priya.raman", "email": ""},
        }
        for number in ("101", "102")
    ]
    content = json.dumps({"totalCount": 2, "results": computers})
    assert imports.counts(content, "jamf.json") == {"created": 1, "refused": 1}
    assert imports.one("SELECT ram_gb, person_id FROM machines WHERE external_id = '101'") == (
        16,
        5,
    )
    assert "record 1 has the same serial number" in imports.lines[1]
    assert imports.counts(content, "jamf.json") == {"unchanged": 1, "refused": 1}


def test_first_of_several_requesters_in_one_cell_becomes_the_requester(imports: Imports) -> None:
    content = (
        'ID;Titel;Melder\n7;Drucker;"Priya Raman\nDaniel Okafor"\n8;Maus;Ute Bär<br>Priya Raman\n'
    )
    assert imports.counts(content) == {"created": 2}
    assert imports.rows(
        "SELECT p.name FROM tickets t JOIN people p ON p.id = requester_id"
        " WHERE t.external_id IN ('7', '8') ORDER BY t.id"
    ) == [("Priya Raman",), ("Ute Bär",)]
