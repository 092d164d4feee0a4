"""Sentences for people whose role does not allow something."""

from services.context import Actor, Role
from services.errors import NotAllowed

ELSEWHERE = (
    "Others can read this channel, so everyone has requester permissions here: message me directly"
    " to use yours."
)
ASK = {
    Role.requester: "Please ask a technician.",
    Role.technician: "Please ask a technician.",
    Role.admin: "Please ask an admin of the desk.",
}


def not_allowed(actor: Actor, needs: Role, sentence: str) -> NotAllowed:
    """Return the error: the sentence, and where or by whom it could be done."""
    enough_elsewhere = actor.effective_role < needs <= actor.role
    return NotAllowed(f"{sentence} {ELSEWHERE if enough_elsewhere else ASK[needs]}")
