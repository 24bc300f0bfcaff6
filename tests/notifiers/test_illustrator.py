"""Pictures beside the numbers they show, and beside no others."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from cards.reader import Reader
from events.analysis import Desk as FacilityDesk
from events.analysis import MapSource
from events.local_compute import LocalCompute
from events.state import EventState
from notifiers.illustrator import Illustrator, _Task
from notifiers.tables import State
from store.wakeup import Bell
from tests.notifiers.desk import Desk
from tests.notifiers.stories import initial, nsbh


class _Story:
    """What the database knows of the event by the time the picture is there."""

    def __init__(self, state: EventState) -> None:
        self._state = state

    async def state(self, session: AsyncSession, event_id: int) -> EventState:
        return self._state


@pytest.mark.parametrize(
    ("by_now", "pictures"), [(nsbh(), [("picture", State.PENDING)]), (initial(nsbh()), [])]
)
async def test_a_picture_of_a_map_that_was_overtaken_while_it_was_drawn_is_attached_nowhere(
    desk: Desk, by_now: EventState, pictures: list[tuple[str, State]]
) -> None:
    await desk.told(nsbh())
    await desk.deliver()
    await desk.told(by_now)
    await desk.deliver()
    desk.slack.channel("gw").expect("S261120h")
    illustrator = Illustrator(
        desk.database,
        desk.clock,
        LocalCompute(1),
        desk.configs,
        lambda: FacilityDesk.of(()),
        owner="me",
        bell=Bell(desk.clock),
    )
    illustrator._events = _Story(by_now)  # type: ignore[assignment]
    drawn_for = nsbh().newest_with_map
    assert drawn_for is not None
    task = _Task(1, nsbh(), drawn_for, MapSource(), {Reader(): ("gw",)})
    async with desk.database.write() as session:
        await illustrator._attach(session, task, {Reader(): {"sky_map": "0" * 64}})
    assert [row for row in await desk.states() if row[0] == "picture"] == pictures
