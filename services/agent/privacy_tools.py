"""Tools for privacy (what is kept and sent) and for the monthly budget of each person."""

from sqlalchemy import text

from services.agent.catalogue import choices, is_private
from services.context import Context
from services.desk_settings import BY_KEY
from services.tools.itsm import itsm

PRIVACY = "\n".join(
    [
        "What the desk keeps, where, and who can read it:",
        "• Tickets, machines, people, teams, notes, tags and their history: for good, in your"
        " company's own database. Each person reads what their permissions allow.",
        "• Conversations with the desk: {days} days after the last question, in the same database."
        " In Slack, everyone who reads the channel reads them. Admins see in the history which"
        " words led to a change that they may see.",
        "• Your model and your morning digest: until you change them, for you alone.",
        "• Whether an answer helped you: with the conversation. Admins read your reason without"
        " your name.",
        "• The people who run the server can read everything. Slack keeps its own copy of every"
        " message.",
        "What leaves the company:",
        "• {models}",
        "• {retention}",
        "Delete a message in Slack, and its words are deleted here too. You can delete whole"
        " conversations on my Home tab.",
    ]
)

NO_MODELS = "Nothing: built-in rules answer, on the desk's own server."
SENT = (
    "Your name and role, the thread's messages to the desk and its answers, and what was looked up"
    " with your permissions go to {providers}, whose models answer."
)
ZERO = "Zero data retention is on: only providers that keep nothing of it are asked."
KEPT = "Zero data retention is off: what the provider keeps depends on your company's contract."

_KEPT_DAYS = text("SELECT app.transcript_days(:preset) AS days")
_BUDGET = text(
    "SELECT app.budget() AS budget, (SELECT dollars FROM spending WHERE person_id = :person"
    " AND month = date_trunc('month', now() AT TIME ZONE 'UTC')) AS spent"
)


@itsm("privacy", "what the desk keeps, for how long, and who can read it")
async def show_privacy(ctx: Context) -> str:
    """Show what is kept where and for how long, who can read it, and what leaves the company."""
    hosts = sorted({each.host for each in await choices(ctx)})
    sent = SENT.format(providers=" and ".join(hosts)) if hosts else NO_MODELS
    retention = ZERO if await is_private(ctx) else KEPT
    [kept] = await ctx.fetch_all(_KEPT_DAYS, preset=BY_KEY["transcript_days"].preset)
    return PRIVACY.format(days=kept["days"], models=sent, retention=retention)


@itsm("budget", "what language models have cost for you this month")
async def show_budget(ctx: Context) -> str:
    """Show what the person's answers have cost this month, and the budget for that."""
    [row] = await ctx.fetch_all(_BUDGET, person=ctx.actor.person_id)
    spent = f"Language models have cost ${row['spent'] or 0:.2f} for you this month"
    if row["budget"] is None:
        return f"{spent}. There is no limit."
    return f"{spent}, of at most ${row['budget']:.2f}."
