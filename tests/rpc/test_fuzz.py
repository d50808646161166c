"""Whatever is sent is answered once, or ends the socket with a code of ours; nothing escapes.

2,000 frames by default, 5,000 in CI, a million with SMALLWEB_NIGHTLY=1.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import random
from collections.abc import Iterator
from typing import Any

import msgspec
import psutil
import pytest
from msgspec import Raw

from smallweb.core.channels import namespaces
from smallweb.core.socket.pool import get_pool
from smallweb.core.socket.protocol import ErrorCode, RpcError, parse, parse_request
from smallweb.rpc.parameters import parameters_of
from smallweb.rpc.registry import endpoints
from tests.core.buses import NAMESPACES
from tests.rpc.fuzz_frames import JUNK, Fuzzed, Sample, frames, mutated, serve_sample

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.once]

NIGHTLY = os.environ.get("SMALLWEB_NIGHTLY") == "1"
FRAMES = 1_000_000 if NIGHTLY else 5_000 if os.environ.get("CI") else 2_000
MAX_GROWTH_BYTES = 30 * 2**20


@pytest.fixture(autouse=True)
def served(settings: Any) -> Iterator[None]:
    settings.SMALLWEB_CORE = {
        **settings.SMALLWEB_CORE,
        "SOCKET_MESSAGES_PER_S": 1e6,
        "SOCKET_BURST": 10**6,
        "SOCKET_MAX_MESSAGE_BYTES": 20_000,
    }
    serve_sample()
    with namespaces.temporarily(*NAMESPACES):
        yield


@pytest.fixture
def errors(caplog: pytest.LogCaptureFixture) -> Iterator[list[logging.LogRecord]]:
    """What was logged as an error, by us or by asyncio about a task that nobody asked."""
    yield (found := [])
    gc.collect()
    found += [record for record in caplog.records if record.levelno >= logging.ERROR]
    assert found == [], found[0].getMessage() + str(found[0].exc_info)


async def test_every_frame_is_answered_once_and_nothing_escapes(errors: list[logging.LogRecord]) -> None:
    seed = random.randrange(2**32)
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
    fuzzed = Fuzzed()
    source = frames(random.Random(seed))
    rss_bytes = 0
    for number in range(FRAMES):
        if number == FRAMES // 2:
            rss_bytes = psutil.Process().memory_info().rss
        await fuzzed.take(next(source))
    await fuzzed.end()
    gc.collect()
    growth_bytes = psutil.Process().memory_info().rss - rss_bytes
    assert faults == [], f"seed {seed}"
    assert get_pool().waiting == 0
    assert growth_bytes < MAX_GROWTH_BYTES, f"seed {seed}"
    print(f"\nseed {seed}: {fuzzed.seen}, {growth_bytes / 2**20:.1f} MiB more in the second half")


def test_any_text_is_a_frame() -> None:
    chance = random.Random()
    source = frames(chance)
    for _ in range(FRAMES):
        data = next(source).encode("utf-8", "surrogatepass")
        frame = parse(data)
        assert frame.entries
        request = parse_request(data)
        assert request is None or frame.entries == [request]


def test_any_parameters_are_arguments_or_refused_with_a_sentence() -> None:
    chance = random.Random()
    texts = [
        "[1,2]",
        '{"a":1,"b":2}',
        '[{"item":"x","at":[1,2]},[1,2]]',
        '{"order":{"item":"x"},"z":{"item":"y"}}',
    ]
    kinds = [parameters_of(getattr(Sample(), name)) for name in ("add", "order", "path", "anything", "wait")]
    for _ in range(FRAMES):
        text = mutated(chance.choice((*texts, *JUNK)), chance).encode("utf-8", "surrogatepass")
        if text.lstrip()[:1] not in (b"[", b"{") or not _is_json(text):
            continue
        for parameters in kinds:
            try:
                parameters.read(Raw(text), of="sample.x")
            except RpcError as error:
                assert error.rpc_code == ErrorCode.INVALID_PARAMS
                assert error.data["code"] == "invalid_params"


def test_any_path_but_those_of_the_table_is_unknown() -> None:
    chance = random.Random()
    known = {endpoint.name for endpoint in endpoints}
    for _ in range(FRAMES):
        path = mutated(chance.choice(sorted(known)), chance)
        assert (endpoints.find(path) is not None) == (path in known)


def _is_json(text: bytes) -> bool:
    try:
        msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return False
    return True
