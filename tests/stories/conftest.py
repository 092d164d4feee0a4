"""Fixtures of several stories."""

import pytest
import structlog
from procrastinate import RetryDecision

from bot.slack.api import errors, send_once
from bot.slack.turn import job
from services.jobs.queue import RetryWithBackoff


@pytest.fixture
def impatient_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let failed jobs be retried at once; tests/services/test_queue.py has the real delays."""
    at_once = RetryDecision(retry_in={"seconds": 0})
    # Tracebacks as the product writes them: structlog's own draw every local, a second for each.
    plain = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    processors = [structlog.stdlib.add_log_level, plain]
    monkeypatch.setattr(job, "log", structlog.wrap_logger(structlog.PrintLogger(), processors))
    monkeypatch.setattr(send_once, "REQUEST_LIFETIME", 0)
    monkeypatch.setattr(errors, "SOON", (0.01,) * len(errors.SOON))
    monkeypatch.setattr(RetryWithBackoff, "get_retry_decision", lambda *_, **__: at_once)
