"""JSON notices bent, cut and overfilled are read, or refused by NoticeError, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import reduce
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gcn.notice import Notice, NoticeError
from gcn.registry import parse_notice
from tests.gcn import json_notices

MADE = json_notices.ALL
BENT: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**25), 10**25),
    st.floats(),
    st.sampled_from(
        [float("nan"), float("inf"), -0.0, 1e308, -1, 0, 360, 90, 1, "", "NaN", "\x00", "\ud800"]
    ),
    st.text(max_size=20),
    st.lists(st.one_of(st.floats(), st.text(max_size=5), st.none()), max_size=5),
    st.dictionaries(st.text(max_size=5), st.one_of(st.floats(), st.text(max_size=5)), max_size=3),
    st.lists(st.dictionaries(st.sampled_from(["ra", "dec", "id", "event_dt"]), st.floats()), max_size=3),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value in a JSON document."""
    inside: list[tuple[Any, ...]] = [path] if path else []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        inside += places(item, (*path, key))
    return inside


def changed(content: Any, path: tuple[Any, ...], value: Any) -> Any:
    copy = json.loads(json.dumps(content))
    reduce(lambda inner, key: inner[key], path[:-1], copy)[path[-1]] = value
    return copy


def without(content: Any, path: tuple[Any, ...]) -> Any:
    copy = json.loads(json.dumps(content))
    del reduce(lambda inner, key: inner[key], path[:-1], copy)[path[-1]]
    return copy


def survives(raw: bytes, topic: str | None = None) -> Notice | None:
    """A notice whose JSON is strict and whose numbers are possible, or a refusal in words."""
    try:
        notice = parse_notice(raw, topic=topic)
    except NoticeError as error:
        assert str(error)
        assert len(str(error)) < 500
        return None
    json.dumps(notice.to_dict(), allow_nan=False)
    assert notice.mission.strip() == notice.mission != ""
    assert notice.kind
    assert notice.event is None or re.fullmatch(r"[A-Za-z0-9 .\-]+:.+", notice.event)
    if notice.position is not None:
        assert 0.0 <= notice.position.ra < 360.0
        assert -90.0 <= notice.position.dec <= 90.0
        assert notice.position.sigma is None or notice.position.sigma > 0.0
    assert notice.far is None or notice.far >= 0.0
    assert all(0.0 <= p <= 1.0 for p in notice.classification.values())
    assert notice.event is None or notice.event.startswith(f"{notice.mission}:")
    return notice


@pytest.mark.parametrize("name", MADE)
def test_dropping_any_one_field_never_breaks_the_reading(name: str) -> None:
    for path in places(MADE[name]):
        survives(json.dumps(without(MADE[name], path)).encode())


@pytest.mark.parametrize("value", [None, True, "text", -1, 1e308, [], {}, [[]], [{}], {"ra": []}], ids=repr)
def test_any_one_field_of_another_kind_never_breaks_the_reading(value: Any) -> None:
    for content in MADE.values():
        for path in places(content):
            survives(json.dumps(changed(content, path, value)).encode())


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_several_bent_fields_at_once_never_break_the_reading(data: st.DataObject) -> None:
    content: Any = MADE[data.draw(st.sampled_from(sorted(MADE)))]
    for _ in range(data.draw(st.integers(1, 4))):
        ways = places(content)
        if not ways:
            break
        path = data.draw(st.sampled_from(ways))
        bend: Callable[[], Any] = (
            (lambda: without(content, path))  # noqa: B023 - called at once
            if data.draw(st.booleans())
            else (lambda: changed(content, path, data.draw(BENT)))  # noqa: B023
        )
        content = bend()
    survives(json.dumps(content).encode())


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(MADE)), st.data())
def test_a_notice_cut_anywhere_is_refused(name: str, data: st.DataObject) -> None:
    raw = json.dumps(MADE[name]).encode()
    cut = raw[: data.draw(st.integers(1, len(raw) - 1))]
    with pytest.raises(NoticeError):
        parse_notice(cut)


TOPICS = (
    "gcn.notices.boom.alert",
    "gcn.notices.einstein_probe.wxt.alert",
    "gcn.notices.icecube.lvk_nu_track_search",
    "gcn.notices.km3net",
    "gcn.notices.never.heard.of",
    "gcn.circulars",
    "gcn.notices...",
)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(TOPICS), st.dictionaries(st.sampled_from(["id", "ra", "data", "event_name", "x"]), BENT)
)
def test_anything_on_a_known_topic_is_read_or_refused(topic: str, content: dict[str, Any]) -> None:
    survives(json.dumps(content).encode(), topic)


@pytest.mark.parametrize("depth", [10, 60, 2_000, 200_000])
def test_deep_nesting_ends_in_a_notice_or_a_refusal(depth: int) -> None:
    inner = b'{"a":' * depth + b"1" + b"}" * depth
    survives(b'{"mission": "KM3NeT", "id": "1", "alert_type": "initial", "x": ' + inner + b"}")


def test_a_notice_of_four_megabytes_is_read() -> None:
    notice = survives(json.dumps({**MADE["einstein_probe"], "additional_info": "x" * 4_000_000}).encode())
    assert notice is not None
