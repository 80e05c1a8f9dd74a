"""What the columns and codes of the synthetic survey mean, as the file shipped says it."""

from __future__ import annotations

from target87.datasets.synthetic.answers import ACTIVITIES, CHORES, HAZARDS
from target87.datasets.synthetic.jobs import INDUSTRIES, OCCUPATIONS
from target87.datasets.synthetic.missing import (
    DO_NOT_KNOW,
    DO_NOT_KNOW_HOURS,
    INCONSISTENT_HOURS,
    NO_ANSWER,
    NO_HOURS,
)
from target87.datasets.synthetic.places import REGIONS, RESIDENCE, STRATA

FILE_LABEL = "SYNTHETIC survey of children 5-17: made up, no country"
"""At most 64 characters, as SPSS has it."""

_MEANINGS = {
    "cluster": "Cluster, primary sampling unit",
    "household": "Household within the cluster",
    "stratum": "Stratum of sampling, region by residence",
    "region": "Region",
    "residence": "Residence",
    "weight": "Weight of the child, children it stands for",
    "household_weight": "Weight of the household, households it stands for",
    "eligible_children": "Children 5-17 in the household, one of them interviewed",
    "sex": "Sex",
    "age": "Age in completed years",
    "school": "Attends school in the current year",
    "CL1A": "Past week: worked on own or household's farm or with animals",
    "CL1B": "Past week: helped in the family's or ran own business",
    "CL1C": "Past week: made or sold articles, handicraft, food",
    "CL1X": "Past week: any other activity for pay in cash or kind",
    "CL3": "Hours of these activities in the past week",
    "CL4": "Carries heavy loads",
    "CL5": "Works with dangerous tools or heavy machinery",
    "CL6A": "Exposed to dust, fumes or gas",
    "CL6B": "Exposed to extreme cold, heat or humidity",
    "CL6C": "Exposed to loud noise or vibration",
    "CL6D": "Works at heights",
    "CL6E": "Works with chemicals or explosives",
    "CL6X": "Exposed to other things bad for health or safety",
    "CL7": "Past week: fetched water for the household",
    "CL8": "Hours of fetching water in the past week",
    "CL9": "Past week: collected firewood for the household",
    "CL10": "Hours of collecting firewood in the past week",
    "CL11A": "Past week: shopped for the household",
    "CL11B": "Past week: cooked",
    "CL11C": "Past week: washed dishes or cleaned the house",
    "CL11D": "Past week: washed clothes",
    "CL11E": "Past week: cared for children",
    "CL11F": "Past week: cared for someone old or sick",
    "CL11X": "Past week: other household tasks",
    "CL13": "Hours of these household tasks in the past week",
    "industry": "Industry of the work, division of ISIC Rev. 4",
    "occupation": "Occupation, unit group of ISCO-08",
    "status": "Status in work",
    "night": "Works at night",
    "result": "Result of the interview with the child",
}
COLUMN_LABELS = {name: f"{meaning} (synthetic)" for name, meaning in _MEANINGS.items()}

YES_NO = (*ACTIVITIES, *HAZARDS, *CHORES, "CL7", "CL9", "night")
HOURS = ("CL3", "CL8", "CL10", "CL13")

_SAID = {1: "yes", 2: "no", DO_NOT_KNOW: "does not know", NO_ANSWER: "no response"}
_SPECIAL_HOURS = {INCONSISTENT_HOURS: "inconsistent", DO_NOT_KNOW_HOURS: "does not know", NO_HOURS: "no response"}
VALUE_LABELS: dict[str, dict[int, str]] = {
    "stratum": {
        number: f"{REGIONS[one.region]} {RESIDENCE[one.residence]}" for number, one in enumerate(STRATA, start=1)
    },
    "region": REGIONS,
    "residence": RESIDENCE,
    "sex": {1: "boy", 2: "girl"},
    "school": {1: "yes", 2: "no", NO_ANSWER: "no response"},
    **dict.fromkeys(YES_NO, _SAID),
    **dict.fromkeys(HOURS, _SPECIAL_HOURS),
    "industry": INDUSTRIES,
    "occupation": OCCUPATIONS,
    "status": {1: "employee", 2: "contributing family worker", 3: "own-account worker", NO_ANSWER: "no response"},
    "result": {1: "completed"},
}

MISSING_CODES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(YES_NO, (DO_NOT_KNOW, NO_ANSWER)),
    **dict.fromkeys(HOURS, (INCONSISTENT_HOURS, DO_NOT_KNOW_HOURS, NO_HOURS)),
    "school": (NO_ANSWER,),
    "status": (NO_ANSWER,),
}
"""Codes declared as missing by the user, in the words of SPSS."""
