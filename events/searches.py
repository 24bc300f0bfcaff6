"""Which pairs of events are looked at together, in which window of time: all searches in one table."""

from __future__ import annotations

from dataclasses import dataclass

from events.joint_far import GRB_RATE, SUBTHRESHOLD_GRB_RATE, TARGETED, YEAR, targeted_far, time_far
from events.messenger import Messenger, messenger, stated
from gcn.notice import AlertType, Notice

NEUTRINO_RATE = 30.0 / YEAR
"""Hz; IceCube gold and bronze tracks (Blaufuss et al. 2019, ICRC: about 10 and 20 a year)."""

FRB_RATE = 536.0 / (371.0 * 86400.0)
"""Hz; CHIME/FRB catalogue 1 (ApJS 257, 59): 536 bursts in 371 days."""

SUPERNOVA_RATE = 1.0 / (100.0 * YEAR)
"""Hz; SNEWS aims at less than one false alert a century."""


@dataclass(frozen=True)
class Search:
    """Pairs of one kind. `earliest` and `latest` bound the companion's time minus the first one's, in s.

    `rate` is how often the companion's kind comes by chance (Hz); `first_rate` that of the first one's
    where it has no false-alarm rate of its own.
    """

    name: str
    first: Messenger
    companion: Messenger
    earliest: float
    latest: float
    rate: float
    first_rate: float | None = None

    @property
    def width(self) -> float:
        return self.latest - self.earliest


# GW first. gwcelery (2022) gives the windows as the superevent's time minus the burst's:
# GRB-CBC [-5, +1], SubFermi [-11, +1], SubSwift [-20, +10], GRB-Burst [-600, +60]. Here it is the other way
# round, as the card says it: GRB 170817A came 1.7 s after GW170817.
GRB_CBC = Search("GRB-CBC", Messenger.GW, Messenger.GRB, -1.0, 5.0, GRB_RATE)
SUB_FERMI_CBC = Search(
    "SubFermi-CBC", Messenger.GW, Messenger.GRB, -1.0, 11.0, GRB_RATE + SUBTHRESHOLD_GRB_RATE
)
SUB_SWIFT_CBC = Search(
    "SubSwift-CBC", Messenger.GW, Messenger.GRB, -10.0, 20.0, GRB_RATE + SUBTHRESHOLD_GRB_RATE
)
GRB_BURST = Search("GRB-Burst", Messenger.GW, Messenger.GRB, -60.0, 600.0, GRB_RATE)
SNEWS_GW = Search("SNEWS-GW", Messenger.GW, Messenger.SUPERNOVA, -10.0, 10.0, SUPERNOVA_RATE)

OTHERS = (
    # ±500 s: Baret et al. 2011, Astropart. Phys. 35, 1
    Search("neutrino-GW", Messenger.GW, Messenger.NEUTRINO, -500.0, 500.0, NEUTRINO_RATE),
    Search("neutrino-GRB", Messenger.GRB, Messenger.NEUTRINO, -500.0, 500.0, NEUTRINO_RATE, GRB_RATE),
    # 2.5 h after: GW190425 and FRB 20190425A (Moroianu et al. 2023, Nat. Astron. 7, 579)
    Search("FRB-GW", Messenger.GW, Messenger.FRB, -600.0, 10800.0, FRB_RATE),
    Search("FRB-GRB", Messenger.GRB, Messenger.FRB, -600.0, 10800.0, FRB_RATE, GRB_RATE),
    Search("FRB-neutrino", Messenger.NEUTRINO, Messenger.FRB, -500.0, 500.0, FRB_RATE, NEUTRINO_RATE),
    Search("X-ray-GW", Messenger.GW, Messenger.XRAY, -600.0, 3600.0, 100.0 / YEAR),
    # one burst seen by several missions: light travel between them and different trigger phases
    Search("X-ray-GRB", Messenger.GRB, Messenger.XRAY, -600.0, 600.0, 100.0 / YEAR, GRB_RATE),
    Search("same burst", Messenger.GRB, Messenger.GRB, -60.0, 60.0, GRB_RATE, GRB_RATE),
    Search("same supernova", Messenger.SUPERNOVA, Messenger.SUPERNOVA, -60.0, 60.0, SUPERNOVA_RATE),
)

WIDEST = max(max(abs(s.earliest), abs(s.latest)) for s in (*OTHERS, GRB_BURST))
"""s; beyond this no search looks."""


def search_of(first: Notice, companion: Notice) -> Search | None:
    """The search that a pair belongs to in this order, or None (it may in the other order)."""
    kinds = (messenger(first), messenger(companion))
    if kinds == (Messenger.GW, Messenger.GRB):
        return _grb_gw(first, companion)
    if kinds == (Messenger.GW, Messenger.SUPERNOVA):
        return SNEWS_GW
    if first.mission == companion.mission and kinds[0] is kinds[1]:
        return None  # two triggers of one mission are two
    return next((s for s in OTHERS if (s.first, s.companion) == kinds), None)


def in_window(search: Search, time_difference: float) -> bool:
    """Whether the companion's time minus the first one's lies in the window, its ends included."""
    return search.earliest <= time_difference <= search.latest


def chance_rate(search: Search, first: Notice, companion: Notice) -> float | None:
    """Rate (Hz) at which unrelated events fall into the window like this pair; None without a rate."""
    threshold = TARGETED.get(companion.mission)
    if (
        search in (SUB_FERMI_CBC, SUB_SWIFT_CBC)
        and threshold is not None
        and companion.far is not None
        and first.far is not None
    ):
        return targeted_far(search.width, companion.far, first.far, threshold)
    rate = first.far if first.far is not None else search.first_rate
    return None if rate is None else time_far(search.width, search.rate, rate)


def _grb_gw(gw: Notice, grb: Notice) -> Search:
    if str(stated(gw, "group") or "").casefold() == "burst":
        return GRB_BURST
    if not _subthreshold(grb):
        return GRB_CBC
    return SUB_SWIFT_CBC if grb.mission == "Swift" else SUB_FERMI_CBC


def _subthreshold(grb: Notice) -> bool:
    return (
        grb.alert_type is AlertType.SUBTHRESHOLD
        or "subthreshold" in grb.tags
        or "GUANO" in (grb.instrument or "")
    )
