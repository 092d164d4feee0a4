"""Mentions of a person in a file: address, user name, number or name, in one or several cells."""

import hashlib
import re
import unicodedata
from functools import cache

from services.importing.plain import plain_header
from services.sanitize import one_line, plain

Mention = tuple[str, ...]
"""The cells that mention one person, addresses first."""

NOWHERE = "imported.invalid"
"""The domain of invented addresses for people without one; reserved, so no mail arrives there."""

_EMAIL = re.compile(r"\A[^@\s#,;<>]+@[^@\s#,;<>.]+(?:\.[^@\s#,;<>.]+)+")
_GUEST = re.compile(r"\A(.+)_([^_@]+)#ext#@.+")
"""Matches user names that Entra gives to guests."""
_NUMBER = re.compile(r"\d+|[0-9a-f]{16,}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+:[0-9a-f-]+")
_DISTINGUISHED = re.compile(r"CN=((?:\\.|[^,\\])+),(?:CN|OU|DC|O)=.*", re.IGNORECASE)
"""Matches an LDAP distinguished name, such as “CN=Priya Raman,OU=Users,DC=example”."""
_NEXT_PERSON = re.compile(r"<br ?/?>|[\n;|]|(?<=[>\])])\s*,")
"""What stands between several people in one cell."""
_FAMILY_FIRST = re.compile(r"([^,]{1,100}+), ([^,]{1,100}+)")
_TITLES = {"jr", "sr", "ii", "iii", "iv", "phd", "md", "msc", "bsc", "mba", "esq"}
_FACTS = {"e", "mail", "email", "address", "upn", "principal", "user", "username", "name"}
_FACTS |= {"display", "full", "real", "realname", "id", "number", "login", "dynamic"}
"""The last words of a header that say which fact about a person it has."""


def email_of(text: str) -> str:
    """Return the first email address of a text such as “Ann Lee <ann@x.example>; bob@x.example”.

    It is in lower case, and empty if the text has none at such a place.
    """
    words = text.strip().lower()
    in_brackets = re.search(r"[<\[(]([^<>\[\]()]+)[>\])]", words)
    first = re.split(r"[;,|\s]", words, maxsplit=1)[0]
    for each in (words, first, in_brackets[1].strip() if in_brackets else ""):
        address = each.removeprefix("mailto:")
        if guest := _GUEST.fullmatch(address):
            address = f"{guest[1]}@{guest[2]}"
        if _EMAIL.fullmatch(address):
            return address
    return ""


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


def is_nameless(mention: Mention) -> bool:
    """Return whether the cells have no name, but only an address or number."""
    name, _ = _name_and_login(mention)
    return bool(email_of(name)) or is_number((name,))


def name_and_address(mention: Mention) -> tuple[str, str]:
    """Return the name and the address that a mention has; the address may be empty."""
    name, _ = _name_and_login(mention)
    email = next(iter(_emails(mention)), "")
    return (email if email and is_nameless(mention) else name)[:200], email


def addresses_of(mention: Mention) -> list[str]:
    """Return the addresses for a new person, the preferred first: the given or invented ones.

    Those are made of the name and what is in brackets behind it. The last one has a mark that no
    other mention has; it is the only one if the words alone would not tell similar names apart.
    """
    if emails := _emails(mention):
        return emails[:1]
    whole = one_line(" ".join(_name_and_login(mention))).lower()
    slug = plain(whole).encode("ascii", "ignore").decode().strip()
    mark = hashlib.sha256(unicodedata.normalize("NFC", whole).encode()).hexdigest()[:12]
    marked = f"{slug[:45]} {mark}"
    is_clear = slug and len(slug) <= 60 and slug == _words(whole)
    found = [slug, marked] if is_clear else [marked]
    return [f"{'.'.join(each.split())}@{NOWHERE}" for each in found]


def others_in(cell: str) -> list[str]:
    """Return all people in a cell but the first."""
    parts = [each.strip() for each in _NEXT_PERSON.split(cell) if each.strip()]
    if len(parts) == 1 and all("@" in each for each in cell.split(",")):
        parts = [each.strip() for each in cell.split(",")]
    return parts[1:]


def is_address_of(cell: str, mention: Mention) -> bool:
    """Return whether a cell has the mentioned person's name with an address."""
    name, email = name_and_address((cell,))
    known, address = name_and_address(mention)
    return bool(email and not address and is_same_name(name, known))


def is_same_name(one: str, other: str) -> bool:
    """Return whether two names differ only in case, punctuation or the order of “Raman, Priya”."""
    return _words(first_name_first(one)) == _words(first_name_first(other))


def keys_of(mention: Mention) -> list[str]:
    """Return the keys that may identify the person, the most reliable first.

    If there is an address, names are no keys.
    """
    found = _emails(mention) or [key for cell in mention for key in _keys(cell)]
    return [key.lower() for key in dict.fromkeys(found) if key]


def logins_of(mention: Mention) -> dict[str, str]:
    """Return which keys may be compared with the part of an address before “@”.

    “HR” and “Ann” may not; they would fit a mailbox or another person. A word in brackets behind a
    name, such as “(extern)”, need not be a login: then the name is given, and has to fit as well.
    """
    found = {}
    for name, user in map(_parts, mention):
        word = user or name
        is_sure = bool(re.search(r"[\d.\\@]", word))
        if " " not in word and (is_sure or word == word.lower()):
            found[_account(word).lower()] = name if user and not is_sure else ""
    return found


def shares_word(one: str, other: str) -> bool:
    """Return whether two names have a word in common."""
    return bool(set(plain(one).split()) & set(plain(other).split()))


def _words(name: str) -> str:
    name = unicodedata.normalize("NFC", name).lower()
    return " ".join(re.sub(r"[\W_]+", " ", name).split())


def _emails(mention: Mention) -> list[str]:
    return [email for cell in mention for each in _parts(cell) if (email := email_of(each))]


def _name_and_login(mention: Mention) -> tuple[str, str]:
    """Return the name, first name first, and what is in brackets behind it."""
    parts = [_parts(cell) for cell in mention]
    named = (part for part in parts if not (email_of(part[0]) or is_number((part[0],))))
    name, user = next(named, parts[0])
    return first_name_first(name), user


def _keys(cell: str) -> list[str]:
    name, user = _parts(cell)
    last, comma, first = name.partition(",")
    if not comma and " " in name:
        first, last = name.rsplit(" ", 1)[1], name.rsplit(" ", 1)[0]  # “García Pedro”
    turned = f"{first.strip()} {last}".strip()
    return [one_line(cell), name, turned, user, _account(user or name)]


def _account(user: str) -> str:
    """Return the user name in `DOMAIN\\user` and in `user@DOMAIN`."""
    return user.rpartition("\\")[2].partition("@")[0]


def _parts(cell: str) -> tuple[str, str]:
    """Return name and user name of “Patrick Brown (pab26)”; the first ones if there are several."""
    words = one_line(_NEXT_PERSON.split(cell.strip(), maxsplit=1)[0]).replace('"', "")
    if found := _DISTINGUISHED.fullmatch(words):
        words = re.sub(r"\\(.)", r"\1", found[1])
    found = re.fullmatch(r"(.+?) ?[(<\[（]([^()<>\[\]（）]+)[)>\]）]", words)
    return (found[1], found[2].strip()) if found else (words, "")
