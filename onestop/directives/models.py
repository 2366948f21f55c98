"""The letters as data: directive (văn bản chỉ đạo), its scope and its typed rules."""
from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from onestop import history
from onestop.directives.states import RuleKind


class DirectiveQuerySet(models.QuerySet["Directive"]):
    def in_force(self, on: date) -> DirectiveQuerySet:
        """Directives whose period covers a day, both ends included, and that were not withdrawn."""
        return self.filter(starts_on__lte=on).filter(Q(ends_on__isnull=True) | Q(ends_on__gte=on), withdrawn_at__isnull=True)


class Directive(models.Model):
    """A letter with number, issuer, date and period. `demonstration` marks a copy made to show the rules at work."""

    number = models.CharField(max_length=60, unique=True)
    issuer = models.CharField(max_length=160)
    issued_on = models.DateField()
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    demonstration = models.BooleanField(default=False)

    objects = DirectiveQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_on", "pk"]
        constraints = [models.CheckConstraint(condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")), name="directive_period",
                                              violation_error_message=_("Ngày hết hiệu lực phải sau ngày có hiệu lực."))]

    def __str__(self) -> str:
        return self.number


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


class DirectiveEvent(history.Event):
    """History of a directive."""

    subject = models.ForeignKey(Directive, on_delete=models.PROTECT, related_name="events")
