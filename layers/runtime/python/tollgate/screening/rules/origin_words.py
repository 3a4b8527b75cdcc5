"""An effect that carries nothing which could be vouched for happens only where the request asks for it in words.

So does a destructive effect whose target only a lookup names: a listing knows every file, but not which one to delete.
"""

from tollgate.models.tool import Tool
from tollgate.screening.case import RUN, Case, Opinion, ask
from tollgate.screening.words import words

RULE = "origin_words"


def decide(case: Case) -> Opinion:
    """Asks for an effect without sink values, or a destructive one chosen from a lookup, that no instruction names."""
    tool = case.effect
    if tool is None or not _needs_words(case, tool) or _is_asked_for(case, tool):
        return RUN
    return ask(RULE, f"nothing in the request asks in words for {tool.name}, and no argument shows who wanted it")


def _needs_words(case: Case, tool: Tool) -> bool:
    if not case.groups or tool.effect != "destructive":
        return not case.groups
    sources = [case.evidence.source_of(group) for group in case.groups]
    return all(source is not None and source.kind == "tool" for source in sources)


def _is_asked_for(case: Case, tool: Tool) -> bool:
    """Whether one instruction has the tool's verb and, if its name says more, one more word of it."""
    verb, *rest = words(tool.name)
    return any(verb in text.words and (not rest or text.words & set(rest)) for text in case.evidence.instructions)
