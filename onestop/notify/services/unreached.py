"""People whom no channel reached and who are called instead; the calls themselves are kept by whoever calls."""
from django.db import transaction
from django.utils.translation import gettext as _

from onestop import clock
from onestop.notify.models import Message
from onestop.notify.services.settling import other_way_or
from onestop.notify.services.steps import move
from onestop.notify.states import TO_SEND, TRANSITIONS, Via
from onestop.people.models import User


@transaction.atomic
def told_by_phone(*, actor: User, message: Message) -> bool:
    """Somebody read it out on the telephone: the message has arrived. False where it had arrived already, or is not needed."""
    row = Message.objects.select_for_update().get(pk=message.pk)
    if row.state not in TRANSITIONS["tell_by_phone"][0]:
        return False
    return move(row, "tell_by_phone", actor=actor, channel=Via.CALL, delivered_at=clock.now())


@transaction.atomic
def no_longer_needed(*, message: Message) -> bool:
    """The person learnt of it by another way before anybody called: what waits is not needed any more."""
    row = Message.objects.select_for_update().get(pk=message.pk)
    return row.state in TO_SEND and move(row, "obsolete")


@transaction.atomic
def call_given_up(*, message: Message, actor: User | None = None) -> bool:
    """Nobody answered the calls: what a call should bring goes by the person's next channel, else it is not delivered; what had failed
    before stays as it is."""
    row = Message.objects.select_for_update().get(pk=message.pk)
    if row.channel != Via.CALL or row.state not in TO_SEND:
        return False
    return other_way_or(row, "not_called", _("Gọi nhiều lần không được."), actor=actor)
