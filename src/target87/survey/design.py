"""``SurveyDesign``: data with the way they were sampled."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from target87.errors import DataError, InputError
from target87.kernels import unit_totals
from target87.survey.calibration_model import CalibrationModel, overlap
from target87.survey.checking import check_truth, check_weights
from target87.survey.domains import Condition, Domains, condition
from target87.survey.estimands import Estimands
from target87.survey.history import Step, sum_text
from target87.survey.lonely import POLICIES, LonelyPsu, unknown_policy
from target87.survey.rows import Rows
from target87.survey.sample import Names, Sample, names
from target87.survey.stages import encode_stages
from target87.survey.summary import DesignSummary, summarise
from target87.survey.taylor import TaylorTotals, refuse_lonely
from target87.survey.unequal import joint_blocks
from target87.survey.weighting import Weighting

if TYPE_CHECKING:
    from target87.rng import RandomState
    from target87.survey.replicate_design import ReplicateDesign

type FloatArray = NDArray[np.float64]
type Pps = Literal["brewer", "overton", "hartley_rao"] | NDArray[np.float64] | None


class SurveyDesign(Sample, Estimands, Weighting):
    """A sample with its weights, strata and sampling units; immutable, each step returns a new one.

    Parameters
    ----------
    data : data frame or path
        Any frame narwhals reads (pandas, polars, Arrow), one row an observed person or unit; or the path of a Parquet
        file or folder, which every estimate then reads in batches (see Notes).
    weights : str, optional
        Column of sampling weights, persons of the population that a row stands for.
    probabilities : str, optional
        Column of inclusion probabilities, instead of weights.
    strata : str or sequence of str, optional
        Column of strata, or one a stage of sampling, outermost first.
    psu : str or sequence of str, optional
        Column of primary sampling units, or one a stage, outermost first. Each row is its own unit if not given.
    fpc : str or sequence of str, optional
        Number of sampling units in the population's stratum, or sampling fractions (all at most 1), one column a
        stage. Sampling is with replacement, for the variance, at stages without it, and stages below such a one add
        nothing.
    nest : bool
        Whether labels of sampling units start anew in every stratum.
    pps : {"brewer", "overton", "hartley_rao"} or ndarray, optional
        Unequal probabilities without replacement: an approximation from the probabilities, or the matrix ``(n, n)`` of
        joint inclusion probabilities of the rows.
    pps_variance : {"HT", "YG"}
        Horvitz-Thompson or Yates-Grundy form of the variance where joint probabilities are used.
    lonely_psu : {"error", "certainty", "remove", "adjust", "average"}
        What becomes of strata with a single sampling unit when a variance is asked for.
    adjust_domain_lonely : bool
        Whether a stratum with a single sampling unit inside a subset or domain is treated so too, for ``adjust`` and
        ``average`` (R's option ``survey.adjust.domain.lonely``). Covariances between domains are of the whole design.
    survey : str, optional
        Name of the survey and its year, carried to every estimate: estimates of differently named surveys are
        independent when put together.

    Raises
    ------
    UnknownNameError
        If a column is not in the data.
    DataError
        If weights are missing, negative or all zero; a label is missing; units lie in two strata; a population is
        smaller than its sample.
    InputError
        If arguments contradict one another.

    Notes
    -----
    The arguments are those of R's ``svydesign`` (``ids``, ``strata``, ``fpc``, ``weights``, ``nest``, ``pps``) and of
    Stata's ``svyset``. Stages below one sampled with replacement add nothing, in all three.

    Every estimand (``mean``, ``total``, ``proportion``, ``rate_per_thousand``, ``ratio``, ``variance``, ``quantile``,
    ``standardised_mean``) takes the same keywords:

    - ``by``: one column or several, whose crossing gives the domains, all in one pass; ``where``: a subpopulation (a
      column of truth values, such values, or a function of the data). The sampling units outside stay in the variance.
    - ``interval`` and ``level``; ``df``: ``"design"`` (sampling units less strata), ``"domain"`` (of each domain), or a
      number.
    - ``missing``: ``"error"``, ``"omit"`` (listwise over the variables of the call, as R's ``na.rm=TRUE``) or
      ``"propagate"``.
    - ``deff``: design effect against simple random sampling without replacement (``"srswor"``) or with it
      (``"srswr"``), or False; ``covariance``: True, False, or None for up to 500 cells; ``rule``: the publication rule
      of the ``quality`` column. Not of ``variance``, ``quantile`` and ``standardised_mean``, which have no such effect;
      ``rule`` of ``quantile`` is what lies between observations.

    A Parquet data set need not fit in memory: what is held grows with sampling units and domains, not with rows (rows
    as units count by stratum). Numbers are those of the same data in memory. Functions given as a condition or column
    see one batch of rows at a time, as a pandas frame. What needs all rows at once (such as a model of response) is
    refused; ``SurveyDesign(pyarrow.parquet.read_table(path, columns=[...]), ...)`` holds them in memory.

    Examples
    --------
    >>> import pandas as pd
    >>> import target87 as t87
    >>> schools = pd.DataFrame({"district": [1, 1, 2, 2, 3], "w": [10.0, 10, 20, 20, 15], "score": [1.0, 2, 3, 5, 4]})
    >>> design = t87.SurveyDesign(schools, psu="district", weights="w")
    >>> design
    <SurveyDesign: 5 rows, 3 sampling units, 1 stratum, weights sum to 75>
    >>> round(design.mean("score").to_dataframe()["estimate"].item(), 4)
    3.3333
    """

    def __init__(
        self,
        data: Any,
        *,
        weights: str | None = None,
        probabilities: str | None = None,
        strata: Names = None,
        psu: Names = None,
        fpc: Names = None,
        nest: bool = False,
        pps: Pps = None,
        pps_variance: Literal["HT", "YG"] = "HT",
        lonely_psu: LonelyPsu = "error",
        adjust_domain_lonely: bool = False,
        survey: str | None = None,
    ) -> None:
        if lonely_psu not in POLICIES:
            raise unknown_policy(lonely_psu)
        for argument, given in (("weights", weights), ("probabilities", probabilities)):
            if given is not None and not isinstance(given, str):
                raise InputError(f"{argument} wants the name of a column", where=argument, got=type(given).__name__)
        if survey is not None and not isinstance(survey, str):
            raise InputError("survey is a name", where="survey", got=type(survey).__name__)
        if weights is not None and probabilities is not None:
            raise InputError("give weights or probabilities, not both", where="weights, probabilities")
        self.lonely_psu: LonelyPsu = lonely_psu
        self.adjust_domain_lonely = check_truth(adjust_domain_lonely, "adjust_domain_lonely")
        self._declared: Mapping[str, Any] = {
            "weights": weights,
            "probabilities": probabilities,
            "strata": names(strata, "strata"),
            "psu": names(psu, "psu"),
            "fpc": names(fpc, "fpc"),
            "nest": check_truth(nest, "nest"),
            "pps": pps if isinstance(pps, str) else ("matrix" if pps is not None else None),
            "survey": survey,
        }
        self._inside: NDArray[np.bool_] | None = None
        self._calibrations: tuple[CalibrationModel, ...] = ()
        self._cache: dict[Any, Any] = {}
        self._read_sample(data, pps, pps_variance)
        self.history: tuple[Step, ...] = (self._first_step(),)

    @wraps(__init__)  # type: ignore[misc]  # so that help shows these arguments
    def __new__(cls, *arguments: Any, **named: Any) -> SurveyDesign:
        """Make an instance; a path gives one that reads its data in batches."""
        data = arguments[0] if arguments else named.get("data")
        if cls is SurveyDesign and isinstance(data, (str, PathLike)):
            from target87.survey.streaming import StreamedDesign

            cls = StreamedDesign
        made: SurveyDesign = object.__new__(cls)
        return made

    def _read_sample(self, data: Any, pps: Pps, pps_variance: Literal["HT", "YG"]) -> None:
        declared = self._declared
        self._rows = Rows(data)
        self._stages, implied = encode_stages(
            self._rows,
            strata=declared["strata"],
            psu=declared["psu"],
            fpc=self._sizes(pps) if not isinstance(pps, np.ndarray) else (),
            nest=declared["nest"],
            fractions_of_units=isinstance(pps, str),
        )
        self._weights = initial_weights(self._rows, declared["weights"], declared["probabilities"], implied)
        self._joint = joint_blocks(self._stages, self._weights, pps, pps_variance)

    def _sizes(self, pps: Pps) -> tuple[str, ...]:
        """Columns of finite populations; under unequal probabilities those of the rows if there are no others."""
        sizes: tuple[str, ...] = self._declared["fpc"]
        probabilities = self._declared["probabilities"]
        return (probabilities,) if isinstance(pps, str) and not sizes and probabilities is not None else sizes

    def _first_step(self) -> Step:
        shown = ", ".join(
            f"{name} {' + '.join(value) if isinstance(value, tuple) else value}"
            for name, value in self._declared.items()
            if value
        )
        first = self._stages.first
        units, strata = _count(first.units, "sampling unit"), _count(first.groups, "stratum")
        weights = f"weights sum to {self._weight_sum():,.12g}"
        text = f"{_count(self._rows.n, 'row')}, {units} in {strata}; {shown or 'equal weights'}; {weights}"
        return Step("design", text, dict(self._declared))

    def __repr__(self) -> str:
        first = self._stages.first
        rows, units = _count(self._rows.n, "row"), _count(first.units, "sampling unit")
        strata = _count(first.groups, "stratum")
        fpc = ", finite populations" if self._stages.has_fpc else ""
        kept = self._rows_inside()
        inside = "" if kept is None else f" ({kept:,} in the subset)"
        return f"<SurveyDesign: {rows}{inside}, {units}, {strata}{fpc}, weights sum to {sum_text(self._weight_sum())}>"

    def with_lonely_psu(self, lonely_psu: LonelyPsu, *, adjust_domain_lonely: bool | None = None) -> SurveyDesign:
        """The same design under another policy for single-unit strata."""
        if lonely_psu not in POLICIES:
            raise unknown_policy(lonely_psu)
        changes: dict[str, Any] = {"lonely_psu": lonely_psu}
        if adjust_domain_lonely is not None:
            changes["adjust_domain_lonely"] = check_truth(adjust_domain_lonely, "adjust_domain_lonely")
        return self._changed(**changes)

    def summary(self) -> DesignSummary:
        """Strata, units, weights, design effect of weighting, and whatever is unusual."""
        return summarise(self)

    def degrees_of_freedom(self, where: Condition = None) -> int:
        """Sampling units less strata, counting those with a weight above zero (R's ``degf``)."""
        used = self._active_weights != 0.0
        inside = condition(self._rows, where)
        if inside is not None:
            used &= inside
        if used.all():
            return self._stages.first.units - self._stages.first.groups
        codes = np.where(used, 0, -1).astype(np.int32)
        return int(self._domain_df(Domains((), (), codes))[0])

    def to_replicates(
        self,
        method: str,
        replicates: int | None = None,
        rho: float | None = None,
        rng: RandomState = None,
        *,
        mse: bool = False,
        **options: Any,
    ) -> ReplicateDesign:
        """Replicate weights made from this design; see :func:`target87.survey.replication.to_replicates`."""
        from target87.survey.replication import to_replicates

        return to_replicates(self, method, replicates=replicates, rho=rho, rng=rng, mse=mse, **options)

    # what estimands and weighting steps ask of a design

    def _weight_sum(self) -> float:
        if "weight sum" not in self._cache:
            self._cache["weight sum"] = float(self._active_weights.sum())
        return float(self._cache["weight sum"])

    def _rows_inside(self) -> int | None:
        """Rows of the subset; None if there is none."""
        return None if self._inside is None else int(self._inside.sum())

    def _totals(self, values: FloatArray, domains: Domains) -> TaylorTotals:
        if self.lonely_psu == "error" and self._joint is None:
            refuse_lonely(self)
        return TaylorTotals(self, values, domains)

    def _domain_df(self, domains: Domains) -> FloatArray:
        """Sampling units with weight in each domain, less their strata."""
        stage = self._stages.first
        nothing = np.zeros((0, self._rows.n))
        weight = (self._active_weights != 0.0).astype(np.float64)
        units = unit_totals.dense(stage.unit, stage.units, domains.codes, len(domains), weight, nothing)[:, :, 0] > 0.0
        strata = np.zeros((stage.groups, len(domains)), dtype=bool)
        np.logical_or.at(strata, stage.group, units)
        return np.asarray(units.sum(axis=0) - strata.sum(axis=0), dtype=np.float64)

    def _design_df(self, inside: NDArray[np.bool_] | None) -> float:
        if inside is None or inside is self._inside:
            if "df" not in self._cache:
                self._cache["df"] = float(self.degrees_of_freedom())
            return float(self._cache["df"])
        return float(self.degrees_of_freedom(inside))

    def _lonely_by_domain(self, domains: int) -> bool:
        judged = self.lonely_psu in ("average", "adjust") and not self._calibrations and self._joint is None
        return judged and domains > 1

    def _row_order(self, stage: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        key = ("order", stage)
        if key not in self._cache:
            level = self._stages.levels[stage]
            self._cache[key] = unit_totals.grouped(level.unit, level.units)
        return self._cache[key]  # type: ignore[no-any-return]

    def _auxiliary_totals(self, stage: int, calibration: int) -> FloatArray:
        """Totals of ``after X`` of every unit of a stage, ``(units, p)``."""
        key = ("auxiliaries", stage, calibration)
        if key not in self._cache:
            level, model = self._stages.levels[stage], self._calibrations[calibration]
            self._cache[key] = model.unit_totals(level.unit, level.units)
        return self._cache[key]  # type: ignore[no-any-return]

    def _calibration_overlap(self, later: int, earlier: int) -> FloatArray:
        """``X_k' diag(before_k / after_k) after_j X_j``."""
        key = ("overlap", later, earlier)
        if key not in self._cache:
            self._cache[key] = overlap(self._calibrations[later], self._calibrations[earlier])
        return self._cache[key]  # type: ignore[no-any-return]

    def _reweighted(
        self, weights: FloatArray, step: Step, calibrations: tuple[CalibrationModel, ...] = ()
    ) -> SurveyDesign:
        """The design with new weights, the step told, and the calibrations that variances must know."""
        check_weights(weights, f"the weights after {step.name}", negative=True)
        negative = int((weights < 0.0).sum())
        if negative:
            note = f"{negative:,} weights are negative: bounds= keeps them above 0"
            step = Step(step.name, f"{step.text}; {note}", {**step.details, "negative": negative})
        return self._changed(
            _weights=np.ascontiguousarray(weights, dtype=np.float64),
            _calibrations=(*self._calibrations, *calibrations),
            history=(*self.history, step),
        )


def initial_weights(
    rows: Rows, weights: str | None, probabilities: str | None, implied: FloatArray | None
) -> FloatArray:
    """Weights from their column, from that of probabilities, or as population counts imply; else 1 each.

    Raises
    ------
    DataError
        If they are missing, not finite or negative, or probabilities are not above 0 and at most 1.
    """
    if weights is not None:
        values = rows.numeric(weights, argument="weights")
        check_weights(values, f"column {weights!r}")
        return np.array(values)
    if probabilities is not None:
        values = rows.numeric(probabilities, argument="probabilities")
        faulty = ~((values > 0.0) & (values <= 1.0))
        if faulty.any():
            raise DataError(
                "probabilities must lie above 0 and at most at 1",
                where=f"column {probabilities!r}",
                count=int(faulty.sum()),
                examples=[f"row {i}: {values[i]}" for i in np.flatnonzero(faulty)[:5]],
            )
        return np.asarray(1.0 / values)
    return implied if implied is not None else np.ones(rows.n)


def _count(n: int, what: str) -> str:
    plural = {"stratum": "strata"}.get(what, what + "s")
    return f"{n:,} {what if n == 1 else plural}"
