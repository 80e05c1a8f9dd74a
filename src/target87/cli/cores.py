"""A second process for a second core, gone whatever happens."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager


@contextmanager
def second_core(*, wanted: bool = True) -> Iterator[Executor | None]:
    """An executor of one process beside this one; none where there is one core, or nothing for it to do.

    It starts to load the library at once. If this process is interrupted, the other is ended, not waited for.
    """
    if not wanted or _cores() < 2:
        yield None
        return
    from concurrent.futures import ProcessPoolExecutor
    from importlib import import_module
    from multiprocessing import get_context

    # started anew, never forked: threads of the numerical libraries do not survive a fork
    executor = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    try:
        with _no_interrupt():
            executor.submit(import_module, "target87.studies.assess")
        yield executor
    except BaseException:
        _end(executor)
        raise
    executor.shutdown()


def _end(executor: Executor) -> None:
    from multiprocessing import active_children

    executor.shutdown(wait=False, cancel_futures=True)
    for process in active_children():
        process.terminate()


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _no_interrupt() -> Iterator[None]:
    """What is started in here never sees Ctrl-C, which a terminal sends to every process: this one answers it."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
