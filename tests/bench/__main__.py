"""Benchmarks, run by `make bench [ARGS=…]`: `finding [TICKETS]`, `rights [TICKETS]`,
`importing [ROWS]`, `turns` or `acknowledgements`."""

import asyncio
import sys

from tests.bench import acknowledgements, finding, importing, rights, turns

_, *arguments = sys.argv
name, *numbers = arguments or ["all"]
known = {
    "finding": lambda: asyncio.run(finding.run(*map(int, numbers))),
    "rights": lambda: rights.run(*map(int, numbers)),
    "importing": lambda: importing.run(*map(int, numbers)),
    "turns": lambda: asyncio.run(turns.run()),
    "acknowledgements": lambda: asyncio.run(acknowledgements.run(*map(int, numbers))),
}
chosen = known if name == "all" else {name: known[name]}
good = [measure() for measure in chosen.values()]  # each, also after one that missed its goal
sys.exit(not all(good))
