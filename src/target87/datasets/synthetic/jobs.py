"""Jobs that synthetic children do: industry, occupation, how common and how hazardous each is."""

from __future__ import annotations

from typing import NamedTuple


class Job(NamedTuple):
    """One job: ISIC Rev. 4 division, ISCO-08 unit group, share within its activity, log-odds of hazards added."""

    industry: int
    occupation: int
    share: float
    hazard: float


JOBS = {
    "CL1A": (
        Job(1, 6310, 0.34, -0.3),
        Job(1, 9211, 0.24, 0.1),
        Job(1, 9212, 0.22, -0.2),
        Job(1, 9213, 0.12, 0.0),
        Job(2, 9215, 0.03, 0.8),
        Job(3, 9216, 0.05, 0.6),
    ),
    "CL1B": (
        Job(47, 5223, 0.34, -0.8),
        Job(47, 5211, 0.26, -0.5),
        Job(56, 9412, 0.16, 0.0),
        Job(47, 9520, 0.12, -0.2),
        Job(45, 7231, 0.06, 0.9),
        Job(49, 9333, 0.06, 0.7),
    ),
    "CL1C": (
        Job(13, 7318, 0.36, -0.3),
        Job(14, 7531, 0.22, -0.5),
        Job(10, 7512, 0.16, 0.0),
        Job(31, 7522, 0.12, 0.7),
        Job(23, 9329, 0.14, 0.8),
    ),
    "CL1X": (
        Job(1, 9211, 0.30, 0.3),
        Job(97, 9111, 0.17, -0.4),
        Job(41, 9313, 0.13, 1.2),
        Job(47, 5223, 0.11, -0.6),
        Job(56, 9412, 0.10, 0.0),
        Job(8, 9311, 0.05, 1.6),
        Job(42, 9312, 0.04, 1.2),
        Job(38, 9612, 0.04, 1.3),
        Job(49, 9621, 0.06, 0.1),
    ),
}
"""By the question that was answered with yes."""

INDUSTRIES = {
    1: "Crop and animal production, hunting",
    2: "Forestry and logging",
    3: "Fishing and aquaculture",
    8: "Other mining and quarrying",
    10: "Manufacture of food products",
    13: "Manufacture of textiles",
    14: "Manufacture of wearing apparel",
    23: "Manufacture of other non-metallic mineral products",
    31: "Manufacture of furniture",
    38: "Waste collection, treatment and disposal",
    41: "Construction of buildings",
    42: "Civil engineering",
    45: "Trade and repair of motor vehicles",
    47: "Retail trade",
    49: "Land transport",
    56: "Food and beverage service activities",
    97: "Households as employers of domestic personnel",
}
"""Divisions of ISIC Rev. 4 that occur, titles shortened (recalled, to be checked against the UN's publication)."""

OCCUPATIONS = {
    5211: "Stall and market salespersons",
    5223: "Shop sales assistants",
    6310: "Subsistence crop farmers",
    7231: "Motor vehicle mechanics and repairers",
    7318: "Handicraft workers in textile, leather and related materials",
    7512: "Bakers, pastry-cooks and confectionery makers",
    7522: "Cabinet-makers and related workers",
    7531: "Tailors, dressmakers, furriers and hatters",
    9111: "Domestic cleaners and helpers",
    9211: "Crop farm labourers",
    9212: "Livestock farm labourers",
    9213: "Mixed crop and livestock farm labourers",
    9215: "Forestry labourers",
    9216: "Fishery and aquaculture labourers",
    9311: "Mining and quarrying labourers",
    9312: "Civil engineering labourers",
    9313: "Building construction labourers",
    9329: "Manufacturing labourers not elsewhere classified",
    9333: "Freight handlers",
    9412: "Kitchen helpers",
    9520: "Street vendors (excluding food)",
    9612: "Refuse sorters",
    9621: "Messengers, package deliverers and luggage porters",
}
"""Unit groups of ISCO-08 that occur, titles as copies of the classification in public repositories have them."""
