"""What a thread once needed is given back. glibc else keeps it for each thread, in an arena of its
own: a code's hash takes 8 MB for a third of a second."""

import asyncio
import ctypes
from concurrent.futures import ThreadPoolExecutor

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
"""malloc.h of glibc. Other C libraries have no `mallopt`, and no arenas."""
WHOLE_PAGES_BYTES = 128 * 1024
"""What is at least so large is given back at once. It is glibc's own figure, which rises by itself
with what is freed unless it is set."""
THREADS = 3
"""For files, beside the one that checks codes."""


def keep_small() -> None:
    """Once, before there is a second thread."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 2)
        mallopt(M_MMAP_THRESHOLD, WHOLE_PAGES_BYTES)
        mallopt(M_TRIM_THRESHOLD, WHOLE_PAGES_BYTES)


def few_threads(loop: asyncio.AbstractEventLoop) -> None:
    """For what `asyncio.to_thread` is asked."""
    loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="files"))
