"""gunicorn's worker with threads, which at its end answers everybody who has been let in."""

from __future__ import annotations

from gunicorn.workers import gthread

from cds_service.server import KEEP_ALIVE_SECONDS

# A kept connection stays as long as was promised, also while we stop: whoever sends its next request
# within that time is answered, and told that it was the last.
gthread.STOP_KEEPALIVE_LINGER = KEEP_ALIVE_SECONDS


class Worker(gthread.ThreadWorker):  # type: ignore[misc]
    """Takes in who waits at the door before it closes it.

    The kernel completes connections, and takes whole requests, of which gunicorn knows nothing yet:
    they would be reset when it closes.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections, or accept no more; at the end also those that wait in the kernel."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                self._take_in(listener)
                listener.close()

    def _take_in(self, listener: object) -> None:
        known = -1
        while known != self.nr_conns:
            known = self.nr_conns
            self.accept(listener)
