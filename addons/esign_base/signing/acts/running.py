"""Running pyHanko's coroutines from plain code, and one boundary for whatever it raises."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, TypeVar

from ..errors import SigningError

T = TypeVar('T')


def settle(work: Coroutine[Any, Any, T]) -> T:
    """Run ``work`` to its end, also where the caller already sits in an event loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(asyncio.run, work).result()


@contextmanager
def boundary(error: Callable[[str, str], SigningError], code: str) -> Iterator[None]:
    """Turn anything a library raises on odd input into a typed refusal.

    pyHanko raises bare ``KeyError``, ``TypeError``, ``AssertionError`` and the like on malformed
    files; errors of the core itself pass through untouched.
    """
    try:
        yield
    except SigningError:
        raise
    except Exception as cause:
        raise error(code, f'{type(cause).__name__} while handling the document') from cause
