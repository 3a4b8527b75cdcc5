"""Where agents, tools and workflows are, and which agent a command's AGENT means."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from tollgate.definitions.load import Roots
from tollgate.definitions.nearest import nearest

from cli.failure import usage

PROJECT = Path(__file__).resolve().parent.parent


def roots(environ: Mapping[str, str] = os.environ) -> Roots:
    """`TOLLGATE_AGENTS` and `TOLLGATE_TOOLS`, else what cdk.json says."""
    context = json.loads((PROJECT / "cdk.json").read_text("utf-8"))["context"]

    def of(variable: str, key: str) -> tuple[Path, ...]:
        given = environ.get(variable)
        return tuple(Path(part) for part in given.split(os.pathsep) if part) if given else (PROJECT / context[key],)

    workflows = PROJECT / "statemachines" / "workflows"
    return Roots(
        agents=of("TOLLGATE_AGENTS", "agents"),
        tools=of("TOLLGATE_TOOLS", "tools"),
        workflows=(workflows,) if workflows.is_dir() else (),
    )


def agent_folder(agent: str, found: Roots, *, also: tuple[str, ...] = ()) -> Path:
    """The agent's folder: AGENT is a path to it, or a name under the agents root. `also` could have been written."""
    for folder in (Path(agent), *(root / agent for root in found.agents)):
        if (folder / "agent.yaml").is_file():
            return folder.resolve()
    return _unknown(agent, found, also)


def _unknown(agent: str, found: Roots, also: tuple[str, ...]) -> NoReturn:
    agents = sorted(path.parent.name for root in found.agents for path in root.glob("*/agent.yaml"))
    meant = nearest(agent, [*agents, *also])
    usage(
        f"there is no agent{' or tool' if also else ''} {agent!r}; "
        + (f"did you mean {meant!r}? " if meant else "")
        + f"known are: {', '.join([*agents, *also]) or 'none'}. "
        "Write one of these names, or the path of an agent's folder"
    )


def tool_names(found: Roots) -> tuple[str, ...]:
    """The tools under the tools roots, by folder."""
    return tuple(sorted(path.parent.name for root in found.tools for path in root.glob("*/tool.yaml")))


def name_of(agent: str) -> str:
    """What a deployed stack calls the agent: its folder's name."""
    return Path(agent).resolve().name if (Path(agent) / "agent.yaml").is_file() else agent
