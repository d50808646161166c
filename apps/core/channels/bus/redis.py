"""The bus for several machines: Redis 6.2 or newer, with streams as log and history.

A stream read from the last seen entry on, instead of Redis pub/sub: a connection that broke goes on
where it was, and an entry trimmed before it was read shows as a gap in the dense numbering.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import redis

from ...exceptions import BusUnavailable
from ..publications import Outgoing, Position, Publication, Recovery
from ..topics import literal_prefix, matches
from .base import BATCH_SIZE, FORGET_S, TRANSIT_S, Missed, recovery_of

LOG_LENGTH = 100_000
PRUNE_EVERY_S = 600.0

_PUBLISH = """
local prefix, now, fresh = ARGV[1], ARGV[2], ARGV[3]
local log, names = prefix .. ':log', prefix .. ':names'
local answer = {}
for i = 4, #ARGV, 5 do
    local channel, data, retain, size, age = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], ARGV[i + 4]
    local head, history = prefix .. ':channel:' .. channel, prefix .. ':history:' .. channel
    if redis.call('HSETNX', head, 'epoch', fresh) == 1 then redis.call('DEL', history) end
    local epoch, offset = redis.call('HGET', head, 'epoch'), redis.call('HINCRBY', head, 'offset', 1)
    redis.call('ZADD', names, 0, channel)
    if retain == '1' then redis.call('HSET', head, 'data', data, 'data_offset', offset, 'data_at', now) end
    if redis.call('HEXISTS', head, 'data') == 1 then redis.call('PERSIST', head)
    else redis.call('EXPIRE', head, {forget}) end
    if tonumber(size) > 0 then
        redis.call('XADD', history, 'MAXLEN', size, offset .. '-0', 'd', data, 'a', now, 'e', epoch)
        redis.call('EXPIRE', history, math.ceil(tonumber(age)))
        for _, entry in ipairs(redis.call('XRANGE', history, '-', '+', 'COUNT', 10)) do
            if tonumber(entry[2][4]) < now - age then redis.call('XDEL', history, entry[1]) end
        end
    end
    redis.call('XADD', log, redis.call('INCR', prefix .. ':count') .. '-0',
        'c', channel, 'd', data, 'o', offset, 'e', epoch, 'a', now)
    answer[#answer + 1] = {epoch, offset}
end
redis.call('XTRIM', log, 'MAXLEN', '~', {log_length})
return answer
""".replace("{forget}", str(int(FORGET_S))).replace("{log_length}", str(LOG_LENGTH))

_CLEAR = """
redis.call('HDEL', KEYS[1], 'data', 'data_offset', 'data_at')
redis.call('EXPIRE', KEYS[1], {forget})
""".replace("{forget}", str(int(FORGET_S)))


class RedisBus:
    """Every write is one atomic script; the keys of a channel expire by themselves.

    All keys begin with the URL's fragment (``redis://host/0#mysite``), or with ``smallweb``.
    """

    def __init__(self, url: str) -> None:
        self._url, _, name = url.partition("#")
        # In braces: all keys fall into one slot of a Redis cluster, as the scripts need.
        self.prefix = f"{{{name or 'smallweb'}}}"
        self._pid = 0
        self._pruned_at = time.monotonic()

    def publish(self, messages: Sequence[Outgoing]) -> list[Position]:
        arguments: list[Any] = [self.prefix, repr(time.time()), secrets.token_hex(4)]
        for message in messages:
            arguments += [message.channel, message.data, int(message.retain)]
            arguments += [message.history_size, message.history_age_s]
        with _as_unavailable():
            answer = self._client().register_script(_PUBLISH)([f"{self.prefix}:log"], arguments)
        if time.monotonic() - self._pruned_at > PRUNE_EVERY_S:
            self.prune()
        return [Position(epoch.decode(), offset) for epoch, offset in answer]

    def clear(self, channel: str) -> None:
        with _as_unavailable():
            self._client().register_script(_CLEAR)([self._head(channel)])

    def recover(self, channel: str, since: Position | None = None, *, partial: bool = False) -> Recovery:
        with _as_unavailable(), self._client().pipeline(transaction=True) as pipeline:
            pipeline.hgetall(self._head(channel))
            if since is not None:
                pipeline.xrange(f"{self.prefix}:history:{channel}", min=f"{max(since.offset, 0) + 1}-0")
            head, *entries = pipeline.execute()
        if not head:
            return recovery_of(Position("", 0), since, [], None)
        position = Position(head[b"epoch"].decode(), int(head[b"offset"]))
        found = [_from_history(channel, entry) for entry in (entries[0] if entries else [])]
        found = [publication for publication in found if publication.epoch == position.epoch]
        return recovery_of(position, since, found, _from_head(channel, head), partial=partial)

    def channels(self, filter_: str, *, limit: int) -> list[str]:
        return self._matching(filter_)[:limit]

    def retained(self, filter_: str) -> list[Publication]:
        names = self._matching(filter_)
        with _as_unavailable(), self._client().pipeline(transaction=False) as pipeline:
            for name in names:
                pipeline.hgetall(self._head(name))
            heads = pipeline.execute()
        found = [_from_head(name, head) for name, head in zip(names, heads, strict=True)]
        return [publication for publication in found if publication is not None]

    def tail(self) -> RedisTail:
        return RedisTail(self._url, self.prefix)

    def prune(self) -> int:
        """Trim the log by age and forget the names of expired channels; histories expire by themselves."""
        self._pruned_at = time.monotonic()
        client = self._client()
        with _as_unavailable():
            deleted = self._trim_log(client)
            for name in client.zrange(f"{self.prefix}:names", 0, -1):
                if not client.exists(self._head(name.decode())):
                    client.zrem(f"{self.prefix}:names", name)
        return deleted

    def _trim_log(self, client: Any) -> int:
        log, deleted, oldest_kept = f"{self.prefix}:log", 0, time.time() - TRANSIT_S
        while entries := client.xrange(log, count=BATCH_SIZE):
            old = [entry for entry, fields in entries if float(fields[b"a"]) < oldest_kept]
            deleted += client.xdel(log, *old) if old else 0
            if len(old) < len(entries):
                break
        return deleted

    def close(self) -> None:
        if self._pid == os.getpid():
            self._connection.close()
        self._pid = 0

    def _client(self) -> Any:
        if self._pid != os.getpid():
            self._connection = redis.Redis.from_url(self._url, socket_timeout=10, socket_connect_timeout=10)
            self._pid = os.getpid()
        return self._connection

    def _head(self, channel: str) -> str:
        return f"{self.prefix}:channel:{channel}"

    def _matching(self, filter_: str) -> list[str]:
        first = literal_prefix(filter_).encode()
        with _as_unavailable():
            names = self._client().zrangebylex(f"{self.prefix}:names", b"[" + first, b"(" + first + b"\xff")
        return [name for name in map(bytes.decode, names) if matches(filter_, name)]


class RedisTail:
    """Reads the log from its end on; after a broken connection it goes on where it was."""

    def __init__(self, url: str, prefix: str) -> None:
        self._prefix = prefix
        # No timeout of the socket: a blocking read returns by itself, and health checks find dead lines.
        self._client: Any = redis.Redis.from_url(
            url, socket_timeout=None, socket_keepalive=True, health_check_interval=15
        )
        with _as_unavailable():
            self._last = int(self._client.get(f"{prefix}:count") or 0)

    def read(self, *, timeout_s: float) -> list[Publication]:
        with _as_unavailable():
            answer = self._client.xread(
                {f"{self._prefix}:log": f"{self._last}-0"},
                count=BATCH_SIZE,
                block=int(timeout_s * 1000) or None,
            )
        entries = answer[0][1] if answer else []
        return self._taken(entries) if entries else self._none()

    def wake(self) -> None:
        """Nothing to do: a read waits a few seconds at most, and nothing waits for it."""

    def close(self) -> None:
        self._client.close()

    def _taken(self, entries: list[Any]) -> list[Publication]:
        first = _number(entries[0][0])
        if first > self._last + 1:
            self._last = first - 1
            raise Missed
        self._last = _number(entries[-1][0])
        return [_from_log(fields) for _, fields in entries]

    def _none(self) -> list[Publication]:
        """Notice a store that lost its count, and one whose log was pruned to its end."""
        with _as_unavailable():
            count = int(self._client.get(f"{self._prefix}:count") or 0)
            left = self._client.xlen(f"{self._prefix}:log")
        if count < self._last or (count > self._last and not left):
            self._last = count if not left else 0
            raise Missed
        return []


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except (redis.RedisError, OSError) as error:
        raise BusUnavailable(f"The bus in Redis does not work: {error}.") from error


def _number(entry_id: bytes) -> int:
    return int(entry_id.partition(b"-")[0])


def _from_log(fields: dict[bytes, bytes]) -> Publication:
    return Publication(
        fields[b"c"].decode(),
        msgspec.Raw(fields[b"d"]),
        int(fields[b"o"]),
        fields[b"e"].decode(),
        float(fields[b"a"]),
    )


def _from_history(channel: str, entry: tuple[bytes, dict[bytes, bytes]]) -> Publication:
    entry_id, fields = entry
    return Publication(
        channel,
        msgspec.Raw(fields[b"d"]),
        _number(entry_id),
        fields[b"e"].decode(),
        float(fields[b"a"]),
    )


def _from_head(channel: str, head: dict[bytes, bytes]) -> Publication | None:
    if b"data" not in head:
        return None
    return Publication(
        channel,
        msgspec.Raw(head[b"data"]),
        int(head[b"data_offset"]),
        head[b"epoch"].decode(),
        float(head[b"data_at"]),
    )
