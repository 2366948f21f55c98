"""PURE: who may do what with dossiers and extensions. An actor is a member of staff; None is a door that has checked for itself
(a citizen's secret, a carrier's signature, a partner's token and its offices)."""
from dossiers.models import Dossier, Extension, Opinion
from dossiers.states import IN_INBOX, Handover, Instrument, ReturnMethod, State
from onestop.offices.models import Office
from onestop.people.models import User
from onestop.people.states import Role

INTAKE = (Role.DESK, Role.SPECIALIST)
CASEWORK = (Role.SPECIALIST, Role.LEADER)
OFFICE_STAFF = (Role.DESK, Role.SPECIALIST, Role.LEADER)


def works_on(actor: User, dossier: Dossier, *roles: str) -> bool:
    """Whether the actor holds one of `roles` at the office that received the dossier or the one that decides it."""
    return bool({dossier.received_office_id, dossier.competent_office_id} & set(actor.office_ids_as(*roles)))


def decides_on(actor: User, dossier: Dossier, *roles: str) -> bool:
    """Whether the actor holds one of `roles` at the office that decides the dossier."""
    return dossier.competent_office_id in actor.office_ids_as(*roles)


def can_receive(actor: User, office: Office) -> bool:
    """Take dossiers in at an office: its desk officers and specialists."""
    return office.pk in actor.office_ids_as(*INTAKE)


def can_accept(actor: User, dossier: Dossier) -> bool:
    """Accept or refuse what was submitted: the receiving office's desk officers and specialists."""
    return dossier.received_office_id in actor.office_ids_as(*INTAKE)


def can_refuse(actor: User, dossier: Dossier) -> bool:
    """Whoever may accept."""
    return can_accept(actor, dossier)


def can_start(actor: User, dossier: Dossier) -> bool:
    """Begin the casework."""
    return decides_on(actor, dossier, *CASEWORK)


def can_request_supplement(actor: User, dossier: Dossier) -> bool:
    """Ask for missing papers: also the desk, which sees them first."""
    return works_on(actor, dossier, *OFFICE_STAFF)


def can_resume(actor: User, dossier: Dossier) -> bool:
    """Let the clock run on: also the desk, which receives the papers."""
    return works_on(actor, dossier, *OFFICE_STAFF)


def can_request_payment(actor: User, dossier: Dossier) -> bool:
    """Wait for the citizen's payment."""
    return decides_on(actor, dossier, *CASEWORK)


def can_stop(actor: User, dossier: Dossier) -> bool:
    """Stop the casework."""
    return decides_on(actor, dossier, *CASEWORK)


def can_withdraw(actor: User, dossier: Dossier) -> bool:
    """Record that the citizen takes the dossier back."""
    return works_on(actor, dossier, *OFFICE_STAFF)


def can_decide(actor: User, dossier: Dossier) -> bool:
    """Record the result."""
    return decides_on(actor, dossier, *CASEWORK)


def can_hand_over(actor: User, dossier: Dossier) -> bool:
    """Hand the result over."""
    return works_on(actor, dossier, *OFFICE_STAFF)


def can_assign(actor: User, dossier: Dossier) -> bool:
    """Give a dossier to an officer of the deciding office, or take it."""
    return decides_on(actor, dossier, *OFFICE_STAFF)


def can_transfer(actor: User, dossier: Dossier) -> bool:
    """Hand a dossier to another office that may decide it: the office that has it."""
    return decides_on(actor, dossier, *OFFICE_STAFF)


def can_ask_opinion(actor: User, dossier: Dossier) -> bool:
    """Ask another unit: whoever does the casework."""
    return decides_on(actor, dossier, *CASEWORK)


def can_answer_opinion(actor: User, opinion: Opinion) -> bool:
    """Answer for the unit that was asked."""
    return opinion.office_id in actor.office_ids_as(*CASEWORK)


def can_withdraw_opinion(actor: User, opinion: Opinion) -> bool:
    """Take a question back: whoever may ask one."""
    return can_ask_opinion(actor, opinion.dossier)


def can_write_letter(actor: User, dossier: Dossier) -> bool:
    """Write to the citizen: the offices that work on the dossier."""
    return works_on(actor, dossier, *OFFICE_STAFF)


def can_attach(actor: User, dossier: Dossier) -> bool:
    """Add a file of the office."""
    return works_on(actor, dossier, *OFFICE_STAFF)


def can_note(actor: User, dossier: Dossier) -> bool:
    """Leave an internal note."""
    return works_on(actor, dossier, *OFFICE_STAFF)


def can_change_return(actor: User, dossier: Dossier) -> bool:
    """Choose another way to get the result (Khánh Hòa 2)."""
    return return_is_open(dossier) and works_on(actor, dossier, *OFFICE_STAFF)


def return_is_open(dossier: Dossier) -> bool:
    """Whether the way of return may still be changed: not once the result is on its way, or is about to be fetched by the post."""
    if dossier.state != State.DECIDED:
        return dossier.state in IN_INBOX
    if dossier.return_method == ReturnMethod.POST:
        return dossier.handover == Handover.FAILED
    return dossier.handover in (Handover.NONE, Handover.READY, Handover.FAILED)


def can_send_papers(actor: User, dossier: Dossier) -> bool:
    """Let the post carry its papers to another office: those who have them in hand, as long as it has not come to nothing."""
    return dossier.state not in (State.SUBMITTED, State.REFUSED, State.WITHDRAWN) and works_on(actor, dossier, Role.DESK, Role.SPECIALIST)


def can_add_result(actor: User, dossier: Dossier) -> bool:
    """Add or withdraw a result: whoever may decide."""
    return works_on(actor, dossier, *CASEWORK)


def can_plan_visit(actor: User, dossier: Dossier) -> bool:
    """Send an officer to the citizen's home (Thường Tín 5)."""
    return works_on(actor, dossier, *OFFICE_STAFF)


def can_see_proof(actor: User, dossier: Dossier) -> bool:
    """See the photo and the signature of a hand-over: staff of the offices that work on it, nobody else (rules.md 9)."""
    return works_on(actor, dossier, *OFFICE_STAFF)


def can_work_on(actor: User, dossier: Dossier) -> bool:
    """Be the officer in charge."""
    return works_on(actor, dossier, *OFFICE_STAFF)


def can_request_extension(actor: User, office: Office) -> bool:
    """Ask for more time (Cần Thơ 1c): the agency, by its specialists and leaders."""
    return office.pk in actor.office_ids_as(*CASEWORK)


def can_decide_extension(actor: User, extension: Extension) -> bool:
    """Approve or reject (Cần Thơ 2): the province's administrator, never the requester. An apology: also the head of the office."""
    if actor.pk == extension.requested_by_id:
        return False
    province = extension.office.province_id
    if any(item.role == Role.ADMINISTRATOR and item.office.province_id == province for item in actor.current_assignments()):
        return True
    return extension.instrument == Instrument.APOLOGY and extension.office_id in actor.office_ids_as(Role.LEADER)


def can_change_list(actor: User, extension: Extension) -> bool:
    """Take single dossiers out of a list before it is decided: the agency that asks, and whoever decides."""
    return can_request_extension(actor, extension.office) or can_decide_extension(actor, extension)


def can_sign_extension(actor: User, extension: Extension) -> bool:
    """Sign an apology: the head of the office, also one who asked for it (rules.md 6)."""
    return extension.instrument == Instrument.APOLOGY and extension.office_id in actor.office_ids_as(Role.LEADER)


def can_lift_extension(actor: User, extension: Extension) -> bool:
    """End a suspension early: whoever may approve one, the requester excluded."""
    return can_decide_extension(actor, extension)


def can_ask_payment(actor: User, dossier: Dossier) -> bool:
    """Ask the citizen for a sum, or take the request back: also the desk, which knows the fee."""
    return works_on(actor, dossier, *OFFICE_STAFF)


def can_cancel_payment(actor: User, dossier: Dossier) -> bool:
    """Whoever may ask."""
    return can_ask_payment(actor, dossier)


def can_take_cash(actor: User, dossier: Dossier) -> bool:
    """Take cash: the counter of the receiving office, whose receipt numbers they are."""
    return dossier.received_office_id in actor.office_ids_as(*OFFICE_STAFF)


def can_exempt(actor: User, dossier: Dossier) -> bool:
    """Apply a ground for exemption, on evidence seen."""
    return works_on(actor, dossier, *OFFICE_STAFF)


def can_refund(actor: User, dossier: Dossier) -> bool:
    """Record that money went back: not the desk alone."""
    return works_on(actor, dossier, *CASEWORK)


def can_manage_grounds(actor: User) -> bool:
    """Keep the list of grounds, read the gateway's and the bank's files: administrators."""
    return actor.has_role(Role.ADMINISTRATOR)


def can_bridge(actor: User, office: Office) -> bool:
    """Read in and send on what the National Portal and an office tell each other: its desk and leader, the province's administrator."""
    return office.pk in actor.office_ids_as(Role.DESK, Role.LEADER) or office.province_id in actor.provinces_as(Role.ADMINISTRATOR)


def can_bridge_anywhere(actor: User) -> bool:
    """Whether there is any office for which this person may."""
    return actor.has_role(Role.DESK, Role.LEADER, Role.ADMINISTRATOR)
