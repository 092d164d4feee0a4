"""make bench [ARGS=…]: `rights [TICKETS]`, `turns` or `acknowledgements`; without one, all."""

import asyncio
import sys

from tests.bench import rights, turns

_, *arguments = sys.argv
name, *numbers = arguments or ["all"]
known = {
    "rights": lambda: rights.run(*map(int, numbers)),
    "turns": lambda: asyncio.run(turns.run()),
}
chosen = known if name == "all" else {name: known[name]}
sys.exit(not all([measure() for measure in chosen.values()]))
