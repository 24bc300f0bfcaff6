"""The plan form of a facility at a SkyPortal: what a person may set, and what is then asked of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from platforms.skyportal.allocations import Allocation, allocation_of, allocations
from platforms.skyportal.client import SkyPortal
from platforms.skyportal.forms import FormError, FormItem, InstrumentForm, Problem, read_form
from platforms.skyportal.identity import EventIdentity
from platforms.skyportal.refusals import SkyPortalError

NAME, START, END = "queue_name", "start_date", "end_date"
DAY = timedelta(days=1)
OURS = (NAME, START, END)
"""What nightdesk fills in itself: a name that is unique there, and the window as instants it can read."""


@dataclass(frozen=True)
class PlanForm:
    """The form of one instrument, for one allocation, as it was read just now."""

    instance: str
    allocation: Allocation
    form: InstrumentForm

    @property
    def items(self) -> tuple[FormItem, ...]:
        """The fields for options and dialogs: `key`, `label`, `kind`, `choices`, `default`, bounds."""
        return tuple(each for each in self.form.items if each.key not in OURS and not each.hidden)

    def shown(self, given: Mapping[str, str]) -> tuple[FormItem, ...]:
        """Of these, those to ask for now: what is given brings some of them."""
        return tuple(each for each in self.form.shown(given) if each.key not in OURS)

    @property
    def can_send(self) -> bool:
        """Whether the instrument takes plans into its queue. It may claim more than works."""
        return "send" in self.form.can

    @property
    def can_take_back(self) -> bool:
        return "remove" in self.form.can

    def settings(self, given: Mapping[str, str]) -> dict[str, Any]:
        """The checked payload without name and window. Raises FormError for what cannot be meant."""
        for key in given:
            if key.casefold() in OURS:
                raise FormError(key, Problem.UNKNOWN, given[key], ", ".join(each.key for each in self.items))
        held = {NAME: "nightdesk", START: "2026-01-01 00:00:00", END: "2026-01-01 01:00:00"}
        payload = self.form.payload({**given, **held})
        _check_percent(payload)
        self._check_filters(payload)
        return {key: value for key, value in payload.items() if key not in OURS}

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """From now until the form's own end: its next sunrise.

        Forms that are written once have the days on which their server was started: the same hour, next.
        """
        item = self.form.item(END)
        text = item.default if item is not None else ""
        try:
            end = datetime.fromisoformat(text).replace(tzinfo=UTC)
        except ValueError:
            raise SkyPortalError(
                f"{self.instance} gives no end of the night for {self.allocation.instrument.name}",
                advice="give the start and the end",
            ) from None
        while end <= now:
            end += DAY
        return now, end

    def _check_filters(self, payload: Mapping[str, Any]) -> None:
        known = self.allocation.instrument.filters
        text = payload.get("filters")
        if known and isinstance(text, str):
            for each in (part.strip() for part in text.split(",")):
                if each not in known:
                    raise FormError("filters", Problem.NO_CHOICE, each, ", ".join(known))


async def plan_form(
    portal: SkyPortal,
    facility: Sequence[str],
    *,
    allocation: int | str | None = None,
    token: str | None = None,
) -> PlanForm:
    """The form of a facility, by any of its names; `allocation` where the configuration says which.

    Raises SkyPortalError where the account has no allocation on it, or it has no plan form.
    """
    found = await allocations(portal, token=token)
    chosen = allocation_of(portal, found, facility, allocation)
    forms = await portal.call(
        "GET",
        "/api/internal/instrument_forms",
        query={"apiType": "api_classname_obsplan"},
        token=token,
        asked="read the plan forms",
    )
    value = forms.get(str(chosen.instrument.id)) if isinstance(forms, Mapping) else None
    if not isinstance(value, Mapping) or not value.get("formSchema"):
        raise SkyPortalError(
            f"{portal.name} has no plan form for {chosen.instrument.name}",
            advice=f"an administrator of {portal.name} can give the instrument one (api_classname_obsplan)",
        )
    return PlanForm(portal.name, chosen, read_form(chosen.instrument.id, value))


def plan_parameters(
    form: PlanForm,
    given: Mapping[str, str],
    identity: EventIdentity,
    window: tuple[datetime, datetime],
    now: datetime,
) -> dict[str, Any]:
    """The parameters of a job `skyportal.plan`. Raises FormError for what the form does not take.

    A window that is the form's own is left out: it begins with each asking, and would make the same request
    asked twice another one. The job takes the form's again when it starts.
    """
    (start, end), by_itself = window, form.window(now)
    if end <= start:
        raise FormError(END, Problem.OUT_OF_RANGE, _iso(end), f"later than {_iso(start)}")
    if end <= now:
        raise FormError(END, Problem.OUT_OF_RANGE, _iso(end), f"later than now, {_iso(now)}")
    return {
        "event": identity.to_json(),
        "allocation": form.allocation.id,
        "instrument": form.allocation.instrument.name,
        "can_send": form.can_send,
        "settings": form.settings(given),
        "start": None if start == by_itself[0] else _iso(start),
        "end": None if end == by_itself[1] else _iso(end),
    }


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")


def _check_percent(payload: Mapping[str, Any]) -> None:
    """Its form counts 0 to 100: who writes 0.9 means 90."""
    value = payload.get("integrated_probability")
    if isinstance(value, (int, float)) and 0 < value <= 1:
        meant = f"percent, 1…100: {100 * value:g} for {100 * value:g} %"
        raise FormError("integrated_probability", Problem.OUT_OF_RANGE, f"{value:g}", meant)
