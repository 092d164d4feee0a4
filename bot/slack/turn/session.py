"""The status of a thread in Slack's list of agent sessions."""

from bot.runtime import Runtime
from bot.slack.api.errors import best_effort


async def end_session(runtime: Runtime, channel: str, thread_ts: str) -> None:
    """Show that the desk no longer works in the thread: Slack's Stop leaves that to the app.

    Best effort: an app without agent features may not do so.
    """
    await best_effort(
        runtime.slack.agents_sessions_setStatus,
        channel_id=channel,
        thread_ts=thread_ts,
        status="active",
    )
