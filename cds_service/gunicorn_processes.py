"""gunicorn's processes: a master that reloads only what can be served, workers that lose nobody."""

from __future__ import annotations

import time
from typing import Any

import structlog
from gunicorn.arbiter import Arbiter
from gunicorn.workers import gthread

from cds_service.listening import take_no_more
from cds_service.security.workers_before import workers_before_may_answer_for
from cds_service.unparsed import RefusingWorker

KEEP_ALIVE_SECONDS = 5
START_SECONDS = 1  # at most, until the workers that are replaced have been told to stop
HANDSHAKE_SECONDS = 0.2  # for a connection that was begun to become one that a worker takes in
# A connection stays for as long as was promised, also while we stop: who sends another request on
# it is answered, and told that it was the last.
gthread.STOP_KEEPALIVE_LINGER = KEEP_ALIVE_SECONDS


class Master(Arbiter):  # type: ignore[misc]
    """Starts and replaces the workers."""

    def reload(self) -> None:
        """Replace all workers by new ones, with the files of the settings read anew (SIGHUP).

        A worker that cannot start ends the whole service: so nothing is done when one could not,
        and the log says why; these are our own files, there is nobody's data in them.
        """
        try:
            self.app.read_anew()
        except Exception as error:
            name = type(error).__name__
            structlog.get_logger().error("reload-refused", error=name, cause=str(error))
        else:
            workers_before_may_answer_for(self.cfg.graceful_timeout + START_SECONDS)
            super().reload()

    @property
    def _is_alone(self) -> bool:
        return self.reexec_pid == self.master_pid == 0 and not self.systemd

    def stop(self, graceful: bool = True) -> None:
        """Stop the workers once no connection can arrive any more behind their last look.

        Where others listen at the same socket (systemd, or a master that takes over), it is left as
        it is: what waits at it is theirs.
        """
        if graceful and self.LISTENERS and self._is_alone:
            for listener in self.LISTENERS:
                take_no_more(listener.sock)
            time.sleep(HANDSHAKE_SECONDS)
        super().stop(graceful)


class Worker(RefusingWorker):
    """Takes in who waits at the door before it closes it.

    The kernel completes connections, and receives whole requests, of which gunicorn knows nothing
    yet: they would be reset.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        """Accept connections or accept no more; at the end, only after those that wait."""
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                self._take_in(listener)
                listener.close()

    def _take_in(self, listener: Any) -> None:
        known = -1
        while known != self.nr_conns:
            known = self.nr_conns
            self.accept(listener)
