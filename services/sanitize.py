"""Text without characters that hide, reorder or steer what stands around them."""

import re

# Controls but for tab and line feed (escape sequences begin with one), marks that turn the reading
# direction, line separators, letters without a shape, and the tags that spell unseen ASCII.
_HARMFUL = re.compile(
    "[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u180e\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e007f]"
    # Joiners and variation selectors belong to words and emoji; three in a row spell something.
    "|[\u200b-\u200d\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}"
)


def sanitize(text: str) -> str:
    """The text with each such character shown as the one that stands for the unknown."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text  # as most is, and seen ten times as fast
    return _HARMFUL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """For names and values: a line break in one would pass for a row or a field of ours."""
    return " ".join(text.split())
