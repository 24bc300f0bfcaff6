"""The days that weigh as holidays: calendars of the `holidays` library by country."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from shifts.errors import did_you_mean


def check_calendar(calendar: str, subdivision: str | None = None) -> None:
    """Refuse a country or subdivision that has no calendar, with a ValueError that says what was expected."""
    # the library is slow to import and few commands need it
    from holidays import list_supported_countries

    countries = list_supported_countries(include_aliases=True)
    if calendar not in countries:
        raise ValueError(
            f"no holiday calendar is called {calendar!r}; expected a country of ISO 3166 as FR, CL or US"
        )
    if subdivision is not None and subdivision not in countries[calendar]:
        hint = did_you_mean(subdivision, countries[calendar])
        raise ValueError(f"{calendar} has no subdivision {subdivision!r}; {hint}")


@lru_cache(maxsize=256)
def calendar_days(calendar: str, subdivision: str | None, first_year: int, last_year: int) -> dict[date, str]:
    """The public holidays of a country, day to name, in both years and those between."""
    from holidays import country_holidays

    years = range(first_year, last_year + 1)
    return dict(country_holidays(calendar, subdiv=subdivision, years=years).items())
