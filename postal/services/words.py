"""What carriers' words mean. A word that nobody has explained is kept with its events; once explained, they are applied."""
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from onestop.jobs import enqueue_after_commit
from onestop.patience import patiently
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused
from postal import policies
from postal.carriers.words import VERBS
from postal.models import Carrier, CarrierChange, CarrierWord
from postal.services.breakers import NOT_YOURS
from postal.states import Meaning

NO_WORD = _("Từ của bưu chính gồm 1 đến 40 ký tự.")


def meaning(carrier: Carrier, word: str) -> str:
    """One of Meaning, or '' where nobody has said what the word means. A carrier's own table comes before our own words."""
    row = CarrierWord.objects.filter(carrier=carrier, word=word).values_list("meaning", flat=True).first()
    if row is not None:
        return row
    return Meaning(word).value if word in VERBS else ""


def keep(carrier: Carrier, word: str) -> None:
    """Note a word that nobody has explained, in the caller's transaction. Raises Refused: 'unknown_status' where too many wait already."""
    unknown = CarrierWord.objects.filter(carrier=carrier, meaning="")
    if unknown.filter(word=word).exists():
        return
    if unknown.count() >= settings.CARRIER_WORDS_UNKNOWN:
        sentence = _("Không có trạng thái nào tên là “%(status)s”.") % {"status": word}
        raise Refused("unknown_status", sentence, fields={"status": [sentence]})
    CarrierWord.objects.get_or_create(carrier=carrier, word=word)


@patiently
def explain(*, actor: User, carrier: Carrier, word: str, meaning: str) -> CarrierWord:
    """Say what a word means, or '' that nobody knows yet; events that waited for it are applied in the background. What an earlier meaning
    has done stays done. Raises Refused: 'forbidden' 403, 'invalid'."""
    word = clean(word)
    if not policies.can_keep_carrier(actor, carrier):
        raise Refused("forbidden", NOT_YOURS, status=403)
    if not 0 < len(word) <= 40:
        raise Refused("invalid", NO_WORD, fields={"word": [NO_WORD]})
    if meaning not in ("", *Meaning.values):
        raise Refused("invalid", _("Vui lòng chọn một ý nghĩa trong danh sách."))
    with transaction.atomic():
        row = CarrierWord.objects.select_for_update(of=("self",)).filter(carrier=carrier, word=word).first() or _new(carrier, word)
        if row.meaning != meaning or row._state.adding:
            before, row.meaning = row.meaning, meaning
            row.save()
            CarrierChange.objects.create(subject=carrier, actor=actor, verb="explain", data={"word": word, "from": before, "to": meaning})
        if meaning:
            enqueue_after_commit("postal.apply_words", carrier.pk)
    return row


def _new(carrier: Carrier, word: str) -> CarrierWord:
    return CarrierWord(carrier=carrier, word=word)


@patiently
def drop(*, actor: User, word: CarrierWord) -> None:
    """Take a word off the table: what it is called counts again as it is. Raises Refused: 'forbidden' 403."""
    if not policies.can_keep_carrier(actor, word.carrier):
        raise Refused("forbidden", NOT_YOURS, status=403)
    with transaction.atomic():
        if CarrierWord.objects.filter(pk=word.pk).delete()[0]:
            CarrierChange.objects.create(subject=word.carrier, actor=actor, verb="drop_word",
                                         data={"word": word.word, "from": word.meaning})
