"""The command line: parse, call, and say what went wrong in one line."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import structlog

from bot.cli.ask import ask
from bot.cli.backup import back_up, bring_back
from bot.cli.demo import run_demo
from bot.cli.eval import evaluate, write_report
from bot.cli.export import export_file
from bot.cli.forget import forget
from bot.cli.import_ import import_file
from bot.cli.role import set_role
from bot.cli.serve import check_slack, serve
from bot.cli.terminal import Parser, email, in_utf8, plain_ending, say
from bot.cli.tool import call_tool
from bot.cli.turn import newest_turns, one_turn
from bot.cli.worker import run_worker
from bot.site import Site
from services.demo.generated import Size, generate
from services.errors import SetupError
from services.importing.kinds import KINDS
from services.importing.run import Request
from services.settings import Settings
from services.storage.migrate import migrate
from services.storage.postgres import embedded

Add = Callable[[str, Callable[..., None], str], argparse.ArgumentParser]


def main() -> None:
    # Logs, locks and what the demo saves are for this account alone.
    os.umask(0o077)
    with plain_ending():
        options = _parser().parse_args(in_utf8(sys.argv[1:]))
        options.run(Settings.load(), options)


def _parser() -> argparse.ArgumentParser:
    parser = Parser(prog="deskhand", description="An IT service desk that lives in Slack.")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, run: Callable[..., None], summary: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=summary, description=summary)
        command.set_defaults(run=run)
        return command

    for group in (_desks, _upkeep, _questions, _files):
        group(add)
    return parser


def _desks(add: Add) -> None:
    add("serve", _until_a_signal(serve), "bot, worker, clock and web view in one process")
    summary = "one more worker for a desk over the same DATABASE_URL"
    add("worker", _until_a_signal(run_worker), summary)
    add("demo", _demo, "a desk with demo data and a local Slack workspace in the browser")
    made = add("generate", _generate, "fill an empty database with a made-up desk of any size")
    made.add_argument("--tickets", type=_positive, default=10_000, help="default: 10000")
    made.add_argument("--seed", type=int, default=1, help="the same seed makes the same desk")


def _upkeep(add: Add) -> None:
    migration = add("migrate", _migrate, "bring the database to the newest schema")
    migration.add_argument(
        "--renew-secrets",
        action="store_true",
        help="replace the login's password, and sign everybody out of the web view",
    )
    change = add("role", _printed(_role), "make somebody a requester, technician or admin")
    change.add_argument("email", type=email)
    change.add_argument("role", choices=["requester", "technician", "admin"])
    forgotten = add("forget", _printed(_forget), "delete a person's data; see docs/privacy.md")
    forgotten.add_argument("email", type=email)
    summary = "what a turn did, step by step; without a number the newest ones"
    shown = add("turn", _printed(_turn), summary)
    shown.add_argument("number", type=int, nargs="?", help="the turn's number in the log")


def _questions(add: Add) -> None:
    question = add("ask", _ask, "one question on the terminal")
    question.add_argument("question")
    question.add_argument("--as", dest="email", type=email, required=True, help="who asks")
    measured = add("eval", _eval, "measure a model with service-desk tasks over fresh demo desks")
    measured.add_argument("--model", help="default: the first of LLM_MODELS; offline: rules")
    measured.add_argument("--tasks", nargs="+", default=(), help="tasks or families; default: all")
    measured.add_argument("--runs", type=_positive, default=1, help="for each task; default: 1")
    measured.add_argument(
        "--at-once", type=_positive, default=4, help="tasks at a time; default: 4"
    )
    measured.add_argument("--report", type=Path, default=Path("evaluation.html"), help="a page")
    called = add("tool", _tool, "call a tool by hand; without a name, list the tools")
    called.add_argument("name", nargs="?")
    called.add_argument("arguments", nargs="?", default="{}", help="a JSON object of arguments")
    called.add_argument(
        "--as", dest="email", type=email, required=True, help="the person who calls it"
    )
    called.add_argument("--json", dest="as_json", action="store_true", help="print JSON")


def _files(add: Add) -> None:
    imported = add("import", _import, "bring in a file of people, teams, machines or tickets")
    imported.add_argument("file", type=Path, help="CSV, TSV, XLSX or JSON")
    imported.add_argument("--kind", choices=list(KINDS), help="if the columns do not tell it")
    imported.add_argument("--mapping", type=Path, help="a TOML or JSON file; see docs/importing.md")
    imported.add_argument("--dry-run", action="store_true", help="say what would happen, and end")
    imported.add_argument("--fewer", action="store_true", help="accept far fewer rows")
    exported = add("export", _export, "write all people, teams, machines or tickets into a file")
    exported.add_argument("kind", choices=list(KINDS))
    exported.add_argument("file", type=Path, nargs="?", help="CSV, or JSON if it ends in .json")
    saved = add("backup", _backup, "write the whole embedded database into a file")
    saved.add_argument("file", type=Path)
    restored = add("restore", _restore, "bring the embedded database back from such a file")
    restored.add_argument("file", type=Path)
    restored.add_argument("--replace", action="store_true", help="overwrite existing records")


@contextmanager
def _database(settings: Settings) -> Iterator[str]:
    """Yield the URL by which the owner connects: `DATABASE_URL`, or the embedded Postgres'."""
    if settings.database_url:
        yield settings.database_url
        return
    with embedded(settings.data_dir, say=_progress) as url:
        yield url


@contextmanager
def _migrated(settings: Settings) -> Iterator[str]:
    """Yield the owner's URL of a database with the newest schema."""
    with _database(settings) as url:
        migrate(url)
        yield url


def _embedded(settings: Settings) -> AbstractContextManager[str]:
    """Return the embedded Postgres; raise `SetupError` if `DATABASE_URL` names another server."""
    if settings.database_url:
        raise SetupError(
            "DATABASE_URL names a server of your own: use its pg_dump and pg_restore for backups."
        )
    return _database(settings)


def _progress(line: str) -> None:
    """Print progress on stderr: stdout is for answers."""
    print(line, file=sys.stderr, flush=True)


def _ready(url: str) -> None:
    say(f"Ready: {url}")


def _until_a_signal(run: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Return a command that runs the desk on a port until a signal ends the process."""

    def command(settings: Settings, _: argparse.Namespace) -> None:
        check_slack(settings)
        _log(logging.INFO)

        async def on_site(database_url: str) -> None:
            site = Site(settings)
            async with site.running():
                await run(site, settings, database_url, _ready)

        with _database(settings) as url:
            asyncio.run(on_site(url))

    return command


def _demo(settings: Settings, _: argparse.Namespace) -> None:
    _log(logging.WARNING)
    with _database(settings) as url:
        asyncio.run(run_demo(settings, url, say))


def _generate(settings: Settings, options: argparse.Namespace) -> None:
    with _migrated(settings) as url:
        generate(url, Size(options.tickets), options.seed, _progress)


def _positive(typed: str) -> int:
    if not typed.isdecimal() or int(typed) < 1:
        raise argparse.ArgumentTypeError(f"{typed} is not a whole number of at least 1")
    return int(typed)


def _migrate(settings: Settings, options: argparse.Namespace) -> None:
    with _database(settings) as url:
        migrate(url, renew_secrets=options.renew_secrets)
    say("The database is current.")
    if options.renew_secrets:
        say("The desk's secrets are new: restart all its processes. All web sessions have ended.")


def _printed(run: Callable[[str, argparse.Namespace], str]) -> Callable[..., None]:
    """Return a command that works on the database and prints the text that `run` returns."""

    def command(settings: Settings, options: argparse.Namespace) -> None:
        with _migrated(settings) as url:
            say(run(url, options))

    return command


def _role(url: str, options: argparse.Namespace) -> str:
    return set_role(url, options.email, options.role)


def _forget(url: str, options: argparse.Namespace) -> str:
    return forget(url, options.email)


def _ask(settings: Settings, options: argparse.Namespace) -> None:
    _log(logging.WARNING)
    with _migrated(settings) as url:
        say(asyncio.run(ask(settings, url, options.question, options.email)))


def _eval(settings: Settings, options: argparse.Namespace) -> None:
    _log(logging.ERROR)
    evaluation = evaluate(
        settings, options.model, options.tasks, options.runs, options.at_once, _progress
    )
    table, page = asyncio.run(evaluation)
    say(table)
    write_report(page, options.report)
    say(f"\nThe answers are in {options.report}")


def _tool(settings: Settings, options: argparse.Namespace) -> None:
    _log(logging.WARNING)
    with _migrated(settings) as url:
        calling = call_tool(
            url, options.email, options.name, options.arguments, as_json=options.as_json
        )
        say(asyncio.run(calling))


def _import(settings: Settings, options: argparse.Namespace) -> None:
    request = Request(options.file, options.kind, options.mapping, options.dry_run, options.fewer)
    with _migrated(settings) as url:
        say(import_file(url, request, say, _progress))


def _export(settings: Settings, options: argparse.Namespace) -> None:
    with _migrated(settings) as url:
        _progress(export_file(url, options.kind, options.file))


def _backup(settings: Settings, options: argparse.Namespace) -> None:
    with _embedded(settings) as url:
        say(back_up(url, options.file))


def _restore(settings: Settings, options: argparse.Namespace) -> None:
    with _embedded(settings) as url:
        migrate(url)
        say(bring_back(url, options.file, replace=options.replace))


def _turn(url: str, options: argparse.Namespace) -> str:
    return newest_turns(url) if options.number is None else one_turn(url, options.number)


def _log(level: int) -> None:
    """Log structured lines to stderr, without texts of people."""
    logging.basicConfig(level=logging.ERROR, format="%(levelname)s %(name)s %(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            # Plain: richer tracebacks print local variables, which hold tokens and people's words.
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
