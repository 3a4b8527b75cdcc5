"""An effect that carries nothing which could be vouched for happens only where the request asks for it in words.

A destructive effect always needs its verb: who asks to see a file does not ask to delete it. Where only a lookup names
its target, it needs the other words too, and the lookup must have left no choice: a listing knows every file, but not
which one to delete.
"""

from tollgate.models.tool import Tool
from tollgate.screening.case import RUN, Case, Opinion, ask
from tollgate.screening.words import stem, words

RULE = "origin_words"
_ALIKE = tuple(
    frozenset(map(stem, group.split()))
    for group in (
        "delete remove erase purge drop discard trash destroy wipe clear rid kick ban expel",
        "cancel abort revoke terminate end stop withdraw unsubscribe",
        "update change set reset modify edit replace overwrite adjust correct",
        "close shut archive",
    )
)
"""Verbs that ask for one thing, as stems."""


def decide(case: Case) -> Opinion:
    """Asks for an effect without sink values, or a destructive one chosen from a lookup, that no instruction names."""
    tool = case.effect
    if tool is None:
        return RUN
    sources = [case.evidence.source_of(group) for group in case.groups]
    destructive = tool.effect == "destructive"
    looked_up = destructive and all(source and source.kind == "tool" for source in sources)
    if (looked_up or not sources) and not _is_asked_for(case, tool):
        return ask(RULE, f"nothing in the request asks in words for {tool.name}, and no argument shows who wanted it")
    if destructive and not looked_up and not _is_verb_said(case, tool):
        return ask(RULE, f"{tool.name} destroys something, and the request does not say in words that it should")
    if looked_up and any(source and source.chosen for source in sources):
        return ask(RULE, f"{tool.name} is {tool.effect}, and which one was chosen among several that a lookup returned")
    return RUN


def _is_asked_for(case: Case, tool: Tool) -> bool:
    """Whether one instruction has the tool's verb, or one that means it, and, if its name says more, a word of that."""
    verb, *rest = words(tool.name)
    said = (text.words(verb) for text in case.evidence.instructions)
    return any(found & _meant(verb) and (not rest or found & set(rest)) for found in said)


def _is_verb_said(case: Case, tool: Tool) -> bool:
    """Whether one instruction has the tool's verb, or one that means it: the rest is named by its arguments."""
    verb = words(tool.name)[0]
    return any(text.words(verb) & _meant(verb) for text in case.evidence.instructions)


def _meant(verb: str) -> frozenset[str]:
    """The verb and those that ask for the same."""
    return next((group for group in _ALIKE if verb in group), frozenset({verb}))
