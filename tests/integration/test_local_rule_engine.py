"""Rules start functions by event and by the clock."""

import json
import queue

from local.rule_engine import RuleEngine
from local.template.rules import Rule

Started = tuple[str, bytes]


def engine(*rules: Rule) -> tuple[RuleEngine, "queue.SimpleQueue[Started]"]:
    started: queue.SimpleQueue[Started] = queue.SimpleQueue()
    made = RuleEngine(rules, lambda name, payload: started.put((name, payload)), account="1", region="eu-west-1")
    return made, started


def test_event_starts_the_functions_of_the_rules_that_match() -> None:
    """The target gets the event itself; a rule that does not match starts nothing."""
    matching, started = engine(
        Rule("yes", "fn-yes", {"source": ["aws.states"]}, None), Rule("no", "fn-no", {"source": ["other"]}, None)
    )
    event = {"source": "aws.states", "detail": {"status": "FAILED"}}
    matching.deliver(event)
    name, payload = started.get_nowait()
    assert (name, json.loads(payload)) == ("fn-yes", event)
    assert started.empty()


def test_constant_input_replaces_the_event() -> None:
    """A target's `Input` is what its function gets."""
    constant, started = engine(Rule("r", "fn", {"source": ["s"]}, None, '{"sweep": true}'))
    constant.deliver({"source": "s"})
    assert started.get_nowait() == ("fn", b'{"sweep": true}')


def test_schedule_fires_again_and_again_until_it_is_stopped() -> None:
    """A scheduled rule sends EventBridge's own scheduled event."""
    clock, started = engine(Rule("sweep", "fn", None, 0.01))

    clock.start()
    (name, payload), _ = started.get(timeout=5), started.get(timeout=5)
    clock.stop()
    event = json.loads(payload)
    assert name == "fn"
    assert (event["detail-type"], event["source"]) == ("Scheduled Event", "aws.events")
    assert event["resources"] == ["arn:aws:events:eu-west-1:1:rule/sweep"]
