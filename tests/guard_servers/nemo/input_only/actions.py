"""The actions that the rails call."""

from nemoguardrails.actions import action


@action(name="check_words")  # type: ignore[untyped-decorator]
async def check_words(text: str) -> bool:
    """Whether the text may pass."""
    return "forbidden-word" not in text
