"""One template under evaluation, the root's or a nested stack's: what `Ref` and `Fn::GetAtt` give in it."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from local.template.assembly import Assembly, Document
from local.template.intrinsics import condition_holds, resolve
from local.template.resource_types import RESOURCE_TYPES
from local.template.unsupported import UnsupportedTemplateError

NESTED_STACK = "AWS::CloudFormation::Stack"
PARTITION = "aws"


@dataclass(frozen=True)
class Place:
    """Where the template is deployed to. `learned` holds what only creation can tell, by path and attribute."""

    account: str
    region: str
    learned: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Parent:
    """The template that a nested one stands in, and the parameters, unresolved, that it gives."""

    scope: "Scope"
    logical_id: str
    parameters: Mapping[str, Any]


class Scope:
    """Evaluates lazily, so that values which creation tells (`learn`) are right in everything created later."""

    def __init__(self, document: Document, assembly: Assembly, place: Place, parent: "_Parent | None" = None) -> None:
        self.document = document
        self.assembly = assembly
        self.place = place
        self._parent = parent
        self.path: str = f"{parent.scope.path}/{parent.logical_id}" if parent else assembly.stack_name
        self.stack_name: str = f"{parent.scope.stack_name}-{parent.logical_id}" if parent else assembly.stack_name
        self._nested: dict[str, Scope] = {}

    def resources(self) -> Iterator[tuple[str, Document]]:
        """Logical ids and definitions, unresolved; those whose condition does not hold are left out."""
        for logical_id, resource in self.document["Resources"].items():
            if "Condition" not in resource or condition_holds(resource["Condition"], self):
                yield logical_id, resource

    def of_type(self, type_name: str) -> Iterator[tuple[str, Document]]:
        """Logical ids and resolved properties of one type, in this template alone."""
        for logical_id, resource in self.resources():
            if resource["Type"] == type_name:
                yield logical_id, resolve(resource.get("Properties", {}), self)

    def tree(self) -> Iterator["Scope"]:
        """This template and every nested one, parents first."""
        yield self
        for logical_id, resource in self.resources():
            if resource["Type"] == NESTED_STACK:
                yield from self.nested(logical_id).tree()

    def nested(self, logical_id: str) -> "Scope":
        """The template of a nested stack under the parameters that this one gives it."""
        if logical_id not in self._nested:
            properties = self._resource(logical_id)["Properties"]
            document = self.assembly.nested_template(resolve(properties["TemplateURL"], self))
            parent = _Parent(self, logical_id, properties.get("Parameters", {}))
            self._nested[logical_id] = Scope(document, self.assembly, self.place, parent)
        return self._nested[logical_id]

    def name_of(self, logical_id: str) -> str:
        """The physical name: the template's own, or one made from stack and logical id."""
        resource = self._resource(logical_id)
        name_property = RESOURCE_TYPES[resource["Type"]].name_property
        written = resource.get("Properties", {}).get(name_property) if name_property else None
        return str(resolve(written, self)) if written is not None else f"{self.stack_name}-{logical_id}"

    def learn(self, logical_id: str, attribute: str, value: str) -> None:
        """Notes what creation told of a resource; `attribute` is `Ref` or a name of `Fn::GetAtt`."""
        self.place.learned[f"{self.path}/{logical_id}", attribute] = value

    def ref(self, name: str) -> Any:
        """What `Ref` gives: a pseudo parameter, a parameter or a resource."""
        if name.startswith("AWS::"):
            return self._pseudo(name)
        if name in self.document.get("Parameters", {}):
            return self._parameter(name)
        learned = self.place.learned.get((f"{self.path}/{name}", "Ref"))
        return learned if learned is not None else self._format(name, RESOURCE_TYPES[self._resource(name)["Type"]].ref)

    def attribute(self, logical_id: str, attribute: str) -> Any:
        """What `Fn::GetAtt` gives."""
        resource = self._resource(logical_id)
        if resource["Type"] == NESTED_STACK and attribute.startswith("Outputs."):
            return self.nested(logical_id).output(attribute.removeprefix("Outputs."))
        learned = self.place.learned.get((f"{self.path}/{logical_id}", attribute))
        if learned is not None:
            return learned
        known = RESOURCE_TYPES[resource["Type"]].attributes
        if attribute not in known:
            raise UnsupportedTemplateError(
                f"{self.path}/{logical_id} ({resource['Type']}): the local stack knows no attribute {attribute!r}"
            )
        return self._format(logical_id, known[attribute])

    def output(self, name: str) -> Any:
        """An output's value. Raises `UnsupportedTemplateError` if the template has none of that name."""
        outputs = self.document.get("Outputs", {})
        if name not in outputs:
            raise UnsupportedTemplateError(f"{self.path}: there is no output {name!r}")
        return resolve(outputs[name]["Value"], self)

    def _resource(self, logical_id: str) -> Document:
        resources: Mapping[str, Document] = self.document["Resources"]
        if logical_id not in resources:
            raise UnsupportedTemplateError(f"{self.path}: there is no resource or parameter {logical_id!r}")
        return resources[logical_id]

    def _parameter(self, name: str) -> Any:
        if self._parent and name in self._parent.parameters:
            return resolve(self._parent.parameters[name], self._parent.scope)
        parameter = self.document["Parameters"][name]
        if "Default" not in parameter:
            raise UnsupportedTemplateError(f"{self.path}: parameter {name!r} has neither a value nor a default")
        return parameter["Default"]

    def _pseudo(self, name: str) -> str:
        known = {
            "AWS::AccountId": self.place.account,
            "AWS::Partition": PARTITION,
            "AWS::Region": self.place.region,
            "AWS::StackId": f"arn:{PARTITION}:cloudformation:{self.place.region}:{self.place.account}"
            f":stack/{self.stack_name}/local",
            "AWS::StackName": self.stack_name,
            "AWS::URLSuffix": "amazonaws.com",
        }
        if name not in known:
            raise UnsupportedTemplateError(f"{self.path}: the local stack knows no pseudo parameter {name!r}")
        return known[name]

    def _format(self, logical_id: str, form: str) -> str:
        if not form:
            raise UnsupportedTemplateError(f"{self.path}/{logical_id}: its value is needed before it exists")
        return form.format(
            name=self.name_of(logical_id),
            id=hashlib.sha256(f"{self.path}/{logical_id}".encode()).hexdigest()[:10],
            account=self.place.account,
            region=self.place.region,
            partition=PARTITION,
        )
