"""Dossiers, their papers, the append-only clock ledger, extensions, printed forms."""
from __future__ import annotations

import uuid
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from dossiers.states import (
    IN_INBOX,
    PUBLIC_CODE,
    PUBLIC_NAME,
    RUNNING,
    Cause,
    ExtensionState,
    FormKind,
    Instrument,
    ItemState,
    Kind,
    ReturnMethod,
    RulePack,
    ScanState,
    State,
)
from onestop import clock, history
from onestop.catalogue.states import Channel
from onestop.people.states import Role

if TYPE_CHECKING:
    from onestop.people.models import User


class DossierQuerySet(models.QuerySet["Dossier"]):
    def in_inbox(self) -> DossierQuerySet:
        """Dossiers that wait for an officer."""
        return self.filter(state__in=IN_INBOX)

    def overdue(self) -> DossierQuerySet:
        """Open dossiers whose due moment has passed while the clock runs."""
        return self.filter(state__in=RUNNING, due_at__lt=clock.now())

    def visible_to(self, user: User) -> DossierQuerySet:
        """Dossiers of the own offices (helped, received or competent); administrators and the hotline see the province's."""
        own = user.office_ids_as(Role.DESK, Role.SPECIALIST, Role.LEADER)
        visible = Q(received_office_id__in=own) | Q(competent_office_id__in=own) | Q(helped_office_id__in=own)
        provinces = user.provinces_as(Role.ADMINISTRATOR, Role.HOTLINE, Role.MONITOR)
        return self.filter(visible | Q(received_office__province_id__in=provinces) if provinces else visible)


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
    search_name = models.CharField(max_length=120, db_index=True)
    phone = models.CharField(max_length=15, db_index=True)
    email = models.EmailField(blank=True)
    citizen_id = models.CharField(max_length=12, blank=True)
    address = models.CharField(max_length=255, blank=True)
    language = models.CharField(max_length=5, default="vi")
    answers = models.JSONField(default=dict, blank=True)
    note = models.TextField(blank=True)  # content requested
    return_method = models.CharField(max_length=12, choices=ReturnMethod.choices, default=ReturnMethod.COUNTER)
    return_address = models.CharField(max_length=255, blank=True)
    return_area = models.ForeignKey("offices.Area", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=State.choices, default=State.SUBMITTED)
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

    objects = DossierQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(code__isnull=False) | Q(state__in=["submitted", "refused", "withdrawn"]),
                                   name="code_at_acceptance"),
            models.CheckConstraint(condition=~Q(return_method="post") | ~Q(return_address=""), name="post_needs_address",
                                   violation_error_message=_("Vui lòng ghi địa chỉ nhận kết quả qua bưu chính.")),
        ]
        indexes = [models.Index(fields=["received_office", "state", "due_at"]), models.Index(fields=["state", "due_at"]),
                   models.Index(fields=["assignee", "state"])]

    def __str__(self) -> str:
        return self.code or self.reference

    @property
    def public_code(self) -> int:
        return PUBLIC_CODE[State(self.state)]

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

    class Meta:
        ordering = ["pk"]


class ClockEntry(models.Model):
    """A row of the legal clock's ledger; never changed. The due date is a pure function of these rows (rules.md 5.2)."""

    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="clock")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    cause = models.CharField(max_length=20, choices=Cause.choices)
    at = models.DateTimeField(default=clock.now)  # entered
    effective_at = models.DateTimeField()  # counts from
    effective_until = models.DateTimeField(null=True, blank=True)  # suspend: end of its last day; extend: the new due moment
    lifts = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="lifted_by")
    legal_basis = models.CharField(max_length=255, blank=True)
    citizen_text = models.TextField(blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    executed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    extension = models.ForeignKey("Extension", null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    after_due = models.BooleanField(default=False)  # entered when the dossier was late already: it stays late in the counts

    objects = history.EventQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(effective_until__isnull=True) | Q(effective_until__gte=F("effective_at")),
                                              name="clock_entry_period")]


class Supplement(models.Model):
    """One written guidance that lists everything missing (rules.md 6)."""

    dossier = models.ForeignKey(Dossier, on_delete=models.CASCADE, related_name="supplements")
    items = models.JSONField(default=list)  # [sentence]
    reason = models.TextField(blank=True)
    answer_by = models.DateField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(default=clock.now)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]


class ExtensionQuerySet(models.QuerySet["Extension"]):
    def visible_to(self, user: User) -> ExtensionQuerySet:
        """Requests of the own offices; the administrator sees the province's."""
        provinces, own = user.provinces_as(Role.ADMINISTRATOR, Role.MONITOR), user.office_ids_as(Role.DESK, Role.SPECIALIST, Role.LEADER)
        return self.filter(Q(office__province_id__in=provinces) | Q(office_id__in=own))


class Extension(models.Model):
    """A request to move due dates or stop the clock for a frozen list of dossiers (letters Cần Thơ 1c, Khánh Hòa 4)."""

    office = models.ForeignKey("offices.Office", on_delete=models.PROTECT, related_name="extensions")
    instrument = models.CharField(max_length=20, choices=Instrument.choices)
    until = models.DateField()  # inclusive
    starts_on = models.DateField(null=True, blank=True)  # suspension: its first day
    reason = models.TextField()
    citizen_text = models.TextField()
    directive = models.ForeignKey("directives.Directive", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    clause = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=10, choices=ExtensionState.choices, default=ExtensionState.REQUESTED)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=clock.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.TextField(blank=True)
    lifted_from = models.DateField(null=True, blank=True)  # a suspension lifted: the first day that counts again

    objects = ExtensionQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("requested_by")), name="approver_is_another",
                                   violation_error_message=_("Người phê duyệt phải khác người đề nghị.")),
            models.CheckConstraint(condition=Q(instrument="apology") | Q(directive__isnull=False), name="extension_needs_directive"),
        ]
        indexes = [models.Index(fields=["state", "office"])]


class ExtensionItem(models.Model):
    """One dossier of the frozen scope: its date before and after, or why it is left out."""

    extension = models.ForeignKey(Extension, on_delete=models.CASCADE, related_name="items")
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="extension_items")
    state = models.CharField(max_length=10, choices=ItemState.choices, default=ItemState.WAITING)
    due_from = models.DateTimeField(null=True, blank=True)
    due_to = models.DateTimeField(null=True, blank=True)
    findings = models.JSONField(default=list, blank=True)  # [{code, ok, sentence}]
    excluded_because = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["extension", "dossier"], name="extension_item_once")]


def form_name(form: IssuedForm, filename: str) -> str:
    """An unguessable private name."""
    return f"forms/{form.key.hex[:2]}/{form.key.hex}.pdf"


class IssuedForm(models.Model):
    """A printed form as it was issued: the file with its hash, its version and its signer; never made anew."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    dossier = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="forms")
    kind = models.CharField(max_length=12, choices=FormKind.choices)
    number = models.PositiveSmallIntegerField(default=1)
    rule_pack = models.CharField(max_length=10, choices=RulePack.choices)
    file = models.FileField(upload_to=form_name)
    sha256 = models.CharField(max_length=64)
    signer = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["dossier", "kind", "number"], name="form_once")]


class DossierEvent(history.Event):
    """What happened to a dossier. `public` rows are shown on the tracking page (never names, never comments)."""

    subject = models.ForeignKey(Dossier, on_delete=models.PROTECT, related_name="events")
    public = models.BooleanField(default=True)


class ExtensionEvent(history.Event):
    """What happened to an extension request."""

    subject = models.ForeignKey(Extension, on_delete=models.PROTECT, related_name="events")


PACK_2025_FROM = date(2025, 7, 1)  # NĐ 118/2025 in force


def rule_pack_on(day: date) -> RulePack:
    """The rule pack in force on a day (rules.md 2)."""
    return RulePack.VN_2025 if day >= PACK_2025_FROM else RulePack.VN_2018
