"""Convert times in a sentence into values of filters."""

import re
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
_DAY = (
    rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?)"
    r"(?: 20\d\d)?"
    rf"|\d{{4}}-\d\d-\d\d|\d{{1,2}}\.\d{{1,2}}\.\d{{4}}|20\d\d|yesterday|today|tomorrow"
    rf"|(?:next )?(?:{'|'.join(WEEKDAYS)})|{_MONTH})\b"
)
_NUMBER = rf"(?P<{{}}>\d{{{{1,3}}}}|{'|'.join(_COUNTS)})"
_UNIT = rf"(?P<{{}}>{'|'.join(_UNITS)})s?"

LENGTH = rf"{_NUMBER.format('count')} {_UNIT.format('unit')}"
"""The pattern of a length of time, such as “two weeks”."""
SPAN = (
    r"(?:(?:in|within|during|over|for|on|from|of) )?(?:the )?(?:"
    r"(?P<near>today|yesterday|tomorrow)"
    r"|(?P<which>this|last|past|next|coming) "
    rf"(?:{_NUMBER.format('many')} )?(?P<of>{'|'.join(_UNITS)})s?"
    rf"|since (?P<weekday>{'|'.join(WEEKDAYS)})"
    rf"|(?P<month>{'|'.join(_MONTHS)})(?! \d)"
    r"|(?P<year>20\d\d)\b(?!-)"
    rf"|(?P<sign>since|after|before|until|by) (?P<day>{_DAY}))"
)
"""The pattern of a time, such as “last week”, “in november” or “in the next 30 days”."""

_SIGNS = {"since": ">=", "after": ">", "before": "<", "until": "<=", "by": "<="}


def length(found: re.Match[str]) -> str:
    """Return the filter value of a match of `LENGTH`, such as `14d`."""
    return f"{_count(found['count'])}{_UNITS[found['unit'].lower()]}"


def span(found: re.Match[str], today: date) -> str:
    """Return the filter value of a match of `SPAN`; empty if it is no time."""
    said = {name: (value or "").lower() for name, value in found.groupdict().items()}
    if said["near"]:
        return (today + timedelta(1)).isoformat() if said["near"] == "tomorrow" else said["near"]
    if said["of"]:
        return _relative(said["which"], said["many"], said["of"], today)
    if said["weekday"]:
        back = (today.weekday() - WEEKDAYS.index(said["weekday"])) % 7
        return f">={today - timedelta(back)}"
    if said["month"]:
        month = _MONTHS.index(said["month"]) + 1
        return f"{today.year - (month > today.month)}-{month:02}"
    if said["year"]:
        return f"{said['year']}-01-01..{said['year']}-12-31"
    if said["day"] in _MONTHS:
        return _bounded(said["sign"], _MONTHS.index(said["day"]) + 1, today)
    when = said["day"] if re.fullmatch(r"20\d\d", said["day"]) else day(said["day"], today)
    when = f"{when}-01-01" if len(when) == len("2027") else when
    return f"{_SIGNS[said['sign']]}{when}" if when else ""


def _bounded(sign: str, month: int, today: date) -> str:
    """Return the filter value of “before october”: of the last such month that has begun."""
    first = date(today.year - (month > today.month), month, 1)
    last = (first + timedelta(31)).replace(day=1) - timedelta(1)
    ends = {"since": f">={first}", "before": f"<{first}", "after": f">{last}"}
    return ends.get(sign) or f"<={last}"


def _relative(which: str, many: str, unit: str, today: date) -> str:
    ahead = which in ("next", "coming")
    if many or (unit in ("hour", "day") and which != "this") or which in ("past", "coming"):
        amount = f"{_count(many or 'one')}{_UNITS[unit]}"
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


def _count(said: str) -> int:
    return _COUNTS.get(said.lower()) or int(said)
