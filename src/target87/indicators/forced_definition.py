"""``ForcedLabourDefinition``: what counts as forced labour, declared as data and open to change."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib.resources import files
from typing import Any, ClassVar, Literal

from target87.errors import InputError, UnknownNameError
from target87.indicators.declared import Basis, Declared

__all__ = ["ForcedForm", "ForcedLabourDefinition"]

ROLES = ("involuntary", "coercion")
TYPES = ("private_labour", "sexual_exploitation", "state_imposed")
MOST_FORMS = 29
"""Of one role: the pattern of answers, and the rule met, are held as bits of one number."""


@dataclass(frozen=True)
class ForcedForm:
    """One circumstance the questionnaire asks about.

    Parameters
    ----------
    name : str
        Its name, also the name a column is looked for under.
    role : {"involuntary", "coercion"}
        Which of the two conditions it speaks to.
    means : str
        What the question asks.
    debt : bool
        Whether it makes forced labour debt bondage.
    sure : str
        Whether it was read in the source or is recalled.
    """

    name: str
    role: Literal["involuntary", "coercion"]
    means: str = ""
    debt: bool = False
    sure: str = ""


@dataclass(frozen=True)
class ForcedLabourDefinition(Declared):
    """A definition of forced labour.

    A spell of work counts if any involuntary form and any form of coercion hold in that same spell, or by one of the
    rules for children.

    Parameters
    ----------
    name : str
        Name to ask for it by.
    forms : tuple of ForcedForm
        Circumstances asked about, with the condition each speaks to.
    title, source : str
        Its title, and where it is published.
    reference_years : float
        Length of the reference window in years; a whole number of months.
    types : tuple of str
        Types told apart, among "private_labour", "sexual_exploitation" and "state_imposed".
    child_below : float
        Persons younger than this are children.
    child_adult_test : bool
        Whether a child counts by the test of adults, whoever applied the coercion.
    child_third_party_coercion, child_parents_forced : bool
        Whether a child counts when a third party coerced it or its parents; when it worked because its parents were
        in forced labour.
    child_sexual_exploitation : bool
        Whether commercial sexual exploitation of a child counts without any test of coercion.
    yes, no, no_answer : tuple
        Codes and words of answers; ``no_answer`` is missing, never "no".
    basis : tuple of Basis
        Source of each rule and how sure it is.

    Raises
    ------
    InputError
        If there is no form of a role, a name stands twice, or a value is out of range.

    Examples
    --------
    >>> definition = ForcedLabourDefinition.of("icls_20")
    >>> definition.reference_years, len(definition.forms)
    (5, 19)
    >>> year = definition.replace(reference_years=1)
    >>> year.name
    'icls_20, changed: reference_years = 1'
    """

    parts: ClassVar = {"forms": ForcedForm, "basis": Basis}

    name: str
    forms: tuple[ForcedForm, ...]
    title: str = ""
    source: str = ""
    reference_years: float = 5
    types: tuple[str, ...] = TYPES
    child_below: float = 18
    child_adult_test: bool = True
    child_third_party_coercion: bool = True
    child_parents_forced: bool = True
    child_sexual_exploitation: bool = True
    yes: tuple[int | str, ...] = (1, "yes")
    no: tuple[int | str, ...] = (0, 2, "no")
    no_answer: tuple[int | str, ...] = ()
    basis: tuple[Basis, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        for form in self.forms:
            if form.role not in ROLES:
                raise UnknownNameError.of(form.role, ROLES, kind=f"role of form {form.name!r}")
        for role in ROLES:
            if not 1 <= len(self.forms_of(role)) <= MOST_FORMS:
                raise InputError(
                    f"a definition of forced labour needs forms of the role {role!r}",
                    where="forms",
                    expected=f"1 to {MOST_FORMS}",
                    got=str(len(self.forms_of(role))),
                )
        names = [form.name for form in self.forms]
        _refuse_repeated(names, "forms")
        _refuse_repeated([*self.yes, *self.no, *self.no_answer], "yes, no, no_answer")
        for kind in self.types:
            if kind not in TYPES:
                raise UnknownNameError.of(kind, TYPES, kind="type of forced labour")
        check_years(self.reference_years, "reference_years")
        if not 0 <= self.child_below <= 150:
            raise InputError("an age in years is needed", where="child_below", got=repr(self.child_below))

    @classmethod
    def of(cls, definition: str | ForcedLabourDefinition) -> ForcedLabourDefinition:
        """The definition of this name, or the one given.

        Raises
        ------
        UnknownNameError
            If none has the name.

        Examples
        --------
        >>> ForcedLabourDefinition.of("icls_20").types
        ('private_labour', 'sexual_exploitation', 'state_imposed')
        """
        if isinstance(definition, cls):
            return definition
        known = tomllib.loads(files("target87.indicators").joinpath("forced_labour.toml").read_text("utf-8"))
        if not isinstance(definition, str) or definition not in known:
            remedy = "your own: ForcedLabourDefinition.from_toml(path), or a known one changed by .replace(...)"
            raise UnknownNameError.of(definition, known, kind="definition of forced labour", remedy=remedy)
        return cls.of_fields(definition, known[definition])

    def forms_of(self, role: str) -> tuple[ForcedForm, ...]:
        """Forms of a role, "involuntary" or "coercion"."""
        return tuple(form for form in self.forms if form.role == role)

    def __str__(self) -> str:
        lines = [f"{self.title or self.name} ({self.name})", f"  reference window: {self.reference_years:g} years"]
        for role in ROLES:
            lines.append(f"  {role}, any of:")
            lines += [f"    {form.name}: {form.means}{_sure(form.sure)}" for form in self.forms_of(role)]
        lines.append(f"  debt bondage by: {', '.join(form.name for form in self.forms if form.debt) or 'no form'}")
        lines.append(f"  types: {', '.join(self.types)}")
        lines.append(f"  children, below {self.child_below:g}: {'; '.join(self._child_rules()) or 'as adults'}")
        lines += [f"  rule: {one.rule}{_sure(one.sure)}" for one in self.basis]
        return "\n".join([*lines, f"  source: {self.source}"])

    def _child_rules(self) -> list[str]:
        rules = {
            "the test of adults": self.child_adult_test,
            "coercion of the child or its parents by a third party": self.child_third_party_coercion,
            "parents in forced labour": self.child_parents_forced,
            "sexual exploitation without any test": self.child_sexual_exploitation,
        }
        return [rule for rule, holds in rules.items() if holds]


def check_years(years: object, where: str) -> int:
    """Months of a number of years, which must be whole.

    Raises
    ------
    InputError
        If it is no positive number of whole months.
    """
    number = isinstance(years, (int, float)) and not isinstance(years, bool)
    months = round(12 * years) if number and 0 < years <= 150 else 0  # type: ignore[operator]
    if not months or abs(12 * years - months) > 1e-9:  # type: ignore[operator]
        raise InputError(
            "a window is a number of years, of whole months", where=where, expected="0 < years <= 150", got=repr(years)
        )
    return months


def _refuse_repeated(names: list[Any], where: str) -> None:
    repeated = sorted({str(name) for name in names if names.count(name) > 1})
    if repeated:
        raise InputError("names stand twice in a definition", where=where, count=len(repeated), examples=repeated)


def _sure(sure: str) -> str:
    return f" [{sure}]" if sure else ""
