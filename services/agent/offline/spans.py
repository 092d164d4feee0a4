"""Convert times in a sentence into values of filters."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from services.agent.offline.slots import WEEKDAYS, day

_COUNTS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_UNITS = {"hour": "h", "day": "d", "week": "w", "month": "mo", "year": "y"}
_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = rf"(?:{'|'.join(_MONTHS)}|{'|'.join(each[:3] for each in _MONTHS)})"
_DATE = (
    rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?)"
    r"(?: 20\d\d)?"
    r"|\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.\d{4}"
    rf"|(?:(?:last|next) )?(?:{'|'.join(WEEKDAYS)}))\b"
)
_DAY = rf"(?:{_DATE}|(?:20\d\d|yesterday|today|tomorrow|{_MONTH})\b)"
_NUMBER = rf"\d{{1,3}}|{'|'.join(_COUNTS)}"
_UNIT = rf"(?:{'|'.join(_UNITS)})"

LENGTH = rf"(?P<count>{_NUMBER}) (?P<unit>{_UNIT})s?"
"""Matches a length of time, such as “two weeks”."""

_SIGNS = {"since": ">=", "after": ">", "before": "<", "until": "<=", "by": "<="}
_SIGN = "|".join(_SIGNS)


def length(found: re.Match[str]) -> str:
    """Return the filter value of a match of `LENGTH`, such as `14d`."""
    return _age(found["count"], found["unit"].lower())


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Today's date, and whether a day without a year is the next one (`ahead`) or the last one."""

    today: date
    ahead: bool

    def day(self, said: str) -> date | None:
        """Return the date of “last monday” or “24 november”; None for “31 november”."""
        if re.fullmatch(r"20\d\d", said):
            return date(int(said), 1, 1)
        plain = said.removeprefix("last ")
        found = day(plain, self.today)
        when = date.fromisoformat(found) if found else None
        if when is None or when <= self.today or re.match(r"next|tomorrow|.*\d{4}", said):
            return when
        if plain in WEEKDAYS:
            back = when - timedelta(7)
            if plain != said:
                return back - timedelta(7 * (back == self.today))
            return when if self.ahead else back
        return when if self.ahead else self.day(f"{plain} {when.year - 1}")


def _near(calendar: _Calendar, said: str) -> str:
    return str(calendar.today + timedelta(1)) if said == "tomorrow" else said


def _period(calendar: _Calendar, since: str, which: str, many: str, unit: str) -> str:
    value = _relative(which, many, unit, calendar.today)
    if not since or value.startswith("<"):
        return value
    first = value.partition("..")[0]
    return f">={first}-01" if unit == "month" else f">={first}"


def _weekend(calendar: _Calendar) -> str:
    saturday = calendar.today - timedelta((calendar.today.weekday() - 5) % 7)
    return f"{saturday}..{saturday + timedelta(1)}"


def _ago(calendar: _Calendar, sign: str, many: str, unit: str) -> str:
    age = _age(many, unit)
    if sign in ("since", "after"):
        return f"<{age}"
    days = _count(many) * {"day": 1, "week": 7}.get(unit, 0)
    return str(calendar.today - timedelta(days)) if days and not sign else f">{age}"


def _between(calendar: _Calendar, first: str, last: str) -> str:
    end = calendar.day(last)
    begin = end and calendar.day(f"{first} {end:%B %Y}" if first.isdigit() else first)
    return f"{begin}..{end}" if begin else ""


def _month(calendar: _Calendar, said: str) -> str:
    month, today = _MONTHS.index(said) + 1, calendar.today
    year = today.year + (month < today.month if calendar.ahead else -(month > today.month))
    return f"{year}-{month:02}"


def _year(_: _Calendar, year: str) -> str:
    return f"{year}-01-01..{year}-12-31"


def _from_day(calendar: _Calendar, sign: str, said: str) -> str:
    if said in _MONTHS:
        return _bounded(sign, _MONTHS.index(said) + 1, calendar.today)
    when = calendar.day(said)
    return f"{_SIGNS[sign]}{when}" if when else ""


def _on_day(calendar: _Calendar, said: str) -> str:
    return str(calendar.day(said) or "")


_FORMS: tuple[tuple[str, Callable[..., str]], ...] = (
    (r"(today|yesterday|tomorrow)", _near),
    (rf"(since )?(?:the )?(this|last|past|next|coming) (?:({_NUMBER}) )?({_UNIT})s?\b", _period),
    (r"(?:(?:this|last|past) )?weekend", _weekend),
    (rf"(?:({_SIGN}) )?({_NUMBER}) ({_UNIT})s? ago", _ago),
    (rf"between (?:the )?({_DATE}|\d{{1,2}}) and (?:the )?({_DATE})", _between),
    (rf"({'|'.join(_MONTHS)})(?! \d)", _month),
    (r"(20\d\d)\b(?!-)", _year),
    (rf"({_SIGN}) (?:the )?({_DAY})", _from_day),
    (rf"({_DATE})", _on_day),
)
"""Patterns of times, each with the function that turns its groups into a filter value."""

SPAN = (
    r"(?:(?:in|within|during|over|for|on|from|of|at) )?(?:the )?"
    rf"(?P<span>{'|'.join(pattern for pattern, _ in _FORMS)})"
)
"""Matches a time, such as “last week”, “in november” or “in the next 30 days”."""


def span(found: re.Match[str], today: date, *, ahead: bool = False) -> str:
    """Return the filter value of a match of `SPAN`; empty if it is no time.

    A day without its year, such as “monday”, is the last such day, or the next one if `ahead`.
    """
    said, calendar = found["span"].lower(), _Calendar(today, ahead)
    for pattern, read in _FORMS:
        if form := re.fullmatch(pattern, said):
            return read(calendar, *(each or "" for each in form.groups()))
    return ""


def _bounded(sign: str, month: int, today: date) -> str:
    """Return the filter value of “before october”: of the last such month that has begun."""
    first = date(today.year - (month > today.month), month, 1)
    last = (first + timedelta(31)).replace(day=1) - timedelta(1)
    ends = {"since": f">={first}", "before": f"<{first}", "after": f">{last}"}
    return ends.get(sign) or f"<={last}"


def _relative(which: str, many: str, unit: str, today: date) -> str:
    ahead = which in ("next", "coming")
    if many or (unit in ("hour", "day") and which != "this") or which in ("past", "coming"):
        amount = _age(many or "one", unit)
        return f"today..+{amount}" if ahead else f"<{amount}"
    step = 0 if which == "this" else 1 if ahead else -1
    if unit == "week":
        monday = today + timedelta(7 * step - today.weekday())
        return f"{monday}..{monday + timedelta(6)}"
    if unit == "month":
        month = today.month - 1 + step
        return f"{today.year + month // 12}-{month % 12 + 1:02}"
    if unit == "year":
        return f"{today.year + step}-01-01..{today.year + step}-12-31"
    return "today"


def _age(many: str, unit: str) -> str:
    return f"{_count(many)}{_UNITS[unit]}"


def _count(said: str) -> int:
    return _COUNTS.get(said.lower()) or int(said)
