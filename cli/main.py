"""The `tollgate` command. The same verbs work on the local stack and on a deployed one."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click
from tollgate.definitions.nearest import suggestion

from cli.exit_codes import DONE, FAILED
from cli.failure import show

COMMANDS = {
    "dev": "dev",
    "run": "run",
    **dict.fromkeys(("ls", "show", "watch", "trace", "stop", "redrive"), "executions"),
    **dict.fromkeys(("approvals", "approve", "reject", "edit"), "approvals"),
    "replay": "replay",
    "drill": "drill",
    "cost": "cost",
    "budget": "budget",
    "memory": "memory",
    "check": "check",
    **dict.fromkeys(("screen", "admit"), "policy"),
    "doctor": "doctor",
}
"""Verb -> module of `cli.commands`, in the order of the help."""

EPILOG = (
    "Exit codes: 0 done, 1 the execution failed, 2 usage, 3 stopped by a limit, 4 rejected at admission, "
    "5 waits at a gate."
)


_SENTENCE = 300


class Verbs(click.Group):
    """Imports a verb's module when the verb is used: `tollgate show` needs no local stack in memory.

    With `--json` anywhere, whatever goes wrong is JSON, too: also a verb or an option that does not exist.
    """

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        given = list(sys.argv[1:] if args is None else args)
        if not standalone_mode:
            return super().main(given, prog_name, complete_var, standalone_mode=False, **extra)
        try:
            code = super().main(given, prog_name, complete_var, standalone_mode=False, **extra)
        except click.Abort:
            click.echo("Aborted!", err=True)
            sys.exit(FAILED)
        except click.ClickException as error:
            show(error, as_json="--json" in given)
            sys.exit(error.exit_code)
        sys.exit(code if isinstance(code, int) else DONE)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Every verb with its whole sentence; click would cut it to what is left of one line."""
        verbs = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, verb.get_short_help_str(limit=_SENTENCE)) for name, verb in verbs if verb])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Raises `UsageError` for an unknown verb, with the one that was probably meant."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"there is no command {args[0]!r}; write {suggestion(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"cli.commands.{COMMANDS[cmd_name]}"), cmd_name)
        return command


@click.group(
    cls=Verbs, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.option("--json", "as_json", is_flag=True, help="One JSON value instead of text.")
@click.version_option(package_name="tollgate")
def tollgate(as_json: bool) -> None:
    """Run AI agents the way reliable distributed systems run."""


def main() -> None:
    """The console script."""
    tollgate(prog_name="tollgate")
