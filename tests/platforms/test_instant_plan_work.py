"""The work that makes our own plans."""

from __future__ import annotations

import pytest

from platforms.job import JobState, PlatformError
from platforms.plan_making import PlanMaking, PlanSubject, made_of
from platforms.plan_work import InstantWork
from tests.platforms.plans import job_of, making_of, subject_of


async def test_the_plan_is_there_with_the_first_answer_and_its_pictures_too() -> None:
    drawn: list[str] = []
    work = InstantWork(making_of(subject_of(), drawn=drawn))
    moved = await work.start(job_of(kind=InstantWork.kind))
    assert moved.state is JobState.DONE
    assert moved.results is not None
    made = made_of(moved.results)
    assert made is not None
    assert made.plan.planner == "instant"
    assert made.plan.probability > 0.5
    assert drawn == ["instant"]
    assert list(moved.pictures) == ["tiles"]


async def test_a_start_that_was_cut_short_is_made_again_with_the_same_plan() -> None:
    work = InstantWork(making_of(subject_of()))
    job = job_of(kind=InstantWork.kind)
    assert (await work.look(job)).results == (await work.start(job)).results
    assert (await work.cancel(job)).state is JobState.CANCELLED


async def test_an_empty_plan_is_done_and_says_why_without_a_picture() -> None:
    moved = await InstantWork(making_of(subject_of(dec=80.0))).start(job_of(kind=InstantWork.kind))
    assert moved.state is JobState.DONE
    made = made_of(moved.results or {})
    assert made is not None
    assert "Nothing to expose" in made.plan.notes[0]
    assert not moved.pictures


async def test_what_cannot_be_planned_is_told_in_words() -> None:
    async def find(job: object) -> PlanSubject:
        return subject_of(strategy="galaxies")

    with pytest.raises(PlatformError, match="no list of galaxies"):
        await InstantWork(PlanMaking(find)).start(job_of(kind=InstantWork.kind))
