"""``python -m target87 assess``, the whole process: cold with every cache empty, and warm.

Cold means that Python's bytecode, of the library and of all it imports, and the caches of compilers and plotting are
made anew; the operating system's file cache is whatever it is.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measure import Measurement, process_seconds


def run(*, smoke: bool) -> Iterator[Measurement]:
    one = ["--indicator", "forced_labour", "--area", "world"] if smoke else []
    with tempfile.TemporaryDirectory() as folder:
        caches = {
            "PYTHONPYCACHEPREFIX": f"{folder}/bytecode",
            "NUMBA_CACHE_DIR": f"{folder}/numba",
            "MPLCONFIGDIR": f"{folder}/matplotlib",
            "PYTENSOR_FLAGS": f"base_compiledir={folder}/pytensor",
        }
        ask = ["-m", "target87", "assess", *one]
        cold = process_seconds(ask, repeats=1, environment=caches)
        yield Measurement("assess, cold", cold, "s", target=30)
        warm = process_seconds(ask, repeats=1 if smoke else 5, environment=caches)
        yield Measurement("assess, warm", warm, "s", target=10)
        files = [*ask, "--out", str(Path(folder) / "run")]
        whole = process_seconds(files, repeats=1, environment=caches)
        yield Measurement("assess --out, warm, with report and figures", whole, "s", target=15)
