"""The part of a streamed text that may be shown already."""

from itertools import pairwise

import pytest

from services.agent.preview import settled


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Look at TKT-5", "Look at "),
        ("Look at TKT-54 and", "Look at TKT-54 "),
        ("See [the page", "See "),
        ("See [the page](https://desk.exam ple", "See "),
        ("See [the page](https://desk.example) now", "See [the page](https://desk.example) "),
        ("Done <@U1 ", "Done "),
        ("One.\n✅ Closed TKT-1 and", "One.\n"),
        ("<think>What do they want</think>Hello you", "Hello "),
        ("<think>What do they want ", ""),
        ('{"name": "get", ', ""),
        ("NO_REPLY because they", ""),
        ("```json\n{} ", ""),
        ("", ""),
    ],
)
def test_only_settled_words_are_shown(text: str, shown: str) -> None:
    assert settled(text) == shown


def test_what_is_shown_only_grows() -> None:
    text = (
        "Hello, **TKT-12** is open; see [it](https://desk.example/TKT-12) or\n- ask [me]\n- wait."
    )
    shown = [settled(text[:end]) for end in range(len(text))]
    assert all(later.startswith(each) for each, later in pairwise(shown))
