"""The instant plan: a first answer to "what do we point at tonight", in seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np

from facilities.ephemeris import instant_of
from facilities.facility import Facility, FacilityError
from facilities.grids import SurveyGrid, members_of
from facilities.observability import EPHEMERIS_YEARS, Closure, observability
from facilities.plan import Exposure, Plan
from facilities.planning.candidates import GalaxyTarget, centred, fields_for, on_galaxies
from facilities.planning.choice import Cover, choose
from facilities.planning.counted import counted
from facilities.planning.footprints import Patch, inside_any
from facilities.planning.night import Sight, Watch, sight_of, watches
from facilities.planning.pixels import pixels_of, reach_of
from facilities.planning.schedule import Scheduler, Shot
from facilities.planning.settings import (
    MOST_FIELDS,
    WORTH,
    PlanSettings,
    PlanSettingsError,
    Terms,
    terms_for,
)
from facilities.tiles import brick
from facilities.visibility import closure_of
from skymaps import healpix
from skymaps.healpix import Flags, Floats
from skymaps.regions import Greedy, greedy
from skymaps.skymap import SkyMap

FITS = 0.9
"""A pointing that holds so much of the map is enough."""


def instant_plan(
    skymap: SkyMap,
    facility: Facility,
    at: datetime,
    *,
    settings: PlanSettings = PlanSettings(),  # noqa: B008 - frozen
    taken: Sequence[Patch] = (),
    galaxies: Sequence[GalaxyTarget] = (),
    closure: Closure | None = None,
    event: str | None = None,
) -> Plan:
    """What `facility` should expose from `at` (aware) on: the rest of its night, or its next one.

    One centred pointing where that holds the 90 % region; else its survey's own fields, else fields of a
    tessellation that is the same for every event, or (small fields, `galaxies` given) pointings on galaxies.
    `taken` is sky that others cover: nothing is gained there. `event` names the plan's event, else the map
    does. A plan whose night has nothing to offer is for the next night; one that is empty says why. Raises
    `FacilityError` for settings the facility cannot do, a naive instant, or one outside 1972..2099.
    """
    if at.tzinfo is None:
        raise FacilityError(f"a plan starts at an aware instant, not at {at!r}")
    if not EPHEMERIS_YEARS[0] <= at.year < EPHEMERIS_YEARS[1]:
        raise FacilityError(f"a plan for {at:%Y-%m-%d}; expected a year from {EPHEMERIS_YEARS[0]} to 2099")
    terms = terms_for(facility, settings)
    closure = closure_of(facility, {facility.name: closure} if closure else {})
    planner = _Planner(
        skymap,
        greedy(skymap),
        facility,
        terms,
        tuple(taken),
        tuple(galaxies),
        at,
        event or skymap.meta.object,
    )
    for number, watch in enumerate(watches(facility, at, terms, closure)):
        plan = planner.plan(watch)
        if plan.exposures:
            late = "Nothing can be exposed in what is left of this night: the plan is for the next."
            return replace(plan, notes=(late, *plan.notes)) if number else plan
    return planner.nothing(closure)


@dataclass(frozen=True, eq=False)
class _Task:
    """What is to be scheduled: fields, and what is to be gained in each (sky, or galaxies)."""

    strategy: str
    fields: SurveyGrid
    gain: Cover
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Planner:
    skymap: SkyMap
    ranked: Greedy
    facility: Facility
    terms: Terms
    taken: tuple[Patch, ...]
    galaxies: tuple[GalaxyTarget, ...]
    at: datetime
    event: str | None

    def plan(self, watch: Watch) -> Plan:
        """The plan for one stretch of time; it may be empty."""
        task = self._task(watch)
        directions = healpix.vectors_from_degrees(task.fields.ra, task.fields.dec)
        shots: list[Shot] = []
        sight = sight_of(watch, task.fields.ra, task.fields.dec)
        if len(task.fields):
            asked, reach = self.terms.asked, reach_of(self.facility.field_of_view)
            most = asked.max_tiles or MOST_FIELDS
            minimum = asked.minimum
            if minimum is None:
                minimum = WORTH * task.gain.best(np.flatnonzero(sight.ever))
            bounds = {"goal": asked.probability, "minimum": minimum}
            chosen = choose(task.gain, self._slots(sight), most=most, **bounds)
            scheduler = Scheduler(sight, directions, reach, task.gain, self.terms)
            shots = list(scheduler.run(chosen, most=most, **bounds))
        return self._written(task, sight, shots)

    def nothing(self, closure: Closure | None) -> Plan:
        """The empty plan that says why."""
        (row,) = observability(
            self.skymap, [self.facility], self.at, closures={closure.facility: closure} if closure else {}
        )
        why = row.reason or "nothing that adds to the map can be exposed in the time there is"
        start = row.night_starts or self.at
        end = row.night_ends or self.at + timedelta(hours=24)
        return Plan(
            facility=self.facility.name,
            planner="instant",
            strategy=self.terms.asked.strategy.replace("auto", "tiling"),
            event=self.event,
            made=self.at,
            window=(max(start, self.at), max(end, self.at)),
            exposures=(),
            probability=0.0,
            area=0.0,
            settings=self.terms.to_dict(),
            notes=(f"Nothing to expose: {why}.", *self.terms.notes),
        )

    def _task(self, watch: Watch) -> _Task:
        field, strategy = self.facility.field_of_view, self.terms.asked.strategy
        room = self._room(watch)
        if strategy in ("auto", "single"):
            goal = FITS if strategy == "auto" else 1e-6
            one = centred(self.skymap, self.ranked, field, goal) or (
                self._on_peak() if strategy == "single" else None
            )
            if one is not None:
                return self._on_sky("single", one, _off_grid(self.facility))
        small = room * field.effective_area < 0.5 * self.ranked.area_of(0.9)
        if strategy == "galaxies" or (strategy == "auto" and self.galaxies and small):
            return self._on_galaxies()
        fields, own = fields_for(self.skymap, self.ranked, self.facility, watch, room)
        return self._on_sky("tiling", fields, () if own else ("Fields of a generated tessellation.",))

    def _on_sky(self, strategy: str, fields: SurveyGrid, notes: tuple[str, ...]) -> _Task:
        pixels = pixels_of(self.skymap, fields, self.facility.field_of_view)
        members = members_of(fields, self.facility.field_of_view, pixels.directions)
        sky = Cover(members, np.where(self._done(pixels.directions), 0.0, pixels.probability))
        return _Task(strategy, fields, sky, notes)

    def _on_galaxies(self) -> _Task:
        if not self.galaxies:
            raise PlanSettingsError("strategy", "strategy is 'galaxies', but there is no list of galaxies")
        fields = on_galaxies(self.galaxies, self.terms.asked.galaxies)
        directions = healpix.vectors_from_degrees(fields.ra, fields.dec)
        weights = {each.name: each.weight for each in self.galaxies}
        weight = np.array([weights[name] for name in fields.names])
        weight = np.where(self._done(directions), 0.0, weight / sum(weights.values()))
        gain = Cover(members_of(fields, self.facility.field_of_view, directions), weight)
        return _Task("galaxies", fields, gain)

    def _on_peak(self) -> SurveyGrid:
        ra, dec = healpix.degrees_from_vectors(self.skymap.unit_vectors[self.ranked.index[0]])
        return SurveyGrid(("centre",), np.array([float(ra)]), np.array([float(dec)]))

    def _done(self, directions: Floats) -> Flags:
        return inside_any(self.taken, directions)

    def _room(self, watch: Watch) -> int:
        """About how many fields there is time for."""
        most = self.terms.asked.max_tiles or MOST_FIELDS
        return max(1, min(most, int((watch.end - watch.start) / self._slot())))

    def _slot(self) -> float:
        """Seconds that one field takes with the way to a neighbour."""
        step = max(brick(self.facility.field_of_view)) / self.terms.slew_rate
        return self.terms.visit + math.ceil(max(self.terms.overhead, step))

    def _slots(self, sight: Sight) -> Flags:
        """In which slots of the night each field is in sight [M, S]."""
        length = self._slot()
        count = max(1, min(MOST_FIELDS, int((sight.watch.end - sight.watch.start + length) / length)))
        starts = np.ceil(sight.watch.start) + length * np.arange(count)
        seconds = self.terms.visit / np.maximum(sight.share, 1e-3)
        return np.stack([sight.open_for(start, seconds) for start in starts], axis=-1)

    def _written(self, task: _Task, sight: Sight, shots: Sequence[Shot]) -> Plan:
        """The shots as exposures: each with what it adds to the sky before it, counted on finer pixels."""
        planned = [
            Exposure(
                field=task.fields.names[shot.field],
                ra=float(task.fields.ra[shot.field]),
                dec=float(task.fields.dec[shot.field]),
                start=instant_of(shot.start),
                seconds=self.terms.seconds[shot.filter],
                filter=self.terms.filters[shot.filter],
                probability=0.0,
                airmass=sight.airmass(shot.field, shot.start),
            )
            for shot in shots
        ]
        exposures, probability, area = counted(self.skymap, self.facility, planned, self.taken)
        return Plan(
            facility=self.facility.name,
            planner="instant",
            strategy=task.strategy,
            event=self.event,
            made=self.at,
            window=sight.watch.window,
            exposures=exposures,
            probability=probability,
            area=area,
            settings=self.terms.to_dict(),
            notes=(*task.notes, *self._remarks(task, shots), *self.terms.notes),
        )

    def _remarks(self, task: _Task, shots: Sequence[Shot]) -> list[str]:
        """What people should know about the plan."""
        said = []
        if self.taken:
            said.append("What others have covered was left out.")
        if task.strategy == "galaxies" and shots:
            held = np.unique(np.concatenate([task.gain.members[shot.field] for shot in shots]))
            share = float(task.gain.weight[held].sum())
            said.append(f"The pointings hold {held.size} galaxies with {share:.0%} of the list's weight.")
        if self.facility.space and self.facility.earth_limb_limit is not None:
            said.append("Where the spacecraft is in its orbit is not known: times include the Earth's share.")
        return said


def _off_grid(facility: Facility) -> tuple[str, ...]:
    if facility.survey_grid is None:
        return ()
    return ("One pointing centred on the region, off the survey's grid; strategy=tiling takes its fields.",)
