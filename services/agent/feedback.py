"""Feedback: people say whether an answer helped them, and admins read the counts and reasons."""

from collections import Counter
from typing import Annotated

from pydantic import StringConstraints
from sqlalchemy import text

from services import metrics
from services.agent.offline import OfflineModel
from services.context import Context
from services.errors import DeskError
from services.storage.statements import Row
from services.tools.argument_types import RowNumber
from services.tools.itsm import itsm_for_admins
from services.tools.parameters import Label
from services.tools.tool import tool

HELPED, DID_NOT_HELP = "helped", "did_not_help"

DAYS = 30
NEWEST = 10
"""The maximum number of reasons that are shown, the newest first."""
LONGEST_REASON = 200

Helped = Annotated[bool, Label("Whether it helped", "Say yes or no.")]
Reason = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=LONGEST_REASON),
    Label("A few words, shown to admins without your name"),
]

_RATE = text("SELECT app.rate_answer(:turn, :verdict, :reason) AS is_new")
_FEEDBACK = text("SELECT * FROM app.feedback(:days)")


@tool(writes=True, by_hand=True, title="What was missing?")
async def rate_answer(
    ctx: Context, turn: RowNumber, helped: Helped, reason: Reason | None = None
) -> str:
    """Rate an answer to one's own question; a later rating replaces an earlier one."""
    verdict = HELPED if helped else DID_NOT_HELP
    row = await ctx.fetch_one(_RATE, turn=turn, verdict=verdict, reason=reason or None)
    if row is None:
        raise DeskError("Only the person who asked can say whether this answer helped.")
    if row["is_new"]:
        metrics.FEEDBACK.labels(verdict).inc()
    if reason:
        return "Thank you. Admins can read your reason, without your name."
    if helped:
        return "Thank you. I noted that this answer helped."
    return "Thank you. I noted that this answer did not help."


@itsm_for_admins("feedback", "which answers helped, and why others did not")
async def show_feedback(ctx: Context) -> str:
    """Show how many answers of each model helped, and the newest reasons why one did not help."""
    rated = await ctx.fetch_all(_FEEDBACK, days=DAYS)
    if not rated:
        return f"Nobody has rated an answer of the last {DAYS} days."
    lines = [f"Rated answers of the last {DAYS} days:", *_counts(rated)]
    reasons = [each for each in rated if each["reason"]][:NEWEST]
    if reasons:
        lines += ["Newest reasons:", *(_reason(each) for each in reasons)]
    return "\n".join(lines)


def _counts(rated: list[Row]) -> list[str]:
    counts = Counter((_author(each), each["verdict"]) for each in rated)
    models = dict.fromkeys(model for (model, _), _ in counts.most_common())
    return [
        f"• {model}: {counts[model, HELPED]} helped, {counts[model, DID_NOT_HELP]} did not help"
        for model in models
    ]


def _reason(rated: Row) -> str:
    when = rated["answered_at"]
    return f"• {when.day} {when:%B}, {_author(rated)}: “{rated['reason']}”"


def _author(rated: Row) -> str:
    model = rated["model"]
    return "built-in rules" if model in (None, OfflineModel.name) else str(model)
