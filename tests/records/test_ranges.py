"""Filters by ranges of numbers and times find exactly the values in the range."""

import operator
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.entities.ranges import Range, dates, numbers, times
from services.errors import DeskError

COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "=": operator.eq,
    "": operator.eq,
}
NOW = datetime(2026, 11, 29, 15, 30, tzinfo=UTC)
DAYS = st.dates(date(2000, 1, 1), date(2099, 12, 31))


def holds(found: Range, value: Any) -> bool:
    low = found.low is None or (value > found.low if found.above else value >= found.low)
    return low and (
        found.high is None or (value <= found.high if found.closed else value < found.high)
    )


@given(st.sampled_from(sorted(COMPARED)), st.integers(0, 10**6), st.integers(0, 10**6))
def test_filter_by_a_number_compares_as_larger_or_smaller(
    sign: str, bound: int, value: int
) -> None:
    for words in (f"{sign}{bound}", f" {sign} {bound} GB"):
        assert holds(numbers(words), value) == COMPARED[sign](value, bound)


@given(st.integers(0, 1000), st.integers(0, 1000), st.integers(0, 1000))
def test_filter_by_a_range_of_numbers_includes_both_ends(low: int, high: int, value: int) -> None:
    assert holds(numbers(f"{low}..{high}"), value) == (low <= value <= high)
    assert holds(numbers(f"{low} TB"), 1024 * value) == (low == value)


@given(st.sampled_from(sorted(COMPARED)), DAYS, st.datetimes(timezones=st.just(UTC)))
def test_filter_by_a_day_compares_whole_days(sign: str, day: date, moment: datetime) -> None:
    assert holds(times(f"{sign}{day}", NOW), moment) == COMPARED[sign](moment.date(), day)
    assert holds(dates(f"{sign}{day}", NOW), moment.date()) == COMPARED[sign](moment.date(), day)


@given(DAYS, DAYS, DAYS)
def test_filter_by_a_range_of_days_includes_both_ends(low: date, high: date, day: date) -> None:
    assert holds(dates(f"{low}..{high}", NOW), day) == (low <= day <= high)


@given(DAYS, DAYS)
def test_filter_by_a_month_finds_records_of_all_its_days(first: date, day: date) -> None:
    assert holds(dates(f"{first:%Y-%m}", NOW), day) == (f"{first:%Y-%m}" == f"{day:%Y-%m}")


@given(
    st.integers(1, 900), st.sampled_from([("d", 1), ("days", 1), ("w", 7)]), st.integers(0, 9000)
)
def test_filter_by_time_finds_records_newer_or_older_than_an_age(
    amount: int, unit: tuple[str, int], passed: int
) -> None:
    word, days = unit
    moment = NOW - timedelta(days=passed, minutes=1)
    assert holds(times(f"<{amount}{word}", NOW), moment) == (passed < amount * days)
    assert holds(times(f"> {amount} {word}", NOW), moment) == (passed >= amount * days)


@pytest.mark.parametrize("word", ["since", "from", "after"])
def test_since_a_length_of_time_finds_what_is_newer(word: str) -> None:
    newer, older = NOW - timedelta(days=6), NOW - timedelta(days=8)
    assert holds(times(f"{word} 7d", NOW), newer)
    assert not holds(times(f"{word} 1 week", NOW), older)
    for opposite in ("before", "until"):
        assert holds(times(f"{opposite} 7d", NOW), older)
        assert not holds(times(f"{opposite} 1 week", NOW), newer)


def test_length_of_time_is_as_long_on_the_day_when_clocks_change() -> None:
    now = datetime(2026, 10, 25, 4, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    moment = now.astimezone(UTC) - timedelta(hours=3)
    assert holds(times("<3h", now), moment)
    assert not holds(times("<3h", now), moment - timedelta(minutes=1))


@pytest.mark.parametrize("words", ["<30min", "<30 minutes"])
def test_minutes_in_a_filter_by_time_do_not_count_as_months(words: str) -> None:
    assert holds(times(words, NOW), NOW - timedelta(minutes=29))
    assert not holds(times(words, NOW), NOW - timedelta(minutes=31))


@pytest.mark.parametrize("words", ["<3 dozen", ">2 moons"])
def test_unknown_unit_of_time_in_a_filter_is_refused(words: str) -> None:
    with pytest.raises(DeskError, match="I can't read"):
        times(words, NOW)


@pytest.mark.parametrize(
    ("words", "inside", "outside"),
    [
        ("today", NOW, NOW - timedelta(days=1)),
        ("yesterday", NOW - timedelta(days=1), NOW),
        ("since 2026-11-01", NOW, datetime(2026, 10, 31, tzinfo=UTC)),
        ("before today", NOW - timedelta(days=1), NOW),
        ("today..+90d", NOW + timedelta(days=90), NOW + timedelta(days=92)),
        ("-7d..today", NOW - timedelta(days=7), NOW - timedelta(days=9)),
    ],
)
def test_filter_by_time_reads_words_such_as_today(
    words: str, inside: datetime, outside: datetime
) -> None:
    assert holds(times(words, NOW), inside)
    assert not holds(times(words, NOW), outside)


@pytest.mark.parametrize(
    "words",
    ["", "soon", "..", ">", "2026-13", "2026-02-30", "99999y", ">99999y", "+99999y", "1..x"],
)
def test_nonsense_as_a_range_is_refused_with_an_example(words: str) -> None:
    for read in (
        lambda said: numbers(said),
        lambda said: times(said, NOW),
        lambda s: dates(s, NOW),
    ):
        with pytest.raises(DeskError, match="use "):
            read(words)


def test_refused_range_is_quoted_on_one_line() -> None:
    with pytest.raises(DeskError, match="I can't read “a b”: use "):
        times("a\nb", NOW)
