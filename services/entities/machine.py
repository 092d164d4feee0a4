"""Machines: laptops, desktops and servers."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Computed, ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from services.context import Context
from services.entities.base import Base, Entity
from services.entities.card import Card, Field
from services.entities.person import Person
from services.entities.related import Relations, attached

MachineType = Literal["Laptop", "Desktop", "Server"]
StorageType = Literal["SSD", "HDD"]
MachineStatus = Literal[
    "Available", "Assigned", "In Use", "Maintenance", "Retired", "Decommissioned", "Lost"
]


_RELATIONS = Relations(
    "MAC",
    tickets=(
        "TKT",
        "SELECT ticket_id FROM ticket_machines WHERE machine_id = :id"
        " ORDER BY ticket_id DESC LIMIT 5",
    ),
)


class Machine(Entity):
    __tablename__ = "machines"
    prefix, noun, plural, icon = "MAC", "machine", "machines", "💻"

    name: Mapped[str]
    make: Mapped[str] = mapped_column(server_default="")
    model: Mapped[str] = mapped_column(server_default="")
    serial_number: Mapped[str] = mapped_column(server_default="")
    type: Mapped[str]
    ram_gb: Mapped[int | None]
    storage_gb: Mapped[int | None]
    storage_type: Mapped[str | None]
    graphics_card: Mapped[str] = mapped_column(server_default="")
    processor: Mapped[str] = mapped_column(server_default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    status: Mapped[str] = mapped_column(server_default="Available")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    words: Mapped[str] = mapped_column(
        Computed(
            "lower(name || ' ' || make || ' ' || model || ' ' || serial_number || ' '"
            " || graphics_card || ' ' || processor)",
            persisted=True,
        )
    )

    person: Person | None

    @property
    def title(self) -> str:
        return self.name

    @property
    def detail(self) -> str:
        ram = f"{self.ram_gb} GB" if self.ram_gb else ""
        owner = self.person.name if self.person else self.status
        what = f"{self.make} {self.model}".strip() or self.type
        return ", ".join(part for part in (what, ram, owner) if part)

    async def card(self, ctx: Context) -> Card:
        storage = f"{self.storage_gb} GB {self.storage_type or ''}".strip()
        specification = (
            ("Status", self.status),
            ("Type", self.type),
            ("RAM", f"{self.ram_gb} GB" if self.ram_gb else ""),
            ("Storage", storage if self.storage_gb else ""),
            ("Make and model", f"{self.make} {self.model}".strip()),
            ("Processor", self.processor),
            ("Graphics card", self.graphics_card),
            ("Serial number", self.serial_number),
        )
        fields = (
            Field("Assigned to", self.person.ref if self.person else "nobody"),
            *(Field(label, value) for label, value in specification if value),
        )
        others = await _RELATIONS.of(ctx, self)
        return Card(self.ref, "Machine", fields, related=(*others["tickets"], *attached(others)))


class TicketMachine(Base):
    __tablename__ = "ticket_machines"
    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True
    )
    machine_id: Mapped[int] = mapped_column(
        ForeignKey("machines.id", ondelete="CASCADE"), primary_key=True
    )
