"""What target 8.7 asks, beside what can be answered."""

from __future__ import annotations

SOURCE = "UN General Assembly resolution 70/1, 2015"

ASKS = (
    "Target 8.7 asks to eradicate forced labour, to eliminate the worst forms of child labour, and to end child labour "
    f"in all its forms by 2025 ({SOURCE})"
)
"""The target in substance, with its source."""

_OF = {
    "child_labour": "to end child labour in all its forms by 2025",
    "hazardous_work": "to eliminate the worst forms of child labour, hazardous work among them",
    "forced_labour": "to eradicate forced labour",
}
_BESIDE = {
    "threshold": "it names no threshold: a rate below one stands for that end here",
    "decline": "whether it declines is a weaker question: a decline is no end",
}


def asked_by_target(indicator: str, kind: str) -> str:
    """What the target asks of an indicator, beside the kind of question that is answered: one sentence.

    Examples
    --------
    >>> asked_by_target("forced_labour", "decline").partition(" (")[0]
    'Target 8.7 asks to eradicate forced labour'
    """
    return f"Target 8.7 asks {_OF[indicator]} ({SOURCE}); {_BESIDE[kind]}."


def asked_of_all(kinds: set[str]) -> str:
    """What the target asks of everything, beside the kinds of question that are answered: one sentence."""
    beside = {
        "threshold": "a rate below a threshold stands for an end here",
        "decline": "a decline of forced labour is a weaker question than its end",
    }
    return "; ".join([ASKS, *(said for kind, said in beside.items() if kind in kinds)]) + "."
