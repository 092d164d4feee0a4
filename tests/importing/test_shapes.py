"""Headers and cells in forms that only some systems use."""

import json

import pytest

from services.errors import DeskError
from tests.importing.bringing import Imports

TICKET = (
    "SELECT t.name, r.name, r.email, a.name FROM tickets t JOIN people r ON r.id = requester_id"
    " LEFT JOIN people a ON a.id = assignee_id WHERE t.external_id = 'X-1'"
)
ROSE, DANIEL = ("Slow", "Rose Paz"), "Daniel Okafor"
LINKED = "SELECT {} FROM {} JOIN tickets t ON t.id = ticket_id WHERE t.external_id = 'X-{}'"


@pytest.mark.parametrize(
    ("headers", "cells", "email"),
    [
        ("Customer First Name,Customer Last Name", "Rose,Paz", "rose.paz@imported.invalid"),
        ("Last Name,First Name,Email ID", "Paz,Rose,rose@x.example", "rose@x.example"),
        ("Requester first name,Requester last name,Requester email", "Rose,Paz,a@x.example", "a@x"),
        ("Kunde Nachname,Kunde Vorname", "Paz,Rose", "rose.paz@imported.invalid"),
        ("CustomerName,From", 'Rose Paz,"""Paz, Rose"" <rose@x.example>"', "rose@x.example"),
        ("CustomerName,From", "Rose Paz,Sean Forbes <s@x.example>", "rose.paz@imported.invalid"),
    ],
)
def test_requesters_name_is_joined_from_several_columns(
    imports: Imports, headers: str, cells: str, email: str
) -> None:
    content = (
        f"No.,Subject,{headers},Technician First Name,Technician Last Name,Date\n"
        f"X-1,Slow,{cells},Daniel,Okafor,2026-03-14\n"
    )
    for verb in ("created", "unchanged"):
        assert imports.counts(content) == {verb: 1}
    name, requester, address, assignee = imports.one(TICKET)
    assert ((name, requester), assignee) == (ROSE, DANIEL)
    assert str(address).startswith(email)


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ("CreatedDateTime", "ClosedDateTime"),
        ("Date Time Opened", "Time Resolved"),
        ("Report Date", "Canceled"),
        ("Opened timestamp", "Resolved Datetime"),
    ],
)
@pytest.mark.parametrize(
    ("start", "end"),
    [
        (
            "Sat Mar 14 2026 09:02:00 GMT+0100 (GMT+01:00)",
            "Sun Mar 15 2026 00:00:00 GMT+0000 (UTC)",
        ),
        ("2026-03-14 08:02", "2026-03-14 24:00"),
        ("14/03/2026 08:02:00", "14/03/2026 24:00:00"),
    ],
)
def test_date_columns_are_recognised_with_words_around_their_name(
    imports: Imports, opened: str, closed: str, start: str, end: str
) -> None:
    imports.bring(
        f"No.,Subject,Requester,Status,{opened},{closed}\n"
        f"X-1,Slow,Priya Raman,Closed,{start},{end}\n"
    )
    query = "SELECT created_at::text, closed_at::text FROM tickets WHERE external_id = 'X-1'"
    assert imports.one(query) == ("2026-03-14 08:02:00+00", "2026-03-15 00:00:00+00")


def test_columns_are_recognised_with_the_word_computer_or_device_before_them(
    imports: Imports,
) -> None:
    assert imports.counts(
        "Computer Name,Computer Manufacturer,Computer Serial Number,Computer Memory,Device ID\n"
        "LT-X,LENOVO,PF4ZZ906,16 GB,77\n",
        mapping='[defaults]\ntype = "Laptop"',
    ) == {"created": 1}
    query = "SELECT name, make, ram_gb, external_id FROM machines WHERE serial_number = 'PF4ZZ906'"
    assert imports.one(query) == ("LT-X", "LENOVO", 16, "")


def test_grouped_headers_are_recognised_by_their_last_part(imports: Imports) -> None:
    imports.bring(
        "Display name,Email,Work - Title,Work - Department,Work - Reports to,Lifecycle - Status\n"
        "Rose Paz,rose@x.example,Head,IT,Priya Raman,On leave\n"
        "Sean Forbes,sean@x.example,Aide,IT,Rose Paz,Terminated\n"
    )
    assert imports.rows(
        "SELECT p.name, p.job_title, p.department, m.name, p.active FROM people p"
        " JOIN people m ON m.id = p.manager_id WHERE p.email LIKE '%@x.example' ORDER BY p.id"
    ) == [
        ("Rose Paz", "Head", "IT", "Priya Raman", True),
        ("Sean Forbes", "Aide", "IT", "Rose Paz", False),
    ]


def test_json_lists_of_people_and_labels_are_imported_by_their_names(imports: Imports) -> None:
    issue = {
        "number": "X-1",
        "title": "Slow",
        "state": "OPEN",
        "closed": False,
        "author": {"login": "rosepaz", "name": "Rose Paz"},
        "assignees": [{"id": "a", "login": "daniel.okafor", "name": DANIEL}],
        "labels": [{"id": "b", "name": "bug, old", "color": "f00"}, {"id": "c", "name": "vip"}],
        "comments": [
            {"author": {"login": "priya.raman"}, "body": "Mine too", "createdAt": "2026-03-14"}
        ],
        "createdAt": "2026-03-14T09:02:00Z",
    }
    assert imports.counts(json.dumps([issue]), "issues.json") == {"created": 1}
    assert imports.one(TICKET) == (*ROSE, "rose.paz@imported.invalid", DANIEL)
    assert imports.rows("SELECT key FROM tags WHERE on_kind = 'TKT' AND on_id > 60 ORDER BY 1") == [
        ("bug, old",),
        ("vip",),
    ]
    assert imports.one(
        "SELECT text, p.name, n.created_at::date::text FROM notes n JOIN people p"
        " ON p.id = author_id WHERE on_kind = 'TKT' AND on_id > 60"
    ) == ("Mine too", "Priya Raman", "2026-03-14")


def test_comment_count_is_not_imported_as_a_note_and_logins_identify_people(
    imports: Imports,
) -> None:
    issue = {"number": "X-1", "title": "Slow", "user": {"login": "priya.raman", "id": 7}}
    assert imports.counts(json.dumps([issue | {"comments": 3}]), "issues.json") == {"created": 1}
    assert imports.one(TICKET)[1] == "Priya Raman"
    assert imports.rows("SELECT 1 FROM notes WHERE on_kind = 'TKT' AND on_id > 60") == []


@pytest.mark.parametrize(("closed", "status"), [("Yes", "Closed"), ("No", "Open")])
def test_yes_or_no_in_the_column_of_the_closing_date_sets_the_status(
    imports: Imports, closed: str, status: str
) -> None:
    imports.bring(f"No.,Subject,Requester,Closed,Date\nX-1,Slow,Priya Raman,{closed},2026-03-14\n")
    assert imports.one("SELECT status FROM tickets WHERE external_id = 'X-1'") == (status,)


def test_names_that_csvde_writes_in_hexadecimal_are_decoded(imports: Imports) -> None:
    imports.bring(
        "DN,givenName,sn,displayName,mail,objectGUID\n"
        "\"CN=x\",Ute,X'42c3a472',X'42c3a4722c20557465',u@x.example,X'00ff112233445566'\n"
    )
    assert imports.one("SELECT name, external_id FROM people WHERE email = 'u@x.example'") == (
        "Ute Bär",
        "X'00ff112233445566'",
    )


@pytest.mark.parametrize(
    "cell",
    ["Rose Paz<br>Wilk Tomasz", "rose@x.example, tomasz.wilk@alderway.example", "Paz, R.;twilk"],
)
def test_further_requesters_in_a_cell_become_watchers(imports: Imports, cell: str) -> None:
    content = f'No.,Subject,Requester,Date\nX-1,Slow,"{cell}",2026-03-14\n'
    imports.bring(content)
    watchers = imports.rows(LINKED.format("person_id", "ticket_watchers", 1))
    assert watchers == ([] if "twilk" in cell else [(4,)])
    said = "watcher “twilk” is not known here: left out"
    assert (said in imports.lines[0]) is ("twilk" in cell)
    assert imports.counts(content) == {"unchanged": 1}


def test_parent_ticket_is_found_by_key_if_its_number_is_unknown(imports: Imports) -> None:
    imports.bring(
        "Issue key,Issue id,Summary,Reporter,Created,Parent,Parent key\n"
        "X-2,10002,Part,Priya Raman,2026-03-14,10001,X-1\n"
        "X-1,10001,Whole,Priya Raman,2026-03-14,,\n"
    )
    whole = imports.one("SELECT id FROM tickets WHERE external_id = 'X-1'")
    assert imports.rows(LINKED.format("parent_id", "ticket_parents", 2)) == [whole]


def test_parent_cell_with_nothing_but_a_separator_is_ignored(imports: Imports) -> None:
    content = "Number,Subject,Requester,Parent\nX-1,Slow,Priya Raman,;\n"
    assert imports.counts(content) == {"created": 1}


def test_unknown_word_in_the_active_column_is_quoted_in_the_refusal(imports: Imports) -> None:
    imports.bring("Name,Email,Status\nRose Paz,rose@x.example,Limbo\n", kind="people")
    assert "I don't know whether “Limbo” means active: write true, false" in imports.lines[0]


def test_numbers_of_people_in_json_are_looked_up_in_its_list_of_users(
    imports: Imports,
) -> None:
    ticket = {"id": 1, "subject": "Slow", "status": "open", "created_at": "2026-03-14"}
    who = {"requester_id": 11, "submitter_id": 12, "assignee_id": 12, "follower_ids": [13, 99]}
    content = {
        "tickets": [ticket | who | {"external_id": "X-1", "group_id": 11}],
        "users": [
            {"id": 11, "name": "Rose Paz", "email": "rose@x.example"},
            {"id": 12, "name": DANIEL, "email": "daniel.okafor@alderway.example"},
            {"id": 13, "name": "Priya Raman", "email": "priya.raman@alderway.example"},
        ],
        "groups": [{"id": 11, "name": "Service Desk"}],
    }
    for verb in ("created", "unchanged"):
        assert imports.counts(json.dumps(content), "tickets.json") == {verb: 1}
    assert imports.one(TICKET) == (*ROSE, "rose@x.example", DANIEL)
    assert imports.rows(LINKED.format("person_id", "ticket_watchers", 1)) == [(5,)]
    assert imports.one("SELECT team_id FROM tickets WHERE external_id = 'X-1'") == (1,)


def test_submitter_of_a_ticket_is_not_taken_for_its_requester(
    imports: Imports,
) -> None:
    imports.bring(
        "No.,Subject,Requester name,Requester email,Submitter email,Date\n"
        "X-1,Slow,Rose Paz,--,daniel.okafor@alderway.example,2026-03-14\n"
    )
    assert imports.one(TICKET)[1:3] == ("Rose Paz", "rose.paz@imported.invalid")


def test_file_of_tickets_without_numbers_is_not_imported_as_machines(imports: Imports) -> None:
    with pytest.raises(DeskError, match="no column that identifies its tickets"):
        imports.bring("Name,Person,Status,Priority,Requester\nSlow,Priya Raman,Done,High,Rose\n")


@pytest.mark.parametrize(
    ("first", "second", "stored"),
    [
        ("It jams", "Since Monday, badly", "It jams\n\nSince Monday, badly"),
        ("<p>It jams</p>", "It  jams", "It jams"),
        ("It jams", "Badly", "It jams\n\nBadly"),
        ("", "It jams", "It jams"),
    ],
)
def test_description_is_joined_from_two_columns(
    imports: Imports, first: str, second: str, stored: str
) -> None:
    content = (
        "No.,Subject,Requester,Description,Details,Date\n"
        f'X-1,Slow,Priya Raman,"{first}","{second}",2026-03-14\n'
    )
    for verb in ("created", "unchanged"):
        assert imports.counts(content) == {verb: 1}
    assert imports.one("SELECT description FROM tickets WHERE external_id = 'X-1'") == (stored,)
