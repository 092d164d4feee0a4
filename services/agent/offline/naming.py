"""The words and patterns by which people name records: nouns, places in a list, descriptions."""

from services.entities.registry import ENTITY_TYPES

PREFIXES = tuple(ENTITY_TYPES)
PLACES = {
    "first": 0,
    "1st": 0,
    "top": 0,
    "second": 1,
    "2nd": 1,
    "third": 2,
    "3rd": 2,
    "fourth": 3,
    "fifth": 4,
    "last": -1,
}
"""The index of a list's item by the word for it."""
TICKET_NOUNS = "ticket|issue|request"
MACHINE_NOUNS = "machine|laptop|computer|desktop|server|device"
NOUNS = f"{TICKET_NOUNS}|{MACHINE_NOUNS}"
OWNED = (
    r"(?:my|his|her|their|[^\W\d_][\w.-]{0,40}(?: [^\W\d_][\w.-]{0,40})?(?:'s|(?<=s)'))"
    rf" (?:old |new )?(?:{MACHINE_NOUNS}|notebook|loaner|workstation|pc)"
)
"""Matches a machine named by its holder, such as “Priya's laptop”."""
DESCRIBED = (
    rf"(?:(?:my|our)(?: [\w'-]{{1,40}}){{0,4}}?|the(?: (?!(?:{'|'.join(PLACES)}|new) )"
    rf"[\w'-]{{1,40}}){{1,4}}?) (?:{TICKET_NOUNS})"
)
"""Matches a ticket named by its subject, such as “my printer ticket”."""
SPARE = rf"(?:an?|the) (?:(?:spare|loaner|loan|free|available) (?:{MACHINE_NOUNS})|loaner|spare)"
"""Matches any machine that nobody has, such as “a spare laptop”."""
