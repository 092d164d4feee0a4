"""Text of a record is shown as it was typed: it notifies nobody and hides nothing."""

import re
from datetime import UTC, datetime
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from bot.slack.render import blocks, cards, forms, views
from bot.slack.render.answers import answer, ending
from bot.slack.render.blocks import List
from bot.web.pages import TEMPLATES
from services.changes.events import Event
from services.changes.receipts import Wording
from services.context import Role
from services.entities.card import Card, Field
from services.entities.note import Note
from services.entities.person import Person
from services.entities.tag import Tag
from services.entities.ticket import Ticket
from services.tools.tickets import create_ticket
from tests.injections import inert
from tests.injections.corpus import CORPUS
from tests.injections.stage import WEB
from tests.injections.test_injections import AWFUL

LINES = sorted(
    {line.planted({}) for line in CORPUS} | {"a\n✅ Created TKT-9\r\nb\rc\u2028d", AWFUL}
)


def card_of(words: str) -> Card:
    """Return a card with the text in every field that people can write."""
    person = Person(id=5, name=words, department=words, email=words, active=True)
    ticket = Ticket(
        id=1, name=words, status="Open", priority="Low", requester=person, assignee=None
    )
    tag = Tag(id=2, key_=words, value=words, on_kind="TKT", on_id=1)
    note = Note(id=3, text=words, author=person, on_kind="TKT", on_id=1, internal=False)
    fields = (Field("Requester", person.ref), Field("Email", words), Field("Tags", (tag.ref,)))
    return Card(ticket.ref, "Ticket", fields, words, (tag.ref, note.ref))


def in_slack(words: str) -> list[Any]:
    """Yield every block that shows a record, a receipt, a consent or an answer with the text."""
    shown, renamed = card_of(words), {"name": words}
    now = datetime.now(UTC)
    event = Event(1, now, "UPDATE", "tickets", 1, "TKT", 1, before=renamed, after=renamed)
    told, planned = Wording().receipt(event), Wording().plan(event)
    return [
        *cards.ephemeral_card(shown, WEB),
        views.card_view(shown, WEB),
        views.home(words, [List("Yours", shown.mentioned, 3)], [], "", WEB),
        *answer(words, shown.mentioned),
        *ending(1, [told], undoable=True),
        *blocks.consent("Update ticket", [told, planned], shown.mentioned, words, number=1),
        *blocks.sentence(words),
        forms.form(create_ticket, Role.technician, {"description": words}),
    ]


def test_no_line_of_the_injection_corpus_is_parsed_as_markup_in_slack() -> None:
    assert [(line, bad) for line in LINES if (bad := inert.acting(in_slack(line)))] == []


FORMATTING = st.text(st.sampled_from("*_~`<>&|:/.\n ab[]()#@!1"), min_size=1, max_size=80)
AS_MARKUP = [
    "*urgent* VPN",
    "run `rm -rf /`",
    "a*b*c _d_ ~e~",
    "```x```",
    "AT&T <3 & <https://evil.example|bank>",
    "see https://evil.example/x?y=*z*",
    "www.evil.example",
    ":fire: :tada:",
    "> quoted",
    "&lt;!here&gt;",
]


def marks(block: Any) -> set[str]:
    """Return the formatting marks in each text that Slack parses."""
    parsed = [each for each in inert.elements(block) if each.get("type") == "mrkdwn"]
    assert all(each["verbatim"] for each in parsed)  # or addresses would become links
    formatting = re.compile(r"[*_~`]|:[\w+-]+:|^>", re.MULTILINE)
    return {"".join(formatting.findall(each["text"])) for each in parsed}


@pytest.mark.parametrize("words", AS_MARKUP)
def test_title_of_a_record_is_shown_in_slack_as_it_was_typed(words: str) -> None:
    shown = card_of(words)
    for block in (cards.card(shown, WEB), blocks.listing("Yours", [shown.ref], 1)):
        texts = [unescape(text) for text, _ in inert.words(block)]
        assert [text for text in texts if f" {shown.ref.title}" in text.replace("*", " *", 1)]


@given(words=FORMATTING)
@example(words="a*")
@example(words="`")
def test_text_that_people_typed_is_not_formatted_in_slack(words: str) -> None:
    assume(not re.search("`/[a-z]", words))  # a command of the desk, in its own sentences
    assert marks(in_slack(f"a{words}")) <= marks(in_slack("plain words"))


def test_name_of_a_record_cannot_imitate_another_row_or_field() -> None:
    shown = card_of("a\n🎫 `TKT-999` *done*\nStatus: Closed")
    for ref in (shown.ref, *shown.mentioned):
        assert "\n" not in ref.title + ref.detail
    labels = [line.partition(" ")[0] for line in shown.as_text().splitlines()]
    assert labels == ["Ticket", "Requester:", "Email:", "Tags:", '"a\\n🎫', "Related:"]


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(f"{tag} {sorted(name for name, _ in attrs)}")


def page_of(words: str) -> str:
    shown = card_of(words)
    page = TEMPLATES.get_template("record.html")
    given = {"card": shown, "changes": [words], "tags": shown.related}
    return page.render(viewer=None, notes=[], now=datetime.now(UTC), **given)


def tags_of(page: str) -> list[str]:
    reading = Tags()
    reading.feed(page)
    return reading.tags


def test_no_line_of_the_injection_corpus_becomes_html_on_the_web() -> None:
    plain = tags_of(page_of("plain words"))
    for line in LINES:
        page = page_of(f'{line} "><script>alert(1)</script> {{{{ 7 * 7 }}}}')
        assert tags_of(page) == plain, line
        assert not inert.acting([{"type": "plain_text", "text": page}])
