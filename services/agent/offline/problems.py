"""Recognise descriptions of problems and wishes, for which a ticket is offered."""

import re

from services.entities.base import find_ids

_SUBJECT = r"(?:i|we|he|she|it|they|this|that|there|someone|somebody|something|nothing)"
_VERB = (
    r"(?:is|are|was|were|isn't|aren't|wasn't|has|hasn't|had|keeps?|makes?|stays?|says?|shows?"
    r"|stopped|stops|needs?|wants?|won't|can't|cannot|can|could|doesn't|does|don't|did|didn't|will"
    r"|would|should|goes|went|got|gets|looks?|feels?|smells?|drops?|asks?|types?|drains?|dies|died"
    r"|fails?|failed|loses|jams?|flickers?|crash(?:es|ed)?|freezes?|froze|hangs?|reboots?"
    r"|restarts?|turns|blinks?|beeps?|broke)"
)
_NO_SUBJECT = (
    rf"(?:{_VERB}|that|which|who|whose|nobody|what|when|where|why|how|any|show|list|find|give|get"
    r"|tickets?|issues|requests|machines|laptops|people|devices|computers|servers|desktops|queue)"
)
_STATEMENT = re.compile(
    rf"{_SUBJECT}(?:'(?:m|ve|s|re|d|ll))? (?!(?:is|are) (?:any|an?)\b)"
    rf"|(?:(?!{_NO_SUBJECT}\b)[\w'.-]{{1,40}} ){{1,8}}?{_VERB}\b",
    re.IGNORECASE,
)
_TROUBLE = re.compile(
    r"\A(?!(?:show|list|find|search|which|who|what|how many|any|close|open|has|have|did|is|are"
    r"|tickets?|anyone|anybody)\b).*"
    r"\b(?:broken?|slow(?:ly)?|stuck|crash\w*|doesn't|won't|can't|cannot|isn't|(?:does|do|is) not"
    r"|jam(?:s|med)?|flickers?|fail\w*|errors?|dead|stolen|lost|freez\w*|hangs?|not working"
    r"|locked out|forgot\w*|suspicious|phishing|virus|blue screen|spilled|smoke|noise|stopped"
    r"|nothing works|down|missing|wrong|expired?)\b",
    re.IGNORECASE | re.DOTALL,
)
_WISH = re.compile(
    r"(?:get|have|order|borrow|buy|book) (?:an?|another|some|more|new|\d+|access|two|three) "
    r"(?!list|overview|summary|look|report|digest)"
    r"|(?:i|we) (?:need|want|require|would like|could use|am missing|miss)\b"
    r"|(?:need|want|request:?|wish:?) (?!tickets?\b)"
    r"|(?:install|reset|unlock|replace|repair|fix|order|borrow|set up|setup|configure|upgrade"
    r"|reinstall|renew|grant|extend|activate|deactivate|restore|enable|disable) (?!TKT-)"
    r"|(?:give|grant) [^\n]{1,60} (?:access|rights|permissions?)\b"
    r"|(?:(?:can|could|will|would) )?(?:someone|somebody|anyone|anybody) (?:please )?(?:help|come"
    r"|look|fix|check|show)\b"
    r"|why [^\n]*\b(?:i|my|our|we|so)\b|(?:how|where) (?:do|can|should|could) (?:i|we)\b",
    re.IGNORECASE,
)


def is_statement(words: str) -> bool:
    """Return whether the words state something, so that they don't ask for a list."""
    return bool(_STATEMENT.match(words))


def is_problem(words: str) -> bool:
    """Return whether the words describe a problem or a wish, rather than ask for records."""
    if any(key.startswith("TKT-") for key in find_ids(words)):
        return False
    return any(pattern.match(words) for pattern in (_STATEMENT, _TROUBLE, _WISH))
