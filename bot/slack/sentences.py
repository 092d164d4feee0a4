"""Sentences of the desk that people read in Slack."""

SORRY = "Something went wrong. Please try again, or ask an admin to look at the log."
OUTDATED = "This button no longer works. Please ask again."
TAKEN = "You have pressed this already, and it was done. To do it again, ask me in a message."
TOO_OFTEN = "You have reached this hour's limit. Try again in {minutes}."
SLOW = "This is taking longer than usual. The result will appear here."
FORM_FAILED = "Something went wrong, and nothing was saved. Please try again."
HELP = "Mention me or message me directly in your own words, or use:"
ASKED = "That is a question: my answer comes in our direct messages."
DID_YOU_MEAN = "There is no `{typed}`. Did you mean `{meant}`?"
HELP_LINE = "• `{usage}`: {help}"
HELP_IDS = "• `/ticket TKT-12`, or any other id: the record's card"
FOR_ADMINS = "For admins:"
DIGEST_ON = "Your morning digest is on: each weekday at 9:00. `/itsm digest off` ends it."
DIGEST_OFF = "`/itsm digest on` sends you your open and ageing tickets each weekday at 9:00."

OFFLINE = "Answered by built-in rules, not by a language model. Set `LLM_API_KEY` to use one."
UNREADABLE = (
    "I could not read your message: Slack no longer shows it to me. Please ask me here again."
)
FAILED = (
    "Something failed on our side, so I stopped. Changes that were already made stay. Please ask"
    " again, or tell an admin: the log has the details."
)
STOPPED = "Stopped. What was done before stays; nothing more happens."
UNDONE_LATER = "It was undone later."
GUEST = "I serve the full members of this workspace only. Please ask a colleague to ask for you."
LEFT = "Your account at the desk is switched off. Please ask an admin of the desk."
NO_EMAIL = (
    "Slack tells me no confirmed email address for you, so I can't know who you are. Please confirm"
    " it at Slack, or ask an admin to give the app the scope users:read.email."
)
UNIDENTIFIED = (
    "Slack does not tell me who you are ({error}). Please ask an admin to check that the app has"
    " the scope users:read and is installed in this workspace."
)
ADDRESS_TAKEN = (
    "Your email address belongs to another account here, so I can't tell who you are. The admins of"
    " the desk know about it: please ask one of them."
)
ADDRESS_TAKEN_FROM_GUEST = (
    "Your email address belongs to another account here, and you are a guest in Slack, so I can't"
    " tell whether it is yours. Please ask an admin of the desk."
)
