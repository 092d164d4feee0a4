"""Mentions of a person in a file: address, user name, number or name, in one or several cells."""

import hashlib
import re
from functools import cache

from services.importing.plain import plain_header
from services.sanitize import one_line, plain

Mention = tuple[str, ...]
"""The cells that mention one person, addresses first."""

NOWHERE = "imported.invalid"
"""The domain of invented addresses for people without one; reserved, so no mail arrives there."""

_EMAIL = re.compile(r"\A[^@\s#,;<>]+@[^@\s#,;<>.]+(?:\.[^@\s#,;<>.]+)+")
_GUEST = re.compile(r"\A(.+)_([^_@]+)#ext#@.+")
"""The pattern of user names that Entra gives to guests."""
_NUMBER = re.compile(r"\d+|[0-9a-f]{16,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+:[0-9a-f-]+")
_DISTINGUISHED = re.compile(r"CN=((?:\\.|[^,\\])+),(?:CN|OU|DC|O)=.*", re.IGNORECASE)
"""The pattern of an LDAP distinguished name, such as “CN=Priya Raman,OU=Users,DC=example”."""
_FAMILY_FIRST = re.compile(r"([^,]{1,100}+), ([^,]{1,100}+)")
_TITLES = {"jr", "sr", "ii", "iii", "iv", "phd", "md", "msc", "bsc", "mba", "esq"}
_FACTS = {"e", "mail", "email", "address", "upn", "principal", "user", "username", "name"} | {
    "display",
    "full",
    "real",
    "realname",
    "id",
    "number",
}
"""The last words of a header that say which fact about a person it has."""


def email_of(text: str) -> str:
    """Return the email address of a text in lower case; empty if the text is none."""
    text = text.strip().lower()
    if guest := _GUEST.fullmatch(text):
        text = f"{guest[1]}@{guest[2]}"
    return text if _EMAIL.fullmatch(text) else ""


@cache
def person_in(header: str) -> str:
    """Return which person a header means: “requester” for “Requester”, “Requester email”, …"""
    words = plain_header(header).split()
    while words and words[-1] in _FACTS:
        words.pop()
    return " ".join(words)


def first_name_first(name: str) -> str:
    """Return “Priya Raman” for “Raman, Priya”; other names, such as “Ray Fox, Jr.”, unchanged."""
    found = _FAMILY_FIRST.fullmatch(name)
    return f"{found[2]} {found[1]}" if found and plain(found[2]) not in _TITLES else name


def is_address(header: str) -> bool:
    """Return whether a header says that its column has email addresses."""
    return bool({"email", "mail", "upn", "principal"} & set(header.split()))


def is_number(mention: Mention) -> bool:
    """Return whether the cells have only an id of the other system."""
    return all(_NUMBER.fullmatch(cell.strip().lower()) for cell in mention)


def name_and_address(mention: Mention) -> tuple[str, str]:
    """Return the name and address for a person who is not known here yet."""
    parts = [_parts(cell) for cell in mention]
    emails = [email for part in parts for each in part if (email := email_of(each))]
    names = [name for name, _ in parts if not (email_of(name) or is_number((name,)))]
    if emails:
        return (names or emails)[0][:200], emails[0]
    name, user = next((part for part in parts if part[0] in names), parts[0])
    slug = plain(user or name).encode("ascii", "ignore").decode().strip().replace(" ", ".")
    slug = slug or hashlib.sha256(name.encode()).hexdigest()[:12]
    return name[:200], f"{slug[:60]}@{NOWHERE}"


def keys_of(mention: Mention) -> list[str]:
    """Return the keys that may identify the person, the most reliable first.

    If there is an address, names are no keys.
    """
    _, address = name_and_address(mention)
    found = [email for cell in mention for each in _parts(cell) if (email := email_of(each))]
    if not found:
        found = [key for cell in mention for key in _keys(cell)]
    return [key.lower() for key in dict.fromkeys([*found, address]) if key]


def _keys(cell: str) -> list[str]:
    words = one_line(cell)
    name, user = _parts(cell)
    last, comma, first = name.partition(",")
    if not comma and " " in name:
        first, last = name.rsplit(" ", 1)[1], name.rsplit(" ", 1)[0]  # “García Pedro”
    return [words, user, name, f"{first.strip()} {last}".strip(), _account(user or name)]


def _account(user: str) -> str:
    """Return the user name in `DOMAIN\\user` and in `user@DOMAIN`."""
    return user.rpartition("\\")[2].partition("@")[0]


def _parts(cell: str) -> tuple[str, str]:
    """Return name and user name of “Patrick Brown (pab26)”; the first ones if there are several."""
    words = one_line(re.split(r"<br ?/?>|\n", cell.strip(), maxsplit=1)[0])
    if found := _DISTINGUISHED.fullmatch(words):
        words = re.sub(r"\\(.)", r"\1", found[1])
    found = re.fullmatch(r"(.+?) ?[(<]([^()<>]+)[)>]", words)
    return (found[1], found[2]) if found else (words, "")
