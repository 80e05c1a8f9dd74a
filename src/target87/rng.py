"""One keyword for randomness: ``rng``.

An integer, a ``SeedSequence`` or a ``Generator`` gives a root; every random stream is then keyed by what it
belongs to (an indicator, an area, a replicate number), so a subset reproduces the draws of the whole and the
number of workers changes nothing.
"""

from __future__ import annotations

import hashlib

import numpy as np

from target87.errors import InputError

__all__ = ["RandomState", "root_seed", "stream"]

type RandomState = int | np.random.SeedSequence | np.random.Generator | None


def root_seed(rng: RandomState) -> np.random.SeedSequence:
    """Turn what a caller passes as ``rng`` into root entropy.

    Parameters
    ----------
    rng : int, SeedSequence, Generator or None
        ``None`` takes fresh entropy from the operating system; a ``Generator`` is used once, to draw the root.

    Returns
    -------
    numpy.random.SeedSequence
        Its ``entropy`` is what a manifest records.

    Raises
    ------
    InputError
        If ``rng`` is of another type or a negative integer.

    Examples
    --------
    >>> root_seed(87).entropy
    87
    """
    if rng is None:
        return np.random.SeedSequence()
    if isinstance(rng, np.random.SeedSequence):
        # a spawned child is folded into one integer, so that the entropy recorded reproduces it alone
        return np.random.SeedSequence(_folded(rng)) if rng.spawn_key else rng
    if isinstance(rng, np.random.Generator):
        return np.random.SeedSequence(int(rng.integers(0, 2**63 - 1)))
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool) and rng >= 0:
        return np.random.SeedSequence(int(rng))
    raise InputError(
        "rng must be a non-negative integer, a SeedSequence or a Generator",
        where="rng",
        got=repr(rng),
    )


def _folded(sequence: np.random.SeedSequence) -> int:
    return int.from_bytes(sequence.generate_state(4, np.uint32).tobytes(), "little")


def stream(root: np.random.SeedSequence, *keys: str | int) -> np.random.Generator:
    """Return the random generator that belongs to ``keys`` under ``root``.

    The stream depends on the keys alone, never on how many streams were made before it.

    Parameters
    ----------
    root : numpy.random.SeedSequence
        The root entropy, from :func:`root_seed`.
    *keys : str or int
        What the stream is for, for example ``"trend", "child_labour", "World"``.

    Examples
    --------
    >>> a = stream(root_seed(1), "child_labour", "World").normal()
    >>> b = stream(root_seed(1), "child_labour", "World").normal()
    >>> a == b
    True
    """
    text = "\x1f".join(f"{type(key).__name__}:{key}" for key in keys)
    digest = hashlib.blake2b(text.encode(), digest_size=16).digest()
    words = tuple(int(word) for word in np.frombuffer(digest, dtype="<u4"))
    child = np.random.SeedSequence(entropy=root.entropy, spawn_key=(*root.spawn_key, *words), pool_size=root.pool_size)
    return np.random.Generator(np.random.SFC64(child))
