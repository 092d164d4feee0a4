"""The part of a streamed text that may be shown before the rest has arrived."""

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
def test_unfinished_markup_and_words_of_a_streamed_answer_are_not_shown(
    text: str, shown: str
) -> None:
    assert settled(text) == shown


def test_text_shown_of_a_streamed_answer_is_only_ever_appended_to() -> None:
    text = (
        "Hello, **TKT-12** is open; see [it](https://desk.example/TKT-12) or\n- ask [me]\n- wait."
    )
    shown = [settled(text[:end]) for end in range(len(text))]
    assert all(later.startswith(each) for each, later in pairwise(shown))
