"""JSON files: a list of objects, somewhere in the file, becomes a table."""

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import orjson

from services.errors import DeskError
from services.importing.tables import Cell, Row, tidy


class JsonTable:
    """The table of a JSON file. Objects within objects become headers such as `general.name`."""

    unit = "record"

    def __init__(self, path: Path) -> None:
        try:
            content = orjson.loads(path.read_bytes().removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError as error:
            raise DeskError(f"{path} is not JSON: {error}.") from error
        self._records = [_flat(each) for each in _records(content) if isinstance(each, dict)]
        if not self._records:
            raise DeskError(f"{path} has no list of records.")

    @cached_property
    def headers(self) -> list[str]:
        return list(dict.fromkeys(name for record in self._records for name in record))

    def rows(self) -> Iterator[Row]:
        found = (
            Row(number, [record.get(name) for name in self.headers])
            for number, record in enumerate(self._records, start=1)
        )
        return tidy(found, self.headers)


def _records(content: Any) -> list[Any]:
    """Return the longest list of objects that is not within another; without one, the object."""
    return max(_lists(content), key=len, default=[content])


def _lists(content: Any) -> Iterator[list[Any]]:
    if isinstance(content, list):
        if any(isinstance(each, dict) for each in content):
            yield content
    elif isinstance(content, dict):
        for each in content.values():
            yield from _lists(each)


def _flat(record: dict[str, Any], before: str = "") -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{name}.")
        elif isinstance(value, list):
            plain = [str(each) for each in value if not isinstance(each, dict | list)]
            found[before + name] = ", ".join(plain)
        else:
            found[before + name] = value
    return found
