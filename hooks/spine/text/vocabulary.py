"""What was found out about single words, kept: words recur, texts do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_MOST = 8_192  # words
_LONGEST = 40  # letters; what is longer is no word, and is not kept


class Vocabulary(dict[str, Any]):
    """What a function returns for words, each asked once; neither grows without end."""

    def __init__(self, find: Callable[[str], Any]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, word: str) -> Any:
        found = self._find(word)
        if len(word) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[word] = found
        return found
