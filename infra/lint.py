"""`python -m infra.lint [cdk.out]`: every linter over what was synthesised; exit 1 and the findings if one has any.

No one ASL linter is enough: statelint and asl-validator know transitions, cfn-lint knows the template's names,
and none of them minds a `States.ALL` that hides the catchers after it.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from infra import node  # noqa: F401 - asl-validator runs on the Node that pip installed
from infra.state_machine import states

ROOT = Path(__file__).resolve().parent.parent
_ARN = "arn:aws:lambda:eu-west-1:111122223333:function:linted"


def findings(out: Path) -> list[str]:
    """What the linters object to, in their own words; empty when all are content."""
    templates = sorted(out.glob("*.template.json"))
    if not templates:
        return [f"{out}: no template here; run: CDK_OUTDIR={out} python app.py"]
    found = _said([str(Path(sys.executable).with_name("cfn-lint")), *map(str, templates)])
    for template in templates:
        for name, definition in machines(json.loads(template.read_text("utf-8"))):
            found += hidden_catchers(json.loads(definition), name)
            found += _with_file(definition, statelint) + _with_file(definition, asl_validator)
    return found


def machines(template: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name and ASL of every machine in the template, with an ARN where its substitutions will be."""
    for name, resource in template["Resources"].items():
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            text: str = resource["Properties"]["DefinitionString"]
            for placeholder in resource["Properties"].get("DefinitionSubstitutions", {}):
                text = text.replace(f"${{{placeholder}}}", _ARN)
            yield name, text


def hidden_catchers(definition: Mapping[str, Any], machine: str) -> list[str]:
    """Retriers and catchers that never match, because `States.ALL` stands before or beside them."""
    found = []
    for name, state in states(definition):
        for field in ("Retry", "Catch"):
            rules = [rule["ErrorEquals"] for rule in state.get(field, [])]
            for place, errors in enumerate(rules):
                if "States.ALL" in errors and (place < len(rules) - 1 or len(errors) > 1):
                    found.append(f"{machine}: {name}.{field}[{place}]: States.ALL must be alone and last")
    return found


def statelint(definition: Path) -> list[str]:
    """Findings of the Amazon States Language linter of the ASL's authors, in its Python port."""
    return _said([sys.executable, "-m", "statelint", str(definition)])


def asl_validator(definition: Path) -> list[str]:
    """Findings of npm's asl-validator, if `npm ci` has installed it."""
    program = ROOT / "node_modules" / ".bin" / "asl-validator"
    if not program.exists():
        sys.stderr.write("note: asl-validator is not installed; run: npm ci\n")
        return []
    return _said([os.environ.get("JSII_NODE", "node"), str(program), "--json-path", str(definition)])


def _with_file(definition: str, linter: Callable[[Path], list[str]]) -> list[str]:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "definition.asl.json"
        path.write_text(definition, "utf-8")
        return linter(path)


def _said(command: list[str]) -> list[str]:
    """What a linter printed if it failed."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if result.returncode == 0:
        return []
    return [(result.stdout + result.stderr).strip() or f"{' '.join(command)}: exit {result.returncode} without a word"]


def main() -> int:
    """0 when nothing was found."""
    found = findings(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "cdk.out")
    for finding in found:
        sys.stdout.write(finding + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
