"""Read JSON files as tables: a list of objects, one object on each line, or pages of them."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import ijson
import orjson

from services.errors import DeskError
from services.importing.beside import facts_of, lists_beside, with_names
from services.importing.headers import known
from services.importing.tables import FIRST_ROWS, Cell, Row, tidy
from services.sanitize import one_line

_NAMES = ("name", "displayName", "display_name", "login", "username")
_EMAILS = ("email", "emailAddress", "email_id", "mail")
_TEXTS = {"body", "plain_body", "body_text", "text", "content", "comment", "value"}
_MARK = b"\xef\xbb\xbf"


class JsonTable:
    """The table of a JSON file; only one record at a time is in memory.

    Objects within objects become headers such as `general.name`.
    """

    unit = "record"

    def __init__(self, path: Path) -> None:
        self._path = path
        with _opened(path) as file:
            self._prefix, lists = _fullest_list(file)
        if name := self._name_of_pages():
            self._prefix = f"{self._prefix}.{name}.item".lstrip(".")
        beside = lists_beside(self._prefix, lists)
        self._beside = {name: facts_of(self._items(where)) for name, where in beside}
        self.headers = list(dict.fromkeys(name for record in self._records() for name in record))
        if not self.headers:
            raise DeskError(f"{path} has no list of records: export a JSON array of objects.")

    @property
    def remarks(self) -> list[str]:
        return []

    def rows(self) -> Iterator[Row]:
        found = (
            Row(number, [record.get(name) for name in self.headers])
            for number, record in enumerate(self._records(), start=1)
        )
        return tidy(found, self.headers)

    def _name_of_pages(self) -> str:
        """Return the name of the list in each object, if the objects are pages and no records.

        Then more names of columns are known in that list than beside it.
        """
        objects = self._items(self._prefix)
        for page in islice((each for each in objects if isinstance(each, dict)), FIRST_ROWS):
            for name, value in page.items():
                if isinstance(value, list) and value and isinstance(value[0], dict):
                    beside = {each: page[each] for each in page if each != name}
                    if known(_flat(value[0])) > known(_flat(beside)):
                        return str(name)
        return ""

    def _records(self) -> Iterator[dict[str, Cell]]:
        for each in self._items(self._prefix):
            if isinstance(each, dict):
                yield _flat(with_names(each, self._beside))

    def _items(self, prefix: str) -> Iterator[Any]:
        with _opened(self._path) as file:
            yield from ijson.items(file, prefix, multiple_values=True, use_float=True)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open the file after its byte order mark; raise `DeskError` where it is no JSON."""
    with path.open("rb") as file:
        if file.read(len(_MARK)) != _MARK:
            file.seek(0)
        try:
            yield file
        except ijson.JSONError as error:
            reason = str(error).splitlines()[0]
            raise DeskError(f"{path} is not JSON: {reason}.") from error


def _fullest_list(file: BinaryIO) -> tuple[str, set[str]]:
    """Return the path of the outermost list of objects that has the most values, and all of them.

    The path is empty if there is none: then the objects on the lines of the file are the records.
    """
    values, outer, lines = Counter[str](), "", 0
    for prefix, event, _ in ijson.parse(file, multiple_values=True):
        if outer and prefix.startswith(f"{outer}."):
            values[outer] += 1
        elif event == "start_map":
            lines += not prefix
            outer = prefix if prefix.endswith("item") else ""
    fullest = max(values, key=values.__getitem__, default="") if lines <= 1 else ""
    return fullest, set(values)


def _names(things: list[Any]) -> str:
    """Return the names of labels, people and the like, one on each line.

    It is empty for comments and other things with a text, and for things without a name.
    """
    lines = []
    for thing in things:
        if not isinstance(thing, dict) or _TEXTS & thing.keys():
            return ""
        name = next((str(thing[key]) for key in _NAMES if thing.get(key)), "")
        email = next((str(thing[key]) for key in _EMAILS if thing.get(key)), "")
        lines.append(f"{name} <{email}>" if name and email else name or email)
    return "\n".join(map(one_line, lines)) if all(lines) else ""


def _flat(record: dict[str, Any], before: str = "") -> dict[str, Cell]:
    found: dict[str, Cell] = {}
    for name, value in record.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{before}{name}.")
        elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
            found[before + name] = _names(value) or orjson.dumps(value).decode()
        elif isinstance(value, list):
            plain = [str(each) for each in value if not isinstance(each, dict | list)]
            found[before + name] = ", ".join(plain)
        else:
            found[before + name] = value
    return found
