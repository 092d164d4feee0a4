"""Answers of ServiceNow's Table API, in which fields are objects."""

import json

from tests.importing.bringing import Imports

PERSON = "5137153cc611227c000bbd1bd8cd2007"
LINK = f"https://x.example/api/now/table/sys_user/{PERSON}"


def test_json_of_servicenow_with_its_default_options_is_imported(imports: Imports) -> None:
    imports.bring(f"sys_id,name,email\n{PERSON},Fred Luddy,fred@new.example\n", kind="people")
    incident = {
        "number": "INC1",
        "short_description": "Mail",
        "state": "6",
        "caller_id": {"link": LINK, "value": PERSON},
        "opened_at": "2026-03-04 09:10:00",
        "resolved_at": "2026-03-05 09:10:00",
    }
    summary = imports.bring(json.dumps({"result": [incident]}), "incidents.json")
    assert summary.layout.unused == []
    assert imports.one(
        "SELECT status, p.name FROM tickets t JOIN people p ON p.id = requester_id"
        " WHERE t.external_id = 'INC1'"
    ) == ("Closed", "Fred Luddy")


def test_dates_are_read_as_they_are_stored_and_not_as_they_are_shown(imports: Imports) -> None:
    incident = {
        "number": {"display_value": "INC1", "value": "INC1"},
        "short_description": {"display_value": "Mail", "value": "Mail"},
        "caller_id": {"display_value": "Ann Lee", "link": LINK, "value": PERSON},
        "opened_at": {"display_value": "03/04/2026 10:10:00", "value": "2026-03-04 09:10:00"},
    }
    summary = imports.bring(json.dumps({"result": [incident]}), "incidents.json")
    assert summary.layout.unused == []
    assert imports.one(
        "SELECT t.created_at::text, p.name FROM tickets t JOIN people p ON p.id = requester_id"
        " WHERE t.external_id = 'INC1'"
    ) == ("2026-03-04 09:10:00+00", "Ann Lee")
