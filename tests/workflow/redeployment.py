"""Another registry for the running stack, as a deployment brings it: new layer, new tool asset, fresh processes."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from local.lambda_host.function import FunctionSpec
from local.lambda_host.pool import FunctionPool
from tests.workflow.running import World

REGISTRY = Path("python") / "tollgate_definitions" / "registry.json"
NEW_POLICY = "sha256:" + "1" * 64


@contextmanager
def policy_changed(world: World, folder: Path, tool: str, change: Callable[[dict[str, Any]], None]) -> Iterator[None]:
    """Inside, every function reads a registry in which `change` was made, and the tool has a new policy digest."""
    pools: dict[str, FunctionPool] = world.stack._host._pools  # the local stack has no way to deploy twice
    specs = {name: pool.spec for name, pool in pools.items()}
    layers = {layer for spec in specs.values() for layer in spec.layers if (layer / REGISTRY).is_file()}
    copies = {layer: _layer(layer, folder / layer.name, tool, change) for layer in layers}
    try:
        for name, spec in specs.items():
            _deploy(world, pools[name], _new(spec, copies, folder, tool))
        yield
    finally:
        for name, spec in specs.items():
            _deploy(world, pools[name], spec)


def _new(spec: FunctionSpec, layers: dict[Path, Path], folder: Path, tool: str) -> FunctionSpec:
    changed = replace(spec, layers=tuple(layers.get(layer, layer) for layer in spec.layers))
    return replace(changed, code=_code(spec.code, folder / tool)) if spec.name.endswith(f"-tool-{tool}") else changed


def _layer(source: Path, target: Path, tool: str, change: Callable[[dict[str, Any]], None]) -> Path:
    shutil.copytree(source, target)
    document = json.loads((target / REGISTRY).read_text())
    document["tools"][tool]["policy_digest"] = NEW_POLICY
    change(document)
    (target / REGISTRY).write_text(json.dumps(document))
    return target


def _code(source: Path, target: Path) -> Path:
    shutil.copytree(source, target)
    entry = json.loads((target / "tool.json").read_text())
    (target / "tool.json").write_text(json.dumps(entry | {"policy_digest": NEW_POLICY}))
    return target


def _deploy(world: World, pool: FunctionPool, spec: FunctionSpec) -> None:
    """The next processes are of the new spec; those of the old one end when they have nothing to do."""
    if pool.spec == spec:
        return
    pool.spec = spec
    old = {process.process_id for process in pool.processes()}

    def gone() -> bool:
        pool.reap(-1)
        return old.isdisjoint(process.process_id for process in pool.processes())

    world.endpoint.until(gone, f"the old processes of {spec.name} end")
