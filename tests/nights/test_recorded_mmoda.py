"""Every recorded error of a real MMODA dispatcher, met by what somebody types in Slack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.cards.goldens import assert_golden
from tests.nights.archives import EVENT, Archives, open_archives, scripted
from tests.nights.recorded_refusals import calls_of, dishonest, gaps, recorded_of, refusals
from tests.standins.recordings import Exchange

GOLDEN = Path(__file__).parent / "golden"
RUN = f"mmoda run spi_acs spi_acs_lc {EVENT}"


@dataclass(frozen=True)
class Row:
    """A recorded error (after what `before` it has to be answered), and the words that tell of it."""

    number: str
    words: tuple[str, ...]
    line: str = RUN
    before: tuple[str, ...] = ()
    path: str | None = None  # asked for under another address than it was recorded of
    times: int = 1

    def script(self, recorded: Mapping[str, Exchange]) -> list[Exchange]:
        last = recorded[self.number]
        if self.path is not None:
            last = replace(last, request={**last.request, "path": self.path})
        return [*(recorded[name] for name in self.before), last] * self.times

    @property
    def asks_for_a_job(self) -> bool:
        return self.line.startswith("mmoda run") and self.path != "/api/meta-data"


def rows(numbers: Iterable[str], *words: str, before: tuple[str, ...] = ()) -> list[Row]:
    return [Row(number, words, before=before) for number in numbers]


NO_FAULT = "Nothing that you typed is wrong"
ROWS = (
    # what is listed
    Row("002", ("by sending elsewhere",), "mmoda list", path="/instr-list"),
    Row("003", ("by sending elsewhere", "mmoda.example.org"), "mmoda list", path="/instr-list"),
    Row("004", ("does not show its instruments", "not valid", "by its name"), "mmoda list"),
    Row("005", ("does not show its instruments", "expired"), "mmoda list"),
    Row("095", ("no such page", "dispatch-data"), "mmoda list", path="/instr-list"),
    Row("009", ("has no instrument 'spi_acz'; nearest: spi_acs",), "mmoda list spi_acz"),
    Row("010", ("failed inside", "HTTP 500"), "mmoda list spi_acs", path="/api/meta-data"),
    # what is asked for
    Row("070", ("it knows no instrument 'nope'; it has empty", "mmoda list")),
    Row("071", ("it has no product 'nope'; it has dummy", "mmoda list")),
    *rows(("072", "073", "074", "075", "076", "079"), "the request lacks", NO_FAULT),
    *rows(("080", "081", "083"), "it does not accept the token", "me token mmoda"),
    Row("082", ("the token has expired", "me token mmoda")),
    *rows(("084", "085"), "the account lacks the role general"),
    Row("086", ("the account lacks the role unige-hpc-full",)),
    Row("087", ("restricted to 800 W", "“mmoda list spi_acs spi_acs_lc” tells what it takes")),
    Row("088", ("p is 'abc'; a number was expected",)),
    Row("089", ("bounded_int_par is '99'; at most 8.0 was expected",)),
    Row("090", ("string_select_par is 'cheese'; one of spam, eggs, ham was expected",)),
    Row("091", ("T1 is 'yesterday'; a time as 2017",)),
    Row("092", ("RA is '12h34m'; a number was expected",)),
    # what fails on its way: HTTP 200 all of them
    Row("046", ("something broke", "What to do"), before=("044",)),
    Row("047", ("something broke", "What to do"), before=("044",)),
    Row("048", ("it does not say why",), before=("044",)),
    Row("052", ("it does not say why", "its page says more"), before=("050",)),
    Row("060", ("Error when getting query products",)),
    Row("061", ("the computer that would make it does not answer", "Ask again in a while")),
    Row("077", ("does not know the job", "lost again"), before=("030",), times=3),
    # names
    Row("115", ("cannot reach the catalogues",), "mmoda name Mrk 421"),
    Row("116", ("cannot reach the catalogues",), "mmoda name Mrk 421"),
    Row("114", ("knows nothing called “nosuchobject”",), "mmoda name nosuchobject"),
)
EXEMPT = {
    "012": "the desk reads parameters from the meta-data and never asks for their bare names",
    "096": "what a backend reports to its dispatcher is not sent by a client",
    "100": "states of other people's jobs need a role that the desk does not want",
    "103": "states of other people's jobs need a role that the desk does not want",
    "104": "states of other people's jobs need a role that the desk does not want",
    "106": "the desk makes no new tokens: people give theirs",
    "107": "the desk makes no new tokens: people give theirs",
    "108": "the desk changes no options of mail: people do on its page",
    "110": "a job's address is made here, without asking",
}


async def play(night: Archives, row: Row, recorded: Mapping[str, Exchange], number: int) -> None:
    """Type what the row says, with its own parameter so that it is no repetition; read what is answered."""
    script, asked = row.script(recorded), len(night.mmoda.forms())
    scripted(night.mmoda, script)
    title = recorded[row.number].name
    if row.asks_for_a_job:
        await night.follows(f"{row.line} time_bin={number}", *row.words, title=title)
    else:
        await night.asks(row.line, *row.words, title=title)
    assert not night.mmoda.script, f"{title}: not all of it was asked for"
    if row.asks_for_a_job:
        assert len(night.mmoda.forms()) == asked + len(script), f"{title}: it was asked for once more"


async def test_every_recorded_error_is_a_sentence_in_slack_and_the_desk_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = recorded_of("mmoda")
    async with open_archives(tmp_path, monkeypatch) as night:
        for number, row in enumerate(ROWS, 1):
            await play(night, row, recorded, number)
        card = await night.follows(f"{RUN} time_bin=0.5", "8.0 σ above the median", title="and goes on")
        assert len(card.pictures) == 1
        assert not any(each in night.protocol() for each in ("KeyError", "['"))
        assert_golden("recorded-mmoda.txt", night.protocol(), GOLDEN)


def test_no_recorded_error_is_passed_over() -> None:
    refused = refusals("mmoda")
    assert gaps(refused, [row.number for row in ROWS], EXEMPT) == []
    calls = calls_of("platforms/mmoda")
    assert dishonest(refused, EXEMPT, calls, any_method=True) == []
