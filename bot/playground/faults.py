"""The Web API calls that the imitation records, and the failures that tests let it produce."""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]


class SlackError(Exception):
    """An error code of the Web API, with the other fields of its answer."""

    def __init__(self, error: str, **extra: Any) -> None:
        super().__init__(error)
        self.answer: Json = {"ok": False, "error": error} | extra


@dataclass
class Call:
    method: str
    args: Json
    answer: Json = field(default_factory=dict)
    status: int = 200


@dataclass
class Fault:
    """A failure of the next `times` calls of a Web API method, or of any `response_url`.

    `error`: the answer is this error code and the method is not run, except with `drop="after"`.
    `drop`: the connection is closed without an answer, `before` or `after` the method is run, or
    first closed and a while later the method is run (`late`).
    `page`: the answer is an HTML page, as of a proxy.
    """

    method: str
    error: str | None = None
    status: int = 200
    retry_after: int | None = None
    drop: Literal["before", "after", "late"] | None = None
    page: bool = False
    delay: float = 0
    times: int = 1


class Faults:
    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        self._waiting.append(fault)

    def take(self, method: str) -> Fault | None:
        for fault in self._waiting:
            if fault.method == method:
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None
