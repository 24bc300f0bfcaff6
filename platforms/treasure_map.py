"""Treasure Map: what everybody has pointed at or is about to; our own reported, updated, cancelled.

As its server does (recorded from gwtm c7a124f): one bad band loses a whole batch with HTTP 500, a pointing
that is refused stands as an error inside a 200, one that was sent twice is stored twice, right ascensions
above 180 come back negative, a time has no zone and means UTC.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from facilities.facility import FieldOfView
from facilities.treasure_map_bands import BANDS, band_of
from platforms.job import PlatformError
from platforms.pace import Pace
from platforms.treasure_map_words import advice_on, refused_in_words, said_in_words
from platforms.wire import Answer, Wire

API = "/api/v1"
TIMEOUT = 40.0  # s
BATCH = 20  # pointings sent at once: what one bad one can cost
NEAR = 1e-4  # degrees, within which a pointing read back is the one that was sent

STATUSES = ("planned", "completed", "cancelled")
DEPTH_UNITS = ("ab_mag", "vega_mag", "flux_erg", "flux_jy")
_POINT = re.compile(r"POINT\s*\(\s*([-+0-9.eE]+)\s+([-+0-9.eE]+)\s*\)")
_CORNER = re.compile(r"([-+0-9.eE]+)\s+([-+0-9.eE]+)")
ROUND = 12  # corners, from which an outline as wide as high is a circle
_COUNT = re.compile(r"Updated (\d+)", re.I)


@dataclass(frozen=True)
class MapInstrument:
    """An instrument as it is listed there."""

    id: int
    name: str
    nickname: str | None = None


@dataclass(frozen=True)
class Pointing:
    """One pointing, ours or anybody's. `ra` 0..360 and `dec`, ICRS degrees; `time` when it was or will be."""

    ra: float
    dec: float
    status: str
    time: datetime | None
    band: str | None = None
    depth: float | None = None
    depth_unit: str | None = None
    pos_angle: float | None = None
    id: int | None = None
    instrument: int | None = None
    instrument_name: str = ""
    by: str = ""

    def problem(self) -> str | None:
        """What the server would refuse, fold or choke on; None where nothing."""
        if not (0.0 <= self.ra < 360.0 and -90.0 <= self.dec <= 90.0):
            return f"its position is {self.ra:g}, {self.dec:g}; 0..360, −90..90 was expected"
        if self.status not in STATUSES:
            return f"its status is {self.status!r}; one of {', '.join(STATUSES)} was expected"
        if self.time is None or self.time.tzinfo is None:
            return "it has no time with a zone"
        if self.band is not None and self.band not in BANDS:
            return (
                f"its band is {self.band!r}, which Treasure Map does not know; nearest: {band_of(self.band)}"
            )
        if self.depth_unit is not None and self.depth_unit not in DEPTH_UNITS:
            return f"its depth unit is {self.depth_unit!r}; one of {', '.join(DEPTH_UNITS)} was expected"
        if self.status == "completed" and (not self.depth or self.depth_unit is None or self.band is None):
            return "it is completed and lacks its depth, its unit or its band"
        return None

    def to_json(self) -> dict[str, Any]:
        """As a job keeps it."""
        kept = {"ra": self.ra, "dec": self.dec, "status": self.status, "band": self.band, "depth": self.depth,
                "depth_unit": self.depth_unit, "pos_angle": self.pos_angle,
                "time": self.time.astimezone(UTC).isoformat() if self.time else None}  # fmt: skip
        return {key: value for key, value in kept.items() if value is not None}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Pointing:
        at = kept.get("time")
        return cls(
            ra=float(kept["ra"]), dec=float(kept["dec"]), status=str(kept["status"]),
            time=datetime.fromisoformat(at) if at else None, band=kept.get("band"),
            depth=kept.get("depth"), depth_unit=kept.get("depth_unit"), pos_angle=kept.get("pos_angle"),
        )  # fmt: skip

    def same_as(self, other: Pointing) -> bool:
        """Whether both are one pointing of one instrument, whatever became of it."""
        apart = abs((self.ra - other.ra + 180.0) % 360.0 - 180.0)
        return (
            apart < NEAR
            and abs(self.dec - other.dec) < NEAR
            and self.time is not None
            and other.time is not None
            and abs((self.time - other.time).total_seconds()) < 1.0
            and (self.band is None or other.band is None or self.band == other.band)
        )


@dataclass(frozen=True)
class Reported:
    """What became of a batch: the ids of what was stored, and what was refused in words."""

    ids: tuple[int, ...] = ()
    refused: tuple[str, ...] = ()


@dataclass(frozen=True)
class KnownEvent:
    """An event there: its name as pointings are reported under."""

    graceid: str
    alternate: str | None = None


class TreasureMap:
    """One Treasure Map.

    Promises: a token goes into a header and nowhere else; nothing is sent that its server would fold or lose
    a batch over; what is read is one row a pointing, right ascensions 0..360, times in UTC.
    """

    def __init__(self, name: str, url: str, *, pace: Pace | None = None, timeout: float = TIMEOUT) -> None:
        self.name = name
        self.page = url.rstrip("/").removesuffix(API)
        self._pace = pace
        self._wire = Wire("Treasure Map", self.page, timeout=timeout)

    async def close(self) -> None:
        await self._wire.close()

    async def instruments(self) -> tuple[MapInstrument, ...]:
        """Every instrument it knows."""
        rows = await self._rows("instruments", {})
        return tuple(
            MapInstrument(int(row["id"]), str(row.get("instrument_name") or ""), row.get("nickname") or None)
            for row in rows
            if isinstance(row.get("id"), int)
        )

    async def field_of_view(self, instrument: int) -> FieldOfView | None:
        """The box around an instrument's footprint there, or its circle; None where it has none."""
        rows = await self._rows("footprints", {"id": str(instrument)})
        corners = [
            (float(x), float(y)) for row in rows for x, y in _CORNER.findall(str(row.get("footprint") or ""))
        ]
        if len(corners) < 3:
            return None
        width, height = (max(axis) - min(axis) for axis in zip(*corners, strict=True))
        if not (0.0 < width <= 180.0 and 0.0 < height <= 180.0):
            return None
        if len(corners) > ROUND and abs(width - height) < 0.02 * width:
            return FieldOfView(shape="circle", width=width, height=width)
        return FieldOfView(shape="rectangle", width=width, height=height)

    async def pointings(
        self, event: str, *, status: str | None = None, instrument: int | None = None
    ) -> tuple[Pointing, ...]:
        """Everybody's pointings at an event, in the order of their time. An unknown event has none."""
        query = {"graceid": event}
        if status is not None:
            query["status"] = status
        if instrument is not None:
            query["instrument"] = str(instrument)
        by_id: dict[int, Pointing] = {}
        for row in await self._rows("pointings", query):
            read = _pointing(row)
            if read is not None and read.id is not None:
                by_id[read.id] = read  # one that was marked as completed is listed twice
        far = datetime.max.replace(tzinfo=UTC)
        return tuple(sorted(by_id.values(), key=lambda each: (each.time or far, each.id or 0)))

    async def event(self, name: str) -> KnownEvent | None:
        """The event under its own name there, also by an alternate one; None where it is not known."""
        for row in await self._rows("query_alerts", {"graceid": name}):
            if row.get("graceid"):
                return KnownEvent(str(row["graceid"]), str(row.get("alternateid") or "") or None)
        return None

    async def report(
        self, event: str, instrument: int, pointings: Sequence[Pointing], *, token: str
    ) -> Reported:
        """Report pointings of one instrument, a batch at most. What is wrong with one is said, not sent.

        `event` is the name that `event()` gave: alternate ones are not resolved here by the server.
        """
        if len(pointings) > BATCH:
            raise ValueError(f"{len(pointings)} pointings in one batch; {BATCH} at most")
        wrong = [f"{_where(each)}: {why}" for each in pointings if (why := each.problem())]
        good = [each for each in pointings if each.problem() is None]
        if not good:
            return Reported(refused=tuple(wrong))
        body = {"graceid": event, "pointings": [_sent(each, instrument) for each in good]}
        return await self._post_pointings(body, token, wrong)

    async def complete(self, event: str, marks: Mapping[int, datetime], *, token: str) -> Reported:
        """Mark own planned pointings as completed at their times; depth and band cannot be added by this."""
        rows = [{"id": number, "time": _naive(at)} for number, at in marks.items()]
        return await self._post_pointings({"graceid": event, "pointings": rows}, token, [])

    async def cancel(self, ids: Sequence[int], *, token: str) -> int:
        """Cancel own pointings that are still planned; how many that were. Others are left silently."""
        if not ids:
            return 0
        body = {"status": "cancelled", "ids": list(ids)}
        answer = await self._call("POST", "update_pointings", body=body, token=token)
        return _counted(answer)

    async def _post_pointings(self, body: Mapping[str, Any], token: str, wrong: Sequence[str]) -> Reported:
        answer = (await self._call("POST", "pointings", body=body, token=token)).object()
        ids = tuple(int(each) for each in answer.get("pointing_ids") or () if isinstance(each, int))
        errors = answer.get("ERRORS")
        refused = [refused_in_words(each) for each in errors] if isinstance(errors, list) else []
        return Reported(ids, (*wrong, *refused))

    async def _rows(self, what: str, query: Mapping[str, str]) -> list[Mapping[str, Any]]:
        answer = await self._call("GET", what, query=query)
        rows = answer.json()
        if not isinstance(rows, list):
            raise PlatformError(
                f"Treasure Map answered {what} with something that is no list.",
                advice="Check treasuremap.url in the configuration: a login page may stand before it.",
            )
        return [each for each in rows if isinstance(each, Mapping)]

    async def _call(
        self,
        method: str,
        what: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        token: str | None = None,
    ) -> Answer:
        if self._pace is not None:
            await self._pace.wait()
        headers = {"Authorization": f"Bearer {token}"} if token else None
        answer = await self._wire.call(method, f"{API}/{what}", query=query, body=body, headers=headers)
        if answer.status == 200:
            return answer
        said = said_in_words(answer, token)
        match answer.status:
            case 401:
                raise PlatformError(
                    "Treasure Map does not accept the token.",
                    advice="Take the one of your profile page there and give it with “me token treasuremap”.",
                )
            case 404 if not said or said == "Not Found":
                raise PlatformError(
                    f"Treasure Map has no {what} at {API}.",
                    advice="Check treasuremap.url: older addresses with api/v0 answer no more.",
                )
            case 500:
                raise PlatformError(
                    f"Treasure Map failed inside over {what}; nothing of what was sent was stored.",
                    advice="A filter that it does not know does this: tell whoever runs this desk which plan "
                    "it was.",
                )
        raise PlatformError(
            f"Treasure Map refuses {what}: {said or f'HTTP {answer.status}'}", advice=advice_on(said)
        )


def match_instrument(
    instruments: Sequence[MapInstrument], names: Sequence[str], configured: int | None = None
) -> MapInstrument | None:
    """The instrument of a telescope: by its number where that is there, else by exactly one of its names."""
    by_number = next((each for each in instruments if each.id == configured), None)
    if by_number is not None:
        return by_number
    wanted = {_folded(name) for name in names}
    found = [e for e in instruments if _folded(e.name) in wanted or _folded(e.nickname or "") in wanted]
    return found[0] if len(found) == 1 else None


def nearest_instruments(instruments: Sequence[MapInstrument], name: str) -> tuple[str, ...]:
    """Names there that resemble one, for people to configure."""
    names = {_folded(each): each for e in instruments for each in (e.name, e.nickname) if each}
    near = difflib.get_close_matches(_folded(name), names, n=3, cutoff=0.4)
    inside = [full for folded, full in names.items() if _folded(name) in folded]
    return tuple(dict.fromkeys([*inside, *(names[each] for each in near)]))[:4]


def _pointing(row: Mapping[str, Any]) -> Pointing | None:
    """A row as a pointing; None for one without a place."""
    point = _POINT.search(str(row.get("position") or ""))
    if point is None:
        return None
    at = row.get("time")
    try:
        time = datetime.fromisoformat(at).replace(tzinfo=UTC) if isinstance(at, str) else None
    except ValueError:
        time = None
    return Pointing(
        ra=float(point[1]) % 360.0,
        dec=float(point[2]),
        status=str(row.get("status") or ""),
        time=time,
        band=row.get("band"),
        depth=row.get("depth"),
        depth_unit=row.get("depth_unit"),
        pos_angle=row.get("pos_angle"),
        id=row.get("id") if isinstance(row.get("id"), int) else None,
        instrument=row.get("instrumentid") if isinstance(row.get("instrumentid"), int) else None,
        instrument_name=str(row.get("instrument_name") or ""),
        by=str(row.get("username") or ""),
    )


def _sent(pointing: Pointing, instrument: int) -> dict[str, Any]:
    """As the server takes it: `ra` and `dec`, for its text form makes duplicates of strangers."""
    assert pointing.time is not None, "checked by problem()"
    sent = {"ra": round(pointing.ra, 6), "dec": round(pointing.dec, 6), "instrumentid": instrument,
            "status": pointing.status, "time": _naive(pointing.time), "band": pointing.band,
            "depth": pointing.depth, "depth_unit": pointing.depth_unit,
            "pos_angle": pointing.pos_angle if pointing.pos_angle is not None else 0.0}  # fmt: skip
    return {key: value for key, value in sent.items() if value is not None}


def _naive(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _where(pointing: Pointing) -> str:
    return f"{pointing.ra:.3f} {pointing.dec:+.3f}"


def _counted(answer: Answer) -> int:
    """How many were updated: the count stands in the text only."""
    found = _COUNT.search(str(answer.object().get("message")))
    return int(found[1]) if found else 0


def _folded(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())
