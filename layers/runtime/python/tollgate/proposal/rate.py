"""How often the tool of a call was called lately, as a fact for the rules; and the place that a cleared call takes."""

import logging
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from tollgate.errors import ConflictError
from tollgate.models.call import Call, CallState
from tollgate.proposal.facts import Facts
from tollgate.screening.case import Count
from tollgate.store.call_rates import CallRates, Places, Rated

_log = logging.getLogger(__name__)


def rated(facts: Facts, tool: str, call_id: str) -> Rated | None:
    """The call as the count knows it; None where the agent has no rate for the tool."""
    limits = facts.agent.call_limits.get(tool)
    if limits is None or limits.rate is None:
        return None
    call = f"{facts.execution.execution_id}#{facts.turn.step:06d}#{call_id}"
    return Rated(facts.agent.name, tool, facts.execution.principal, call, limits.rate)


def known(rates: CallRates, facts: Facts, call: Rated, current: Call | None) -> Count | None:
    """The count before the rules speak. A call that was cleared under this policy keeps its place for ever."""
    cleared = current is not None and current.state in (CallState.CLEARED, CallState.STARTED)
    if cleared and current is not None and facts.is_current(current):
        return Count(0, held=True)
    return _counted(lambda: rates.places(call, facts.now), call)


def taken(rates: CallRates, facts: Facts, call: Rated) -> Count | None:
    """The count with this call's own place in it, where one was free. One conditional write."""
    return _counted(lambda: rates.take(call, facts.now), call)


def _counted(look: Callable[[], Places], call: Rated) -> Count | None:
    """None where the count cannot be had: the rule then refuses, as every check that fails does."""
    try:
        places = look()
    except (BotoCoreError, ClientError, ConflictError) as error:
        _log.error("calls could not be counted", extra={"tool": call.tool, "error": type(error).__name__})
        return None
    return Count(places.others, places.held)
