"""JSON Pointers (RFC 6901), and Tollgate's `*` for any index or key."""

from collections.abc import Iterable


def join(parts: Iterable[str | int]) -> str:
    """`["a/b", 0]` is `/a~1b/0`; no parts is the empty pointer, the whole value."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def split(pointer: str) -> list[str]:
    """The parts of a pointer. Raises `ValueError` for a text that neither is empty nor starts with `/`."""
    if not pointer:
        return []
    if not pointer.startswith("/"):
        raise ValueError(f"{pointer!r} is not a JSON Pointer: it must be empty or start with '/'")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def child(pointer: str, part: str | int) -> str:
    """The pointer one level down."""
    return pointer + join([part])


def parent(pointer: str) -> str:
    """The pointer one level up; the whole value is its own parent."""
    return pointer.rpartition("/")[0]
