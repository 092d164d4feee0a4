"""Sentences for people whose role, or whose channel, does not allow something."""

from services.context import Actor, Role
from services.errors import NotAllowed

OTHERS_CAN_READ = (
    "Others can read this channel, so everyone has requester permissions here: message me directly"
    " to use yours."
)
OTHERS_CAN_READ_LISTS = (
    "Others can read this channel, so I can only show you what a requester sees: message me"
    " directly for the rest."
)
ASK = {
    Role.requester: "Please ask a technician.",
    Role.technician: "Please ask a technician.",
    Role.admin: "Please ask an admin of the desk.",
}


def not_allowed(actor: Actor, needs: Role, sentence: str) -> NotAllowed:
    """Return the error: the sentence, and where or by whom it could be done."""
    enough_elsewhere = actor.effective_role < needs <= actor.role
    return NotAllowed(f"{sentence} {OTHERS_CAN_READ if enough_elsewhere else ASK[needs]}")
