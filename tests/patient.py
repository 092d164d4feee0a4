"""Time limits of the product, lengthened for tests, because a machine may be slow and busy."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.waiting import PATIENCE

LIMITS = (
    "bot.http_limits.ANSWER_SECONDS",
    "bot.http_limits.BODY_SECONDS",
    "bot.http_limits.HEAD_SECONDS",
    "bot.playground.delivery.ACK_TIMEOUT",
    "bot.playground.state.TRIGGER_SECONDS",
    "bot.scheduled.STALLED",
    "bot.slack.listeners.gate.PATIENCE",
    "bot.slack.listeners.pace.PATIENCE",
    "bot.slack.listeners.press.PATIENCE",
    "bot.slack.reading.names.PATIENCE",
    "bot.slack.turn.progress.MESSAGE_DELAY",
    "bot.slack.turn.progress.STATUS_DELAY",
    "bot.slack.turn.progress.STATUS_TIMEOUT",
    "bot.slack.turn.title.TIMEOUT",
    "bot.web.metrics.PATIENCE",
    "services.jobs.queue.CONNECTION_TIMEOUT",
    "services.storage.database.CONNECTION_TIMEOUT",
)
"""The constants of the product that are seconds after which it stops waiting.

A test about such a limit sets it to what it needs.
"""


@contextmanager
def short_waits() -> Iterator[None]:
    """Wait only briefly during the block for a database that cannot be reached."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("bot.slack.listeners.gate.PATIENCE", "bot.slack.listeners.pace.PATIENCE"):
            patch.setattr(name, 0.2)
        patch.setattr("services.storage.database.CONNECTION_TIMEOUT", 0.2)
        yield


@pytest.fixture(scope="session", autouse=True)
def patient() -> Iterator[None]:
    """Set the limits to a time that no test reaches."""
    with pytest.MonkeyPatch.context() as patch:
        for name in LIMITS:
            patch.setattr(name, PATIENCE)
        yield
