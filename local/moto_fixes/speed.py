"""What moto computes anew for every state although it never changes."""

import copy
import logging
import sys
from collections import deque
from functools import cache, lru_cache
from typing import Any

from moto import backends
from moto.core import responses
from moto.dynamodb.comparisons import ConditionExpressionParser
from moto.dynamodb.parsing import validators
from moto.dynamodb.parsing.ast_nodes import (  # type: ignore[attr-defined]
    DepthFirstTraverser,
    Node,
    UpdateExpression,
)
from moto.dynamodb.parsing.expressions import UpdateExpressionParser  # type: ignore[attr-defined]
from moto.stepfunctions.parser import utils
from moto.stepfunctions.parser.asl.component.eval_component import EvalComponent
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser
from moto.stepfunctions.parser.asl.utils import json_path
from moto.stepfunctions.parser.backend import execution_worker

from local.moto_fixes.patching import replace

_LOG = logging.getLogger(__name__)


def parse_paths_once() -> None:
    """A JSONPath is compiled once; moto compiles it (0.4 ms) each time a state reads or writes."""
    replace(json_path, "parse", lambda original: lru_cache(maxsize=4096)(original))


def parse_definitions_once() -> None:
    """A definition is parsed once; moto parses it (50 ms for the agent's) in every execution.

    A parsed program keeps no state of its own but its keys into each execution's heap, which moto draws at random when
    they are first needed; here they are fixed, so that executions can share the program.
    """
    parsed = lru_cache(maxsize=64)(AmazonStateLanguageParser.parse)

    def _get_evaluation_entrypoint(worker: Any) -> Any:
        return parsed(worker._evaluation_details.state_machine_details.definition)[0]

    replace(EvalComponent, "heap_key", lambda _: property(lambda component: str(id(component))))
    replace(execution_worker.ExecutionWorker, "_get_evaluation_entrypoint", lambda _: _get_evaluation_entrypoint)


def list_actions_once() -> None:
    """What a service can do is looked up once; moto inspects the service's whole class at every request."""
    replace(responses, "method_names_from_class", lambda original: cache(original))


def read_conditions_once() -> None:
    """A condition is cut into its words once; moto does it anew, with six patterns for each word, at every write."""

    def build(original: Any) -> Any:
        @lru_cache(maxsize=4096)
        def words(condition: str) -> tuple[Any, ...]:
            return tuple(original(ConditionExpressionParser(condition, None, None)))

        return lambda parser: deque(words(parser.condition_expression))

    replace(ConditionExpressionParser, "_lex_condition_expression", build)


def list_services_once() -> None:
    """Which services there are is read once; moto lists its own folder, 180 entries, at every request (0.8 ms)."""
    replace(backends, "list_of_moto_modules", lambda original: cache(lambda: frozenset(original())))


def read_updates_once() -> None:
    """An update is parsed once, and validated in a copy of its tree; moto parses it twice at every write."""
    parsed: Any = lru_cache(maxsize=4096)(UpdateExpressionParser.make)
    replace(UpdateExpressionParser, "make", lambda _: staticmethod(parsed))
    replace(validators, "deepcopy", lambda _: _copied)


def _copied(value: Any) -> Any:
    """As `copy.deepcopy`, which takes four times as long for the syntax tree of an update."""
    if not isinstance(value, UpdateExpression):
        return copy.deepcopy(value)
    return _tree(value)


def _tree(node: Any) -> Any:
    duplicate = copy.copy(node)
    if node.children is not None:
        duplicate.children = [_tree(each) if isinstance(each, Node) else copy.deepcopy(each) for each in node.children]
        for child in duplicate.children:
            if isinstance(child, Node):
                child.set_parent(duplicate)
    return duplicate


def look_up_processors_once() -> None:
    """Which nodes a step of the update's validation is about is asked once per step, not once per node."""

    def build(original: Any) -> Any:
        known: dict[type, Any] = {}

        def nodes_to_be_processed(step: Any) -> Any:
            if type(step) not in known:
                known[type(step)] = original(step)
            return known[type(step)]

        return nodes_to_be_processed

    replace(DepthFirstTraverser, "nodes_to_be_processed", build)


def forget_finished_threads() -> None:
    """Ended threads are collected; moto appends every thread it ever starts to one list."""

    class Forgotten(list[Any]):
        def append(self, thread: Any) -> None:
            """Daemon threads need no register: nothing in moto reads it."""

    forgotten = Forgotten()
    for module in list(sys.modules.values()):
        if vars(module).get("TMP_THREADS") is utils.TMP_THREADS and module is not utils:
            vars(module)["TMP_THREADS"] = forgotten
    utils.TMP_THREADS = forgotten


def log_failures_once() -> None:
    """A failed state is told by its history; moto also logs it as an error at every level of the syntax tree."""

    def _log_failure_event_exception(component: Any, failure_event_exception: Any) -> None:
        _LOG.debug("%s: %s", type(component).__name__, failure_event_exception.extract_error_cause_pair())

    def _log_exception(component: Any, exception: Exception) -> None:
        _LOG.debug("%s: %r", type(component).__name__, exception)

    replace(EvalComponent, "_log_failure_event_exception", lambda _: _log_failure_event_exception)
    replace(EvalComponent, "_log_exception", lambda _: _log_exception)
