"""Sentences about what a role, or a channel that others can read, does not allow."""

from services.context import Actor, Role
from services.errors import NotAllowed

NEEDS_DIRECT_MESSAGE = (
    "Others can read this channel, so everyone has requester permissions here: message me directly"
    " to use yours."
)
MORE_IN_DIRECT_MESSAGE = (
    "Others can read this channel, so I can only show you what a requester sees: message me"
    " directly for the rest."
)
USED_REQUESTER_PERMISSIONS = (
    "Others can read this channel, so I only used requester permissions. Message me directly to"
    " use yours."
)
ASK = {
    Role.requester: "Please ask a technician.",
    Role.technician: "Please ask a technician.",
    Role.admin: "Please ask an admin of the desk.",
}


def not_allowed(actor: Actor, needs: Role, sentence: str = "") -> NotAllowed:
    """Return the error: the sentence, and where the actor may do it or who else may."""
    sentence = sentence or f"This is for {needs.name}s."
    enough_elsewhere = actor.effective_role < needs <= actor.role
    return NotAllowed(f"{sentence} {NEEDS_DIRECT_MESSAGE if enough_elsewhere else ASK[needs]}")
