"""The secret of a tool as a header: where it cannot be read, the call was certainly not started."""

from tollgate.errors import ToolUnavailableError
from tollgate.models.tool import Secret
from tollgate.secret_header import SecretHeader, SecretUnreadableError, secret_header


def tool_secret(secret: Secret | None) -> SecretHeader:
    """As `tollgate.secret_header`. Raises `ToolUnavailableError` with AWS's words: a tool's author has to mend it."""
    try:
        return secret_header(secret)
    except SecretUnreadableError as error:
        raise ToolUnavailableError(error.in_full) from error
