"""Recognise exports of ServiceNow, and read the references in them."""

import re
from collections.abc import Collection, Iterable

from services.importing.plain import plain_header
from services.importing.tables import Cell

_REFERENCE = re.compile(r"\{\s*(['\"])(?:link|value|display_value)\1:.*\}", re.DOTALL)
_FACT = r"""(['"]){}\1:\s*(['"])((?:(?!\2).)*)\2"""


def is_of_servicenow(headers: Iterable[str]) -> bool:
    """Return whether the headers are those of ServiceNow's tables, also of its JSON's objects."""
    return bool(
        {plain_header(each.split(".")[0]) for each in headers} & {"caller id", "sys class name"}
    )


def is_beside_value(header: str, headers: Collection[str]) -> bool:
    """Return whether the column only repeats the column `….value`, as a name or a link."""
    name, _, fact = header.rpartition(".")
    return fact in ("display_value", "link") and f"{name}.value" in headers


def referred(cell: Cell) -> Cell:
    """Return name or id in a cell such as `{'link': 'https://…', 'value': '681c…'}`."""
    if not isinstance(cell, str) or not _REFERENCE.fullmatch(cell.strip()):
        return cell
    facts = (re.search(_FACT.format(name), cell) for name in ("display_value", "value"))
    return next((found[3] for found in facts if found and found[3]), "")
