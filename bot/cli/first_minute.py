"""What the demo offers to try first: whom to be, and sentences that fit person and place."""

from bot.playground import Face, Guide, Shortcut
from services import demo

REQUESTER = (
    "what laptop do I have",
    "my open tickets",
    "open a ticket: my screen flickers",
    "who is Daniel Okafor",
)
STAFF = (
    "tickets assigned to me",
    "laptops with 32 GB",
    "who is Priya Raman",
    "open a ticket: VPN drops every hour",
)
ADMIN = (*STAFF[1:], "ageing tickets")
SENTENCES = {"requester": REQUESTER, "technician": STAFF, "admin": ADMIN}
"""By role, for direct messages. In channels everybody asks as a requester."""

FACES = {
    "priya.raman@alderway.example": ("An employee", "has a laptop and a few tickets"),
    "daniel.okafor@alderway.example": ("A technician", "looks after the tickets of others"),
    "marcus.oyelaran@alderway.example": ("An admin", "sets roles, channels and limits"),
}
SHORTCUTS = (
    Shortcut("new_ticket", "New ticket"),
    Shortcut("create_ticket_from_message", "Create ticket", of_message=True),
)


def guide() -> Guide:
    people = {row["email"]: row for row in demo.rows("people")}
    return Guide(
        faces=[Face(user_id(people[email]), *words) for email, words in FACES.items()],
        direct={user_id(row): SENTENCES[row["role"]] for row in people.values()},
        rooms=REQUESTER,
        shortcuts=SHORTCUTS,
    )


def user_id(row: dict[str, str]) -> str:
    """Return the Slack id that the demo gives a person."""
    return f"U{int(row['id']):08d}"
