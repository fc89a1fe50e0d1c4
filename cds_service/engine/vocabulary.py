"""What was found out about single words and codes, kept: they recur, texts do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MOST = 8_192  # words; when there are more, all are forgotten
LONGEST = 64  # characters; what is longer is neither a word nor a code, and is not kept


class Vocabulary(dict[str, Any]):
    """What a function returns for words, each asked once; neither number nor length grows.

    No word, as records have it too, is asked each time.
    """

    def __init__(self, find: Callable[[str], Any]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, word: str) -> Any:
        found = self._find(word)
        if word and len(word) <= LONGEST:
            if len(self) >= MOST:
                self.clear()
            self[word] = found
        return found
