"""How moto is mended: every change goes through `replace`, and only the pinned version is touched."""

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from moto.core.exceptions import AWSError

PINNED_MOTO = "5.2.5"


class MotoVersionError(RuntimeError):
    """Another moto than the pinned one is installed, so nobody knows what the fixes would do to it."""


def require_pinned_version(installed: str | None = None) -> None:
    """The fixes meet exactly the moto they were written and tested for.

    Raises:
        MotoVersionError: naming the installed and the pinned version.
    """
    found = installed or version("moto")
    if found != PINNED_MOTO:
        raise MotoVersionError(
            f"moto {found} is installed, but the local AWS mends the internals of moto {PINNED_MOTO}; "
            f"run: pip install 'moto=={PINNED_MOTO}'"
        )


def replace(owner: Any, name: str, build: Callable[[Any], Any]) -> None:
    """Put `build(original)` in the place of `owner.name`, which must exist: a renamed seam fails at once."""
    setattr(owner, name, build(getattr(owner, name)))


def refusal(code: str, message: str) -> AWSError:
    """The error that AWS answers with `code`, as HTTP 400."""
    return AWSError(message, code, 400)
