"""The body of an answer, unpacked piece by piece; what was cut off is no body.

See RFC 9110, "Content-Encoding", and RFC 1952: a packed body says itself where it ends.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

PIECE = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


# Real ones (IANA, "HTTP Content Coding Registry", and some that are not in it) that we do not read.
# Any other word, such as "utf-8" or "none", stands there by mistake.
_NOT_READ = frozenset(
    ("aes128gcm", "br", "bzip2", "compress", "dcb", "dcz", "deflate", "exi", "lz4", "lzma",
     "pack200-gzip", "snappy", "x-bzip2", "x-compress", "x-deflate", "xz", "zstd")
)  # fmt: skip
_PADDING = b"\0\r\n"  # behind a member, which begins with 1F


def unpacked(packed: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the body in pieces of bounded size, so that a bomb costs no more than its reader takes.

    ValueError when it is damaged, ends too early, or is packed in a way that nobody asked for.
    """
    listed = (word.strip().lower() for word in encoding.split(","))
    match [word for word in listed if word not in ("", "identity")]:
        case ["gzip" | "x-gzip"]:
            return _from_gzip(packed)
        case []:
            return iter(packed)
        case [word] if word not in _NOT_READ:
            return iter(packed)
        case _:
            raise ValueError("packed in a way that nobody asked for")


def _from_gzip(packed: Iterable[bytes]) -> Iterator[bytes]:
    member = zlib.decompressobj(_GZIP)
    for data in packed:
        left = data
        while left:
            if member.eof:  # there may be several, one after the other
                left = left.lstrip(_PADDING)
                if not left:
                    break
                member = zlib.decompressobj(_GZIP)
            try:
                yield member.decompress(left, PIECE)
            except zlib.error as error:
                raise ValueError("damaged") from error
            left = member.unconsumed_tail or member.unused_data
    if not member.eof:  # what came until then may look like the whole
        raise ValueError("ends too early")
