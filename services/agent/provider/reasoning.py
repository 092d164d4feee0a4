"""Remove reasoning and control tokens from a model's text."""

import re

_MARK = re.compile(
    r"</?(?:\w{1,20}:)?(?:think|thinking|thought|reasoning|analysis)(?:\s[^<>]{0,100})?>"
    r"|\[/?(?-i:THINK)\]|◁/?think▷|<\|(?:begin|end)_of_thought\|>",
    re.IGNORECASE,
)
_ENDS = ("</", "[/", "◁/", "<|end")
_CHANNEL = re.compile(r"<\|channel\|>(?:analysis(?! to=).*?(?=<\|channel\|>|\Z)|final)", re.DOTALL)
"""Matches reasoning, and the mark before the answer, as OpenAI's open models write them."""
_FIRST = re.compile(
    r"(?:\s|<\|(?:start|message|start_header_id|end_header_id|begin_of_solution)\|>"
    r"|assistant(?=\n\n|<\||\Z))*"
)
"""Matches control tokens, and the name of the role, before an answer."""
_LAST = re.compile(r"(?:<\|\w{1,30}\|>|</s>|\s)\Z")
_LONGEST_TOKEN = 34


def without_reasoning(text: str | None) -> str | None:
    """Return the text without reasoning, such as `<think>…</think>`, and without control tokens.

    Text before an end tag without a start tag is reasoning too, and so is text after a start tag
    without an end tag.
    """
    if not text:
        return None
    text = _CHANNEL.sub("", text)
    kept: list[str] = []
    place = depth = 0
    for mark in _MARK.finditer(text):
        if not mark[0].lower().startswith(_ENDS):
            if depth == 0:
                kept.append(text[place : mark.start()])
            depth += 1
        elif depth:
            depth -= 1
        else:
            kept.clear()
        place = mark.end()
    if depth == 0:
        kept.append(text[place:])
    return without_tokens("".join(kept)) or None


def without_tokens(text: str) -> str:
    """Return the text without control tokens, and without the role's name, at its ends."""
    end = len(text)
    while found := _LAST.search(text, max(0, end - _LONGEST_TOKEN), end):
        end = found.start()
    begin = _FIRST.match(text, 0, end)
    return text[begin.end() if begin else 0 : end]
