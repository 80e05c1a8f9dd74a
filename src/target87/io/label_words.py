"""What the words of a value label say: that an answer is missing, or that a code is an amount after all."""

from __future__ import annotations

import re

_MISSING = frozenset(
    """
    dk; dks; dkn; don't know; dont know; do not know; doesn't know; does not know; not known; unknown; unsure; not sure
    missing; missing value; missing values; missing data; system missing; user missing
    no response; nonresponse; non-response; non response; no reply; no answer; no reponse; nr
    refused; refusal; refuse; refused to answer; declined to answer; refuses to answer
    not stated; not reported; not specified; not recorded; unspecified; no information; no info
    inconsistent; inconsistent answer; invalid; illegible; out of range; not ascertained
    not applicable; not asked; n/a
    ne sait pas; nsp; ne sais pas; manquant; manquante; valeur manquante; non réponse; non-réponse; sans réponse
    pas de réponse; refus; non déclaré; non déclarée; incohérent; incohérente; sans objet; non applicable; non spécifié
    no sabe; no sabe/no responde; ns; ns/nr; nsnr; no responde; no respuesta; sin respuesta; no contesta; no declarado
    no especificado; ignorado; perdido; valor perdido; sin información; se niega; inconsistente; no aplica; no aplicable
    não sabe; não respondeu; não responde; sem resposta; sem informação; não declarado; recusou; recusa; não aplicável
    """.replace("\n", ";").split(";")
)
_MISSING_WORDS = frozenset(word.strip() for word in _MISSING if word.strip())
_PREFIX = re.compile(r"^\s*[\(\[]?\s*[+-]?\d+(?:[.,]\d+)?\s*[\)\]]?\s*[-–—:=.]*\s*")
_PARTS = re.compile(r"\s*(?:/|,|;|\||\bor\b|\band\b|\bou\b|\bet\b|\bo\b|\by\b|\be\b|&)\s*")
_AMOUNT = (
    r"(?:\+|or more|and more|or over|and over|or above|and above|plus\b|ou plus|et plus|o más|y más|o mas|y mas"
    r"|ou mais|e mais|hours?\b|hrs?\b|h\b|days?\b|weeks?\b|months?\b|years?\b|times\b|persons?\b|children\b"
    r"|heures?\b|jours?\b|mois\b|ans?\b|horas?\b|d[ií]as?\b|meses\b|años?\b|anos?\b)"
)


def says_missing(label: str) -> bool:
    """Whether a label says nothing but that an answer is missing.

    The whole label must be such words, in English, French, Spanish or Portuguese, perhaps after the code itself and
    perhaps several of them: a label with anything else in it is an answer.

    Examples
    --------
    >>> [says_missing(label) for label in ("DK", "98. Don't know", "Missing/DK", "Missing parent", "97 hours")]
    [True, True, True, False, False]
    """
    text = label.replace("’", "'").casefold().strip()
    bare = _PREFIX.sub("", text).strip(" .()[]")
    if bare in _MISSING_WORDS:
        return True
    parts = [part.strip(" .()[]") for part in _PARTS.split(bare)]
    return bool(bare) and all(part in _MISSING_WORDS for part in parts)


def says_amount(label: str, code: float) -> bool:
    """Whether a label of a numeric code reads as that amount: "97 hours", "95+", "97 or more".

    Examples
    --------
    >>> says_amount("97 hours or more", 97.0), says_amount("97 inconsistent", 97.0), says_amount("Other", 97.0)
    (True, False, False)
    """
    number = re.escape(f"{code:g}")
    return re.search(rf"(?<![\d.,]){number}\s*{_AMOUNT}", label.casefold()) is not None


def repeats_code(label: str, code: object) -> bool:
    """Whether a label of a number is that number and nothing else, which labels nothing."""
    if isinstance(code, str):
        return False
    try:
        return float(label.strip().replace(",", ".")) == code
    except ValueError:
        return False
