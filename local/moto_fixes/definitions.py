"""What a definition may say: refused when the machine is created, with AWS's error, not later or never."""

from typing import Any

from moto.stepfunctions.parser.api import InvalidDefinition
from moto.stepfunctions.parser.asl.component.common.timeouts.heartbeat import HeartbeatSeconds, HeartbeatSecondsPath
from moto.stepfunctions.parser.asl.component.common.timeouts.timeout import TimeoutSeconds, TimeoutSecondsPath
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from local.moto_fixes.error_names import runtime_failure
from local.moto_fixes.patching import refusal, replace

_SHOWN_CHARACTERS = 900


def name_the_definition_error() -> None:
    """A definition that does not parse answers InvalidDefinition; moto's answer has no error code."""

    def build(original: Any) -> Any:
        def _validate_definition(definition: str) -> None:
            try:
                original(definition=definition)
            except InvalidDefinition as error:
                message = str(error)[:_SHOWN_CHARACTERS]
                raise refusal("InvalidDefinition", f"Invalid State Machine Definition: '{message}'") from error

        return staticmethod(_validate_definition)

    replace(StepFunctionsParserBackend, "_validate_definition", build)


def refuse_another_machine_of_that_name() -> None:
    """CreateStateMachine with a taken name and another definition or role answers StateMachineAlreadyExists.

    moto answers 200 and goes on running the old definition.
    """

    def build(original: Any) -> Any:
        def create_state_machine(backend: Any, **asked: Any) -> Any:
            machine = original(backend, **asked)
            if (machine.definition, machine.roleArn) != (asked["definition"], asked["roleArn"]):
                raise refusal("StateMachineAlreadyExists", f"State Machine Already Exists: '{machine.arn}'")
            return machine

        return create_state_machine

    replace(StepFunctionsParserBackend, "create_state_machine", build)


def require_positive_seconds() -> None:
    """TimeoutSeconds and HeartbeatSeconds are positive integers; moto accepts 0."""

    def checked(field: str, parameter: str) -> Any:
        def build(original: Any) -> Any:
            def initialise(component: Any, *arguments: Any, **options: Any) -> None:
                seconds = options[parameter] if parameter in options else arguments[0]
                if not _is_positive_integer(seconds):
                    raise ValueError(f"{field} must be a positive integer, not {seconds}")
                original(component, *arguments, **options)

            return initialise

        return build

    replace(TimeoutSeconds, "__init__", checked("TimeoutSeconds", "timeout_seconds"))
    replace(HeartbeatSeconds, "__init__", checked("HeartbeatSeconds", "heartbeat_seconds"))


def refuse_fractional_seconds_by_path() -> None:
    """A TimeoutSecondsPath or HeartbeatSecondsPath that leads to no positive integer fails with States.Runtime.

    moto waits for 0.5 seconds, for `true` seconds, and forever for a negative number.
    """

    def checked(field: str) -> Any:
        def build(original: Any) -> Any:
            def _eval_seconds(component: Any, env: Any) -> Any:
                seconds = original(component, env)
                if not _is_positive_integer(seconds):
                    raise runtime_failure(env, f"The {field} must lead to a positive integer, not {seconds!r}")
                return seconds

            return _eval_seconds

        return build

    replace(TimeoutSecondsPath, "_eval_seconds", checked("TimeoutSecondsPath"))
    replace(HeartbeatSecondsPath, "_eval_seconds", checked("HeartbeatSecondsPath"))


def _is_positive_integer(seconds: object) -> bool:
    return isinstance(seconds, int) and not isinstance(seconds, bool) and seconds > 0
