"""The letters as data: directive (văn bản chỉ đạo), its scope and its typed rules."""
from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from onestop import clock, history
from onestop.directives.states import (
    OPENED_WORDS,
    PARAM_LABELS,
    SWITCH_VERB_LABELS,
    VERB_LABELS,
    DirectiveState,
    LeftOut,
    RuleKind,
    SwitchItemState,
    SwitchState,
)
from onestop.offices.models import Area, Office
from onestop.people.states import Role

if TYPE_CHECKING:
    from onestop.people.models import User


class DirectiveQuerySet(models.QuerySet["Directive"]):
    def in_force(self, on: date) -> DirectiveQuerySet:
        """Published directives whose period covers a day, both ends included, and that were not withdrawn."""
        return self.published().filter(starts_on__lte=on).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), withdrawn_at__isnull=True)

    def published(self) -> DirectiveQuerySet:
        """What the public may read: everything but drafts; a withdrawn letter stays readable."""
        return self.filter(published_at__isnull=False)

    def visible_to(self, user: User) -> DirectiveQuerySet:
        """An administrator sees the letters that hold somewhere in the own provinces; anybody else only published ones."""
        if not user.has_role(Role.ADMINISTRATOR):
            return self.published()
        own = user.provinces_as(Role.ADMINISTRATOR)
        return self.filter(Q(scopes__area__in=own) | Q(scopes__area__parent__in=own) | Q(scopes__area__parent__parent__in=own)
                           | Q(scopes__office__province__in=own)).distinct()


class Directive(models.Model):
    """A letter with number, issuer, date and period. `demonstration` marks a copy made to show the rules at work."""

    number = models.CharField(max_length=60, unique=True)
    issuer = models.CharField(max_length=160)
    issued_on = models.DateField()
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    # How the letter itself writes its date where it leaves the day out; `issued_on` is then the earliest possible day.
    issued_text = models.CharField(max_length=60, blank=True)
    published_at = models.DateTimeField(null=True, blank=True, default=clock.now)  # None: a draft, without force
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    demonstration = models.BooleanField(default=False)

    objects = DirectiveQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_on", "pk"]
        constraints = [models.CheckConstraint(condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="directive_period",
                                              violation_error_message=_("Ngày hết hiệu lực phải sau ngày có hiệu lực."))]

    def __str__(self) -> str:
        return self.number

    @property
    def state(self) -> str:
        """Draft, published or withdrawn; whether a published one is in force depends on the day."""
        if self.withdrawn_at is not None:
            return DirectiveState.WITHDRAWN
        return DirectiveState.DRAFT if self.published_at is None else DirectiveState.PUBLISHED

    def is_in_force(self, on: date) -> bool:
        """Whether it holds on a day, both ends of its period included."""
        return self.state == DirectiveState.PUBLISHED and self.starts_on <= on and (self.ends_on is None or on <= self.ends_on)


class DirectiveScope(models.Model):
    """Where a directive holds: an area with everything below it, or one office."""

    directive = models.ForeignKey(Directive, on_delete=models.CASCADE, related_name="scopes")
    area = models.ForeignKey("offices.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    office = models.ForeignKey("offices.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(area__isnull=False) ^ Q(office__isnull=False), name="scope_area_or_office")]


class Rule(models.Model):
    """One typed rule of a directive, with the clause it comes from and, where it differs, its own period."""

    directive = models.ForeignKey(Directive, on_delete=models.CASCADE, related_name="rules")
    kind = models.CharField(max_length=20, choices=RuleKind.choices)
    clause = models.CharField(max_length=40)
    params = models.JSONField(default=dict, blank=True)
    text = models.TextField(blank=True)  # the citizen's sentence
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["directive_id", "pk"]

    def __str__(self) -> str:
        return f"{self.directive.number} · {self.clause} · {self.get_kind_display()}"

    @property
    def shown_params(self) -> list[str]:
        """The parameters in words: 'Số người tối đa: 10'."""
        return [f"{PARAM_LABELS.get(name, name)}: {_shown(_named(name, value))}" for name, value in self.params.items()]


def _named(param: str, value: object) -> object:
    """Codes of areas and offices as their names; a code that nothing bears stays as it is. One query for such a list."""
    if param not in ("areas", "offices") or not isinstance(value, list) or not value:
        return value
    codes = [str(code) for code in value]
    places = Area.objects.filter(code__in=codes) if param == "areas" else Office.objects.filter(code__in=codes)
    names = dict(places.values_list("code", "name"))
    return [names.get(str(code), code) for code in value]


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(_("có")) if value else str(_("không"))
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or str(_("chưa nêu"))
    return str(value)


class DirectiveEvent(history.Event):
    """History of a directive."""

    subject = models.ForeignKey(Directive, on_delete=models.PROTECT, related_name="events")

    @property
    def label(self) -> str:
        """What was done, in words."""
        return str(VERB_LABELS.get(self.verb, self.verb))


class Stamp(models.Model):
    """One row that changes whenever something changes that decides about whole days: letters, closures, offices, the catalogue.

    Whoever remembers such facts compares the stamp before relying on them. On PostgreSQL triggers on those tables (migration
    0003) give it a new value as each such transaction commits, so no writer can forget it, and nobody waits for its row longer
    than a commit takes. SQLite has no triggers of that kind: there the row is missing and nothing is remembered.
    """

    value = models.UUIDField()
    written_by = models.BigIntegerField()  # PostgreSQL's number of the transaction


class ChannelSwitch(models.Model):
    """One action over the catalogue: from a day on, may be submitted online and by post and paid online (Cà Mau 4, Khánh Hòa 1)."""

    directive = models.ForeignKey(Directive, on_delete=models.PROTECT, related_name="switches")
    clause = models.CharField(max_length=40, blank=True)
    starts_on = models.DateField()
    scope = models.JSONField(default=dict, blank=True)  # {field, level, authority, q}; {}: the whole catalogue
    channels = models.JSONField(default=list)  # of Channel's values that are opened
    pay_online = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=SwitchState.choices, default=SwitchState.PREVIEWED)
    reason = models.TextField(blank=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    applied_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    worked_at = models.DateTimeField(null=True, blank=True)  # the last sign of life of the job that carries it out

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.directive.number} · {self.starts_on:%d/%m/%Y}"

    @property
    def basis(self) -> str:
        """'4708/UBND-CCHC, khoản 4'."""
        return ", ".join(part for part in (self.directive.number, self.clause) if part)


class ChannelSwitchItem(models.Model):
    """One procedure of a switch: what was opened, or why it is left out."""

    switch = models.ForeignKey(ChannelSwitch, on_delete=models.CASCADE, related_name="items")
    procedure = models.ForeignKey("catalogue.Procedure", on_delete=models.CASCADE, related_name="+")
    opened = models.JSONField(default=list, blank=True)  # of Channel's values
    version_before = models.ForeignKey("catalogue.ProcedureVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version_after = models.ForeignKey("catalogue.ProcedureVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    excluded_because = models.CharField(max_length=255, blank=True)  # one of LeftOut's values
    state = models.CharField(max_length=10, choices=SwitchItemState.choices, default=SwitchItemState.WAITING)

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["switch", "state"])]
        constraints = [models.UniqueConstraint(fields=["switch", "procedure"], name="switch_item_once")]


    @property
    def why(self) -> str:
        """Why it is left out, or could not be done or undone, in words."""
        return str(LeftOut(self.excluded_because).label) if self.excluded_because in LeftOut.values else self.excluded_because

    @property
    def opened_text(self) -> str:
        """The opened channels in words; a payment alone as such."""
        return ", ".join(str(OPENED_WORDS.get(name, name)) for name in self.opened)


class ChannelSwitchEvent(history.Event):
    """History of a switch."""

    subject = models.ForeignKey(ChannelSwitch, on_delete=models.PROTECT, related_name="events")

    @property
    def label(self) -> str:
        """What was done, in words."""
        return str(SWITCH_VERB_LABELS.get(self.verb, self.verb))
