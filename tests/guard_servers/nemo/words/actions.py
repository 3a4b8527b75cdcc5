"""The actions that the rails call."""

from nemoguardrails.actions import action


@action(name="check_words")  # type: ignore[untyped-decorator]
async def check_words(text: str) -> bool:
    """Whether the text may pass."""
    return "forbidden-word" not in text


@action(name="mended_words")  # type: ignore[untyped-decorator]
async def mended_words(text: str) -> str:
    """The text with the rude word gone."""
    return text.replace("rude-word", "***")
