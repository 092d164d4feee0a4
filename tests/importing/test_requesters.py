"""Who becomes the requester of an imported ticket, by what its file says about them."""

import pytest

from services.importing.run import BATCH
from tests.importing.bringing import Imports

PEOPLE = """Name,Email
Ilka Wendt,ilka.wendt@x.example
HR Mailbox,hr@x.example
Ex,extern@x.example
Ann Other,ann@other.example
Jon Aske,jon.aske@x.example
Jon Aske,jaske2@x.example
Omar Haddad,oh77@x.example
"""
REQUESTERS = (
    "SELECT r.name, split_part(r.email, '@', 2) FROM tickets t JOIN people r ON r.id = requester_id"
    " WHERE t.external_id LIKE 'INC%' ORDER BY t.id"
)


def tickets(*requesters: str) -> str:
    """Return a file with one ticket for each requester."""
    rows = (f'INC-{n:06},Printer,"{each}",Open,2024-03-04' for n, each in enumerate(requesters))
    return "\n".join(["Number,Subject,Requester,Status,Created", *rows])


def test_ticket_goes_to_the_person_whom_the_cell_names(imports: Imports) -> None:
    imports.bring(PEOPLE, "people.csv", kind="people")
    said = {
        "Wendt, Ilka (extern)": ("Ilka Wendt", "x.example"),
        "Ilka Wendt (HR)": ("Ilka Wendt", "x.example"),
        "ilka.wendt": ("Ilka Wendt", "x.example"),
        "Meier, Bob (extern)": ("Bob Meier", "imported.invalid"),
        "Jon Aske (jaske2)": ("Jon Aske", "x.example"),
        "Haddad, O. (oh77)": ("Omar Haddad", "x.example"),
        "X\\oh77": ("Omar Haddad", "x.example"),
        "HR": ("HR", "imported.invalid"),
        "Ann": ("Ann", "imported.invalid"),
        "a@one.example, bob@one.example": ("a@one.example", "one.example"),
        "Ann Lee [a@two.example]": ("Ann Lee", "two.example"),
        "Lee, Ann <a@three.example>; Bob Ray <b@x.example>": ("Ann Lee", "three.example"),
        "mailto:a@four.example": ("a@four.example", "four.example"),
    }
    assert imports.counts(tickets(*said)) == {"created": len(said)}
    assert dict(zip(said, imports.rows(REQUESTERS), strict=True)) == said
    assert imports.counts(tickets(*said)) == {"unchanged": len(said)}


def test_people_with_similar_names_stay_apart(imports: Imports) -> None:
    content = tickets(
        *("Wendt, Ilka (extern)", "Meier, Bob (extern)", "Wendt, Ilka (HR)", "Ilka (Wendt)"),
        *("田中 太郎 (IT)", "鈴木 花子 (IT)", "Ilka N. 田中", "Ilka N. 鈴木", "Ilka Wendt"),
        *("Müller Jan", "Muller Jan", "Z" * 70, "Z" * 71),
    )
    assert imports.counts(content) == {"created": 13}
    assert len(set(imports.rows(REQUESTERS.replace("split_part(r.email, '@', 2)", "r.id")))) == 13
    assert imports.counts(content) == {"unchanged": 13}


def test_names_in_another_order_and_case_are_one_person(imports: Imports) -> None:
    imports.bring(tickets("Wendt, Eva", "Eva WENDT", "eva wendt"))
    assert imports.rows(REQUESTERS) == [("Eva Wendt", "imported.invalid")] * 3
    assert imports.one("SELECT count(*) FROM people WHERE lower(name) = 'eva wendt'") == (1,)


def test_person_whom_a_much_later_row_gives_an_address_is_the_requester_of_all(
    imports: Imports,
) -> None:
    content = tickets("Lee, Ann", *["Priya Raman"] * BATCH, "Ann Lee <ann@new.example>")
    assert imports.counts(content, dry_run=True) == {"created": BATCH + 2}
    said = list(imports.lines)
    assert said[0] == 'line 2: created "Printer"; new person "Ann Lee"'
    assert imports.counts(content) == {"created": BATCH + 2}
    assert imports.lines == said
    assert imports.rows(REQUESTERS)[0] == ("Ann Lee", "new.example")
    assert imports.counts(content) == {"unchanged": BATCH + 2}


def test_ticket_keeps_its_last_update_when_a_later_row_adds_the_assignee(imports: Imports) -> None:
    content = (
        "Number,Subject,Requester,Assigned to,Status,Created,Updated\n"
        "1,One,ann@new.example,Bob Ray,Open,2024-03-04,2024-03-05\n"
        "2,Two,Bob Ray <bob@new.example>,,Open,2024-03-04,2024-03-06\n"
    )
    for dry_run in (True, False):
        imports.bring(content, dry_run=dry_run)
        assert (
            imports.lines[0]
            == 'line 2: created "One"; new person "ann@new.example"; new person "Bob Ray"'
        )
    assert imports.one(
        "SELECT a.email, updated_at::date::text FROM tickets JOIN people a ON a.id = assignee_id"
        " WHERE tickets.external_id = '1'"
    ) == ("bob@new.example", "2024-03-05")


def test_references_that_servicenow_exports_as_objects_are_read_by_their_value(
    imports: Imports,
) -> None:
    sys_id = "5137153cc611227c000bbd1bd8cd2007"
    imports.bring(
        f"sys_id,name,email\n{sys_id},Fred Luddy,fred@new.example\n", "users.csv", kind="people"
    )
    cell = "{'link': 'https://x.example/api/now/table/sys_user/" + sys_id + "', 'value': '"
    assert imports.counts(tickets(f"{cell}{sys_id}'}}", f"{cell}{sys_id[::-1]}'}}")) == {
        "created": 1,
        "refused": 1,
    }
    assert imports.one(REQUESTERS) == ("Fred Luddy", "new.example")


def test_email_column_beside_the_callers_name_is_the_callers_address(imports: Imports) -> None:
    imports.bring('Number,Caller,Email,Opened\nINC-1,"Lee, Ann",ann@new.example,2024-03-04\n')
    assert imports.one(REQUESTERS) == ("Ann Lee", "new.example")


@pytest.mark.parametrize(
    "cell",
    ["Ann Lee <ann@new.example>", "ann@new.example;lee@new.example", "mailto:ann@new.example"],
)
def test_email_address_is_found_among_other_text_in_a_cell(imports: Imports, cell: str) -> None:
    assert imports.counts(f"Name\tEmail\nAnn Lee\t{cell}\n", kind="people") == {"created": 1}
    assert imports.one("SELECT email FROM people WHERE name = 'Ann Lee'") == ("ann@new.example",)
