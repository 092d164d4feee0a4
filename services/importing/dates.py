"""Parse dates of other systems. Where day and month could be swapped, the whole column decides."""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from services.errors import DeskError
from services.sanitize import plain


class Order(StrEnum):
    """The part of a date that comes first: day or month."""

    day = "DD/MM/YYYY"
    month = "MM/DD/YYYY"


ORDERS = {each.value: each for each in Order}

_NUMBERS = re.compile(
    r"\A(\d{1,4})\s*([/.\- ])\s*(\d{1,2})\s*\2\s*(\d{2,4})(?:(?: - |[T, ]+)(.+))?"
)
_DAY_NAMED = re.compile(
    r"\A(\d{1,2})(?: de |[/.\- ]+)([^\W\d]+)(?: de |[/.\-, ]+)(\d{2,4})(?:(?: - |[T, ]+)(.+))?"
)
_MONTH_NAMED = re.compile(r"\A([^\W\d]+)[. ]+(\d{1,2}),? +(\d{4})(?:[, ]+(.+))?")
_YEAR_LAST = re.compile(r"\A([^\W\d]+) (\d{1,2}) (\d[\d:]{3,7}(?: [A-Z]{3,4})?) (\d{4})")
"""As C writes dates, such as “Mar 13 09:10:00 2026”."""
_LDAP = re.compile(r"\A(\d{14})(?:[.,]\d+)?Z")
_SECONDS = re.compile(r"\A(1\d{9})(\d{3})?(?:\.\d+)?")
"""Unix timestamps from 2001 to 2033, in seconds and in milliseconds."""
_DAYS = re.compile(r"\A([345]\d{4})(?:[.,](\d+))?")
"""Spreadsheet dates from 1982 to 2064: days since 30 December 1899."""
_MONTHS = (
    "ja",
    "f",
    "mar mrz maa",
    "av ap abr",
    "may mai mei mag maj",
    "jun juin giu",
    "jul juil lug",
    "au ao ag",
    "se",
    "o",
    "n",
    "d",
)
"""The beginnings of the months' names in the languages of headers.toml."""
_WEEKDAYS = "mo tu we th fr sa su di mi do so lu mar me je ve gi se te qu ma wo vr za zo ju vi"
_LONGEST = 60
"""The maximum number of characters of a date."""
_FIRST_YEAR = 1971
"""Earlier years mean “never”: some systems export the start of their calendar for that."""


class OrderEvidence:
    """Finds the order of day and month from the dates of a column."""

    def __init__(self) -> None:
        self._seen: dict[Order, tuple[int, str]] = {}
        self._unclear: tuple[int, str] | None = None

    def add(self, line: int, text: str) -> None:
        """Learn from a date of the column, which stands in this line."""
        if len(text) > _LONGEST or not text[:1].isdigit():
            return  # as most cells are, of which there are many
        found = _NUMBERS.fullmatch(" ".join(text.split()))
        if found is None or not _is_swappable(found):
            return
        first, second = int(found[1]), int(found[3])
        if max(first, second) > 31 or min(first, second) > 12:
            return
        if first > 12 or second > 12:
            self._seen.setdefault(Order.day if first > 12 else Order.month, (line, text))
        elif first != second:
            self._unclear = self._unclear or (line, text)

    @property
    def orders(self) -> set[Order]:
        return set(self._seen)

    def order(self, header: str, others: Iterable[Self] = ()) -> Order | None:
        """Return the order of day and month in the column; None if no date depends on it.

        Dates that fit both are in the order of the file's other columns, if that is the same in
        all. Raises `DeskError` if they are not, or if the dates have both orders.
        """
        if len(self._seen) == 2:
            (line, text), (other, another) = self._seen[Order.day], self._seen[Order.month]
            raise DeskError(
                f"The dates under “{header}” are in two orders: {text} in line {line}, and"
                f" {another} in line {other}. Correct the file, or say in a mapping file which one"
                f' is right: dates = "{Order.day}". The others are then refused.'
            )
        if self._unclear and not self._seen:
            if len(found := set[Order]().union(*(each.orders for each in others))) == 1:
                return found.pop()
            line, text = self._unclear
            raise DeskError(
                f"I can't tell day and month apart under “{header}”, such as {text} in line {line}."
                f' Say it in a mapping file: dates = "{Order.day}" or dates = "{Order.month}".'
            )
        return next(iter(self._seen), None)


def parse_date(text: str, order: Order | None, zone: ZoneInfo) -> datetime | None:
    """Return the moment; None for a date that means “never”. Raises ValueError if it is no date."""
    moment = _parse(" ".join(text.split()), order)
    if moment.year < _FIRST_YEAR:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _parse(text: str, order: Order | None) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    return _of_stamp(text) or _of_words(text, order)


def _of_stamp(text: str) -> datetime | None:
    """Return the moment of a date in a program's own notation, as of LDAP; None for other texts."""
    if found := _LDAP.fullmatch(text):
        return datetime.strptime(found[1], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    if found := _SECONDS.fullmatch(text):
        return datetime.fromtimestamp(int(found[1]), UTC)
    if found := _DAYS.fullmatch(text):
        return datetime(1899, 12, 30) + timedelta(days=float(f"{found[1]}.{found[2] or 0}"))
    return None


def _of_words(text: str, order: Order | None) -> datetime:
    if found := _YEAR_LAST.fullmatch(text):
        day = date(int(found[4]), _month(found[1]), int(found[2]))
        return datetime.combine(day, _time(found[3]))
    if found := _NUMBERS.fullmatch(text):
        day = _of_numbers(found, order)
    elif found := _DAY_NAMED.fullmatch(text):
        day = date(_year(found[3]), _month(found[2]), int(found[1]))
    elif found := _MONTH_NAMED.fullmatch(text):
        day = date(int(found[3]), _month(found[1]), int(found[2]))
    else:
        weekday, _, rest = text.partition(" ")
        if not (rest and plain(weekday).startswith(tuple(_WEEKDAYS.split()))):
            raise ValueError(text)
        return _parse(rest, order)
    at = found.groups()[-1] or ""
    is_over = at.startswith("24:00")  # the end of the day
    moment = datetime.combine(day, _time(at.replace("24", "00", 1) if is_over else at))
    return moment + timedelta(days=is_over)


def _is_swappable(found: re.Match[str]) -> bool:
    """Return whether day and month could be swapped: not if the year is first, or with dots."""
    return len(found[1]) <= 2 and found[2] != "."


def _of_numbers(found: re.Match[str], order: Order | None) -> date:
    first, second, third = found[1], int(found[3]), found[4]
    if len(first) == 4:
        return date(int(first), second, int(third))
    day_first = not _is_swappable(found) or order is Order.day or int(first) == second
    if order is None and not day_first:
        raise ValueError(found[0])
    day, month = (int(first), second) if day_first else (second, int(first))
    return date(_year(third), month, day)


def _year(digits: str) -> int:
    return int(digits) + (2000 if len(digits) == 2 else 0)


def _month(name: str) -> int:
    for number, beginnings in enumerate(_MONTHS, start=1):
        if plain(name).startswith(tuple(beginnings.split())):
            return number
    raise ValueError(name)


_ZONES = {
    "UTC": 0,
    "GMT": 0,
    "WET": 0,
    "WEST": 1,
    "BST": 1,
    "CET": 1,
    "CEST": 2,
    "MEZ": 1,
    "MESZ": 2,
    "EET": 2,
    "EEST": 3,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "AKST": -9,
    "AKDT": -8,
    "HST": -10,
}
"""The hours by which the time of a zone is ahead of UTC."""
_TIME = re.compile(
    r"(?:at |um |à )?(\d{1,2})[:h](\d{2})(?::(\d{2}))?(?:[.,]\d+)?\s*([ap]\.?\s?m\.?)?"
    rf"\s*(Z|(?:GMT|UTC)?[+-]\d{{2}}:?\d{{2}}|{'|'.join(_ZONES)})?(?: \([^()]{{1,40}}\))?",
    re.IGNORECASE,
)


def _time(text: str) -> time:
    if not text:
        return time()
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(text)
    hour, half = int(found[1]), (found[4] or "").lower()
    if half:
        hour = hour % 12 + (12 if half[0] == "p" else 0)
    return time(hour, int(found[2]), int(found[3] or 0), tzinfo=_offset(found[5]))


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text[-1].isalpha():
        return timezone(timedelta(hours=_ZONES.get(text.upper(), 0)))
    text = text[text.index("-" if "-" in text else "+") :]
    minutes = int(text[1:3]) * 60 + int(text[-2:])
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))
