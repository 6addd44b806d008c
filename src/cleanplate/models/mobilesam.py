"""Clicks to outline: MobileSAM, for the role `select`; see `models.parts.mobile_sam`."""

from cleanplate.models.base import Model
from cleanplate.models.parts.mobile_sam import CARD, outlines
from cleanplate.models.roles import SELECT, Ability

MODEL = Model(CARD, (Ability(SELECT, outlines),))
