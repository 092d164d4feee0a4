"""The summary of an import says what its file doesn't tell."""

import pytest

from tests.importing.bringing import Imports

TICKET = "Number,Subject,Requester,{}\n1,Slow,Priya Raman,{}\n"


@pytest.mark.parametrize(
    ("header", "cell", "says"),
    [
        ("Day of entry", "03/12/2024 9:41 AM", 'such as [columns] "Day of entry" = "created_at"'),
        ("Updated", "2024-03-12", "new ones are added as of today."),
    ],
)
def test_summary_says_that_no_column_has_the_date_of_creation(
    imports: Imports, header: str, cell: str, says: str
) -> None:
    [remark] = imports.bring(TICKET.format(header, cell)).remarks
    assert remark.startswith("No column says when the tickets were created")
    assert says in remark


@pytest.mark.parametrize(
    ("header", "cell"), [("Created", "2024-03-12"), ("Floor", "3"), ("Cost", "45363")]
)
def test_summary_does_not_ask_for_the_date_of_creation_without_need(
    imports: Imports, header: str, cell: str
) -> None:
    assert imports.bring(TICKET.format(header, cell)).remarks == []


def test_summary_says_that_people_are_active_if_no_column_tells(imports: Imports) -> None:
    people = "First name,Last name,Email\nAnn,Lee,ann@extern.example\n"
    [remark] = imports.bring(people).remarks
    assert remark.startswith("No column says who is active")
    assert imports.bring(people, mapping='[defaults]\nactive = "false"').remarks == []


def test_accounts_that_active_directory_has_switched_off_are_not_active(imports: Imports) -> None:
    header = "objectGUID,displayName,mail,userAccountControl\n"
    rows = "a,Ann Lee,ann@x.example,{}\nb,Bob Ray,bob@x.example,514\nc,Cat Fox,c@x.example,66050\n"
    active = "SELECT active FROM people WHERE email LIKE '%@x.example' ORDER BY email"
    assert imports.bring(header + rows.format(512)).remarks == []
    assert imports.rows(active) == [(True,), (False,), (False,)]
    assert imports.counts(header + rows.format(512)) == {"unchanged": 3}
    assert imports.counts(header + rows.format(514)) == {"changed": 1, "unchanged": 2}
    assert imports.counts(header + rows.format(512)) == {"changed": 1, "unchanged": 2}
    assert imports.rows(active) == [(True,), (False,), (False,)]
