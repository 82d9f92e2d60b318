"""A Dask cluster as the executor of a sweep: asked for its versions first, watched afterwards.

A worker whose versions differ would compute figures that differ in their last bits, so it is
refused by name before anything runs.  Dask itself gives the cells of a killed worker to another;
where nobody is left who could do them, or nobody answers, the sweep ends with what it has.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any

from queuetwin.model.base.environment import differing, versions
from queuetwin.model.base.errors import Problem, RunError, ScenarioError

_SCHEME = "dask://"
_ANSWERS_WITHIN_S = 10.0
_WITHOUT_WORKERS_S = 30.0
_LOOK_EVERY_S = 1.0
_KEPT = "finished cells are kept: start again for the rest"


@contextmanager
def executor_at(address: str) -> Iterator[Executor]:
    """The cluster whose scheduler is at an address such as ``dask://host:8786``.

    Raises ScenarioError for another kind of address; RunError where Dask is not installed, nobody
    answers, there are no workers, or one has other versions, and later where the cluster is lost.
    """
    host, sign, port = address.removeprefix(_SCHEME).rpartition(":")
    if not (address.startswith(_SCHEME) and host and sign and port.isdecimal()):
        message = "is no cluster: write dask://HOST:PORT, such as dask://localhost:8786"
        raise ScenarioError([Problem(key="--executor", value=address, message=message)])
    with _client(f"{host}:{port}") as client:
        _check_versions(client)
        cluster, ended = _Cluster(client), threading.Event()
        watch = threading.Thread(target=cluster.watch, args=(ended,), daemon=True)
        watch.start()
        try:
            yield cluster
        except Exception as fault:
            if cluster.lost:
                raise RunError(f"{cluster.lost}; {_KEPT}") from None
            if type(fault).__name__ == "KilledWorker":
                raise RunError(f"{fault}; {_KEPT}") from None
            raise
        finally:
            ended.set()
            watch.join()


class _Cluster(Executor):
    """Dask's own executor, with a way to give everything up; `lost` then says why."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._executor: Executor = client.get_executor(pure=False)
        self._futures: list[Future[Any]] = []
        self.lost = ""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future = self._executor.submit(fn, *args, **kwargs)
        self._futures.append(future)
        return future

    def watch(self, ended: threading.Event) -> None:
        """Look after the cluster until this is set."""
        without = 0.0
        while not self.lost and not ended.wait(_LOOK_EVERY_S):
            try:
                workers = self._client.scheduler_info()["workers"]
            except Exception as fault:  # noqa: BLE001 - whatever it is, nobody answers
                self.lost = f"the Dask scheduler does not answer any more ({fault})"
            else:
                without = 0.0 if workers else without + _LOOK_EVERY_S
                if without >= _WITHOUT_WORKERS_S:
                    self.lost = f"the cluster has had no workers for {_WITHOUT_WORKERS_S:.0f} s"
        if self.lost:
            for future in self._futures:
                future.cancel()


@contextmanager
def _client(place: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError:
        raise RunError("Dask is not installed: pip install 'queuetwin[dask]'") from None
    # It is said here what is wrong, once.
    for name in ("distributed", "distributed.client", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        client = Client(f"tcp://{place}", timeout=_ANSWERS_WITHIN_S, set_as_default=False)
    except (OSError, ValueError) as fault:
        raise RunError(
            f"no Dask scheduler answers at {place} ({fault}): start one with `dask scheduler`, "
            f"and workers with `dask worker {place}`"
        ) from None
    with client:
        yield client


def _check_versions(client: Any) -> None:
    """Raise RunError with the name of every worker that would compute otherwise."""
    if not client.scheduler_info()["workers"]:
        place = client.scheduler.address.removeprefix("tcp://")
        raise RunError(f"the cluster has no workers: start some with `dask worker {place}`")
    here, wrong = versions(), list[str]()
    for worker, told in client.run(versions, on_error="return").items():
        if not isinstance(told, dict):
            wrong.append(f"worker {worker} cannot run queuetwin: {told}")
        elif text := differing(here, told):
            wrong.append(f"worker {worker} has {text}")
    if wrong:
        lines = "\n".join(wrong)
        raise RunError(f"{lines}\nfigures might differ: install the same there; nothing was run")
