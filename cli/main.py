"""The `tollgate` command. The same verbs work on the local stack and on a deployed one."""

import click

from cli.commands.approvals import approvals, approve, edit, reject
from cli.commands.budget import budget
from cli.commands.check import check
from cli.commands.dev import dev
from cli.commands.doctor import doctor
from cli.commands.executions import ls, redrive, show, stop, trace, watch
from cli.commands.policy import admit, screen
from cli.commands.run import run

EPILOG = (
    "Exit codes: 0 done, 1 the execution failed, 2 usage, 3 stopped by a limit, 4 rejected at admission, "
    "5 waits at a gate."
)


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option("--json", "as_json", is_flag=True, help="One JSON value instead of text.")
@click.version_option(package_name="tollgate")
def tollgate(as_json: bool) -> None:
    """Run AI agents the way reliable distributed systems run."""


for command in (
    *(dev, run, ls, show, watch, trace, stop, redrive),
    *(approvals, approve, reject, edit, budget),
    *(check, screen, admit, doctor),
):
    tollgate.add_command(command)


def main() -> None:
    """The console script."""
    tollgate(prog_name="tollgate")
