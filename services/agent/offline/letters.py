"""Cut what people write around a request: greetings, signatures, smileys."""

import re

_GREETING = re.compile(
    r"(?:hi|hey|hello|dear|good (?:morning|afternoon|evening|day))(?: [\w.'/-]{1,30}){0,3}[\s,.!]*",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"(?:(?:with )?(?:kind|best|warm|many)(?: regards| wishes)?|regards|sincerely|yours \w+"
    r"|sent from my [^\n]{1,40}|--+)[\s,.!]*",
    re.IGNORECASE,
)
_WEAK = re.compile(r"(?:(?:many )?thanks|thank you|thx|cheers|ta|best)[\s,.!]*", re.IGNORECASE)
_NAME = re.compile(r"[A-Z][\w.'-]{0,30}(?: [A-Z][\w.'-]{0,30}){0,2}\.?")
_AT_END = re.compile(
    r"(?<=[.!?,]) {0,3}(?:with )?(?:kind |best |warm |many )?(?:regards|wishes)[,.!]{0,2}"
    r"(?: [\w.'-]{1,30}){0,3}\Z",
    re.IGNORECASE,
)
_SMILEY = (
    r"(?:[\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F\u200D]|:[a-z][a-z0-9_+-]{1,40}:|[:;]-?[()DP])"
)
_SMILEYS = re.compile(rf"\A(?:{_SMILEY} {{0,3}})+|(?:(?<=\s){_SMILEY} {{0,3}})+\Z")


def without_letter(words: str) -> str:
    """Return a message without the greeting before it and the signature after it."""
    lines = words.strip().split("\n")
    written = [(place, line.strip()) for place, line in enumerate(lines) if line.strip()]
    ends = (
        place
        for number, (place, line) in enumerate(written)
        if number and _signs_off(line, [after for _, after in written[number + 1 : number + 3]])
    )
    end = next(ends, len(lines))
    body = "\n".join(lines[:end]).strip()
    first, _, rest = body.partition("\n")
    if rest.strip() and _GREETING.fullmatch(first.strip()):
        body = rest.strip()
    return _SMILEYS.sub("", _AT_END.sub("", body)).strip()


def _signs_off(line: str, after: list[str]) -> bool:
    """Return whether a signature begins at a line; after mere thanks only a name may follow.

    `after`: the next two lines that are not blank.
    """
    if _STRONG.fullmatch(line):
        return True
    return bool(_WEAK.fullmatch(line)) and len(after) <= 1 and all(map(_NAME.fullmatch, after))
