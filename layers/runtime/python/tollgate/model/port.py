"""The port between the loop and a model: one method, two implementations (Bedrock Converse, OpenAI-compatible)."""

from typing import Protocol

from tollgate.models.message import ModelRequest, ModelResponse


class Model(Protocol):
    """A model that answers one request at a time, and never retries by itself: a second try may be a second bill."""

    def converse(self, request: ModelRequest) -> ModelResponse:
        """One response for one request.

        Raises `ModelThrottledError` where nothing can have been billed and a later try may succeed, and
        `ModelFailedError` for everything else that did not end in a usable response.
        """
        ...
