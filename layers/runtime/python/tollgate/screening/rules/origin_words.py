"""An effect that carries nothing which could be vouched for happens only where the request asks for it in words.

A destructive effect whose target only a lookup names needs those words too, and the lookup must have left no choice:
a listing knows every file, but not which one to delete.
"""

from tollgate.models.tool import Tool
from tollgate.screening.case import RUN, Case, Opinion, ask
from tollgate.screening.words import words

RULE = "origin_words"


def decide(case: Case) -> Opinion:
    """Asks for an effect without sink values, or a destructive one chosen from a lookup, that no instruction names."""
    tool = case.effect
    if tool is None:
        return RUN
    sources = [case.evidence.source_of(group) for group in case.groups]
    looked_up = tool.effect == "destructive" and all(source and source.kind == "tool" for source in sources)
    if (looked_up or not sources) and not _is_asked_for(case, tool):
        return ask(RULE, f"nothing in the request asks in words for {tool.name}, and no argument shows who wanted it")
    if looked_up and any(source and source.chosen for source in sources):
        return ask(RULE, f"{tool.name} is {tool.effect}, and which one was chosen among several that a lookup returned")
    return RUN


def _is_asked_for(case: Case, tool: Tool) -> bool:
    """Whether one instruction has the tool's verb and, if its name says more, one more word of it."""
    verb, *rest = words(tool.name)
    return any(verb in text.words and (not rest or text.words & set(rest)) for text in case.evidence.instructions)
