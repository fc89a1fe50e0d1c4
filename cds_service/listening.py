"""A listening socket that takes no more connections, while those that wait can still be accepted.

The kernel completes connections by itself, and receives whole requests on them. Whoever closes a
listening socket resets those that came since it last looked, and while a busy process looks and
closes some milliseconds go by. So new ones are kept out first.
"""

from __future__ import annotations

import ctypes
import struct
import sys
from socket import SOL_SOCKET, socket

import structlog

_SO_ATTACH_FILTER = 26  # Linux, asm-generic/socket.h
# Classic BPF (code, jump if true, jump if false, operand) over the TCP header: drop what has SYN
# without ACK, which asks for a new connection. Its sender asks again a second later.
_DROPS_NEW = (
    (0x30, 0, 0, 13),  # A := the byte of the flags
    (0x54, 0, 0, 0x12),  # A := A & (SYN | ACK)
    (0x15, 0, 1, 0x02),  # if A == SYN
    (0x06, 0, 0, 0),  # drop
    (0x06, 0, 0, 0xFFFFFFFF),  # else take the whole
)


def take_no_more(listener: socket) -> None:
    """Let no new connection in at a TCP socket; where the system cannot do that, say so."""
    if not sys.platform.startswith("linux"):
        structlog.get_logger().warning("still-listening", error=f"no filter on {sys.platform}")
        return
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *i) for i in _DROPS_NEW))
    filtering = struct.pack("HP", len(_DROPS_NEW), ctypes.addressof(program))
    try:
        listener.setsockopt(SOL_SOCKET, _SO_ATTACH_FILTER, filtering)
    except OSError as error:
        structlog.get_logger().warning("still-listening", error=type(error).__name__)
