"""Packets on their way: claimed, sent outside any transaction under their own key, then stored; one dossier's in their order."""
from __future__ import annotations

import logging
from datetime import timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from dossiers import bridge_wire, policies
from dossiers.models import Dossier, Packet
from dossiers.services.bridge import state
from dossiers.services.records import allow
from dossiers.states import PacketState, Sync
from onestop import clock, signature
from onestop.jobs import pause_after
from onestop.notify.channels import Permanent, Temporary
from onestop.notify.channels.answers import Answer, post
from onestop.notify.services import Recipient, tell
from onestop.offices.models import Office
from onestop.patience import or_next_sweep, patiently
from onestop.people.models import Assignment, User
from onestop.people.states import Role
from onestop.transitions import Refused

log = logging.getLogger(__name__)
PER_SWEEP = 200
WAITING = (PacketState.QUEUED, PacketState.FAILED)


def send_due() -> int:
    """Send what is due until the breaker opens; how many packets arrived. Nothing where no address is set."""
    if not settings.NATIONAL_PORTAL_URL:
        return 0
    arrived = 0
    for pk in list(due()[:PER_SWEEP]):
        if state.resting(clock.now()):
            break
        arrived += or_next_sweep(f"packet {pk}", send_one, pk)
    return arrived


def due() -> QuerySet[Packet, int]:
    """Keys of packets whose time has come and before which no other of the same dossier waits."""
    before = Packet.objects.filter(dossier=OuterRef("dossier"), pk__lt=OuterRef("pk")).exclude(state=PacketState.SENT)
    ready = Packet.objects.filter(~Exists(before), state__in=WAITING, next_try_at__lte=clock.now())
    return ready.order_by("pk").values_list("pk", flat=True)


def send_one(pk: int) -> bool:
    """One packet; whether it arrived. A worker that dies in between leaves it to the next after the lease, under the same key."""
    packet = _claim(pk)
    if packet is None:
        return False
    body = bridge_wire.as_body(packet.payload)
    headers = {bridge_wire.KEY: str(packet.key), signature.HEADER: signature.sign(settings.NATIONAL_PORTAL_KEY, body)}
    answer = post(f"{settings.NATIONAL_PORTAL_URL}/goi-tin", body=body, headers=headers)
    outcome = answer.failure() if isinstance(answer, Answer) and not (answer.good or answer.duplicate) else answer
    if isinstance(outcome, Temporary):
        state.note_failure(outcome.reason)
    else:
        state.note_answer()
    _store(packet, outcome)
    return isinstance(outcome, Answer)


def _claim(pk: int) -> Packet | None:
    """Take a packet for SEND_LEASE_SECONDS by changing exactly its row; None where another worker has it."""
    now = clock.now()
    mine = Packet.objects.filter(pk=pk, state__in=WAITING, next_try_at__lte=now)
    if mine.update(next_try_at=now + timedelta(seconds=settings.SEND_LEASE_SECONDS), attempts=F("attempts") + 1) != 1:
        return None
    return Packet.objects.get(pk=pk)


@patiently
def _store(packet: Packet, outcome: Answer | Temporary | Permanent) -> None:
    """What came of it, and the dossier's axis."""
    with transaction.atomic():
        if Packet.objects.select_for_update(of=("self",)).get(pk=packet.pk).state == PacketState.SENT:
            return  # a file took it along meanwhile
        if isinstance(outcome, Answer):
            packet.state, packet.sent_at, packet.answer = PacketState.SENT, clock.now(), f"HTTP {outcome.status}"
        elif isinstance(outcome, Permanent) or packet.attempts >= settings.SEND_MAX_ATTEMPTS:
            packet.state, packet.answer = PacketState.GIVEN_UP, outcome.reason[:255]
        else:
            packet.state, packet.answer = PacketState.FAILED, outcome.reason[:255]
            packet.next_try_at = clock.now() + pause_after(packet.attempts)
        packet.save(update_fields=["state", "sent_at", "answer", "next_try_at"])
        follow(packet.dossier_id)
        if packet.state == PacketState.GIVEN_UP:
            tell_given_up(packet)


def tell_given_up(packet: Packet) -> None:
    """The leaders of the office and the administrators of its province, once a day: what is given up keeps all later statuses of
    its dossier waiting until a person mends it. In the caller's transaction."""
    office = Office.objects.get(dossiers=packet.dossier_id)
    here = Q(office=office, role=Role.LEADER) | Q(office__province=office.province_id, role=Role.ADMINISTRATOR)
    concerned = Assignment.objects.in_force(clock.today()).filter(here, user__is_active=True).values("user")
    url = f"{settings.PUBLIC_URL}{reverse('dossiers:bridge')}?muc=failed"
    for person in User.objects.filter(pk__in=concerned):
        tell(event_key=f"bridge:given_up:{office.pk}:{clock.today():%Y%m%d}:{person.pk}", template="bridge_given_up", office=office,
             context={"office": office.name, "reason": packet.answer, "url": url},
             recipient=Recipient(person.full_name, person.phone, person.email))


def follow(dossier: int) -> None:
    """Bring the sync axis of a dossier in line with its packets, in the caller's transaction."""
    left = set(Packet.objects.filter(dossier=dossier).exclude(state=PacketState.SENT).values_list("state", flat=True))
    sync = Sync.FAILED if left & {PacketState.FAILED, PacketState.GIVEN_UP} else Sync.BEHIND if left else Sync.SENT
    Dossier.objects.filter(pk=dossier).exclude(sync=sync).update(sync=sync)


@patiently
def retry(*, actor: User, packet: Packet) -> Packet:
    """Send a packet again now, with a fresh count of attempts. Raises Refused: 'not_allowed' 403, 'already_done' 409."""
    with transaction.atomic():
        found = Packet.objects.select_for_update(of=("self",)).select_related("dossier__received_office").get(pk=packet.pk)
        allow(policies.can_bridge(actor, found.dossier.received_office))
        if found.state == PacketState.SENT:
            raise Refused("already_done", _("Gói tin này đã được gửi."), status=409)
        found.state, found.attempts, found.next_try_at = PacketState.QUEUED, 0, clock.now()
        found.save(update_fields=["state", "attempts", "next_try_at"])
        follow(found.dossier_id)
    return found


def retry_all(*, actor: User) -> int:
    """The same for all that failed and this person may send; how many. Also closes the breaker."""
    failed = Packet.objects.filter(state__in=[PacketState.FAILED, PacketState.GIVEN_UP], dossier__in=Dossier.objects.visible_to(actor))
    again = [packet for packet in failed.select_related("dossier__received_office").order_by("pk")[:1000]
             if policies.can_bridge(actor, packet.dossier.received_office)]
    done = sum(or_next_sweep(f"packet {packet.pk}", partial(retry, actor=actor, packet=packet)) for packet in again)
    if again:
        state.note_answer()
    return done
