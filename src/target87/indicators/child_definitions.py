"""``ChildLabourDefinition``: what counts as child labour, declared as data and open to change."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Self

from target87.errors import InputError, UnknownNameError
from target87.indicators.child_limits import MISSING, check_bands, check_hours, check_span
from target87.indicators.child_wording import printed, what_counts
from target87.indicators.declared import Basis, Declared

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ChildLabourDefinition", "definition", "definitions"]


@dataclass(frozen=True)
class ChildLabourDefinition(Declared):
    """A definition of child labour, or of another state of working children.

    A child counts whose hours of economic activity reach those of its age, or whose household chores do, or, where
    ``hazard_counts``, whose work is hazardous.

    Parameters
    ----------
    name, title : str
        Name to ask for it by, and its title.
    bands : tuple of pair of int
        Bands of ages, first and last, together all ages.
    hours : tuple of float
        Hours of economic activity in the reference week from which a child of each band counts.
    flag : str
        Name of the column of flags: ``"child_labour"``, or ``"in_employment"`` for what is not child labour.
    ages : tuple of int
        First and last age, in completed years.
    strictly_above : bool
        Whether a child counts above the hours only (>), not at them (>=).
    chores_hours : tuple of float
        The same of household chores; -1 where chores do not count; empty where they never do.
    chores_bands : tuple of pair of int
        Bands of ages for chores; empty: those of economic activity.
    water_and_firewood : str
        Whether fetching water and firewood are ``"chores"``, as in MICS, or ``"economic"`` activity, as in the System
        of National Accounts.
    hazard_counts : bool
        Whether hazardous work counts whatever the hours.
    hazard_questions : bool
        Whether hazardous conditions are asked about (loads, tools, dust, heights ...).
    hazard_needs_work : bool
        Whether hazards are those of children who worked in the reference week.
    hazardous_industries_4, hazardous_industries_3 : tuple of int
        Divisions of ISIC Rev. 4 and Rev. 3 in which all work is hazardous.
    hazardous_occupations_08, hazardous_occupations_88 : tuple of str
        Codes of ISCO-08 and ISCO-88, of any length: all occupations that begin so are hazardous.
    night_is_hazardous : bool
        Whether night work is, where it is asked about.
    long_hours : float, optional
        Weekly hours from which work is hazardous at any age.
    long_hours_strictly : bool
        Whether it is hazardous above these hours only.
    light_ages : tuple of int
        Ages at which light work is permitted.
    light_hours : float
        Hours it stays below.
    yes, no, no_answer : tuple
        Codes and words of answers; ``no_answer`` is missing, never "no".
    special_codes : tuple of float
        Codes among hours that are no hours.
    syntax_guards_codes : bool
        Whether the published MICS syntax keeps special codes out of the thresholds, as that of MICS6 does and that of
        MICS5 does not; for ``missing="spss"`` alone.
    missing_rule : {"error", "omit", "bounds", "spss"}
        What becomes of children whose missing answers would decide, where :func:`child_labour` is not told.
    reference_period : str
        What the hours are of.
    source : str
        Where it is published.
    basis : tuple of Basis
        Source of each rule, and whether it was read there.

    Raises
    ------
    InputError
        If bands do not fit together, or a number is out of range.

    Examples
    --------
    >>> series_a = definition("sdg_8_7_1_a")
    >>> series_a.hours
    (1, 14, 43)
    >>> series_a.replace(hours=(1, 14, 36)).name
    'sdg_8_7_1_a, changed: hours = (1, 14, 36)'
    """

    name: str
    title: str
    bands: tuple[tuple[int, int], ...]
    hours: tuple[float, ...]
    flag: str = "child_labour"
    ages: tuple[int, int] = (5, 17)
    strictly_above: bool = False
    chores_hours: tuple[float, ...] = ()
    chores_bands: tuple[tuple[int, int], ...] = ()
    water_and_firewood: str = "chores"
    hazard_counts: bool = False
    hazard_questions: bool = False
    hazard_needs_work: bool = False
    hazardous_industries_4: tuple[int, ...] = ()
    hazardous_industries_3: tuple[int, ...] = ()
    hazardous_occupations_08: tuple[str, ...] = ()
    hazardous_occupations_88: tuple[str, ...] = ()
    night_is_hazardous: bool = False
    long_hours: float | None = None
    long_hours_strictly: bool = False
    light_ages: tuple[int, int] = (12, 14)
    light_hours: float = 14
    yes: tuple[int | str, ...] = (1, "yes")
    no: tuple[int | str, ...] = (0, 2, "no")
    no_answer: tuple[int | str, ...] = (7, 8, 9, "don't know", "dk", "no response", "no answer", "refused", "missing")
    special_codes: tuple[float, ...] = (97, 98, 99)
    syntax_guards_codes: bool = True
    missing_rule: str = "error"
    reference_period: str = "the week before the interview"
    source: str = ""
    basis: tuple[Basis, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        for name in ("ages", "light_ages"):
            check_span(getattr(self, name), name)
        check_bands(self.bands, "bands", self.ages)
        check_hours(self.hours, "hours", self.bands)
        if self.chores_bands:
            check_bands(self.chores_bands, "chores_bands", self.ages)
        if self.chores_hours:
            check_hours(self.chores_hours, "chores_hours", self.chores_bands or self.bands)
        for name in ("light_hours", "long_hours"):
            if getattr(self, name) is not None:
                check_hours((getattr(self, name),), name, [self.ages])
        places = ("chores", "economic")
        if self.water_and_firewood not in places:
            raise UnknownNameError.of(self.water_and_firewood, places, kind="place of water and firewood")
        if self.missing_rule not in MISSING:
            raise UnknownNameError.of(self.missing_rule, MISSING, kind="treatment of missing answers")
        coded = [str(one).casefold() for one in (*self.yes, *self.no, *self.no_answer)]
        twice = sorted({one for one in coded if coded.count(one) > 1})
        if twice:
            raise InputError("an answer has two meanings", where="yes, no, no_answer", examples=twice)

    @property
    def finds_hazard(self) -> bool:
        """Whether anything in the definition is hazardous."""
        return bool(
            self.hazard_questions
            or self.hazardous_industries_3
            or self.hazardous_industries_4
            or self.hazardous_occupations_08
            or self.hazardous_occupations_88
            or self.night_is_hazardous
            or self.long_hours
        )

    @property
    def counts(self) -> str:
        """What counts, in words."""
        return what_counts(self)

    @property
    def text(self) -> str:
        """The definition in one line."""
        return f"{self.title} ({self.name}): {self.counts}"

    def __str__(self) -> str:
        return printed(self)

    def replace(self, **changes: Any) -> Self:
        """The definition with other values; its name says what was changed.

        Parameters
        ----------
        **changes : object
            Fields and their new values; ``minimum_age`` is understood too, see :meth:`with_minimum_age`.

        Returns
        -------
        ChildLabourDefinition
            The changed definition.

        Raises
        ------
        UnknownNameError
            If there is no such field.
        """
        if "minimum_age" not in changes:
            return super().replace(**changes)
        rest = {field: value for field, value in changes.items() if field != "minimum_age"}
        changed = self.with_minimum_age(changes["minimum_age"])
        return changed.replace(**rest) if rest else changed

    def with_minimum_age(self, age: int, *, light_from: int | None = None) -> Self:
        """The definition where the law sets a minimum age for work, and an age for light work.

        The youngest band ends below the age of light work, the second below the minimum age. Chores keep their bands.

        Parameters
        ----------
        age : int
            Minimum age for work, 14 to 17.
        light_from : int, optional
            First age of light work: 12 where the minimum age is 14, 13 where it is higher (C138, Article 7; recalled)
            if not given.

        Returns
        -------
        ChildLabourDefinition
            The changed definition.

        Raises
        ------
        InputError
            If the ages leave a band empty, or the definition has not three bands.

        Examples
        --------
        >>> definition("sdg_8_7_1_a").with_minimum_age(14).bands
        ((5, 11), (12, 13), (14, 17))
        >>> definition("sdg_8_7_1_a").with_minimum_age(15).bands
        ((5, 12), (13, 14), (15, 17))
        """
        whole = isinstance(age, int) and not isinstance(age, bool)
        if not whole or not 14 <= age <= 17 or len(self.bands) != 3:
            what = "a minimum age is one of 14 to 17, for a definition of three bands"
            raise InputError(what, where="minimum_age", got=repr(age))
        light = light_from if light_from is not None else 12 if age == 14 else 13
        if not self.ages[0] < light < age:
            expected = f"{self.ages[0] + 1} to {age - 1}"
            raise InputError("light work begins below the minimum age", where="light_from", expected=expected)
        said = f"minimum_age = {age}" + ("" if light_from is None else f", light work from {light}")
        return dataclasses.replace(
            self,
            name=f"{self.name}, changed: {said}",
            bands=((self.ages[0], light - 1), (light, age - 1), (age, self.ages[1])),
            chores_bands=(self.chores_bands or self.bands) if self.chores_hours else (),
            light_ages=(light, age - 1),
        )


def definition(name: str | ChildLabourDefinition) -> ChildLabourDefinition:
    """The definition of this name.

    Parameters
    ----------
    name : str or ChildLabourDefinition
        A name, or a definition, which comes back as it is.

    Returns
    -------
    ChildLabourDefinition
        The definition.

    Raises
    ------
    UnknownNameError
        If none has the name.

    Examples
    --------
    >>> definition("children_in_employment").text[:41]
    'children in employment (children_in_emplo'
    """
    if isinstance(name, ChildLabourDefinition):
        return name
    if name not in _known():
        remedy = "your own: ChildLabourDefinition.from_toml(path), or a known one changed by .replace(...)"
        raise UnknownNameError.of(str(name), _known(), kind="definition", remedy=remedy)
    return _known()[name]


def definitions() -> pd.DataFrame:
    """All definitions that come with the library, one row each.

    Returns
    -------
    pandas.DataFrame
        Name, title, what counts, source.

    Examples
    --------
    >>> list(definitions()["name"])[:3]
    ['sdg_8_7_1_a', 'sdg_8_7_1_b', 'mics6']
    """
    import pandas as pd

    rows = [(one.name, one.title, one.counts, one.source) for one in _known().values()]
    return pd.DataFrame(rows, columns=["name", "title", "counts", "source"])


@cache
def _known() -> dict[str, ChildLabourDefinition]:
    text = files("target87.indicators").joinpath("definitions.toml").read_text("utf-8")
    return {name: ChildLabourDefinition.of_fields(name, fields) for name, fields in tomllib.loads(text).items()}
