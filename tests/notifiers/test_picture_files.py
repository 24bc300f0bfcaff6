"""Pictures are files named after events, and events are named by strangers."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.console import Console

from cards.event_card import event_card
from cards.reader import Reader
from notifiers.channels.base import ChannelConfig, Receipt
from notifiers.channels.terminal import TerminalChannel
from notifiers.delivery import upload
from notifiers.ledger import Item
from notifiers.tables import Kind
from tests.notifiers.stories import TRIGGER, nsbh


def _picture_of(event: str) -> Item:
    return Item(
        id=1,
        owner="me",
        channel="gw",
        kind=Kind.PICTURE,
        nonce="n",
        card=event_card(nsbh(), TRIGGER, Reader()).to_dict(),
        created=datetime(2026, 11, 20, tzinfo=UTC),
        attempts=1,
        uncertain=False,
        event=event,
        shown=Receipt("gw", "1"),
        card_nonce="n",
        card_since=None,
        picture="sky_map",
        blob=b"\x89PNG",
    )


@pytest.mark.parametrize(
    ("event", "file"),
    [
        ("LVK:S261120h", "S261120h-sky_map.png"),
        ("Fermi:745811685", "745811685-sky_map.png"),
        ("Who:../../../tmp/evil", "_tmp_evil-sky_map.png"),
        ("Who:/etc/passwd", "_etc_passwd-sky_map.png"),
        ("Who:a\x00b\\c:d e", "a_b_c_d_e-sky_map.png"),
        ("Who:..", "_-sky_map.png"),
        ("Who:" + "x" * 900, "x" * 80 + "-sky_map.png"),
    ],
)
async def test_a_picture_stays_in_its_folder_whatever_its_event_is_called(
    tmp_path: Path, event: str, file: str
) -> None:
    folder = tmp_path / "deep" / "pictures"
    terminal = TerminalChannel(ChannelConfig("gw", "terminal"), Console(file=io.StringIO()), folder)
    assert await upload(terminal, _picture_of(event)) == str(folder / file)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [folder / file]  # noqa: ASYNC240 - a test
