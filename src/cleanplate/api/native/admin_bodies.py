"""What comes in below `/v1/admin`: unknown names in bodies are refused; see `field_values`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cleanplate.api.field_values import Flag, Number, Whole
from cleanplate.api.native.native_bodies import ExactModel, UsageQuery
from cleanplate.key_limits import LEAST_RATE_PER_S, PRESETS, UNLIMITED, Limits

MOST_LIMIT = 10**9
_Count = Annotated[Whole, Field(ge=0, le=MOST_LIMIT)]


class KeyBody(ExactModel):
    """A key to be made. Limits that are absent are the preset's."""

    name: str = Field("", max_length=100, description="Whose key it is, for the list.")
    account: str | None = Field(
        None, max_length=100, description="Whose tasks it sees: a name, or another key's id. Else its own."
    )
    admin: Flag = Field(False, description="It may look after the server.")
    test: Flag = Field(False, description="For client tests: its edits are simulated.")
    preset: Literal["off", "vendor"] | None = Field(
        None, description="Limits to start from; else those of CLEANPLATE_LIMITS_PRESET."
    )
    rate_per_s: Annotated[Number, Field(ge=LEAST_RATE_PER_S, le=MOST_LIMIT)] | None = Field(
        None, description="Submits a second."
    )
    concurrent: _Count | None = Field(None, description="Edits that have not ended.")
    images: _Count | None = Field(None, description="Successful pictures in all.")

    def limits(self, preset: Limits) -> Limits:
        """Those of the new key.

        Args:
            preset: of the server.
        """
        start = preset if self.preset is None else PRESETS.get(self.preset, UNLIMITED)
        return Limits(
            start.rate_per_s if self.rate_per_s is None else self.rate_per_s,
            start.concurrent if self.concurrent is None else self.concurrent,
            start.images if self.images is None else self.images,
        )


class PageQuery(BaseModel):
    """Which page."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    page: Whole = Field(1, ge=1, le=1_000_000)
    page_size: Whole = Field(20, ge=1, le=100)


class AllUsageQuery(UsageQuery, PageQuery):
    """How far back, and which page."""
