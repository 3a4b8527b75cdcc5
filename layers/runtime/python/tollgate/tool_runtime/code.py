"""Kind `lambda`: the tool is `handler.py` beside its manifest, run in this process."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from tollgate.errors import ToolUnavailableError
from tollgate.tool_runtime.said import said
from tollgate.tool_runtime.tool_call import ToolCall


class CodeRunner:
    """Loads the handler once per process, on first use: an import error is the tool's failure, not the platform's."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._module: ModuleType | None = None

    def run(self, arguments: dict[str, Any], call: ToolCall) -> Any:
        return self._loaded().handle(arguments, call)

    def verify(self, arguments: dict[str, Any], call: ToolCall) -> Any | None:
        return self._loaded().verify(arguments, call)

    def _loaded(self) -> ModuleType:
        """The handler's module. Raises `ToolUnavailableError`: what cannot be imported has started nothing."""
        if self._module is None:
            try:
                self._module = self._load(self._folder / "handler.py")
            except Exception as error:
                words = f"{type(error).__name__}: {said(error)}"
                raise ToolUnavailableError(f"handler.py cannot be imported: {words}") from error
        return self._module

    def _load(self, path: Path) -> ModuleType:
        if str(self._folder) not in sys.path:
            sys.path.insert(0, str(self._folder))
        spec = importlib.util.spec_from_file_location("tool_handler", path)
        if spec is None or spec.loader is None:
            raise ImportError(f"{path} is not a Python module")
        module = importlib.util.module_from_spec(spec)
        sys.modules["tool_handler"] = module
        spec.loader.exec_module(module)
        return module
