"""When an imported ticket was closed, and whether it is."""

from tests.importing.bringing import Imports

TIMES = (
    "SELECT status, closed_at::date::text, updated_at::date::text FROM tickets"
    " WHERE external_id LIKE 'INC%' ORDER BY id"
)


def test_ticket_without_a_status_is_closed_if_it_has_a_closing_date(imports: Imports) -> None:
    content = (
        "Ticket ID,Subject,Requester,Created,Closed\n"
        "INC1,Printer,Priya Raman,2024-03-04,2024-03-05\nINC2,VPN,Priya Raman,2024-03-04,\n"
    )
    assert imports.counts(content) == {"created": 2}
    assert imports.rows(TIMES) == [
        ("Closed", "2024-03-05", "2024-03-05"),
        ("Open", None, "2024-03-04"),
    ]
    assert imports.counts(content) == {"unchanged": 2}


def test_closed_ticket_without_a_closing_date_was_closed_at_the_newest_date_of_its_row(
    imports: Imports,
) -> None:
    content = (
        "Number,Subject,Caller,State,Opened,Comments and work notes\n"
        "INC1,Mail,Priya Raman,Closed,2024-03-04,\n"
        'INC2,VPN,Priya Raman,Closed,2024-03-04,"2024-03-09 16:27:48 - Priya Raman (Work notes)\n'
        'Works again"\n'
    )
    assert imports.counts(content) == {"created": 2}
    assert imports.rows(TIMES) == [
        ("Closed", "2024-03-04", "2024-03-04"),
        ("Closed", "2024-03-09", "2024-03-09"),
    ]
    assert "it has no closing date: the newest date of the row, 2024-03-09" in imports.lines[1]
    assert imports.counts(content) == {"unchanged": 2}


def test_closing_date_before_the_opening_is_left_out(imports: Imports) -> None:
    content = (
        "Number,Subject,Caller,State,Opened,Updated,Closed\n"
        "INC1,Mail,Priya Raman,Closed,2024-03-14 09:10,2024-05-01 10:00,2024-03-10 09:00\n"
        "INC2,VPN,Priya Raman,Closed,2024-03-14 09:10,2024-05-01 10:00,2024-03-14\n"
    )
    assert imports.counts(content) == {"created": 2}
    assert "closing date 2024-03-10 09:00 is before the opening: left out" in imports.lines[0]
    assert imports.rows(TIMES) == [
        ("Closed", "2024-05-01", "2024-05-01"),
        ("Closed", "2024-03-14", "2024-05-01"),
    ]
    assert imports.counts(content) == {"unchanged": 2}
