"""Prometheus metrics of a process; no label has values that people or models choose."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

import structlog
from prometheus_client import Counter, Gauge, Histogram

log = structlog.get_logger()

_LONG = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 90, 180)
"""The upper bounds of histogram buckets for models and turns, in seconds."""

DELIVERIES = Counter("deskhand_deliveries", "Messages that Slack delivered", ["state"])
TURNS = Counter("deskhand_turns", "Turns that came to an end, and runs cut short", ["outcome"])
TURN_SECONDS = Histogram(
    "deskhand_turn_seconds", "Seconds from the beginning of a turn to its answer", buckets=_LONG
)
STEPS = Counter("deskhand_steps", "Messages written to transcripts", ["role"])
TOOL_SECONDS = Histogram(
    "deskhand_tool_seconds", "Seconds that calls of tools took", ["tool", "outcome"]
)
MODEL_SECONDS = Histogram(
    "deskhand_model_seconds",
    "Seconds that calls of models took",
    ["model", "outcome"],
    buckets=_LONG,
)
TOKENS = Counter("deskhand_tokens", "Tokens, as the provider counts them", ["model", "kind"])
COST = Counter("deskhand_model_cost", "Cost, as the provider counts it (dollars)", ["model"])
FEEDBACK = Counter("deskhand_feedback", "Answers rated by the person who asked", ["verdict"])
RETRIES = Counter("deskhand_retries", "Attempts that were repeated, by reason", ["what"])
WAITING = Gauge("deskhand_queue_deliveries", "Messages that wait for their turn")
OLDEST = Gauge("deskhand_queue_age_seconds", "Seconds that the oldest waiting message has waited")
JOBS = Gauge("deskhand_queue_jobs", "Jobs in the queue, of all replicas", ["status"])


@contextmanager
def timed(what: str, histogram: Histogram, **labels: str) -> Iterator[dict[str, object]]:
    """Count, time and log the block with its outcome: `done`, or the class of its error.

    What the block puts into the yielded dictionary is also logged.
    """
    begun, outcome, facts = perf_counter(), "done", dict[str, object]()
    try:
        yield facts
    except BaseException as error:
        outcome = type(error).__name__
        raise
    finally:
        took = perf_counter() - begun
        histogram.labels(**labels, outcome=outcome).observe(took)
        log.info(what, **labels, outcome=outcome, seconds=round(took, 3), **facts)
