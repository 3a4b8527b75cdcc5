"""An agent lists tools that exist, each once, and not more than a model can keep apart."""

from collections.abc import Iterator

from tollgate.definitions import builtin
from tollgate.definitions.load import AgentFile, Definitions
from tollgate.definitions.nearest import suggestion
from tollgate.definitions.problem import Problem

MANY_TOOLS = 20
_NO_TOOLS = (
    "its manifest, `{name}/tool.yaml`, in the folder of the tools, where none can be read; "
    "or name the right folder (`tools` in cdk.json, TOLLGATE_TOOLS)"
)


def listed_instead(name: str, agent: AgentFile) -> str:
    """What to write for a tool that something of the agent names and its list does not."""
    return suggestion(name, agent.definition.tools, f"`{name}` in `tools`, which is empty")


def problems(agent: AgentFile, found: Definitions) -> Iterator[Problem]:
    """A name in `broken` is not reported again: its own file says what is wrong."""
    names = agent.definition.tools
    elsewhere = found.broken | builtin.names()
    for index, name in enumerate(names):
        if name not in found.tools and name not in elsewhere:
            advice = suggestion(name, found.tools, _NO_TOOLS.format(name=name))
            yield agent.source.problem(f"/tools/{index}", f"there is no tool `{name}`", advice)
        if name in names[:index]:
            yield agent.source.problem(f"/tools/{index}", f"the tool `{name}` is listed twice", f"`{name}` once")
    if len(names) > MANY_TOOLS:
        message = f"{len(names)} tools: models choose worse among more than {MANY_TOOLS}"
        yield agent.source.problem("/tools", message, "fewer tools, or two agents", "warning")
