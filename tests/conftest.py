"""What holds for tests of every kind."""

from pathlib import Path

import pytest

TESTS = Path(__file__).parent


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Folder after folder, however the files were named on the command line.

    A process holds one local AWS: the workflow tests' own lives until the end, so nothing may come after them.
    """
    items.sort(key=lambda item: item.path.relative_to(TESTS).parts[0])
