"""What the demo suggests to try first: which person to be, and what to ask as that person."""

from bot.playground import Command, Face, Guide, Shortcut
from services import demo

SENTENCES = {
    "requester": ("open a ticket: my screen flickers", "who is Daniel Okafor"),
    "technician": ("ageing tickets", "laptops with 32 GB", "who is Priya Raman"),
    "admin": ("ageing tickets", "tickets by team", "who is Priya Raman"),
}
"""What the playground suggests to ask in direct messages, by role, below the desk's own prompts."""
IN_CHANNELS = ("what laptop do I have", "my open tickets", *SENTENCES["requester"])
"""What the playground suggests to ask in channels, where everybody has a requester's rights."""

FACES = {
    "priya.raman@alderway.example": ("An employee", "has a laptop and a few tickets"),
    "daniel.okafor@alderway.example": ("A technician", "looks after the tickets of others"),
    "marcus.oyelaran@alderway.example": ("An admin", "sets roles, channels and limits"),
}
COMMANDS = (
    Command(
        "/ticket",
        "Open or show tickets, or ask the desk",
        "[new what doesn't work | TKT-12 | question | help]",
    ),
    Command("/machine", "Show machines, or ask the desk", "[MAC-17 | question | help]"),
    Command("/itsm", "Ask the desk, or see what it can do", "[question | help]"),
)
"""The slash commands of the app's manifest. SHORTCUTS are the manifest's shortcuts."""
SHORTCUTS = (
    Shortcut("new_ticket", "New ticket"),
    Shortcut("create_ticket_from_message", "Create ticket", of_message=True),
)


def guide() -> Guide:
    people = {row["email"]: row for row in demo.rows("people")}
    return Guide(
        faces=[Face(user_id(people[email]), *words) for email, words in FACES.items()],
        direct={user_id(row): SENTENCES[row["role"]] for row in people.values()},
        rooms=IN_CHANNELS,
        shortcuts=SHORTCUTS,
    )


def user_id(row: dict[str, str]) -> str:
    """Return the Slack id that the demo gives a person."""
    return f"U{int(row['id']):08d}"
