"""Which texts are most like another one: Okapi BM25 over words. Deterministic; no model, no network, no index.

Source: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond (2009), formula 3.15; the weight
of a word is that of Lucene, which is never negative.
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

K1, B = 1.2, 0.75
_WORD = re.compile(r"\w{2,}")


def words(text: str) -> list[str]:
    """Letters and digits of any script, two or more, in one case."""
    return _WORD.findall(text.casefold())


def scores(query: str, texts: Sequence[str]) -> list[float]:
    """One score per text, 0 where no word is shared."""
    counted = [Counter(words(text)) for text in texts]
    lengths = [sum(count.values()) for count in counted]
    average = sum(lengths) / len(lengths) if any(lengths) else 1.0
    weights = {word: _weight(sum(word in count for count in counted), len(texts)) for word in set(words(query))}
    return [
        math.fsum(weights[word] * _share(count[word], length / average) for word in weights if word in count)
        for count, length in zip(counted, lengths, strict=True)
    ]


def _weight(holding: int, texts: int) -> float:
    """The rarer a word is, the more it says."""
    return math.log1p((texts - holding + 0.5) / (holding + 0.5))


def _share(times: int, relative_length: float) -> float:
    """More of a word counts for ever less, and for less in a long text."""
    return times * (K1 + 1) / (times + K1 * (1 - B + B * relative_length))
