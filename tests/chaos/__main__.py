"""`make chaos`: a full-size chaos run; prints the counts, and exits with 1 if anything is wrong."""

import argparse
import asyncio
import sys

from tests.chaos.run import Plan, run


def main() -> int:
    parser = argparse.ArgumentParser(prog="make chaos")
    parser.add_argument("--messages", type=int, default=2_000)
    parser.add_argument("--threads", type=int, default=300)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    plan = Plan(given.messages, given.threads, given.kills, 2, 3, given.seed)
    outcome = asyncio.run(run(plan))
    print(outcome)
    return bool(outcome.wrong)


sys.exit(main())
