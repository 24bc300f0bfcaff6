"""Each recorded error of SkyPortal's events, plans and injection runs, beside the line that meets it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.nights.recorded_plans import KNOWN, MADE_THERE, MOVED, SWAPPED, UNKNOWN, Row

LIST = "GET /api/gcn_event"
POST = "POST /api/gcn_event"
TAG = "POST /api/gcn_event/tags"
UNTAG = r"DELETE /api/gcn_event/tags/.+"
COMMENT = r"POST /api/gcn_event/\d+/comments"
USERS = r"POST /api/gcn_event/.+/users"
MAKE = "POST /api/observation_plan"
READ = r"GET /api/observation_plan/\d+"
EXPOSURES = r"GET /api/observation_plan/\d+\?includePlannedObservations=true"
QUEUE = r"POST /api/observation_plan/\d+/queue"
UNQUEUE = r"DELETE /api/observation_plan/\d+/queue"
DELETE = r"DELETE /api/observation_plan/\d+"
FORMS = "GET /api/internal/instrument_forms"
ALLOCATIONS = "GET /api/allocation"
INJECT = r"GET /api/observation_plan/\d+/simsurvey"
PLOT = r"GET /api/observation_plan/\d+/simsurvey/plot"
PROFILE = "GET /api/internal/profile"

SHOW = f"skyportal show {KNOWN}"
MIRROR = f"skyportal mirror {UNKNOWN}"
REPOST = f"skyportal post {KNOWN}"
COMMENTED = f'skyportal comment {KNOWN} "Looks like a merger"'
TAGGED = f"skyportal tag {KNOWN} kilonova"
UNTAGGED = f"skyportal tag {KNOWN} fading remove:yes"
ADVOCATE = f"skyportal advocate {KNOWN}"
MADE = f"plan make {KNOWN} ZTF"
SEND = "plan send {plan}"
BACK = "plan take_back {plan}"
CANCEL = "job cancel {job}"
ANOTHER = f"plan make {KNOWN} ZTF exposure_time=77"
EFFICIENCY = f"efficiency {KNOWN} ZTF"
DELETED = "plan delete {job}"
FOLLOW = "followup AT2026kn SEDM observation_type=IFU priority=3"
MAKE_SHIFT = "POST /api/shifts"
ONE_SHIFT = r"GET /api/shifts/\d+"
PUT_ON = r"POST /api/shifts/\d+/users"
TAKE_OFF = r"DELETE /api/shifts/\d+/users/\d+"
AWAY = r"DELETE /api/shifts/\d+"
READS_A_SHIFT = ("0814", "0815", "0838", "0839", "1015")
IN_QUEUE = "submitted to telescope queue"


def _all(numbers: str, call: str, typed: str, **more: object) -> tuple[Row, ...]:
    return tuple(Row(number, call, typed, **more) for number in numbers.split())  # type: ignore[arg-type]


ROWS: tuple[Row, ...] = (
    # whose token, and whether it may
    *_all("0101 0102 0103 0104 0112 0119", f"{LIST}|{PROFILE}", SHOW),
    Row("0113", LIST, SHOW),
    *_all("0115 1010", LIST, SHOW),
    *_all("0117 0118", f"{POST}|{PROFILE}", MIRROR),
    # events
    *_all("0320 1025", LIST, SHOW),
    *_all("0203 0204 0208 0210 0211 0217 0220", POST, REPOST),
    *_all("0207 0230 0231 0232 0233 0234 0235 0239 0254 0267 0268 0270 0272 0275 0279 0281 1001 1013",
          POST, MIRROR),
    *_all("0224 0236 0237 0238", POST, MIRROR, done=True),
    *_all("0326 0327 1007 1008 1009 1011", TAG, TAGGED),
    *_all("0329 0331", UNTAG, UNTAGGED),
    *_all("0351 0354 0355 0356 1027 1032", COMMENT, COMMENTED),
    *_all("0371 0373 0374 0378", USERS, ADVOCATE),
    # plans
    Row("0459", FORMS, MADE),
    Row("0471", ALLOCATIONS, MADE),
    *_all("0504 0505 0506 0507 0508 0509 0510 0513 0514 0517", MAKE, MADE),
    *_all("0523 0524 0573 1014", READ, MADE),
    Row("0533", EXPOSURES, MADE),
    Row("0588", EXPOSURES, MADE),
    *_all("0534 0535 0536 0599", READ, MADE),
    Row("0552", QUEUE, SEND, done=True),
    *_all("0553 0556 0557 0596", QUEUE, SEND),
    Row("0592", QUEUE, SEND, done=True, habit="telescope refuses"),
    *_all("0554 0597", UNQUEUE, BACK, state=IN_QUEUE),
    *_all("0570 0572", DELETE, CANCEL, first=ANOTHER, begun=1),
    *_all("0570 0574", DELETE, DELETED, first=ANOTHER),
    # injection runs
    *_all("1107 1108", INJECT, EFFICIENCY),
    *_all("1106 1112 1117", PLOT, EFFICIENCY),
    # what stands before it
    Row("1201", LIST, SHOW),
    Row("1201", MAKE, MADE, times=2),
    Row("1203", COMMENT, COMMENTED),
    *_all("1205 1208 1209 1210", LIST, SHOW),
    *_all("1206 1207", TAG, TAGGED, times=1),
    *_all("1205 1209 1210", READ, MADE, times=1),
    Row("1206", QUEUE, SEND, times=1),
    # what others play in full, in the forms that belong to no command of theirs
    *_all("1002 1019", "POST /api/followup_request", FOLLOW),
    Row("1023", "GET /api/sources", f"candidates {KNOWN}"),
    # shifts, which nobody types
    *_all("0802 0803 0804 0805 0808 1003 1004 1005 1006", MAKE_SHIFT, MADE_THERE),
    Row("0817", PUT_ON, MADE_THERE, done=True),
    *_all("0818 0820 0821 0822 0823 0851 0862", PUT_ON, MADE_THERE),
    *_all("0829 0856", TAKE_OFF, SWAPPED),
    Row("0840", AWAY, MOVED),
    *(Row("0842", AWAY, MOVED, also=((each, ONE_SHIFT),)) for each in READS_A_SHIFT),
)  # fmt: skip

HAPPY: tuple[tuple[str, ...], ...] = (
    (SHOW,), (f"skyportal show {UNKNOWN}",), (MIRROR,), (REPOST,), (COMMENTED,), (TAGGED,), (UNTAGGED,),
    (ADVOCATE,), (f"plan make {KNOWN} ZTF form:yes",), (f"plan make {KNOWN} ZTF exposure_time=0",),
    (f"plan make {KNOWN} ZTF integrated_probability=0.9",),
    (f"plan make {KNOWN} ZTF,DECam", "plan list", f"plan compare {KNOWN}"), ("plan show {plan}",),
    (SEND, SHOW, BACK, BACK), ("plan export {plan}",), ("plan treasuremap {plan}",),
    ("plan circular {plan}",),
    (EFFICIENCY,), (f"efficiency {KNOWN} ZTF executed:yes",), (f"observed {KNOWN}",),
    (ANOTHER, DELETED, SHOW), ("jobs",),
)  # fmt: skip
"""Every command that speaks with SkyPortal of events and plans, where nothing is refused; lines in a row."""

_WHY = {
    "events are read off the list, which is small; never one by one": (
        "0244 0253 0308 0309 0310 0312 0313 1031"
    ),
    "maps and notices are those of the desk itself": "0336 0339 0340 0341 0980 1109 1110 1114",
    "an event's other names are left as they are there": "0343 0344 0346 0347",
    "comments are neither changed nor deleted": "0359 0361 1020",
    "nobody is taken off as an advocate": "0377",
    "events are not deleted there": "0382 0384",
    "reminders are the desk's own": "0396",
    "summaries are written here": "0984 0985",
    "groups and people are not administrated from here": "0402 0403 0407 0412 0417 1021 1022",
    "telescopes and instruments are not administrated from here": (
        "0421 0424 0425 0426 0430 0443 0444 0445 0452 0454 0478 0479 0480 0482"
    ),
    "allocations are listed, and not administrated from here": "0464 0465 0466 0467 0475 0476 0484 1017",
    "tokens are made there, by people": "0121 0122",
    "circulars, exports and Treasure Map are written here, of any planner's plan": "0543 0544 0545",
    "plans come of its planner, none is put together by hand": "0562 0563 0564 0565",
    "default plans are the desk's own, by rule and with a go": "0583 0585",
    "skymap triggers are another way than plans": "0951 0952 0953 0954",
    "an injection run cannot be deleted, which is said without asking": "1120",
    "shifts are made anew and not changed": "0827 0833",
    "sources are neither posted nor commented on": "1018 1029",
    "a path without its number is never asked": "1012 1016",
    "no other methods than these are used": "1030",
}
EXEMPT: Mapping[str, str] = {number: why for why, numbers in _WHY.items() for number in numbers.split()}
"""Recorded errors of calls that no command makes."""
