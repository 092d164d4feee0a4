"""How the tests are run: the number of processes, and the summary at the end."""

import gc
import importlib
import os

import pytest
from hypothesis import settings

settings.register_profile("busy machines", deadline=None)
settings.load_profile("busy machines")

# Nothing of what is imported or collected is garbage, and to look for it costs half a second.
gc.disable()


def pytest_configure(config: pytest.Config) -> None:
    """Load the desk in workers only: the controller does not need it, and loading takes long.

    The processes that it starts would wait meanwhile.
    """
    if config.option.dist == "no":
        for name in ("tests.fixtures", "tests.patient"):
            config.pluginmanager.register(importlib.import_module(name))


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()


def pytest_xdist_auto_num_workers() -> int:
    """Use two more workers than processors: stories wait for clocks and servers."""
    return (os.cpu_count() or 1) + 2


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print how many rights cells, injections and so on were tried: only workers collect tests."""
    counts = [
        dict(report.user_properties)
        for reports in terminalreporter.stats.values()
        for report in reports
        if isinstance(report, pytest.TestReport) and report.when == "call"
    ]
    cells = sum(int(each.get("cells", 0)) for each in counts)
    leaks = sum(int(each.get("leaks", 0)) for each in counts)
    if cells:
        terminalreporter.write_line(f"rights: cells: {cells}, leaks: {leaks}")
    if injections := sum(int(each.get("injections", 0)) for each in counts):
        terminalreporter.write_line(f"injections obeyed by the model: {injections}")
    if crashes := sum(int(each.get("crashes", 0)) for each in counts):
        terminalreporter.write_line(f"steps of a turn at which its process died: {crashes}")
