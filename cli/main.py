"""The `tollgate` command. The same verbs work on the local stack and on a deployed one."""

from importlib import import_module

import click

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


class Verbs(click.Group):
    """Imports a verb's module when the verb is used: `tollgate show` needs no local stack in memory."""

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
