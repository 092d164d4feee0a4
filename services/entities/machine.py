"""Machines: laptops, desktops and servers."""

from datetime import date, datetime
from typing import Literal

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped

from services.context import Role
from services.entities.base import Entity
from services.entities.column import column, external_id_column, staff_column, title_column
from services.entities.person import Person
from services.entities.related import Relation

MachineType = Literal["Laptop", "Desktop", "Server"]
StorageType = Literal["SSD", "HDD"]
MachineStatus = Literal[
    "Available", "Assigned", "In Use", "Maintenance", "Retired", "Decommissioned", "Lost"
]

HANDED_OUT: tuple[MachineStatus, ...] = ("Assigned", "In Use")
GONE: tuple[MachineStatus, ...] = ("Retired", "Decommissioned", "Lost")
"""The statuses of machines that have a holder (`HANDED_OUT`) or can't be handed out (`GONE`)."""


class Machine(Entity):
    __tablename__ = "machines"
    prefix, noun, plural, icon = "MAC", "machine", "machines", "💻"
    place = 2
    limited = "I can only show you your own machines; a technician can check the stock."
    complete, removable = ("holder",), Role.technician
    named_by = ("name", "serial_number")
    relations = (
        Relation(
            "TKT",
            "SELECT ticket_id FROM ticket_machines WHERE machine_id = :id"
            " ORDER BY ticket_id DESC LIMIT 5",
        ),
    )

    name: Mapped[str] = title_column("Name", editable=Role.technician)
    person_id: Mapped[int | None] = staff_column(
        "Assigned to", ForeignKey("people.id"), filter="holder", row="with {}", reverse="machine"
    )
    handed_out_at: Mapped[datetime | None] = column(
        "Handed out", derived=True, editable=Role.technician, filter="handed_out"
    )
    expected_back: Mapped[date | None] = staff_column(
        "Expected back", filter="expected_back", row="expected back {}", hint="when a loan ends"
    )
    status: Mapped[str] = staff_column(
        "Status",
        choices=MachineStatus,
        server_default="Available",
        filter="status",
        row="{}",
        tones={
            "Available": "green",
            **dict.fromkeys(HANDED_OUT, "violet"),
            "Maintenance": "amber",
            "Retired": "grey",
            "Decommissioned": "grey",
            "Lost": "red",
        },
    )
    type: Mapped[str] = staff_column("Type", choices=MachineType, filter="type", row="{}")
    ram_gb: Mapped[int | None] = staff_column("RAM", unit="GB", filter="ram", row="RAM {}")
    storage_gb: Mapped[int | None] = staff_column(
        "Storage", unit="GB", filter="storage", row="storage {}"
    )
    storage_type: Mapped[str | None] = staff_column(
        "Storage type", choices=StorageType, filter="storage_type", row="{}"
    )
    make: Mapped[str] = staff_column("Make", server_default="", filter="make", row="{}")
    model: Mapped[str] = staff_column("Model", server_default="", filter="model", row="{}")
    processor: Mapped[str] = staff_column("Processor", server_default="", filter="processor")
    graphics_card: Mapped[str] = staff_column("Graphics card", server_default="", filter="graphics")
    serial_number: Mapped[str] = staff_column("Serial number", server_default="")
    uuid: Mapped[str] = column("UUID", derived=True, server_default="")
    location: Mapped[str] = staff_column(
        "Location",
        server_default="",
        filter="location",
        row="in {}",
        hint="such as Berlin, shelf 2",
    )
    purchased_on: Mapped[date | None] = staff_column("Purchased", filter="purchased")
    warranty_until: Mapped[date | None] = staff_column(
        "Warranty until", filter="warranty", row="warranty until {}"
    )
    external_id: Mapped[str] = external_id_column()
    created_at: Mapped[datetime] = column(
        "Created", derived=True, shown_to=None, server_default=func.now(), filter="created"
    )
    updated_at: Mapped[datetime] = column(
        "Updated", derived=True, shown_to=None, server_default=func.now(), filter="changed"
    )

    person: Person | None

    @property
    def detail(self) -> str:
        ram = f"{self.ram_gb} GB" if self.ram_gb else ""
        owner = self.person.name if self.person else self.status
        what = f"{self.make} {self.model}".strip() or self.type
        return ", ".join(part for part in (what, ram, owner) if part)

    def concerns(self, person_id: int) -> bool:
        """Return whether the person is its holder."""
        return person_id == self.person_id
