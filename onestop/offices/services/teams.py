"""Teams of officers that take turns at the counter (letter Cần Thơ 1b)."""
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from onestop.offices import policies, rotation
from onestop.offices.models import Counter, DutyGroup, DutyShift, Office, OfficeEvent
from onestop.offices.services.duty import DutyEntry, rostered, set_duty, with_role
from onestop.offices.services.rights import by, permit, wrong
from onestop.offices.states import Place, RoomKind
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

MOST_TEAMS = 8
LONGEST_SPAN = timedelta(days=92)
AWAY = (Place.HOME.value, Place.ONLINE.value)  # where the other teams work


@dataclass(frozen=True)
class Rotation:
    """A span, both days included, over which the office's teams take turns."""

    first: date
    last: date
    every: str = rotation.EVERY_DAY
    first_team: int | None = None  # the team that begins; None: the first by name
    away: str = Place.HOME.value


def save_team(*, actor: User | None, office: Office, name: str, members: Sequence[int], team: DutyGroup | None = None) -> DutyGroup:
    """Make a team, or change its name and members. An officer is in one team of the office at most.

    Raises Refused: 'forbidden' (403), 'name_needed', 'name_taken' (409), 'not_assigned', 'in_another_team', 'too_many_teams'.
    """
    permit(actor, actor is not None and policies.can_set_duty(actor, office))
    name = clean(name)[:40]
    if not name:
        raise wrong("name_needed", "name", _("Cần ghi tên tổ."))
    try:
        with transaction.atomic():
            Office.objects.select_for_update(no_key=True).get(pk=office.pk)
            _check_members(office, members, team)
            row = team or DutyGroup.objects.create(office=office, name=name)
            if row.name != name:
                row.name = name
                row.save(update_fields=["name"])
            row.members.set(members)
            OfficeEvent.objects.create(office=office, verb="save_team", data={"team": name, "members": sorted(members)}, **by(actor))
    except IntegrityError as error:
        raise Refused("name_taken", _("Đơn vị đã có tổ mang tên này."), status=409, fields={"name": [_("Tên tổ đã dùng.")]}) from error
    return row


def remove_team(*, actor: User | None, office: Office, team: DutyGroup) -> None:
    """Dissolve a team; what is on the roster stays. Doing it twice changes nothing. Raises Refused('forbidden', 403)."""
    permit(actor, actor is not None and policies.can_set_duty(actor, office))
    with transaction.atomic():
        if DutyGroup.objects.filter(pk=team.pk, office=office).delete()[0]:
            OfficeEvent.objects.create(office=office, verb="remove_team", data={"team": team.name}, **by(actor))


def _check_members(office: Office, members: Sequence[int], team: DutyGroup | None) -> None:
    if set(members) - set(rostered(office).values_list("pk", flat=True)):
        raise wrong("not_assigned", "members", _("Có người không phải cán bộ của đơn vị này."))
    others = DutyGroup.objects.filter(office=office).exclude(pk=team.pk if team else 0)
    if team is None and others.count() >= MOST_TEAMS:
        raise Refused("too_many_teams", _("Mỗi đơn vị có nhiều nhất 8 tổ."))
    if others.filter(members__in=members).exists():
        raise wrong("in_another_team", "members", _("Mỗi cán bộ chỉ ở một tổ. Hãy bỏ người đó khỏi tổ kia trước."))


def rotate(*, actor: User | None, office: Office, wanted: Rotation, parts: Mapping[date, Sequence[str]]) -> int:
    """Put the teams on the roster in turn, in every buổi that `parts` names; returns how many places changed.

    The team whose turn it is gets the counters in their order, the others work where `wanted.away` says. Whoever is on leave
    stays on leave. Raises Refused: 'no_teams', 'bad_period', 'bad_duty', and what set_duty raises.
    """
    permit(actor, actor is not None and policies.can_set_duty(actor, office))
    teams = list(DutyGroup.objects.filter(office=office, members__isnull=False).distinct().prefetch_related("members"))
    if len(teams) < 2:
        raise Refused("no_teams", _("Cần ít nhất hai tổ có cán bộ để luân phiên."))
    if not timedelta() <= wanted.last - wanted.first <= LONGEST_SPAN:
        raise wrong("bad_period", "last", _("Khoảng luân phiên phải từ 1 đến 93 ngày."))
    if wanted.away not in AWAY:
        raise wrong("bad_duty", "away", _("Người không trực tại quầy làm việc tại nhà hoặc trực hồ sơ trực tuyến."))
    entries = _entries(office, wanted, {day: list(names) for day, names in parts.items() if names}, teams)
    return set_duty(actor=actor, office=office, entries=entries)


def _entries(office: Office, wanted: Rotation, parts: dict[date, list[str]], teams: list[DutyGroup]) -> list[DutyEntry]:
    days = [day for day in parts if wanted.first <= day <= wanted.last]
    begin = next((index for index, team in enumerate(teams) if team.pk == wanted.first_team), 0)
    counters = list(Counter.objects.filter(room__office=office, room__kind=RoomKind.SERVICE).order_by("room_id", "number"))
    on_leave = set(DutyShift.objects.filter(office=office, date__range=(wanted.first, wanted.last), place=Place.LEAVE)
                   .values_list("user_id", "date", "part"))
    entries = []
    for turn in rotation.turns(days, len(teams), every=wanted.every, first_team=begin):
        for part in parts[turn.day]:
            entries += _buoi(turn, part, teams, counters, on_leave, wanted.away)
    assigned = with_role(office, entries)
    return [entry for entry in entries if (entry.user_id, entry.date) in assigned]


def _buoi(turn: rotation.Turn, part: str, teams: list[DutyGroup], counters: list[Counter], on_leave: set[tuple[int, date, str]],
          away: str) -> list[DutyEntry]:
    """One buổi: the counters one after another for the team whose turn it is."""
    free = iter(counters)
    entries = []
    for index, team in enumerate(teams):
        for user in sorted(team.members.all(), key=lambda user: user.pk):
            if (user.pk, turn.day, part) in on_leave:
                continue
            counter = next(free, None) if index == turn.team else None
            place = Place.COUNTER.value if index == turn.team else away
            entries.append(DutyEntry(user.pk, turn.day, part, place, counter.room_id if counter else None, counter.pk if counter else None))
    return entries
