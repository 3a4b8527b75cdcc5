"""Every defect of moto that is mended, in the order in which the fixes build on each other."""

import threading
from collections.abc import Callable

from local import redrive
from local.moto_fixes import (
    answers,
    callbacks,
    clients,
    definitions,
    dynamodb,
    error_names,
    events,
    lifecycle,
    maps,
    nested,
    speed,
    starting,
    stopping,
)
from local.moto_fixes.patching import require_pinned_version

FIXES: tuple[Callable[[], None], ...] = (
    clients.route_task_clients,
    speed.parse_paths_once,
    speed.parse_definitions_once,
    speed.list_actions_once,
    speed.list_services_once,
    speed.read_conditions_once,
    speed.read_updates_once,
    speed.look_up_processors_once,
    speed.forget_finished_threads,
    speed.log_failures_once,
    lifecycle.end_history_with_the_execution,
    lifecycle.cap_the_history,
    lifecycle.start_with_an_environment,
    definitions.name_the_definition_error,
    definitions.refuse_another_machine_of_that_name,
    definitions.require_positive_seconds,
    definitions.refuse_fractional_seconds_by_path,
    starting.start_once_per_name,
    starting.name_unnamed_executions,
    stopping.abort_at_once,
    stopping.keep_error_and_cause,
    stopping.end_stopped_states_silently,
    callbacks.register_tokens,
    callbacks.reject_late_callbacks,
    callbacks.keep_the_cause_of_a_failure,
    callbacks.refuse_output_that_is_not_json,
    callbacks.give_each_attempt_its_own_token,
    callbacks.wait_only_while_somebody_can_call,
    error_names.match_wildcards_as_aws,
    error_names.pass_on_reserved_names,
    error_names.name_missed_heartbeats,
    error_names.name_unreachable_functions,
    error_names.survive_answers_without_a_request_id,
    error_names.name_errors_without_a_type,
    error_names.name_unmatched_choices,
    maps.limit_inline_concurrency,
    maps.abort_the_other_iterations,
    maps.iterate_without_recursion,
    nested.speak_the_apis_case,
    answers.describe_executions_completely,
    answers.list_executions_completely,
    answers.page_the_history,
    dynamodb.act_one_at_a_time,
    dynamodb.transact_once_per_token,
    dynamodb.keep_only_what_a_transaction_may_undo,
    dynamodb.write_attribute_values_as_they_are,
    events.hand_on_what_is_published,
    redrive.count_redrives_in_the_context,
    redrive.answer_redrive_execution,
)

_INSTALLING = threading.Lock()
_installed: list[Callable[[], None]] = []


def install() -> None:
    """Every fix is in force once, for the rest of this process.

    Raises:
        MotoVersionError: another moto than the pinned one is installed.
    """
    with _INSTALLING:
        require_pinned_version()
        for fix in FIXES[len(_installed) :]:
            fix()
            _installed.append(fix)
