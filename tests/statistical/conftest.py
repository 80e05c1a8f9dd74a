from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.statistical import report


@pytest.fixture(scope="module")
def write_down(budget: str) -> Callable[..., None]:
    """Write a section of the validation pages under the full budget; do nothing under the short one."""
    return report.write if budget == "full" else lambda *_, **__: None
