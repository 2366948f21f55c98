"""A user's own ways to look at the inbox."""
from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from dossiers.models import SavedFilter
from onestop.people.models import User
from onestop.people.words import clean
from onestop.transitions import Refused

MOST = 30


def keep(*, actor: User, name: str, query: str) -> SavedFilter:
    """Keep a query string, which the caller has checked, under a name; the same name again replaces it.

    Raises Refused: 'invalid' with fields, 'too_many'.
    """
    name = clean(name)[:60]
    if not name:
        sentence = _("Vui lòng đặt tên cho bộ lọc.")
        raise Refused("invalid", sentence, fields={"name": [sentence]})
    if len(query) > 500:
        raise Refused("invalid", _("Bộ lọc quá dài, không lưu được."))
    try:
        with transaction.atomic():
            known = SavedFilter.objects.select_for_update().filter(user=actor, name=name).first()
            if known is None and SavedFilter.objects.filter(user=actor).count() >= MOST:
                raise Refused("too_many", _("Mỗi người lưu được tối đa 30 bộ lọc. Vui lòng xóa bớt."))
            kept = known or SavedFilter(user=actor, name=name)
            kept.query = query
            kept.save()
    except IntegrityError:  # the same form sent twice at the same moment
        kept = SavedFilter.objects.get(user=actor, name=name)
    return kept


def forget(*, actor: User, pk: int) -> bool:
    """Delete one of the own filters; whether it was there."""
    gone, _per_model = SavedFilter.objects.filter(user=actor, pk=pk).delete()
    return bool(gone)
