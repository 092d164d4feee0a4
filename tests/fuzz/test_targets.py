"""A short fuzzing of every parser; `make fuzz` goes on for minutes."""

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.targets import TARGETS


@pytest.mark.parametrize("name", TARGETS)
def test_parser_given_random_input_raises_only_its_own_errors(name: str) -> None:
    target = TARGETS[name]
    checked = given(target.given)(target.__call__)
    settings(
        max_examples=60,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )(checked)()
