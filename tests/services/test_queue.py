"""The queue: how long a failing job is retried."""

from procrastinate.jobs import Job
from procrastinate.utils import utcnow

from services.jobs.queue import RetryWithBackoff


def test_failed_job_is_retried_for_an_hour_with_growing_delays() -> None:
    def wait(attempts: int) -> float:
        job = Job(id=1, queue="q", lock=None, queueing_lock=None, task_name="answer",
                  priority=0, attempts=attempts)  # fmt: skip
        decision = RetryWithBackoff().get_retry_decision(exception=Exception(), job=job)
        return (decision.retry_at - utcnow()).total_seconds() if decision else 0

    waits = [wait(attempts) for attempts in range(70)]
    assert [round(each) for each in waits[:8]] == [1, 2, 4, 8, 16, 32, 60, 60]
    assert 3_000 < sum(waits) < 4_500
