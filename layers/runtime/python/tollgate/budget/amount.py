"""Tokens and money together: what a call may cost, what is leased, what came back."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Amount:
    """Tokens, and millionths of a US dollar."""

    tokens: int = 0
    microusd: int = 0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.tokens + other.tokens, self.microusd + other.microusd)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.tokens - other.tokens, self.microusd - other.microusd)

    def covers(self, wanted: "Amount") -> bool:
        """Whether `wanted` fits, both ways."""
        return self.tokens >= wanted.tokens and self.microusd >= wanted.microusd

    def at_most(self, other: "Amount") -> "Amount":
        """The smaller of the two, each way."""
        return Amount(min(self.tokens, other.tokens), min(self.microusd, other.microusd))

    def at_least(self, other: "Amount") -> "Amount":
        """The larger of the two, each way."""
        return Amount(max(self.tokens, other.tokens), max(self.microusd, other.microusd))

    def times(self, factor: int) -> "Amount":
        return Amount(self.tokens * factor, self.microusd * factor)

    def share(self, parts: int) -> "Amount":
        """One of `parts` equal parts, rounded down."""
        return Amount(self.tokens // parts, self.microusd // parts)
