"""Real LVK alerts beside the checkout."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from gcn.notice import AlertType, Notice, NoticeError
from gcn.registry import parse_notice


def read(file: Path) -> Notice:
    raw = file.read_bytes()
    return parse_notice(gzip.decompress(raw) if file.suffix == ".gz" else raw)


def test_the_story_of_s230518h_is_one_event(shared_data: Path) -> None:
    folder = shared_data / "lvk-json/S230518h"
    preliminary, initial, update = (
        read(next(folder.glob(f"S230518h-{kind}_alert.json*")))
        for kind in ("Preliminary", "Initial", "Update")
    )
    assert {preliminary.event, initial.event, update.event} == {"LVK:S230518h"}
    assert [notice.alert_type for notice in (preliminary, initial, update)] == [
        AlertType.PRELIMINARY, AlertType.INITIAL, AlertType.UPDATE,
    ]  # fmt: skip
    # figures of the manifest beside the data, not of this code
    for notice in (preliminary, initial, update):
        assert notice.far == pytest.approx(3.218e-10, rel=1e-3)
        assert notice.classification["NSBH"] == pytest.approx(0.864, abs=5e-4)
        assert notice.classification["Terrestrial"] == pytest.approx(0.099, abs=5e-4)
        assert notice.gates == ()
    assert initial.properties["HasNS"] == 1.0
    assert update.properties["HasNS"] == pytest.approx(0.9957, abs=5e-5)


def test_the_examples_of_the_users_guide_are_read_or_refused_with_a_reason(shared_data: Path) -> None:
    files = sorted((shared_data / "lvk-json/userguide").iterdir())
    assert len(files) == 11
    kinds = []
    for file in files:
        if "displayexample" in file.name:
            with pytest.raises(NoticeError, match=r"/event/skymap: expected a whole FITS file .* base64"):
                read(file)
        elif ".avro" in file.name:
            with pytest.raises(NoticeError, match="Avro"):
                read(file)
        else:
            notice = read(file)
            assert notice.event == "LVK:MS181101ab"
            assert notice.gates
            kinds.append(notice.kind)
            if notice.coincidence:
                assert notice.coincidence.combined_skymap is not None
    assert sorted(kinds) == ["EARLYWARNING", "INITIAL", "PRELIMINARY", "RETRACTION", "UPDATE", "UPDATE"]


def test_a_real_retraction_names_the_event_it_retracts(shared_data: Path) -> None:
    notice = read(shared_data / "lvk-json/skyportal/igwn_gwalert_retraction.json")
    assert notice.retraction
    assert notice.event == "LVK:MS260605l"
