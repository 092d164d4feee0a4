"""The `delete_messages` job: delete from Slack what the desk posted in a deleted conversation."""

from procrastinate import App as Queue
from procrastinate import JobContext

from bot.runtime import Runtime
from bot.slack.api.errors import attempt, best_effort
from services.jobs.queue import RetryWithBackoff

NO_TITLE = "Deleted conversation"


def register(queue: Queue) -> None:
    task = queue.task(name=delete_messages.__name__, pass_context=True, retry=RetryWithBackoff())
    task(delete_messages)


async def delete_messages(
    context: JobContext, channel: str, thread_ts: str, timestamps: list[str]
) -> None:
    """Delete the messages that Slack lets the desk delete; reset the title of a direct thread."""
    runtime: Runtime = context.additional_context["runtime"]
    for ts in timestamps:
        await attempt(runtime.slack.chat_delete, context.job.attempts, channel=channel, ts=ts)
    if channel.startswith("D"):
        where = {"channel_id": channel, "thread_ts": thread_ts}
        await best_effort(runtime.slack.assistant_threads_setTitle, title=NO_TITLE, **where)
