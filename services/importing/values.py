"""Convert cells to values of our columns; raise `Refused` where that is impossible."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from services.entities.column import TEXT_LENGTH
from services.errors import DeskError
from services.importing.dates import Order, parse_date
from services.importing.kinds import Kind, Target
from services.importing.plain import gigabytes
from services.importing.serials import is_junk
from services.importing.tables import Cell
from services.importing.words import CHOICES, REOPENED, YES_OR_NO, flat
from services.sanitize import one_line, plain

_SCIENTIFIC = re.compile(r"\A-?\d+(?:[.,]\d+)?E\+?\d+", re.IGNORECASE)
_GROUPED = re.compile(r"\A\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3})+")
_CONTROLS = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f]")
_HEXADECIMAL = re.compile(r"X'((?:[0-9a-fA-F]{2})+)'")
_BETWEEN_SIZES = re.compile(r"<br ?/?>|[\n+]")
_TIMES = re.compile(r"\A(\d{1,2}) ?[x×*] ?(?=\d)", re.IGNORECASE)
"""Matches the number of modules or disks before their size, such as “2 x ”."""
_SUM = re.compile(r"\(\d{1,2} ?[x×*] ?[^()]{1,20}\)")
"""Matches what a size is made of, such as “(2 x 8 GB)” behind “16 GB”."""
_ANOTHER = re.compile(
    r"(?<![\w.,])(?<!pcie )(?<!gen )\d(?![\d.,]*\s?(?:[mg]hz|mt/s|rpm))", re.IGNORECASE
)
"""Matches a further number that may be a size, unlike those in “DDR4” and “3200 MHz”."""
_GRADED = re.compile(
    r"(?:(?:(?:p|prio\w{0,6}|sev\w{0,5}) ?)?\d{1,3}(?: ?[-.:] ?| ))?"
    r"(.+?) ?(?:\(([^()]+)\))?",
    re.IGNORECASE,
)
"""Matches words with an optional number before and an optional remark behind them."""
_MOST = {"ram_gb": 1024, "storage_gb": 100_000}
"""The largest number without a unit that is taken for gigabytes, by column."""


class Refused(DeskError):  # noqa: N818 - reads as the answer it becomes
    """A cell for which the import refuses its row; `word` is one a mapping file could translate."""

    word: tuple[str, str] | None = None


def readable(cell: Cell) -> Cell:
    """Return a cell without control characters, some of which Postgres can't store.

    A text such as X'42c3a472' of Active Directory's csvde is decoded.
    """
    if not isinstance(cell, str):
        return cell
    if found := _HEXADECIMAL.fullmatch(cell):
        with suppress(UnicodeDecodeError):
            cell = bytes.fromhex(found[1]).decode()
    return _CONTROLS.sub("", cell)


def text_of(cell: Cell, target: Target) -> tuple[str, str]:
    """Return a text, and a remark for people if it was shortened."""
    words = str(cell).replace("\r\n", "\n").replace("\r", "\n").strip()
    if not (target.facts.body or target.facts.max_length == TEXT_LENGTH):
        words = one_line(words)
    most = target.facts.max_length
    if most and len(words) > most:
        return f"{words[: most - 1]}…", f"{target.label.lower()} shortened to {most} characters"
    return words, ""


def identifier_of(cell: Cell, target: Target) -> str:
    """Return an external id, serial number or UUID; empty for a placeholder."""
    words = one_line(str(cell))
    lost = isinstance(cell, float) or (isinstance(cell, str) and _is_scientific(words))
    if lost:
        raise Refused(
            f"a spreadsheet has cut the {target.label.lower()} to {words}: export it again, with"
            " that column as text"
        )
    if target.name in ("serial_number", "uuid"):
        return "" if is_junk(words) else words
    return re.sub(r"\s", "", words) if _GROUPED.fullmatch(words) else words


def _is_scientific(words: str) -> bool:
    return bool(_SCIENTIFIC.fullmatch(words)) and bool(re.search("[.,+]", words))


def number_of(cell: Cell, target: Target, header: str) -> int | None:
    """Return a size in whole gigabytes; its unit is beside the number or in the header.

    Several sizes in a cell, such as one for each memory module, are added up.
    """
    parts = [each.strip() for each in _BETWEEN_SIZES.split(_SUM.sub("", str(cell))) if each.strip()]
    sizes = [_gigabytes(each, target, header) for each in parts]
    total, is_said = sum(size for size, _ in sizes), all(said for _, said in sizes)
    if not is_said and total > _MOST.get(target.name, total):
        raise Refused(
            f"{cell} would be {total:,.0f} GB of {target.label}: say the unit in a mapping file,"
            f' such as [columns] "{header}" = "{target.name} MB"'
        )
    return round(total) or (1 if total else None)


def _gigabytes(words: str, target: Target, header: str) -> tuple[float, bool]:
    """Return a size in gigabytes, and whether its unit was given."""
    times = _TIMES.match(words)
    words = words[times.end() :] if times else words
    found = re.match(r"\d[\d.,' \u00a0\u202f\u2009]*", words)
    if found is None or _ANOTHER.search(words, found.end()):
        raise Refused(f"“{words[:40]}” under “{header}” is no size that I know")
    unit = gigabytes(words[found.end() :]) or gigabytes(header)
    if unit == 2**-30 and target.name != "ram_gb":
        unit = 1e-9  # disks are sold by the thousand
    count = int(times[1]) if times else 1
    return count * _amount(found[0]) * (unit or 1), unit is not None


def _amount(digits: str) -> float:
    digits = re.sub(r"[' \u00a0\u202f\u2009]", "", digits).rstrip(".,")
    if "," in digits and "." in digits:
        thousands = "," if digits.rindex(",") < digits.rindex(".") else "."
        digits = digits.replace(thousands, "")
    elif re.fullmatch(r"\d{1,3}(,\d{3})+", digits):
        digits = digits.replace(",", "")
    try:
        return float(digits.replace(",", "."))
    except ValueError:
        return float(re.sub(r"[.,]", "", digits))


def moment_of(cell: Cell, header: str, order: Order | None, zone: ZoneInfo) -> datetime | None:
    """Return a moment; None for dates that mean “never”, and for “yes” and “no”."""
    if isinstance(cell, datetime):
        return cell if cell.tzinfo else cell.replace(tzinfo=zone)
    if isinstance(cell, date):
        return datetime.combine(cell, time(), zone)
    try:
        return parse_date(str(cell), order, zone)
    except (ValueError, OverflowError):
        if plain(str(cell)) in YES_OR_NO:
            return None
        raise Refused(f"“{str(cell)[:40]}” under “{header}” is no date that I know") from None


def is_suspended(words: str) -> bool | None:
    """Return whether a cell says that an account is switched off; None if it says nothing.

    Numbers are those of Active Directory's userAccountControl, in which the bit 2 says so.
    """
    if re.fullmatch(r"[1-9]\d{1,9}|[2-9]", words):
        return bool(int(words) & 2)
    said = YES_OR_NO.get(plain(words))
    return None if said is None else said == "true"


def is_yes(cell: Cell) -> bool:
    return YES_OR_NO.get(plain(str(cell))) == "true"


def choice_of(cell: Cell, target: Target, kind: Kind, more: Mapping[str, str]) -> Any:
    """Return our value for another system's word; `more` has the mapping file's translations."""
    is_flag = target.column.type.python_type is bool
    known = YES_OR_NO if is_flag else _choices(kind, target)
    readings = _readings(str(cell))
    value = next((v for each in readings if (v := more.get(each) or known.get(each))), None)
    if value is None:
        ours = ["true", "false"] if is_flag else [each.value for each in target.facts.choices]
        label, word = target.label.lower(), str(cell)[:60]
        unknown = f"whether “{word}” means {label}" if is_flag else f"the {label} “{word}”"
        refused = Refused(
            f"I don't know {unknown}: write {', '.join(ours)}, or say in a mapping file under"
            f" [values.{target.name}] what it means"
        )
        refused.word = target.name, one_line(str(cell))
        raise refused
    return value == "true" if is_flag else value


def _readings(words: str) -> list[str]:
    """Return three ways to read a cell such as “P2 - High (urgent)”: whole, “high” and “urgent”."""
    found = _GRADED.fullmatch(one_line(words))
    readings = [plain(each) for each in (words, *(found.groups("") if found else ()))]
    return readings[-1:] if readings[-1] in REOPENED else readings


@cache
def _choices(kind: Kind, target: Target) -> dict[str, str]:
    known = flat(CHOICES[kind.name].get(target.name, {}))
    return known | {plain(each.value): each.value for each in target.facts.choices}
