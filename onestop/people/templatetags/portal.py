"""Template tags and filters of the portal's own; builtins, so no page has to load them. See templates/components/."""
from collections.abc import Iterable
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BaseForm, BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, ChoiceWidget, RadioSelect
from django.urls import NoReverseMatch, reverse
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from onestop.people import icons, navigation, shown
from onestop.people.kept import kept
from onestop.people.shapes import DayCell, SlotCell, Tab, Tile, TimelineItem
from onestop.people.tones import tone_of

register = template.Library()
register.filter("ngay", shown.day)
register.filter("gio", shown.time_of_day)
register.filter("ngay_gio", shown.moment)
register.filter("thu", shown.weekday)
register.filter("thu_ngay", shown.long_day)
register.filter("so", shown.number)
register.filter("tien", shown.money)
register.filter("thoi_luong", shown.minutes)
register.tag("kept", kept)

NOTICE_ICONS = {"info": "info", "good": "check-circle", "warning": "warning", "error": "stop", "directive": "letter"}
MESSAGE_KINDS = {"debug": "info", "info": "info", "success": "good", "warning": "warning", "error": "error"}


@register.simple_tag
def icon(name: str, size: int = 20, label: str = "") -> SafeString:
    """{% icon 'calendar' %}: an inline drawing; `label` gives it a spoken name."""
    return mark_safe(icons.svg(name, size=size, label=str(label)))  # noqa: S308 our own constants; the label is escaped


@register.simple_tag
def badge(state: object, label: object = "", tone: str = "") -> SafeString:
    """{% badge dossier.state dossier.get_state_display %}: the colour follows the state's meaning, the word says it."""
    return format_html('<span class="badge badge-{}">{}</span>', tone or tone_of(str(state)), label or state)


@register.simple_tag
def url_if(name: str, *args: object, **kwargs: object) -> str:
    """The address of a page, or '' where this installation does not have it."""
    try:
        return reverse(name, args=args or None, kwargs=kwargs or None)
    except NoReverseMatch:
        return ""


@register.inclusion_tag("components/field.html")
def field(bound: BoundField, hint: object = "") -> dict[str, Any]:
    """{% field form.full_name %}: label, help, error and widget, linked to each other; typed values stay.

    A form or field with marks_optional = False, such as a filter, does not say that it may stay empty.
    """
    widget = bound.field.widget
    kind = "one"
    marks = getattr(bound.field, "marks_optional", True) and getattr(bound.form, "marks_optional", True)
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        kind = "many"
    elif isinstance(widget, CheckboxInput):
        kind = "check"
    return {"field": bound, "kind": kind, "hidden": bound.is_hidden, "help": hint or bound.help_text,
            "required": bound.field.required or not marks or _always_answered(widget),
            "control": _control(bound, bool(hint))}


def _always_answered(widget: Any) -> bool:
    """A list or radio buttons that don't begin with an empty choice: there is nothing to leave out."""
    one = isinstance(widget, ChoiceWidget) and not widget.allow_multiple_selected
    return one and next(iter(widget.choices), ("", ""))[0] != ""


def _control(bound: BoundField, hint: bool) -> SafeString:
    described = []
    if hint or bound.help_text:
        described.append(f"{bound.auto_id}_helptext")
    if bound.errors:
        described.append(f"{bound.auto_id}_error")
    attrs: dict[str, str | bool] = {"aria-describedby": " ".join(described)} if described else {}
    return SafeString(bound.as_widget(attrs=attrs))


@register.inclusion_tag("components/error_summary.html")
def errors(*forms: BaseForm) -> dict[str, Any]:
    """{% errors form other_form %}: what has to be mended, each with a link to its field; nothing if all is well."""
    rows = [(*_where(form, name), sentence) for form in forms for name, found in form.errors.items() for sentence in found]
    return {"rows": rows}


def _where(form: BaseForm, name: str) -> tuple[str, object]:
    """The id to jump to and the label of a field; nothing for what concerns the whole form."""
    if name not in form.fields:
        return "", ""
    return form[name].id_for_label or form[name].auto_id, form[name].label


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pages(context: template.Context, page: Page[Any]) -> dict[str, Any]:
    """{% pages page_obj %}: earlier and later pages, keeping the rest of the address."""
    query = context["request"].GET.copy()
    query.pop("page", None)
    kept = query.urlencode()
    return {"page": page, "numbers": list(page.paginator.get_elided_page_range(page.number, on_each_side=1, on_ends=1)),
            "prefix": f"?{kept}&page=" if kept else "?page=", "gap": page.paginator.ELLIPSIS}


@register.inclusion_tag("components/stepper.html")
def stepper(current: int, *labels: object) -> dict[str, Any]:
    """{% stepper 2 'Thủ tục' 'Giờ hẹn' 'Thông tin' %}: where one is, from 1."""
    return {"steps": [(number, label, _stage(number, current)) for number, label in enumerate(labels, 1)],
            "current": current, "total": len(labels)}


def _stage(number: int, current: int) -> str:
    return "done" if number < current else "now" if number == current else "next"


@register.inclusion_tag("components/month.html")
def month(weeks: Iterable[Iterable[DayCell]], title: object, previous: str = "", following: str = "") -> dict[str, Any]:
    """{% month weeks title previous_url next_url %}: days as links in a table; weeks from shapes.weeks(cells)."""
    names = [str(name) for name in shown.WEEKDAYS]
    rows = SafeString("".join(f"\n      <tr>{''.join([_day(cell, names) for cell in week])}</tr>" for week in weeks))
    return {"rows": rows, "title": title, "previous": previous, "following": following, "weekdays": shown.WEEKDAYS}


def _day(cell: DayCell, weekdays: list[str]) -> str:
    """A cell of the table. Written here because a year has 400 of them, and a template takes ten times as long."""
    today = " day-today" if cell.today else ""
    if cell.outside:
        inner = ""
    elif cell.url:
        chosen = ' aria-current="date"' if cell.chosen else ""
        inner = (f'<a href="{escape(cell.url)}"{chosen}><span class="day-number">{cell.day.day}</span><span class="hidden-text">'
                 f'{weekdays[cell.day.weekday()]}, {shown.day(cell.day)}: </span><span class="day-note">{escape(cell.note)}</span></a>')
    else:
        inner = (f'<span class="day-off"><span class="day-number">{cell.day.day}</span>'
                 f'<span class="day-note">{escape(cell.note)}</span></span>')
    return f'<td class="day day-{cell.state}{today}">{inner}</td>'


@register.inclusion_tag("components/slots.html")
def slots(cells: Iterable[SlotCell], name: str = "slot") -> dict[str, Any]:
    """{% slots cells %}: times of day as links, or as radio buttons named `name` inside a form."""
    return {"cells": cells, "name": name}


@register.inclusion_tag("components/timeline.html")
def timeline(items: Iterable[TimelineItem]) -> dict[str, Any]:
    """{% timeline items %}: what happened, in the order given."""
    return {"items": items}


@register.inclusion_tag("components/tabs.html")
def tabs(items: Iterable[Tab], label: object) -> dict[str, Any]:
    """{% tabs items 'Các danh sách' %}: links between views of one page."""
    return {"items": items, "label": label}


@register.inclusion_tag("components/tiles.html")
def tiles(items: Iterable[Tile]) -> dict[str, Any]:
    """{% tiles items %}: large links to working pages."""
    return {"items": items}


@register.inclusion_tag("components/progress.html")
def progress(value: int, most: int, label: object, tone: str = "") -> dict[str, Any]:
    """{% progress 6 10 'Người trong phòng' %}: a bar with its numbers in words."""
    auto = "bad" if most and value >= most else "warn" if most and value * 5 >= most * 4 else "good"
    return {"value": value, "most": most, "label": label, "tone": tone or auto}


@register.inclusion_tag("components/stat.html")
def stat(label: object, value: object, tone: str = "neutral", url: str = "", note: object = "") -> dict[str, Any]:
    """{% stat 'Quá hạn' 3 'bad' url %}: a number of the day, inside <div class="stats">."""
    return {"label": label, "value": value, "tone": tone, "url": url, "note": note}


@register.inclusion_tag("components/big_number.html")
def big_number(label: object, value: object, note: object = "") -> dict[str, Any]:
    """{% big_number 'Số thứ tự' 17 'Quầy 2' %}: to be read from afar."""
    return {"label": label, "value": value, "note": note}


@register.simple_block_tag
def notice(content: str, kind: str = "info", title: object = "") -> SafeString:
    """{% notice 'warning' title %}…{% endnotice %}; kind: info, good, warning, error, directive."""
    return _notice(kind, title, content)


@register.simple_block_tag
def directive(content: str, source: dict[str, str] | None, title: object = "") -> SafeString:
    """{% directive rule.source %}…{% enddirective %}: what a letter says, with its number and clause."""
    said = SafeString(content)
    if source:
        said = format_html('{}<p class="notice-source">{}</p>', said, navigation.cited(source))
    return _notice("directive", title, said)


def _notice(kind: str, title: object, content: str) -> SafeString:
    role = "alert" if kind == "error" else "note"
    head = format_html('<p class="notice-title">{}</p>', title) if title else ""
    return format_html('<div class="notice notice-{}" role="{}">{}<div class="notice-body">{}{}</div></div>', kind, role,
                       icon(NOTICE_ICONS[kind], 22), head, SafeString(content))


@register.simple_block_tag
def empty(content: str, title: object, icon_name: str = "inbox") -> SafeString:
    """{% empty 'Chưa có hồ sơ nào' 'inbox' %}what to do next{% endempty %}."""
    return format_html('<div class="empty">{}<p class="empty-title">{}</p><div>{}</div></div>', icon(icon_name, 36), title,
                       SafeString(content))


@register.inclusion_tag("components/messages.html")
def flash(messages: Iterable[Any]) -> dict[str, Any]:
    """The sentences left by the last action, each with its kind."""
    return {"rows": [(MESSAGE_KINDS.get(item.level_tag, "info"), item) for item in messages]}


@register.inclusion_tag("components/top_nav.html", takes_context=True)
def top_nav(context: template.Context) -> dict[str, Any]:
    """The citizen's navigation."""
    return {"items": navigation.public_items(context["request"].path)}


@register.inclusion_tag("components/side_nav.html", takes_context=True)
def side_nav(context: template.Context) -> dict[str, Any]:
    """The working pages of the person signed in, by role."""
    request = context["request"]
    return {"groups": navigation.staff_groups(request.user, request.path)}


@register.simple_tag(takes_context=True)
def office_name(context: template.Context) -> str:
    """Where the person signed in works; several offices are counted."""
    names = list(dict.fromkeys(item.office.name for item in context["user"].current_assignments()))
    return f"{names[0]} +{len(names) - 1}" if len(names) > 1 else "".join(names)


@register.simple_tag
def weekday_short(number: int) -> str:
    """'T2' … 'T7' for Monday (1) to Saturday (6)."""
    return shown.short_weekday(number)


@register.simple_tag
def moment(at: Any) -> str:
    """A moment with its time, or a day without one."""
    return shown.moment(at) if hasattr(at, "hour") else shown.day(at)
