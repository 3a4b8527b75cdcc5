"""One local stack for all workflow tests, with the tests' own agents, tools and model."""

from collections.abc import Iterator

import pytest

from tests.workflow import definitions
from tests.workflow.project import world_of
from tests.workflow.running import World
from tests.workflow.slow import SlowRuns, start


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The running stack, once for all."""
    with world_of("workflow-tests", definitions.write, tmp_path_factory.mktemp("home")) as world:
        yield world


@pytest.fixture(scope="session", autouse=True)
def slow_runs(world: World) -> SlowRuns:
    """Under way while the other tests run."""
    return start(world)
