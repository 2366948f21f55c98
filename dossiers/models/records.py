"""The dossier itself, its code, papers, files and history."""
from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce, Upper
from django.utils.translation import gettext_lazy as _

from dossiers.states import (
    IN_INBOX,
    PUBLIC_NAME,
    RUNNING,
    Acting,
    Handover,
    Money,
    ReturnMethod,
    RulePack,
    ScanState,
    State,
    Sync,
    public_code,
)
from onestop import clock, history
from onestop.catalogue.states import Channel
from onestop.people.states import Role

if TYPE_CHECKING:
    from onestop.people.models import User


NO_DATE = datetime(9999, 1, 1, tzinfo=UTC)
# Whose lists there are: of an office by what it has to do with a dossier, of an officer, of everybody.
LISTED_BY: tuple[tuple[str, tuple[str, ...], Q], ...] = (
    ("received", ("received_office",), Q()), ("competent", ("competent_office",), Q()),
    ("helped", ("helped_office",), Q(helped_office__isnull=False)), ("mine", ("assignee",), Q(assignee__isnull=False)), ("any", (), Q()))


SEES_OFFICE = (Role.DESK, Role.SPECIALIST, Role.LEADER)
SEES_PROVINCE = (Role.ADMINISTRATOR, Role.HOTLINE, Role.MONITOR)


def visible(user: User) -> Q:
    """Which dossiers a member of staff may see: those of the own offices, or of the own province."""
    own, provinces = user.office_ids_as(*SEES_OFFICE), user.provinces_as(*SEES_PROVINCE)
    offices = Q(received_office_id__in=own) | Q(competent_office_id__in=own) | Q(helped_office_id__in=own)
    return offices | Q(received_office__province_id__in=provinces) if provinces else offices


class DossierQuerySet(models.QuerySet["Dossier"]):
    def in_inbox(self) -> DossierQuerySet:
        """Dossiers that wait for an officer."""
        return self.filter(state__in=IN_INBOX)

    def overdue(self) -> DossierQuerySet:
        """Open dossiers whose due moment has passed while the clock runs."""
        return self.filter(state__in=RUNNING, due_at__lt=clock.now())

    def visible_to(self, user: User) -> DossierQuerySet:
        """Dossiers of the own offices (helped, received or competent); administrators and the hotline see the province's."""
        return self.filter(visible(user))


class Dossier(models.Model):
    """A hồ sơ. Before acceptance it has only a submission reference; the code is given at acceptance (rules.md 3)."""

    reference = models.CharField(max_length=16, unique=True)  # submission reference, alphabet without look-alikes
    code = models.CharField(max_length=60, unique=True, null=True, blank=True)
    secret_digest = models.CharField(max_length=64)
    procedure = models.ForeignKey("catalogue.Procedure", on_delete=models.PROTECT, related_name="dossiers")
    version = models.ForeignKey("catalogue.ProcedureVersion", on_delete=models.PROTECT, related_name="+")
    channel = models.CharField(max_length=10, choices=Channel.choices)
    helped_office = models.ForeignKey("offices.Office", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    received_office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="dossiers")
    competent_office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="+")
    full_name = models.CharField(_("Họ và tên"), max_length=120)
    search_name = models.CharField(max_length=120)  # PostgreSQL compares it byte by byte (migration 0004)
    phone = models.CharField(max_length=15, db_index=True)
    email = models.EmailField(blank=True)
    citizen_id = models.CharField(max_length=12, blank=True)
    address = models.CharField(max_length=255, blank=True)
    # Who hands in, where that is somebody else than the person or organisation the dossier belongs to.
    acting = models.CharField(max_length=12, choices=Acting.choices, default=Acting.SELF)
    filer_name = models.CharField(max_length=120, blank=True)
    filer_phone = models.CharField(max_length=15, blank=True)
    filer_id = models.CharField(max_length=12, blank=True)
    mandate = models.CharField(max_length=255, blank=True)  # what entitles the filer: 'Giấy ủy quyền ngày …', 'con đẻ'
    organisation = models.CharField(max_length=255, blank=True)
    organisation_code = models.CharField(max_length=20, blank=True)  # tax or registration number
    language = models.CharField(max_length=5, default="vi")
    answers = models.JSONField(default=dict, blank=True)
    form_version = models.ForeignKey("catalogue.EFormVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True)  # content requested
    return_method = models.CharField(max_length=12, choices=ReturnMethod.choices, default=ReturnMethod.COUNTER)
    return_address = models.CharField(max_length=255, blank=True)
    return_area = models.ForeignKey("offices.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The post fetches the papers at the citizen's after the online acceptance (letter Khánh Hòa 3).
    collect_by_post = models.BooleanField(default=False)
    collect_address = models.CharField(max_length=255, blank=True)
    collect_area = models.ForeignKey("offices.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    # The last of RESULT_REMIND_DAYS by which somebody was reminded of a result that waits at the counter.
    uncollected_reminders = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=12, choices=State.choices, default=State.SUBMITTED)
    money = models.CharField(max_length=10, choices=Money.choices, default=Money.NONE)
    handover = models.CharField(max_length=12, choices=Handover.choices, default=Handover.NONE)
    sync = models.CharField(max_length=8, choices=Sync.choices, default=Sync.NONE)
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT,
                                 related_name="assigned_dossiers")
    rule_pack = models.CharField(max_length=10, choices=RulePack.choices)
    submitted_at = models.DateTimeField(default=clock.now)
    accept_due_at = models.DateTimeField(null=True, blank=True)
    received_at = models.DateTimeField(null=True, blank=True)
    original_due_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    returned_at = models.DateTimeField(null=True, blank=True)
    result_note = models.TextField(blank=True)
    calendar_versions = models.JSONField(default=dict, blank=True)  # {year: version} the due date was computed with
    # The key of the form or call it was submitted with: the same form sent twice makes one dossier.
    submission_key = models.CharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    was_late = models.BooleanField(default=False)  # an extension came after the due date: it stays late in the counts
    # What happened to the clock, for the counts of rules.md 5.4; written by ledger.recompute() alone.
    apologised = models.BooleanField(default=False)
    extended = models.BooleanField(default=False)  # by decision
    suspended = models.BooleanField(default=False)  # by force majeure
    # What lists of open dossiers are ordered and paged by: the acceptance limit before acceptance, then the due date; without one
    # the end of time, so that it can be compared. The database computes it.
    sort_at = models.GeneratedField(
        expression=Coalesce(Case(When(state=State.SUBMITTED, then=F("accept_due_at")), default=F("due_at")), Value(NO_DATE)),
        output_field=models.DateTimeField(), db_persist=True)

    objects = DossierQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(code__isnull=False) | Q(state__in=["submitted", "refused", "withdrawn"]),
                                   name="code_at_acceptance"),
            models.CheckConstraint(condition=~Q(return_method="post") | ~Q(return_address=""), name="post_needs_address",
                                   violation_error_message=_("Vui lòng ghi địa chỉ nhận kết quả qua bưu chính.")),
        ]
        indexes = [
            models.Index(fields=["received_office", "state", "due_at"]), models.Index(fields=["state", "due_at"]),
            models.Index(fields=["assignee", "state"]), models.Index(Upper("code"), name="dossier_code_any_case"),
            models.Index(fields=["citizen_id", "procedure"], condition=~Q(citizen_id=""), name="dossier_citizen"),
            models.Index(fields=["decided_at", "id"], condition=Q(state=State.DECIDED, return_method=ReturnMethod.COUNTER),
                         name="dossier_uncollected"),
            # The lists of listing.py, each read from its beginning to the end of a page.
            *(models.Index(fields=[*column, "sort_at", "id"], condition=Q(state__in=sorted(IN_INBOX)) & held, name=f"dossier_open_{name}")
              for name, column, held in LISTED_BY),
            *(models.Index(fields=[*column, "sort_at", "id"], condition=Q(state=State.DECIDED) & held, name=f"dossier_ready_{name}")
              for name, column, held in LISTED_BY if name != "mine"),
            *(models.Index(fields=[*column, "search_name", "id"], name=f"dossier_name_{name}")
              for name, column, _held in LISTED_BY if name in ("received", "competent", "any")),
        ]

    def __str__(self) -> str:
        return self.code or self.reference

    @property
    def public_code(self) -> int:
        return public_code(self.state, self.money, self.handover)

    @property
    def public_name(self) -> str:
        return str(PUBLIC_NAME[self.public_code])

    @property
    def number(self) -> str:
        """The code if there is one, else the submission reference."""
        return self.code or self.reference


class DossierCounter(models.Model):
    """The last serial of an agency identifier's day; taken under a row lock in the acceptance transaction (rules.md 3)."""

    identifier = models.CharField(max_length=35)
    date = models.DateField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["identifier", "date"], name="dossier_counter_once")]


class DossierPaper(models.Model):
    """One paper of a dossier: counted at the counter, or uploaded."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="papers")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=400)
    originals = models.PositiveSmallIntegerField(default=0)
    certified = models.PositiveSmallIntegerField(default=0)
    copies = models.PositiveSmallIntegerField(default=0)
    present = models.BooleanField(default=False)

    class Meta:
        ordering = ["dossier_id", "position"]


def stored_name(upload: Upload, filename: str) -> str:
    """An unguessable private name; the citizen's own file name never reaches the disk."""
    return f"uploads/{upload.key.hex[:2]}/{upload.key.hex}"


class Upload(models.Model):
    """A file from a citizen or officer, private. Without a dossier it expires."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    token_digest = models.CharField(max_length=64, blank=True)
    dossier = models.ForeignKey(Dossier, null=True, blank=True, on_delete=models.CASCADE, related_name="uploads")
    paper = models.ForeignKey(DossierPaper, null=True, blank=True, on_delete=models.SET_NULL, related_name="uploads")
    file = models.FileField(upload_to=stored_name)
    name = models.CharField(max_length=200)
    mime = models.CharField(max_length=100)
    size = models.PositiveIntegerField()  # bytes
    sha256 = models.CharField(max_length=64)
    scan_state = models.CharField(max_length=10, choices=ScanState.choices, default=ScanState.UNCHECKED)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    draft = models.ForeignKey("Draft", null=True, blank=True, on_delete=models.SET_NULL, related_name="uploads")
    received = models.PositiveIntegerField(null=True, blank=True)  # bytes so far of one that comes in pieces; None: whole
    scanned_at = models.DateTimeField(null=True, blank=True)
    scan_note = models.CharField(max_length=120, blank=True)  # what the scanner called it
    by_office = models.BooleanField(default=False)  # from an officer (result, proof, attachment), not from the citizen

    class Meta:
        ordering = ["pk"]
        indexes = [models.Index(fields=["sha256"]), models.Index(fields=["scan_state", "scanned_at"])]


class DossierEvent(history.Event):
    """What happened to a dossier. `public` rows are shown on the tracking page (never names, never comments)."""

    subject = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="events")
    public = models.BooleanField(default=True)

    class Meta(history.Event.Meta):
        abstract = False
        indexes = [  # what sweeps and the calendar's page look for among everybody's events
            models.Index(fields=["verb", "at"], condition=Q(verb__in=["calendar", "refuse", "stop"]), name="dossier_event_looked_for")]


PACK_2025_FROM = date(2025, 7, 1)  # NĐ 118/2025 in force


def rule_pack_on(day: date) -> RulePack:
    """The rule pack in force on a day (rules.md 2)."""
    return RulePack.VN_2025 if day >= PACK_2025_FROM else RulePack.VN_2018
