"""What an error says of itself, whatever it is: a tool's own errors may be unable even of that."""


def said(error: BaseException) -> str:
    """The error's message as valid Unicode; empty where there is none, or where asking for it raises."""
    try:
        return str(error).encode("utf-8", "replace").decode("utf-8")
    except Exception:
        return ""
