"""What a file is about follows from its headers."""

import pytest

from services.errors import DeskError
from services.importing.layout import layout_of
from services.importing.mapping import Mapping


@pytest.mark.parametrize(
    ("headers", "kind"),
    [
        ("Name,Email", "people"),
        ("Name,Email,Serial number", "machines"),
        ("Legal Name - First Name,Primary Work Email,Business Title,Active Status", "people"),
        ("deviceId,serialNumber,status,annotatedUser,annotatedLocation,model", "machines"),
        ("Details_Table0_ComputerName,Details_Table0_SerialNumber", "machines"),
        ("Meldingnummer,Korte omschrijving (Details),Aanmelder,E-mail,Verzoek", "tickets"),
    ],
)
def test_kind_of_records_follows_from_the_headers(headers: str, kind: str) -> None:
    assert layout_of(headers.split(","), None, Mapping()).kind.name == kind


@pytest.mark.parametrize("kind", [None, "machines"])
def test_message_about_unknown_headers_names_those_that_were_read(kind: str | None) -> None:
    with pytest.raises(DeskError, match=r"\(“Report”, “All tickets”\)"):
        layout_of(["Report", "All tickets"], kind, Mapping())


def test_names_and_addresses_beside_a_column_of_machines_are_ambiguous() -> None:
    with pytest.raises(DeskError, match="add --kind"):
        layout_of(["Name", "Email", "Model", "Department"], None, Mapping())
