"""A Redis server of a test's own, at a socket that nobody else knows; nothing of it is kept."""

import importlib.util
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Its address, as QUEUETWIN_REDIS takes it, and its process."""

    address: str
    process: subprocess.Popen[str]


@contextmanager
def redis_server() -> Iterator[Broker]:
    """A server that is ready; the test is skipped where there is none to start."""
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server: apt-get install redis-server")
    if importlib.util.find_spec("redis") is None:
        pytest.skip("no client: pip install 'queuetwin[redis]'")
    with tempfile.TemporaryDirectory() as folder:
        socket = f"{folder}/redis.sock"
        words = ["--port", "0", "--unixsocket", socket, "--dir", folder, "--save", "",
                 "--appendonly", "no"]  # fmt: skip
        with subprocess.Popen(
            ["redis-server", *words], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert any("eady to accept" in line for line in process.stdout), "it ended before"
            try:
                yield Broker(address=f"unix://{socket}", process=process)
            finally:
                process.kill()
