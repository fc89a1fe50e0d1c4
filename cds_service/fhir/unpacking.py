"""The body of an answer, unpacked piece by piece; what was cut off is no body.

See RFC 9110, "Content-Encoding", and RFC 1952: a packed body says itself where it ends.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

PIECE = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


def unpacked(packed: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the body in pieces of bounded size, so that a bomb costs no more than its reader takes.

    ValueError when it is damaged, ends too early, or is packed in a way that nobody asked for.
    """
    match encoding.strip().lower():
        case "" | "identity":
            return iter(packed)
        case "gzip" | "x-gzip":
            return _from_gzip(packed)
        case _:
            raise ValueError("packed in a way that nobody asked for")


def _from_gzip(packed: Iterable[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(_GZIP)
    for data in packed:
        left = data
        while left:
            if member.eof:  # there may be several, one after the other
                member = zlib.decompressobj(_GZIP)
            try:
                yield member.decompress(left, PIECE)
            except zlib.error as error:
                raise ValueError("damaged") from error
            left = member.unconsumed_tail or member.unused_data
    if not member.eof:  # what came until then may look like the whole
        raise ValueError("ends too early")
