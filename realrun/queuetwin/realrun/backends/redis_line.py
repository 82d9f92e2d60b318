"""A line whose queue is a list of a Redis server, so that a real broker stands in between.

A Redis list has no limit, so a second list bounds it with a token for each free place; the broker
gives tokens to waiting producers, first come first served.  A token carries the
instant at which its place became free, so no item is accepted before there was one.  An item
counts as accepted when it is sent to the broker, and as taken when the answer with it is here.
All keys of a run begin with a name of its own; nothing is pushed any more once they are deleted.
"""

from __future__ import annotations

import contextlib
import os
import threading
from functools import partial
from ipaddress import ip_address
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from queuetwin.model.base.errors import RunError
from queuetwin.model.records.run import Outcome
from queuetwin.realrun.line.line import Entry, Line
from queuetwin.realrun.line.line_rules import LineRules
from queuetwin.realrun.pacing.pacer import clock, sharpen_timer

_ADDRESS, _DEFAULT = "QUEUETWIN_REDIS", "redis://127.0.0.1:6379"
_LOOK_EVERY_S, _ANSWERS_WITHIN_S = 1, 5
# KEYS: open, queue, places.  An offer takes a place, where places are counted.
_OFFER = """
if redis.call('EXISTS', KEYS[1]) == 0 then return false end
local place = '0'
if ARGV[2] == '1' then place = redis.call('LPOP', KEYS[3]) end
if not place then return false end
redis.call('RPUSH', KEYS[2], ARGV[1] .. ':' .. place)
return place
"""
# KEYS: open, and the list to push to.
_PUSH = """
if redis.call('EXISTS', KEYS[1]) == 1 then redis.call('RPUSH', KEYS[2], ARGV[1]) end
"""


class RedisLine(Line):
    """Every producer, every worker and the return line have a connection each.

    Raises RunError where there is no server, or one beyond this machine.
    """

    def __init__(self, rules: LineRules) -> None:
        super().__init__(rules)
        name = f"queuetwin:{uuid4().hex}"
        self._open, self._queue, self._places = (
            f"{name}:{part}" for part in ("open", "queue", "places")
        )
        self._is_bounded = rules.capacity is not None
        self._inside = 0
        self._serving = [False] * rules.most_workers
        self._stamping = threading.Lock()
        self._due_back: SimpleQueue[tuple[int, int] | None] = SimpleQueue()
        self._faults = _connection_faults()
        self._control = _connected()
        self._producer_connections = [_connected() for _ in range(rules.producers + 1)]
        self._worker_connections = [_connected() for _ in range(rules.most_workers)]
        self._ids = [
            one.client_id() for one in (*self._producer_connections, *self._worker_connections)
        ]
        self._offer_script = self._control.script_load(_OFFER)
        self._push_script = self._control.script_load(_PUSH)
        self._control.set(self._open, 1)
        if rules.capacity:
            self._control.rpush(self._places, *[0] * rules.capacity)

    # -- producers and the return line -----------------------------------------------------------

    def offer(self, item: int) -> tuple[int, bool] | None:
        """As the line's own; waits for a place at the broker."""
        return self._offer_by(self._producer_connections[0], item, 1)

    def _offer_by(self, connection: Any, item: int, attempt: int) -> tuple[int, bool] | None:
        with self.mutex:
            if self._closed:
                return None
            self._inside += 1
        try:
            accepted = self._send(connection, item, attempt)
        except self._faults as fault:
            self._broker_failed(fault)
            accepted = None
        with self.mutex:
            if accepted is not None:
                return accepted, True
            self._inside -= 1
            if self._closed:
                return None
            now = clock()
            self._end_unserved((item, 0, 0), now, Outcome.REJECTED)
            return now, False

    def _send(self, connection: Any, item: int, attempt: int) -> int | None:
        """When the item was accepted; None when there is no place for it, or no line any more."""
        # Stamped and sent in one order.
        with self._stamping:
            now = clock()
            keys, bounded = (self._open, self._queue, self._places), int(self._is_bounded)
            text = f"{item}:{attempt}:{now}"
            place = connection.evalsha(self._offer_script, 3, *keys, text, bounded)
        if place is not None:
            return max(now, int(place))
        if self._rules.when_full != "block":
            return None
        while (found := connection.blpop([self._places], _LOOK_EVERY_S)) is None:
            if self._closed:
                return None
        with self._stamping:
            now = clock()
            text = f"{item}:{attempt}:{now}:{int(found[1])}"
            connection.evalsha(self._push_script, 2, self._open, self._queue, text)
        return now

    def send_back(self, due: int, item: int, attempt: int) -> None:
        """As the line's own."""
        with self.mutex:
            self._coming_back += 1
            self.sent_back += 1
            self._timekeeper.at(due, partial(self._due_back.put, (item, attempt)))

    def bring_back(self) -> None:
        """The life of the return line: one at the door, later ones behind it."""
        sharpen_timer()
        while (due := self._due_back.get()) is not None:
            answer = self._offer_by(self._producer_connections[-1], *due)
            with self.mutex:
                self._coming_back -= 1
                if answer is not None and answer[1]:
                    self.returned.append((*due, answer[0]))
                self._signal_if_quiet()

    # -- workers ---------------------------------------------------------------------------------

    def take(self, worker: int) -> Entry | None:
        """As the line's own; waits for an item at the broker."""
        self._done(worker)
        try:
            return self._next(worker, self._worker_connections[worker])
        except self._faults as fault:
            self._broker_failed(fault)
            return None

    def _done(self, worker: int) -> None:
        with self.mutex:
            if self._serving[worker]:
                self._serving[worker] = False
                self._busy -= 1
                self._inside -= 1
                self._signal_if_quiet()

    def _next(self, worker: int, hand: Any) -> Entry | None:
        while not self._closed:
            found = hand.blpop([self._queue], _LOOK_EVERY_S)
            if found is None:
                continue
            with self.mutex:
                if self._closed:
                    return None
                now = clock()
                self._serving[worker] = True
                self._busy += 1
                busy = self._busy
            if self._is_bounded:
                hand.evalsha(self._push_script, 2, self._open, self._places, now)
            item, attempt, sent, place = map(int, found[1].split(b":"))
            return item, attempt, max(sent, place), now, busy
        return None

    # -- the end ---------------------------------------------------------------------------------

    def _is_quiet(self) -> bool:
        return not (self._producing or self._inside or self._coming_back)

    def _broker_failed(self, fault: Exception) -> None:
        with self.mutex:
            if not self._closed:
                self.ended_early = f"the Redis server went away: {fault}"
                self._close()
                self._signal_quiet(quiet=True)

    def _close(self) -> None:
        super()._close()
        self._due_back.put(None)
        with contextlib.suppress(*self._faults):
            for one in self._ids:
                self._control.client_unblock(one)

    def leave(self) -> None:
        """Delete all keys of the run; the line is closed."""
        with contextlib.suppress(*self._faults):
            self._control.delete(self._open, self._queue, self._places)


def look_for_server() -> None:
    """Raise RunError where no server of this machine answers."""
    _connection_faults()
    _connected().close()


def _connection_faults() -> tuple[type[Exception], ...]:
    try:
        from redis.exceptions import RedisError
    except ImportError:
        raise RunError("Redis is not installed: pip install 'queuetwin[redis]'") from None
    return (RedisError, OSError)


def _connected() -> Any:
    """A connection of its own to the server of this machine."""
    from redis import Redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    url = os.environ.get(_ADDRESS, _DEFAULT)
    place = _place(url)
    try:
        client = Redis.from_url(
            url,
            single_connection_client=True,
            socket_timeout=_LOOK_EVERY_S + _ANSWERS_WITHIN_S,
            socket_connect_timeout=_ANSWERS_WITHIN_S,
            retry=Retry(NoBackoff(), 0),
        )
        client.ping()
    except _connection_faults() as fault:
        raise RunError(
            f"no Redis server answers at {place} ({fault}): start one with "
            "`redis-server --save '' --appendonly no`, or name another of this machine in "
            f"{_ADDRESS}, such as redis://127.0.0.1:6380 or unix:///run/redis.sock"
        ) from None
    return client


def _place(url: str) -> str:
    """Where a server is, without its password.  Raises RunError where that is no address here."""
    parts = urlsplit(url)
    if parts.scheme == "unix" and parts.path:
        return parts.path
    host = parts.hostname or ""
    is_here = host == "localhost"
    with contextlib.suppress(ValueError):
        is_here = is_here or ip_address(host).is_loopback
    if parts.scheme != "redis" or not is_here:
        raise RunError(
            f"{_ADDRESS} names no Redis server of this machine: a real run measures this machine, "
            f"so write such as {_DEFAULT} or unix:///run/redis.sock"
        )
    return parts.netloc.rpartition("@")[2]
