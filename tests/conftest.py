"""Set-up all tests share; pytest reads this before any test imports numpy."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# Two workers share the machine: one thread each, or they wait for one another. Workers inherit these.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ.setdefault(name, "1")
os.environ.setdefault("MPLBACKEND", "Agg")

# The same examples in every run of continuous integration; no deadline, as a first call may compile.
settings.register_profile("house", deadline=None, derandomize=os.environ.get("CI") == "true")
settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="give the statistical tests their full number of replicates")


@pytest.fixture(scope="session")
def budget(request: pytest.FixtureRequest) -> str:
    """How much a statistical test may spend: "short", or "full" under ``--full``."""
    return "full" if request.config.getoption("full") else "short"
