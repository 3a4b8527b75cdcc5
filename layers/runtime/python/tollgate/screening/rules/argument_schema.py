"""Arguments satisfy the manifest's JSON Schema (2020-12); every violation is told at once, with its place."""

from tollgate.screening import schema
from tollgate.screening.case import RUN, Case, Opinion, refuse
from tollgate.screening.example import example

RULE = "argument_schema"


def decide(case: Case) -> Opinion:
    """Refuses arguments that violate the schema; what is out of bounds is left to `malformed_call`."""
    tool = case.tool
    if tool is None or not isinstance(case.call.arguments, dict) or case.out_of_bounds:
        return RUN
    found = schema.violations(tool.input_schema, case.call.arguments)
    if not found:
        return RUN
    listed = "\n".join(f"- {violation.as_text()}" for violation in found)
    valid = example(tool.input_schema, case.call.arguments)
    shape = f" Of this shape, with your own values: {valid}" if valid else ""
    return refuse(
        RULE,
        f"{tool.name}: {len(found)} violation(s) of its schema: {found[0].as_text()}",
        f"The arguments of {tool.name} do not satisfy its schema:\n{listed}\nCorrect these and call again.{shape}",
        violations=[{"pointer": v.pointer, "expected": v.expected, "given": v.given} for v in found],
    )
