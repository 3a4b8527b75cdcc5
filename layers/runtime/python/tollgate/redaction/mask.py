"""What stands in a sink instead of what may not be there. It says which field or detector, so that a reader can ask."""

OPENING = "[redacted: "


def mask(label: str) -> str:
    """`[redacted: aws_access_key]`, `[redacted: personal field /buyer/contact]`."""
    return f"{OPENING}{label}]"
