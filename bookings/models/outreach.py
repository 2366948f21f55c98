"""Outreach (letter Cà Mau 3), the call list, the hotline's log (Cà Mau 1), and warnings of a crowd (Cà Mau 2)."""
from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from bookings.models.appointments import Appointment
from bookings.models.relocation import RelocationItem
from bookings.states import Answer, CallKind, CallOutcome, CallState, OutreachState, Purpose, WarningState
from onestop import clock, history
from onestop.offices.states import Part
from onestop.people.states import Role

if TYPE_CHECKING:
    from onestop.people.models import User

CALLS_FOR_OFFICE = frozenset({Role.DESK, Role.SPECIALIST, Role.LEADER})
CALLS_FOR_PROVINCE = frozenset({Role.HOTLINE, Role.ADMINISTRATOR})
INVITES = frozenset({Role.DESK, Role.LEADER})


class OutreachQuerySet(models.QuerySet["Outreach"]):
    def visible_to(self, user: User) -> OutreachQuerySet:
        """Lists of the own office only: they hold names and numbers of people who have not come yet."""
        return self.filter(office_id__in=user.office_ids_as(*INVITES))


class CallTaskQuerySet(models.QuerySet["CallTask"]):
    def visible_to(self, user: User) -> CallTaskQuerySet:
        """The own office's call list; the hotline and the administrator see the province's."""
        return self.filter(Q(office_id__in=user.office_ids_as(*CALLS_FOR_OFFICE))
                           | Q(office__province_id__in=user.provinces_as(*CALLS_FOR_PROVINCE)))

    def open(self) -> CallTaskQuerySet:
        """Who is still to be called."""
        return self.filter(state=CallState.OPEN)


class CallQuerySet(models.QuerySet["Call"]):
    def visible_to(self, user: User) -> CallQuerySet:
        """The province's log for the hotline, administrator and monitor; an office sees its own staff's calls about its list."""
        return self.filter(Q(province_id__in=user.provinces_as(*CALLS_FOR_PROVINCE, Role.MONITOR))
                           | Q(task__office_id__in=user.office_ids_as(*CALLS_FOR_OFFICE)))


class Outreach(models.Model):
    """A list of people whom the office invites; the portal proposes a time for each."""

    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="outreach")
    name = models.CharField(max_length=160)
    procedure = models.ForeignKey("catalogue.Procedure", on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices, default=Purpose.SUBMIT)
    first_day = models.DateField()
    last_day = models.DateField()
    answer_by = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=OutreachState.choices, default=OutreachState.DRAFT)
    file_name = models.CharField(max_length=160, blank=True)
    file_digest = models.CharField(max_length=64, blank=True)
    created_by = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    objects = OutreachQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="outreach_period")]


class OutreachPerson(models.Model):
    """One person of a list; a proposed time is a real appointment of channel outreach."""

    outreach = models.ForeignKey(Outreach, on_delete=models.CASCADE, related_name="people")
    row = models.PositiveIntegerField()  # line of the uploaded file, header = 1
    full_name = models.CharField(max_length=120)
    search_name = models.CharField(max_length=120)
    phone = models.CharField(max_length=15)
    citizen_id = models.CharField(max_length=12, blank=True)
    note = models.CharField(max_length=255, blank=True)
    dossier = models.ForeignKey("dossiers.Dossier", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    appointment = models.ForeignKey(Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="outreach_people")
    trouble = models.CharField(max_length=255, blank=True)  # why no time could be proposed
    told_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=12, choices=Answer.choices, default=Answer.NONE)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["outreach_id", "row"]
        constraints = [models.UniqueConstraint(fields=["outreach", "phone", "search_name"], name="invited_once")]
        indexes = [models.Index(fields=["outreach", "answer"])]


class OutreachEvent(history.Event):
    subject = models.ForeignKey(Outreach, on_delete=models.CASCADE, related_name="events")


class CallTask(models.Model):
    """Somebody to be called: moved and not reached, invited and silent, or a case that the hotline handed to an office."""

    kind = models.CharField(max_length=10, choices=CallKind.choices)
    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="call_tasks")
    full_name = models.CharField(max_length=120)
    phone = models.CharField(max_length=15)
    appointment = models.ForeignKey(Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="call_tasks")
    relocation_item = models.OneToOneField(RelocationItem, null=True, blank=True, on_delete=models.PROTECT, related_name="call_task")
    outreach_person = models.OneToOneField(OutreachPerson, null=True, blank=True, on_delete=models.PROTECT, related_name="call_task")
    message = models.OneToOneField("notify.Message", null=True, blank=True, on_delete=models.PROTECT, related_name="call_task")
    reason = models.CharField(max_length=500)
    state = models.CharField(max_length=10, choices=CallState.choices, default=CallState.OPEN)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    outcome = models.CharField(max_length=12, choices=CallOutcome.choices, blank=True)
    created_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)

    objects = CallTaskQuerySet.as_manager()

    class Meta:
        ordering = ["next_at", "pk"]
        indexes = [models.Index(fields=["office", "state", "next_at"])]


class CallTaskEvent(history.Event):
    subject = models.ForeignKey(CallTask, on_delete=models.CASCADE, related_name="events")


class Call(models.Model):
    """One call of the hotline: who called, what about, what came of it."""

    operator = models.ForeignKey("people.User", on_delete=models.PROTECT, related_name="+")
    province = models.ForeignKey("offices.Area", on_delete=models.PROTECT, related_name="+")
    full_name = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=15, blank=True, db_index=True)
    procedure = models.ForeignKey("catalogue.Procedure", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    appointment = models.ForeignKey(Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="calls")
    dossier = models.ForeignKey("dossiers.Dossier", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    task = models.ForeignKey(CallTask, null=True, blank=True, on_delete=models.PROTECT, related_name="calls")
    outcome = models.CharField(max_length=12, choices=CallOutcome.choices)
    note = models.CharField(max_length=500, blank=True)
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(default=clock.now)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]


class CrowdWarningQuerySet(models.QuerySet["CrowdWarning"]):
    def live(self) -> CrowdWarningQuerySet:
        """Warnings that nobody has settled yet."""
        return self.filter(state=WarningState.OPEN)

    def visible_to(self, user: User) -> CrowdWarningQuerySet:
        """Those who plan: the office's leader and the province's administrator."""
        provinces = user.provinces_as(Role.ADMINISTRATOR)
        return self.filter(Q(office_id__in=user.office_ids_as(Role.LEADER)) | Q(office__province_id__in=provinces))


class CrowdWarning(models.Model):
    """A buổi that the forecast says will be more than the office can take."""

    office = models.ForeignKey("offices.Office", on_delete=models.CASCADE, related_name="crowd_warnings")
    date = models.DateField()
    part = models.CharField(max_length=10, choices=Part.choices)
    expected = models.PositiveIntegerField()  # dossiers
    capacity = models.PositiveIntegerField()  # dossiers
    figures = models.JSONField(default=dict)  # what the forecast was made of
    state = models.CharField(max_length=10, choices=WarningState.choices, default=WarningState.OPEN)
    handled_by = models.ForeignKey("people.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    handled_how = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    objects = CrowdWarningQuerySet.as_manager()

    class Meta:
        ordering = ["date", "part"]
        constraints = [models.UniqueConstraint(fields=["office", "date", "part"], name="crowd_warning_once")]
