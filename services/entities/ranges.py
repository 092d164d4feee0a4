"""Ranges of numbers and times as people and models write them: `>=32`, `<7d`, `2026-11`."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_

from services.errors import DeskError
from services.sanitize import one_line

NUMBERS = "a number or range, such as 32, >=32 or 16..32"
TIMES = "<7d (newer than 7 days), >7d (older), a day, month, or range such as 2026-11-01..today"
DATES = "a day, a month, or a range such as today..+90d, <today or >=2027-01-31"

_COMPARED = re.compile(r"(>=|<=|>|<|=|since |from |after |before |until )?\s{0,3}(\S.{0,40})")
_NUMBER = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s?(gb|g|tb|t)?", re.IGNORECASE | re.ASCII)
_SPAN = re.compile(r"([+-]?)(\d{1,5})\s?([a-z]{1,7})", re.IGNORECASE | re.ASCII)
_MONTH = re.compile(r"(\d{4})-(\d{2})", re.ASCII)
_SIGNS = {"since": ">=", "from": ">=", "after": ">", "before": "<", "until": "<=", "": "="}
_OLDER = (">", ">=", "before", "until")
"""What means older times before a length of time, as in `>1mo` and “before 1mo”."""
_DAY = timedelta(days=1)
_UNITS = {
    word: length
    for words, length in {
        "min mins minute minutes": timedelta(minutes=1),
        "h hr hrs hour hours": timedelta(hours=1),
        "d day days": _DAY,
        "w wk wks week weeks": 7 * _DAY,
        "m mo mos month months": 30 * _DAY,
        "y yr yrs year years": 365 * _DAY,
    }.items()
    for word in words.split()
}


@dataclass(frozen=True, slots=True)
class Range:
    """A range of values from `low` to `high`; None: no bound at that end.

    `closed`: `high` itself is in the range, too.
    """

    low: Any = None
    high: Any = None
    closed: bool = False
    above: bool = False
    """True if `low` itself is not in the range."""

    def on(self, column: ColumnElement[Any]) -> ColumnElement[bool]:
        """Return the condition that the column's value is in the range and not empty."""
        parts = [column.is_not(None)]
        if self.low is not None:
            parts.append(column > self.low if self.above else column >= self.low)
        if self.high is not None:
            parts.append(column <= self.high if self.closed else column < self.high)
        return and_(*parts)


def numbers(words: str) -> Range:
    """Parse a range of numbers; raise `DeskError` if it is none."""
    if ".." in words:
        low, _, high = words.partition("..")
        return Range(_number(low), _number(high), closed=True)
    word, said = _compared(words, NUMBERS)
    number, sign = _number(said), _SIGNS.get(word, word)
    match sign:
        case ">" | ">=":
            return Range(low=number, above=sign == ">")
        case "<" | "<=":
            return Range(high=number, closed=sign == "<=")
        case _:
            return Range(number, number, closed=True)


def times(words: str, now: datetime) -> Range:
    """Parse a range of times, relative to `now`, whose time zone says when days begin."""
    sign, said = _compared(words, TIMES)
    span = _SPAN.fullmatch(said)
    if span and not span[1]:
        moment = _before(now, span, words)
        return Range(high=moment) if sign in _OLDER else Range(low=moment)
    return _between(words, now, TIMES)


def dates(words: str, now: datetime) -> Range:
    """Parse a range of days; `+90d` is 90 days after today."""
    found = _between(words, now, DATES)
    low, high = (each.date() if each else None for each in (found.low, found.high))
    return Range(low, high)


def _between(words: str, now: datetime, usage: str) -> Range:
    if ".." in words:
        low, _, high = words.partition("..")
        return Range(_period(low, now, usage)[0], _period(high, now, usage)[1])
    word, said = _compared(words, usage)
    begin, end = _period(said, now, usage)
    sign = _SIGNS.get(word, word)
    ranges = {">=": Range(low=begin), ">": Range(low=end), "<": Range(high=begin)}
    return ranges.get(sign) or (Range(high=end) if sign == "<=" else Range(begin, end))


def _compared(words: str, usage: str) -> tuple[str, str]:
    """Return the sign or word of comparison, or "", and what stands behind it."""
    found = _COMPARED.fullmatch(words.strip().lower())
    if not found:
        raise unreadable(words, usage)
    return (found[1] or "").strip(), found[2].strip()


def _before(now: datetime, span: re.Match[str], words: str) -> datetime:
    """Return the moment that long ago, counted in UTC, where all days have 24 hours."""
    try:
        return now.astimezone(UTC) - _length(span)
    except (ValueError, OverflowError):
        raise unreadable(words, TIMES) from None


def _number(words: str) -> float:
    found = _NUMBER.fullmatch(words.strip())
    if not found:
        raise unreadable(words, NUMBERS)
    factor = 1024 if (found[2] or "").lower().startswith("t") else 1
    number = float(found[1]) * factor
    return int(number) if number.is_integer() else number


def _period(words: str, now: datetime, usage: str) -> tuple[datetime, datetime]:
    """Return the beginning and end of a day or month."""
    words = words.strip().lower()
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        if words in ("today", "now"):
            begin = today
        elif words == "yesterday":
            begin = today - _DAY
        elif span := _SPAN.fullmatch(words):
            begin = today + _length(span) * (1 if span[1] == "+" else -1)
        elif month := _MONTH.fullmatch(words):
            begin = today.replace(year=int(month[1]), month=int(month[2]), day=1)
            return begin, (begin + 31 * _DAY).replace(day=1)
        else:
            begin = datetime.combine(date.fromisoformat(words), today.timetz())
        return begin, begin + _DAY
    except (ValueError, OverflowError):
        raise unreadable(words, usage) from None


def _length(span: re.Match[str]) -> timedelta:
    """Return a length of time; raise ValueError for an unknown unit."""
    unit = _UNITS.get(span[3].lower())
    if unit is None:
        raise ValueError(span[3])
    return int(span[2]) * unit


def unreadable(words: str, usage: str) -> DeskError:
    return DeskError(f"I can't read “{one_line(words)[:40]}”: use {usage}.")
