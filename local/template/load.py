"""From a synthesised folder to a tree of templates of which every part is known to be honoured locally."""

from collections.abc import Iterator
from typing import Any

from local.template.assembly import Assembly, Document
from local.template.intrinsics import FUNCTIONS, function_of
from local.template.resource_types import RESOURCE_TYPES, ResourceType
from local.template.scope import Place, Scope
from local.template.unsupported import UnsupportedTemplateError

_SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Description",
        "Metadata",
        "Parameters",
        "Mappings",
        "Conditions",
        "Resources",
        "Outputs",
    }
)
_INERT_SECTIONS = {"Rules": "rules guard deployments to AWS; the stage that only runs locally carries one against that"}
_RESOURCE_KEYS = frozenset(
    {"Type", "Properties", "Condition", "DependsOn", "Metadata", "DeletionPolicy", "UpdateReplacePolicy"}
)


def load(assembly: Assembly, place: Place) -> Scope:
    """The root template. Raises `UnsupportedTemplateError` that lists everything that cannot be honoured."""
    root = Scope(assembly.template, assembly, place)
    complaints = list(_complaints_of_tree(root))
    if complaints:
        raise UnsupportedTemplateError("the local stack cannot honour this template:\n" + "\n".join(complaints))
    return root


def _complaints_of_tree(root: Scope) -> Iterator[str]:
    yield from _complaints(root)
    for logical_id, resource in root.document["Resources"].items():
        if resource["Type"] == "AWS::CloudFormation::Stack":
            yield from _complaints_of_tree(root.nested(logical_id))


def _complaints(scope: Scope) -> Iterator[str]:
    for section in scope.document:
        if section not in _SECTIONS and section not in _INERT_SECTIONS:
            yield f"- {scope.path}: section {section}"
    for logical_id, resource in scope.document["Resources"].items():
        yield from _of_resource(f"{scope.path}/{logical_id}", resource)
    for name, output in scope.document.get("Outputs", {}).items():
        yield from _unknown_functions(f"{scope.path}, output {name}", output)


def _of_resource(where: str, resource: Document) -> Iterator[str]:
    type_name = resource["Type"]
    known = RESOURCE_TYPES.get(type_name)
    if known is None:
        yield f"- {where}: resource type {type_name}"
        return
    for key in sorted(resource.keys() - _RESOURCE_KEYS):
        yield f"- {where} ({type_name}): resource attribute {key}"
    if known.inert_because is None:
        yield from _of_properties(f"{where} ({type_name})", resource.get("Properties", {}), known)


def _of_properties(where: str, properties: Document, known: ResourceType) -> Iterator[str]:
    for name, value in properties.items():
        if name in known.honoured:
            yield from _unknown_functions(f"{where}.{name}", value)
        elif name not in known.inert:
            yield f"- {where}: property {name}"


def _unknown_functions(where: str, value: Any) -> Iterator[str]:
    function = function_of(value)
    if function is not None and function not in FUNCTIONS:
        yield f"- {where}: function {function}"
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for member in members:
        yield from _unknown_functions(where, member)
