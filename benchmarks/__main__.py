"""Run one benchmark or all: ``python -m benchmarks [name] [--smoke]``."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib import import_module
from importlib.metadata import version

# one thread, as in the tests: what is compared is the work, not the number of cores; set before numpy is loaded
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

NAMES = (
    "import_time",
    "cli_help",
    "assess",
    "survey",
    "ordered",
    "mixing",
    "gaussian",
    "integrated_ou",
    "smooth_trend",
    "elliptical_slice",
    "unit_totals",
    "unit_variance",
    "calibration",
    "raking",
    "logistic",
    "weighted_quantile",
    "proportion_limits",
    "hadamard",
    "replicate_multipliers",
    "replicate_totals",
)
"""Jobs of a user first, kernels after; each is a module of this package with ``run(smoke)``."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", nargs="*", help=f"one or more of {', '.join(NAMES)}; all if not given")
    parser.add_argument("--smoke", action="store_true", help="smallest sizes: only shows that every benchmark runs")
    options = parser.parse_args()
    unknown = sorted(set(options.name) - set(NAMES))
    if unknown:
        parser.error(f"no benchmark called {', '.join(unknown)}; there are {', '.join(NAMES)}")
    versions = ", ".join(f"{one} {version(one)}" for one in ("target87", "numpy", "scipy", "pymc"))
    print(f"python {platform.python_version()}, {versions}; {os.cpu_count()} cores, one thread each", flush=True)
    if options.smoke:
        print("smoke run: sizes too small for the numbers to mean anything")
    for name in options.name or NAMES:
        module = import_module(f"benchmarks.{name}")
        print(f"\n{name}: {(module.__doc__ or '').splitlines()[0]}", flush=True)
        for measurement in module.run(smoke=options.smoke):
            print(f"  {measurement}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
