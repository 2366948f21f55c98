"""PURE: how many dossiers an office can settle in a buổi, proposed from the officers on duty and their measured pace (Cà Mau 1)."""
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from onestop.people import shown

Key = tuple[date, str]  # a day and its buổi
FEWEST_PARTS = 4  # buổi measured; fewer say nothing about a pace
MOST = 500  # dossiers in a buổi, whatever the pace


class Basis(Enum):
    """What a proposal rests on."""

    MEASURED = "measured"
    NO_HISTORY = "no_history"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Pace:
    """What was really received: dossiers, by how many officers (each counted once a buổi), in how many buổi of so many weeks."""

    dossiers: int
    officers: int
    parts: int
    weeks: int

    @property
    def is_known(self) -> bool:
        return self.parts >= FEWEST_PARTS and self.officers > 0 and self.dossiers > 0

    @property
    def per_officer(self) -> float:
        """Dossiers that one officer received in one buổi; 0 where nothing is known."""
        return self.dossiers / self.officers if self.is_known else 0.0


@dataclass(frozen=True)
class Proposal:
    """A number of dossiers for one buổi, with what it rests on."""

    dossiers: int
    basis: Basis
    officers: int
    pace: Pace

    def explained(self) -> str:
        """The sum in a sentence, or why there is none."""
        if self.basis is Basis.NOBODY:
            return _("chưa phân công ai tại quầy")
        if self.basis is Basis.NO_HISTORY:
            return _("chưa đủ số liệu, tạm theo số hằng tuần")
        told = ngettext("%(officers)s cán bộ × %(pace)s hồ sơ một buổi", "%(officers)s cán bộ × %(pace)s hồ sơ một buổi", self.officers)
        return told % {"officers": self.officers, "pace": shown.number(round(self.pace.per_officer, 1))}


def measure(*, officers: Mapping[Key, int], received: Mapping[Key, int], weeks: int) -> Pace:
    """The pace from the officers at the counters and the dossiers received there, by day and buổi.

    A buổi without officers on the roster or without a single dossier says nothing about how fast people work, so it doesn't count.
    """
    counted = [(officers[key], dossiers) for key, dossiers in received.items() if dossiers > 0 and officers.get(key, 0) > 0]
    return Pace(sum(dossiers for _officers, dossiers in counted), sum(number for number, _dossiers in counted), len(counted), weeks)


def propose(*, officers: int, pace: Pace, weekly: int) -> Proposal:
    """Officers on duty × their pace, rounded down to whole dossiers, at least one; the weekly number where no pace is known."""
    if officers <= 0:
        return Proposal(0, Basis.NOBODY, 0, pace)
    if not pace.is_known:
        return Proposal(weekly, Basis.NO_HISTORY, officers, pace)
    exact = officers * pace.dossiers // pace.officers
    return Proposal(min(max(exact, 1), MOST), Basis.MEASURED, officers, pace)


def told_pace(pace: Pace) -> str:
    """What was measured, in a sentence above the table."""
    if not pace.is_known:
        return _("Chưa đủ số liệu %(weeks)s tuần qua để đo tốc độ tiếp nhận tại quầy.") % {"weeks": pace.weeks}
    return _("%(weeks)s tuần qua: %(dossiers)s hồ sơ nhận tại quầy trong %(parts)s buổi, %(officers)s lượt cán bộ trực –"
             " trung bình %(pace)s hồ sơ một cán bộ mỗi buổi.") % {
        "weeks": pace.weeks, "dossiers": pace.dossiers, "parts": pace.parts, "officers": pace.officers,
        "pace": shown.number(round(pace.per_officer, 1))}
