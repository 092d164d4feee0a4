"""Register tools that people call as subcommands of `/itsm`, and that models can't call."""

from collections.abc import Awaitable, Callable
from functools import partial

from services.context import Role
from services.tools.page import Result
from services.tools.surfaces import Slash
from services.tools.tool import Tool, tool


def itsm(
    word: str,
    help: str,  # noqa: A002
    example: str = "",
    *,
    takes: tuple[str, ...] = (),
    channel: str = "",
    form: str = "",
    needs: Role = Role.requester,
    writes: bool = False,
) -> Callable[[Callable[..., Awaitable[Result]]], Tool]:
    """Register a function as the tool of a subcommand, as `Slash` and `Tool` describe it.

    `form` is the title of the form that opens when nothing is typed after the subcommand.
    """
    slash = Slash("/itsm", word, help, example, takes, channel, form=bool(form))
    return tool(needs=needs, writes=writes, by_hand=True, title=form, slash=slash)


itsm_for_admins = partial(itsm, needs=Role.admin)
