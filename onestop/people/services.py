"""The only writers of people: users, roles, keys, heartbeats, old answers."""
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.people import tokens
from onestop.people.models import ApiToken, Assignment, DownloadEvent, Heartbeat, IdempotencyRecord, PeopleEvent, User
from onestop.people.policies import can_assign_roles, can_end_assignment, can_issue_token
from onestop.people.states import NamedList, Role
from onestop.people.words import clean
from onestop.transitions import Refused

ANSWERS_KEPT = timedelta(days=3)


def make_user(*, username: str, full_name: str, password_hash: str, phone: str = "") -> tuple[User, bool]:
    """The user of that name and whether it is new; an existing one stays as it is."""
    with transaction.atomic():
        return User.objects.get_or_create(
            username=clean(username), defaults={"full_name": clean(full_name), "password": password_hash, "phone": phone})


def assign_role(*, actor: User, user: User, office: Any, role: str, starts_on: date | None = None,
                ends_on: date | None = None) -> Assignment:
    """Give a role at an office; the same role in force already is returned. Raises Refused: forbidden, unknown_role, wrong_period."""
    if not can_assign_roles(actor, office):
        raise Refused("forbidden", _("Bạn chỉ phân công được ở các đơn vị của tỉnh mình."), status=403)
    if role not in Role.values:
        raise Refused("unknown_role", _("Không có vai trò này."))
    start = starts_on or clock.today()
    if ends_on and ends_on < start:
        sentence = _("Ngày kết thúc phải sau ngày bắt đầu.")
        raise Refused("wrong_period", sentence, fields={"ends_on": [sentence]})
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        same = Assignment.objects.filter(user=user, office=office, role=role).in_force(start).first()
        if same is not None:
            return same
        assignment = Assignment.objects.create(user=user, office=office, role=role, starts_on=start, ends_on=ends_on)
        PeopleEvent.objects.create(actor=actor, verb="assign_role", assignment=assignment, data={"role": role, "office": office.code})
    return assignment


def end_assignment(*, actor: User, assignment: Assignment) -> Assignment:
    """End a role with yesterday, or take back one that began today; doing it twice changes nothing. Raises Refused('forbidden')."""
    if not can_end_assignment(actor, assignment):
        raise Refused("forbidden", _("Bạn không kết thúc được phân công này."), status=403)
    last = clock.today() - timedelta(days=1)
    with transaction.atomic():
        held = Assignment.objects.select_for_update().get(pk=assignment.pk)
        if held.ends_on and held.ends_on <= last:
            return held
        held.ends_on = last
        held.starts_on = min(held.starts_on, last)
        held.save(update_fields=["starts_on", "ends_on"])
        PeopleEvent.objects.create(actor=actor, verb="end_assignment", assignment=held)
    return held


def issue_token(*, actor: User, name: str, scopes: Iterable[str], offices: Iterable[Any]) -> tuple[ApiToken, str]:
    """A new key for offices and its text, shown only now. Raises Refused: forbidden, unknown_scope, no_scope."""
    chosen, wanted = list(offices), list(scopes)
    if not can_issue_token(actor, chosen):
        raise Refused("forbidden", _("Bạn chỉ cấp khóa cho các đơn vị của tỉnh mình."), status=403)
    if not wanted:
        raise Refused("no_scope", _("Chọn ít nhất một quyền."))
    with transaction.atomic():
        token, text = tokens.create_token(name=clean(name), scopes=wanted, office_ids=[office.pk for office in chosen])
        PeopleEvent.objects.create(actor=actor, verb="issue_token", token=token, data={"scopes": wanted})
    return token, text


def revoke_token(*, actor: User, token: ApiToken) -> None:
    """End a key at once; doing it twice changes nothing. Raises Refused('forbidden')."""
    if not can_issue_token(actor, list(token.offices.all())):
        raise Refused("forbidden", _("Bạn không thu hồi được khóa này."), status=403)
    with transaction.atomic():
        if tokens.revoke_token(token=token):
            PeopleEvent.objects.create(actor=actor, verb="revoke_token", token=token)


def note_download(*, actor: User, which: NamedList, name: str, rows: int, address: str) -> None:
    """Somebody takes a list of people away as a file: who, when, which, how many lines, from where (rules.md 9). The caller has checked
    that they may."""
    with transaction.atomic():
        DownloadEvent.objects.create(actor=actor, verb="download", which=which, name=clean(name)[:160], rows=rows, address=address[:45])


def beat() -> None:
    """Beat and a worker are alive: note when, and forget stored answers that nobody will ask for again."""
    Heartbeat.objects.update_or_create(name="worker", defaults={"at": clock.now()})
    IdempotencyRecord.objects.filter(created_at__lt=clock.now() - ANSWERS_KEPT).delete()
