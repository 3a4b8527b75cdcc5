"""A tripwire for injected instructions: patterns that honest requests and documents hardly ever hold.

A tripwire, not a defence: who knows the patterns writes around them, and the tool boundary holds regardless. So it is
built to be quiet: every pattern needs a verb of overriding together with what is overridden, or a forged delimiter of
a conversation. `docs/screening.md` says how often it is wrong and what it misses.
"""

import re
from dataclasses import dataclass

from tollgate.admission.unicode_cleaning import cleaned_instruction, hidden_message

_MY = r"(?:all |any |every |each |of |the |your |my |our |these |those |this |that |its |other |and |or )*"
_GIVEN = r"(?:given|mentioned|stated|received|provided)"
_EARLIER = (
    rf"(?:previously {_GIVEN}|previous|prior|preceding|earlier|above|former|foregoing"
    r"|original|initial|existing|current|system)"
)
_ORDERS = r"(?:instructions?|prompts?|directives?|directions|guidelines|commands?|orders|rules|guardrails|programming)"
_DROP = (
    r"(?:ignore|disregard|forget|override|overrule|bypass|neglect|discard|skip|stop following"
    r"|(?:do not|don['\u2019]?t) (?:follow|listen to|obey)|(?:to )?have forgotten(?: about)?)"
)
_LINE = r"(?:^|\n) ?"

PATTERNS: dict[str, re.Pattern[str]] = {
    name: re.compile("".join(parts), re.IGNORECASE)
    for name, parts in {
        "override": (rf"\b{_DROP} {_MY}{_EARLIER}[ ,]{_MY}(?:{_EARLIER} )?(?:user |system )?{_ORDERS}\b",),
        "override_given": (
            rf"\b{_DROP} {_MY}{_ORDERS} (?:that )?(?:you |i |we )?(?:have |had |were |been |just )*",
            rf"(?:got|gave|learned|learnt|told|{_GIVEN})\b",
        ),
        "override_yours": (rf"\b{_DROP} (?:all |any )?(?:of )?your (?:\w+ )?{_ORDERS}\b",),
        "override_told": (
            rf"\b{_DROP} (?:everything|anything|all|whatever|what) (?:that )?",
            r"(?:you(?:['\u2019]ve| have| were| had been)?|i|we|they) (?:been |just )?",
            r"(?:told|said|instructed|asked|given|learned|read)\b",
            r"[^.]{0,30}\b(?:before|above|previously|earlier|so far|until now)\b",
        ),
        "forged_turn": (
            r"<\|(?:im_start|im_end|system|user|assistant|endoftext|begin_of_text|eot_id|start_header_id)\|>",
            r"|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>",
        ),
        "forged_heading": (
            rf"{_LINE}#{{2,6}} ?(?:system|assistant|new instructions?)",
            r"(?: (?:prompt|message|instructions?))? ?:?#{0,6} ?(?:\n|$)",
        ),
        "forged_role": (
            rf"{_LINE}\[?system (?:message|prompt|override|update|notice)\]? ?: ?\S",
            rf"|{_LINE}\[?system\]? ?: ?(?:you|ignore|from now|new|override|always|never|the (?:ai|assistant|user))\b",
        ),
        "forged_tag": (
            r"</?(?:system|system_prompt|assistant|information|instructions?_override|tool_result|function_calls?)>",
        ),
        "reveal": (
            r"\b(?:reveal|print|show|repeat|output|display|disclose|leak|dump",
            r"|tell me|give me|what (?:is|was|are|were))",
            r" (?:me |us )?(?:the |your |all |of |exact |full |entire |whole |complete |original |initial |hidden )*",
            r"(?:system (?:prompt|message)|initial prompt|(?:hidden|secret) (?:prompt|instructions)",
            r"|(?:prompt|instructions) above)\b",
            r"|\b(?:repeat|print|output|reveal|display) (?:me )?(?:all )?(?:of )?",
            r"(?:your (?:prompt|instructions)|the (?:above|previous|initial) (?:prompt|instructions)",
            r"|previous instructions|the instructions given)\b",
        ),
        "to_the_model": (
            r"\b(?:note|message|important|attention|instructions?|hello|hey|dear)[ ,:!]{1,3}(?:to |for )?",
            r"(?:the |all |any )?(?:ai|llm|language model|chatbot)",
            r"(?: (?:assistant|agent|model|system|reader|bot)s?)? ?[:,!-]",
        ),
        "new_role": (
            r"\byou are (?:now|no longer) (?:in |an? |the )?(?:\w+ ){0,2}",
            r"(?:developer mode|dan\b|jailbroken|unrestricted|unfiltered|uncensored)",
        ),
        "before_task": (
            r"\b(?:before|instead of|prior to) (?:you )?(?:can )?",
            r"(?:solv|complet|continu|answer|do|execut|finish|perform)(?:e|ing)? ",
            r"(?:the |your |any )(?:user'?s? |original |actual |assigned )?tasks?\b",
            r"[^.\n]{0,60}\b(?:you (?:must|have to|need to|should)|please|first)\b",
        ),
        "hide_from_user": (
            r"\b(?:do not|don['\u2019]t|never|without) ",
            r"(?:tell|inform|mention|notify|reveal|telling|informing|mentioning|notifying|revealing)",
            r"(?: (?:this|it|that|anything))?(?: to)? (?:the |your )?(?:user|human|operator)\b",
        ),
    }.items()
}
"""Name -> pattern. Each takes time linear in the text: repeats are bounded or of words that begin differently."""

EXCERPT_CHARACTERS = 120
_BLANKS = re.compile(r"[ \t]+")


@dataclass(frozen=True)
class Trip:
    """What fired. `excerpt` is the text that fired, as a person sees it, cut."""

    pattern: str
    excerpt: str


def trips(text: str) -> list[Trip]:
    """Every pattern that fires on the text, looked at as a person would see it, and what is hidden in it."""
    hidden = hidden_message(text).strip()
    found = [Trip("hidden_text", hidden[:EXCERPT_CHARACTERS])] if hidden else []
    seen = _BLANKS.sub(" ", cleaned_instruction(text))
    for name, pattern in PATTERNS.items():
        match = pattern.search(seen)
        if match is not None:
            found.append(Trip(name, match[0].strip()[:EXCERPT_CHARACTERS]))
    return found
