"""A visit becomes a dossier: once, also when the button is pressed twice or the line breaks half-way."""
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from bookings import policies, refusals
from bookings.models import Appointment
from bookings.services import visits
from bookings.states import CAN_HAND_IN, AppointmentState, Purpose
from dossiers import queries
from dossiers.models import Dossier
from dossiers.services import intake
from onestop import clock
from onestop.people import shown
from onestop.people.models import User
from onestop.transitions import Refused


def receive(*, actor: User, appointment: Appointment, applicant: intake.Applicant, request: intake.Request,
            papers: Sequence[intake.PaperCount] = ()) -> Dossier:
    """The dossier of a visit, accepted with code and receipt; a second call gives the same dossier.

    The visit is the key of the dossier: what was received but not yet tied to the visit is found again. Raises Refused: 'wrong_state'
    and 'has_dossier' 409, 'wrong_day' and 'wrong_purpose' 422, 'not_allowed' 403, and as intake.receive_in_person.
    """
    if appointment.dossier is not None:
        return appointment.dossier
    if not policies.can_attach(actor, appointment):
        raise refusals.not_allowed()
    refusal = hand_in_refusal(appointment)
    if refusal is not None:
        raise refusal
    key = f"visit:{appointment.pk}"
    dossier = queries.by_submission(key) or _receive(actor, appointment, applicant, request, papers, key)
    visits.attach_dossier(actor=actor, appointment=appointment, dossier=dossier)
    return dossier


def _receive(actor: User, appointment: Appointment, applicant: intake.Applicant, request: intake.Request,
             papers: Sequence[intake.PaperCount], key: str) -> Dossier:
    try:
        return intake.receive_in_person(
            actor=actor, office=appointment.office, procedure=appointment.procedure, applicant=applicant, papers=papers,
            return_method=request.return_method, return_address=request.return_address, note=request.note, appointment_held=True,
            visit_began=appointment.state != AppointmentState.BOOKED, submission_key=key).dossier
    except Refused as refusal:
        dossier = queries.by_submission(key)
        if refusal.code != "already_submitted" or dossier is None:
            raise
        return dossier


def hand_in_refusal(appointment: Appointment) -> Refused | None:
    """Why this visit can't become a dossier now; None where it can."""
    if appointment.purpose != Purpose.SUBMIT:
        return Refused("wrong_purpose", _("Lịch hẹn này để nhận kết quả, không phải để nộp hồ sơ."))
    if appointment.state not in CAN_HAND_IN:
        return Refused("wrong_state", _("Lịch hẹn đang ở trạng thái “%(state)s” nên không tiếp nhận hồ sơ được.") % {
            "state": appointment.get_state_display()}, status=409)
    if appointment.state == AppointmentState.BOOKED and appointment.queue_date != clock.today():
        return Refused("wrong_day", _("Lịch hẹn này là của ngày %(day)s, không phải hôm nay.") % {
            "day": shown.day(appointment.queue_date)})
    return None
