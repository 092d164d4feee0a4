"""Machines: laptops, desktops and servers."""

from datetime import datetime
from typing import Literal

from sqlalchemy import Computed, ForeignKey, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.context import Context
from services.entities.base import Base, Entity, attached, load_visible
from services.entities.card import Card, Field
from services.entities.person import Person

MachineType = Literal["Laptop", "Desktop", "Server"]
StorageType = Literal["SSD", "HDD"]
MachineStatus = Literal[
    "Available", "Assigned", "In Use", "Maintenance", "Retired", "Decommissioned", "Lost"
]


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
        ),
        deferred=True,
    )

    person: Mapped[Person | None] = relationship(lazy="joined")

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
        newest = await ctx.session.scalars(
            select(TicketMachine.ticket_id)
            .where(TicketMachine.machine_id == self.id)
            .order_by(TicketMachine.ticket_id.desc())
            .limit(5)
        )
        tickets = await load_visible(ctx, [f"TKT-{number}" for number in newest])
        related = (*(ticket.ref for ticket in tickets), *await attached(ctx, self))
        return Card(self.ref, "Machine", fields, related=related)


class TicketMachine(Base):
    __tablename__ = "ticket_machines"
    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True
    )
    machine_id: Mapped[int] = mapped_column(
        ForeignKey("machines.id", ondelete="CASCADE"), primary_key=True
    )
