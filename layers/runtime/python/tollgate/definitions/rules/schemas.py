"""Every JSON Schema of a definition, with its findings at their lines."""

from collections.abc import Iterator
from typing import Any

from tollgate.definitions import builtin
from tollgate.definitions.json_schema import Use
from tollgate.definitions.load import AgentFile, ToolFile, WorkflowFile
from tollgate.definitions.problem import Problem
from tollgate.definitions.schema_problems import findings
from tollgate.definitions.source import Source


def tool_problems(tool: ToolFile) -> Iterator[Problem]:
    """Those of the input schema."""
    use: Use = "builtin_input" if builtin.is_own(tool.folder) else "tool_input"
    yield from _problems(tool.source, "/input_schema", tool.manifest.input_schema, use)


def agent_problems(agent: AgentFile) -> Iterator[Problem]:
    """Those of input, output and the scope's conditions."""
    definition = agent.definition
    yield from _problems(agent.source, "/input_schema", definition.input_schema, "agent_input")
    yield from _problems(agent.source, "/output_schema", definition.output_schema, "output")
    for name, rules in (("refuse", definition.scope.refuse), ("require", definition.scope.require)):
        for index, rule in enumerate(rules):
            yield from _problems(agent.source, f"/scope/{name}/{index}/when", rule.when, "condition")


def workflow_problems(workflow: WorkflowFile) -> Iterator[Problem]:
    """Those of the input schema."""
    yield from _problems(workflow.source, "/input_schema", workflow.workflow.input_schema, "agent_input")


def _problems(source: Source, base: str, schema: dict[str, Any], use: Use) -> Iterator[Problem]:
    for finding in findings(schema, use):
        yield source.problem(base + finding.pointer, finding.message, finding.advice, finding.severity)
