"""A log that cannot be written, because its disk is full or its reader is gone."""

import errno
import io
import sys
from contextlib import contextmanager
from unittest import mock

import structlog

from cds_service import audit

KINDS = ("full", "closed")


class FullDisk(io.RawIOBase):
    """Takes nothing."""

    def writable(self):
        return True

    def write(self, _):
        raise OSError(errno.ENOSPC, "No space left on device")


@contextmanager
def unwritable_log(kind):
    disk = FullDisk()
    stream = io.TextIOWrapper(io.BufferedWriter(disk))
    if kind == "closed":
        stream = io.TextIOWrapper(io.BytesIO())
    with mock.patch.object(sys, "stderr", stream):
        audit.configure("DEBUG")
        if kind == "closed":
            stream.close()
        try:
            yield
        finally:
            structlog.reset_defaults()
            disk.write = len  # what waits for it would be missed when it is closed
