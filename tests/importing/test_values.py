"""Placeholders for serial numbers, dates in any notation, and numbers with units."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from services.errors import DeskError
from services.importing.dates import Order, OrderEvidence, parse_date
from services.importing.kinds import KINDS
from services.importing.mentions import Mention, first_name_first, keys_of, name_and_address
from services.importing.plain import header_names
from services.importing.rich_text import plain_text
from services.importing.serials import is_junk
from services.importing.values import Refused, choice_of, number_of
from tests.importing.bringing import Imports

JUNK = """
    N/A; none; (null string); INVALID; To be filled by O.E.M.; to be filled by OEM; Default string
    System Serial Number; EVAL; 0123456789; 123456789; 12345678; 987654321; SN-12345
    SYS-1234567890; 0000000000; 1111111; NNNNNNN; xxxxxxxxxxx; Not Specified; Not Available
    00000000-0000-0000-0000-000000000000; 12; ..........; SN: unknown; TBD; unbekannt; FFFFFFFF
    Système par défaut
"""
REAL = """
    C02XK0AAJG5H; PF4KW82N; 5CG1234ABC; H4QX7L9T2M; 8675309; VMware-56 4d a1; 1234567A; 4CE0460D0G
    SYSTEM7; 7000112233; MJ05T2KL; GB-1203-77
"""


def words(text: str) -> list[str]:
    return [each.strip() for each in text.replace("\n", ";").split(";") if each.strip()]


@pytest.mark.parametrize("serial", words(JUNK))
def test_placeholder_such_as_na_is_not_taken_for_a_serial_number(serial: str) -> None:
    assert is_junk(serial)


@pytest.mark.parametrize("serial", words(REAL))
def test_real_serial_number_is_not_taken_for_a_placeholder(serial: str) -> None:
    assert not is_junk(serial)


@pytest.mark.parametrize(
    ("text", "order", "moment"),
    [
        ("2024-03-12", None, "2024-03-12 00:00"),
        ("2024-03-12T09:41:05.1234567Z", None, "2024-03-12 09:41"),
        ("2024/03/12 09:41", None, "2024-03-12 09:41"),
        ("12/Mar/24 9:41 PM", None, "2024-03-12 21:41"),
        ("12 März 2024", None, "2024-03-12 00:00"),
        ("3 juin 2024 à 14h05", None, "2024-06-03 14:05"),
        ("3 juillet 2024", None, "2024-07-03 00:00"),
        ("Mar 12, 2024", None, "2024-03-12 00:00"),
        ("12.3.24 9:41", None, "2024-03-12 09:41"),
        ("12/03/2024", Order.day, "2024-03-12 00:00"),
        ("03/12/2024 12:05 am", Order.month, "2024-03-12 00:05"),
        ("12-03-2024 09:41", Order.day, "2024-03-12 09:41"),
        ("2024-03-12 09:41 +02:00", None, "2024-03-12 07:41"),
        ("05/05/2024", None, "2024-05-05 00:00"),
        ("Tue Mar 12, 2024", None, "2024-03-12 00:00"),
        ("mar. 12 mars 2024", None, "2024-03-12 00:00"),
        ("2024-03-12 09:41 PM", None, "2024-03-12 21:41"),
        ("1710236460", None, "2024-03-12 09:41"),
        ("1710236460000", None, "2024-03-12 09:41"),
        ("45363.5", None, "2024-03-12 12:00"),
        ("1710236460.0", None, "2024-03-12 09:41"),
        ("12/03/2024 - 09:41", Order.day, "2024-03-12 09:41"),
        ("12/03/2024 9:41:00 p. m.", Order.day, "2024-03-12 21:41"),
        ("12/03/2024 09:41 PM CET", Order.day, "2024-03-12 20:41"),
        ("2024-03-12 09:41:00 EST", None, "2024-03-12 14:41"),
        ("Tue, 12 Mar 2024 09:41:00 +0100 (CET)", None, "2024-03-12 08:41"),
        ("Tue Mar 12 09:41:05 2024", None, "2024-03-12 09:41"),
        ("Tue Mar 12 09:41:05 CET 2024", None, "2024-03-12 08:41"),
        ("12 de marzo de 2024", None, "2024-03-12 00:00"),
        ("20240312094105.0Z", None, "2024-03-12 09:41"),
    ],
)
def test_date_is_read_in_each_format_of_other_systems(
    text: str, order: Order | None, moment: str
) -> None:
    found = parse_date(text, order, ZoneInfo("UTC"))
    assert found
    assert f"{found.astimezone(UTC):%Y-%m-%d %H:%M}" == moment


def test_date_without_a_time_zone_is_read_in_the_time_zone_of_the_file() -> None:
    found = parse_date("2024-07-01 12:00", None, ZoneInfo("Europe/Berlin"))
    assert found == datetime(2024, 7, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "1970-01-01 00:00:00"])
def test_placeholder_date_that_means_never_is_read_as_no_date(text: str) -> None:
    assert parse_date(text, None, ZoneInfo("UTC")) is None


@pytest.mark.parametrize("text", ["soon", "31/02/2024", "2024-13-40", "12/03/2024", "99:99"])
def test_row_with_a_text_in_place_of_a_date_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        parse_date(text, Order.day if text.startswith("31") else None, ZoneInfo("UTC"))


DUE = "Number,Title,Requester,Opened,Due,Seen\n1,Slow,Priya Raman,03/04/2024,{},{}\n"


def test_order_of_day_and_month_follows_from_the_other_dates_of_the_file(imports: Imports) -> None:
    imports.bring(DUE.format("03/25/2024", "01/02/2024"))
    [opened] = imports.one("SELECT created_at::date::text FROM tickets WHERE external_id = '1'")
    assert opened == "2024-03-04"
    with pytest.raises(DeskError, match="tell day and month apart under “Opened”"):
        imports.bring(DUE.format("03/25/2024", "25/03/2024"))


def order(*texts: str) -> Order | None:
    evidence = OrderEvidence()
    for line, text in enumerate(texts, start=2):
        evidence.add(line, text)
    return evidence.order("Opened")


def test_one_unambiguous_date_tells_the_order_of_day_and_month_in_its_column() -> None:
    assert order("01/02/2024", "13/02/2024 10:00") is Order.day
    assert order("01-02-2024", "01-13-2024") is Order.month
    assert order("2024-01-02", "05/05/2024", "1.2.2024") is None


def test_column_with_dates_in_two_orders_is_refused_with_both() -> None:
    with pytest.raises(DeskError, match="13/02/2024 in line 2, and 02/14/2024 in line 3"):
        order("13/02/2024", "02/14/2024")


def test_column_with_only_ambiguous_dates_is_refused() -> None:
    with pytest.raises(DeskError, match='dates = "DD/MM/YYYY"'):
        order("01/02/2024", "03/04/2024")


TICKETS = """\
Number,Short description,Caller,Opened
INC1,First,Priya Raman,01/02/2024
INC2,Second,Priya Raman,03/04/2024
"""


def test_mapping_file_can_give_the_order_of_day_and_month(imports: Imports) -> None:
    with pytest.raises(DeskError, match="tell day and month apart"):
        imports.bring(TICKETS)
    assert imports.rows("SELECT 1 FROM tickets WHERE external_id <> ''") == []
    imports.bring(TICKETS, mapping='dates = { Opened = "MM/DD/YYYY" }')
    assert imports.rows(
        "SELECT created_at::date::text FROM tickets WHERE external_id <> '' ORDER BY id"
    ) == [("2024-01-02",), ("2024-03-04",)]


@pytest.mark.parametrize(
    ("cell", "header", "gigabytes"),
    [
        ("16", "RAM", 16),
        ("16 GB", "RAM", 16),
        ("16384", "RAM (MB)", 16),
        (17179869184, "physicalMemoryInBytes", 16),
        ("15,87 Go", "Mémoire", 16),
        ("16\u202f384 MB", "RAM", 16),
        ("1 TB", "RAM", 1024),
        ("0", "RAM", None),
        ("8 192 <br>8 192", "Composants - Taille mémoire", 16),
        ("1 TiB", "RAM", 1024),
        ("16384 MiB", "RAM", 16),
        ("16554321", "Details_Table0_MemoryKBytes", 16),
        ("16", "Memory (GiB)", 16),
        ("2 x 8 GB", "RAM", 16),
        ("2x8192", "RAM (MB)", 16),
        ("8GB + 8GB", "RAM", 16),
        ("256GB SSD + 1TB HDD", "RAM", 1280),
        ("16 GB DDR4 3200 MHz (2 x 8 GB)", "RAM", 16),
        ("512 GB M.2 PCIe 4.0", "RAM", 512),
    ],
)
def test_size_of_memory_in_any_unit_is_read_in_gigabytes(
    cell: str | int, header: str, gigabytes: int | None
) -> None:
    assert number_of(cell, KINDS["machines"].target("ram_gb"), header) == gigabytes


@pytest.mark.parametrize("cell", ["much", "16384", "8192", "256 GB, 512 GB", "8 GB / 16"])
def test_row_with_an_impossible_size_of_memory_is_refused(cell: str) -> None:
    with pytest.raises(Refused):
        number_of(cell, KINDS["machines"].target("ram_gb"), "RAM")


@pytest.mark.parametrize(
    ("mention", "key"),
    [
        (("Patrick Brown (pab26)",), "pab26"),
        (("Raman, Priya",), "priya raman"),
        (("García Pedro",), "pedro garcía"),
        (("ALDERWAY\\priya.raman",), "priya.raman"),
        (("priya.raman@ALDERWAY",), "priya.raman"),
        (("Priya Raman <p.raman@x.example>",), "p.raman@x.example"),
        (("jk_partner.example#EXT#@x.onmicrosoft.com",), "jk@partner.example"),
    ],
)
def test_mention_of_a_person_is_understood_in_each_notation(mention: Mention, key: str) -> None:
    assert key in keys_of(mention)


def test_name_beside_an_email_address_is_ignored() -> None:
    mention = ("j.smith@partner.example", "John Smith")
    assert keys_of(mention) == ["j.smith@partner.example"]
    assert name_and_address(mention) == ("John Smith", "j.smith@partner.example")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br/>three</p>", "One\n\nTwo\nthree"),
        ("<ul><li>a</li><li>b &amp; c</li></ul>", "- a\n- b & c"),
        ("&lt;p&gt;It&#39;s done.&lt;/p&gt;", "It's done."),
        ("<style>p {}</style><div>Seen</div>", "Seen"),
        ("if a < b and b > c", "if a < b and b > c"),
        ("<user@x.example> wrote", "<user@x.example> wrote"),
        ("if a<b and c>d", "if a<b and c>d"),
        ("Re: a &amp; b&#39;s ?x=1&copy=2 &unknown;", "Re: a & b's ?x=1&copy=2 &unknown;"),
        ('One<br />two <img src="x">', "One\ntwo"),
    ],
)
def test_html_in_a_cell_becomes_plain_text(html: str, text: str) -> None:
    assert plain_text(html) == text


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Ready to Deploy (deployable)", "Available"),
        ("Loaner (deployed)", "Assigned"),
        ("2 - In use", "In Use"),
    ],
)
def test_status_with_a_remark_behind_it_is_recognised(word: str, status: str) -> None:
    machines = KINDS["machines"]
    assert choice_of(word, machines.target("status"), machines, {}) == status


@pytest.mark.parametrize(
    ("name", "turned"),
    [
        ("Raman, Priya", "Priya Raman"),
        ("Priya Raman", "Priya Raman"),
        ("Ray Fox, Jr.", "Ray Fox, Jr."),
        ("Sales, Berlin, 2nd floor", "Sales, Berlin, 2nd floor"),
    ],
)
def test_family_name_before_a_comma_is_put_behind_the_first_name(name: str, turned: str) -> None:
    assert first_name_first(name) == turned


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("RAM (GB)", ["ram"]),
        ("Memory (GiB)", ["memory"]),
        ("Serial #", ["serial number"]),
        ("Details_Table0_MemoryKBytes", ["memory"]),
        ("Warranty Exp.", ["warranty exp"]),
        ("status_label.name", ["status label name", "status label"]),
        ("organizations.0.title", ["organizations 0 title", "organizations title", "title"]),
        ("assigned_to.location", ["assigned to location"]),
    ],
)
def test_header_of_nested_objects_has_several_names(header: str, names: list[str]) -> None:
    assert list(dict.fromkeys(header_names(header))) == names
