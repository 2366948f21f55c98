"""The portal's own words for its messages: written, replaced, given up. What was written before with other words stays as it is."""
from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.template import TemplateSyntaxError
from django.utils.translation import gettext_lazy as _

from onestop import clock
from onestop.notify import policies, segments, texts
from onestop.notify.models import TemplateText
from onestop.notify.wording import TEMPLATES, Wording
from onestop.people.models import User
from onestop.people.words import clean, clean_lines
from onestop.transitions import Refused

MANY_PARTS, MOST_PARTS = 3, 6  # of an SMS: more than so many are warned of, more than so many are refused
LONGEST = 1500  # characters of a body


def words_of(key: str) -> Wording:
    """The message of this key. Raises Refused('unknown', 404)."""
    if key not in TEMPLATES:
        raise Refused("unknown", _("Không có mẫu tin nhắn này."), status=404)
    return TEMPLATES[key]


def write(*, actor: User, key: str, language: str, subject: str, body: str, seen: int) -> TemplateText:
    """A new version of one's own words, used from now on. `seen` is the newest version its writer knows (0: none). Writing what is used
    already changes nothing.

    Raises Refused: 'forbidden' 403, 'unknown' 404, 'invalid' 422 with the fields, 'changed_meanwhile' 409.
    """
    _allowed(actor)
    wording, subject, body = words_of(key), clean(subject), clean_lines(body)
    if language not in dict(settings.LANGUAGES):
        raise Refused("unknown", _("Cổng không dùng ngôn ngữ này."), status=404)
    check(wording, language, subject, body)
    try:
        with transaction.atomic():
            rows = list(TemplateText.objects.select_for_update().filter(key=key, language=language).order_by("-version"))
            used = next((row for row in rows if row.active), None)
            if used is not None and (used.subject, used.body) == (subject, body):
                return used
            if seen != (rows[0].version if rows else 0):
                raise _changed()
            _end(actor, used)
            row = TemplateText(key=key, language=language, version=seen + 1, subject=subject, body=body, made_by=actor)
            row.save(force_insert=True)
    except IntegrityError:  # two wrote at once
        raise _changed() from None
    return row


def use_again(*, actor: User, row: TemplateText, seen: int) -> TemplateText:
    """The words of an older version once more, as a new one: the list of versions tells who wanted them and when. Raises Refused."""
    return write(actor=actor, key=row.key, language=row.language, subject=row.subject, body=row.body, seen=seen)


def give_up(*, actor: User, key: str, language: str) -> bool:
    """Back to the words of the file; whether there were others. Raises Refused('forbidden', 403), Refused('unknown', 404)."""
    _allowed(actor)
    words_of(key)
    with transaction.atomic():
        used = TemplateText.objects.select_for_update().filter(key=key, language=language, active=True).first()
        return _end(actor, used)


def check(wording: Wording, language: str, subject: str, body: str) -> None:
    """Whether own words can be sent. Raises Refused('invalid') with a sentence for the subject or the body."""
    wrong = {"subject": _wrong_subject(wording, subject), "body": _wrong_body(wording, language, subject, body)}
    fields = {name: [sentence] for name, sentence in wrong.items() if sentence}
    if fields:
        raise Refused("invalid", next(iter(fields.values()))[0], fields=fields)


def _wrong_subject(wording: Wording, subject: str) -> Any:
    if not subject or len(subject) > 150:
        return _("Vui lòng ghi tiêu đề, nhiều nhất 150 ký tự.")
    return _wrong_line(wording, subject) or (
        _("Tiêu đề chỉ dùng được những chỗ điền luôn có nội dung.") if set(texts.names_in(subject)) & set(wording.optional) else "")


def _wrong_body(wording: Wording, language: str, subject: str, body: str) -> Any:
    if not body or len(body) > LONGEST:
        return _("Vui lòng ghi nội dung, nhiều nhất %(most)d ký tự.") % {"most": LONGEST}
    wrong = next((found for found in (_wrong_line(wording, line) for line in body.splitlines()) if found), "")
    if wrong:
        return wrong
    lacking = [name for name in wording.needed if name not in texts.names_in(body)]
    if lacking:
        return _("Nội dung phải có chỗ điền %(names)s.") % {"names": _shown(lacking)}
    return _too_long(wording, language, subject, body)


def _wrong_line(wording: Wording, line: str) -> Any:
    try:
        names = texts.names_in(line)
    except texts.BadWords as bad:
        return _("Chỉ dùng được chỗ điền dạng {{ tên }}; không dùng được “%(part)s”.") % {"part": bad.part}
    except TemplateSyntaxError:
        return _("Không dùng được lệnh hay bộ lọc; chỉ dùng chỗ điền dạng {{ tên }}.")
    unknown = [name for name in names if name not in wording.placeholders]
    if unknown:
        return _("Không có chỗ điền %(names)s trong mẫu này.") % {"names": _shown(unknown)}
    if set(names) & set(wording.optional) and set(names) & set(wording.needed):
        held = [name for name in names if name in wording.optional]
        return _("Có khi không có nội dung cho %(names)s: hãy để thành một dòng riêng, dòng đó được bỏ đi khi trống.") % {
            "names": _shown(held)}
    if any(sign in line.replace("{{", "", len(names)).replace("}}", "", len(names)) for sign in ("{{", "}}", "{%", "%}", "{#")):
        return _("Dấu ngoặc nhọn chưa đúng: mỗi chỗ điền viết là {{ tên }} trên một dòng.")
    return ""


def _too_long(wording: Wording, language: str, subject: str, body: str) -> Any:
    _subject, said = texts.example(wording, language, own={(wording.key, language): (subject, body)})
    if segments.count(clean(said)).parts > MOST_PARTS:
        return _("Tin nhắn dài hơn %(most)d phần SMS. Vui lòng viết ngắn lại.") % {"most": MOST_PARTS}
    return ""


def _shown(names: list[str]) -> str:
    return ", ".join(f"{{{{ {name} }}}}" for name in names)


def _end(actor: User, used: TemplateText | None) -> bool:
    if used is None:
        return False
    used.active, used.ended_by, used.ended_at = False, actor, clock.now()
    used.save(update_fields=["active", "ended_by", "ended_at"])
    return True


def _changed() -> Refused:
    return Refused("changed_meanwhile", _("Mẫu này vừa được người khác sửa. Vui lòng xem lại bản mới nhất."), status=409)


def _allowed(actor: User) -> None:
    if not policies.can_write_words(actor):
        raise Refused("forbidden", _("Chỉ quản trị hệ thống được sửa mẫu tin nhắn."), status=403)
