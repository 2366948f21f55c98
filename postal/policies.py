"""Who may do what with a shipment."""
from collections.abc import Collection

from dossiers.models import Dossier
from onestop.offices.models import Area, Office
from onestop.people.models import User
from onestop.people.states import Role
from postal.models import AddressCampaign, CampaignItem, Carrier, CarrierClerk, SettlementList, Shipment, clerk_row

SENDERS = (Role.DESK, Role.SPECIALIST)
COMPARERS = (Role.ADMINISTRATOR, Role.MONITOR, Role.LEADER, Role.CARRIER)  # who sees how often the carrier came in time
LISTERS = (Role.DESK, Role.SPECIALIST, Role.LEADER, Role.ADMINISTRATOR)
READERS = (Role.CARRIER, Role.ADMINISTRATOR, Role.MONITOR, Role.HOTLINE, Role.DESK, Role.SPECIALIST, Role.LEADER)


def can_collect(actor: User, shipment: Shipment) -> bool:
    """The carrier's clerk of the province, or the office's own desk, who watched the postman take it."""
    return works_for(actor, shipment.carrier_id, shipment.office) or shipment.office_id in actor.office_ids_as(Role.DESK)


def can_retry(actor: User, shipment: Shipment) -> bool:
    """The administrator of the province."""
    return _of_province(actor, shipment, Role.ADMINISTRATOR)


def _of_province(actor: User, shipment: Shipment, role: str) -> bool:
    return shipment.office.province_id in actor.provinces_as(role)


def can_recalculate(actor: User, carrier: Carrier) -> bool:
    """Administrators: of the carrier's province, or of any where it serves all."""
    provinces = actor.provinces_as(Role.ADMINISTRATOR)
    return bool(provinces) if carrier.province_id is None else carrier.province_id in provinces


def sending_office(actor: User, dossier: Dossier) -> Office | None:
    """Where the actor sends a dossier's papers from: the receiving office, else the deciding one; None where they work at neither."""
    own = actor.office_ids_as(*SENDERS)
    return next((office for office in (dossier.received_office, dossier.competent_office) if office.pk in own), None)


def can_send_between(actor: User, dossier: Dossier, office: Office) -> bool:
    """The staff of an office that holds the dossier: the one that received it or the one that decides it."""
    return office.pk in {dossier.received_office_id, dossier.competent_office_id} and office.pk in actor.office_ids_as(*SENDERS)


def can_handle(actor: User, shipment: Shipment) -> bool:
    """Decide about a shipment: correct its address, cancel it, send it again, note a call. The office's staff, and the administrator."""
    return shipment.office_id in actor.office_ids_as(*SENDERS) or _of_province(actor, shipment, Role.ADMINISTRATOR)


def can_arrive(actor: User, shipment: Shipment) -> bool:
    """Say that papers have reached the office they were sent to: its desk and its specialists."""
    return shipment.destination_id in actor.office_ids_as(Role.DESK, Role.SPECIALIST)


def can_write_off(actor: User, shipment: Shipment) -> bool:
    """Say that a shipment is lost: the administrator of the province."""
    return _of_province(actor, shipment, Role.ADMINISTRATOR)


def can_keep_carrier(actor: User, carrier: Carrier) -> bool:
    """Say how a carrier is reached, what its words mean, and send to it again: administrators of its province, or of any where it serves
    all."""
    return can_recalculate(actor, carrier)


# --- the carrier's clerk and handover lists -----------------------------------------------------------------------

def clerk_of(user: User) -> CarrierClerk | None:
    """The carrier and communes that somebody of the role carrier was given; None for everybody else."""
    return clerk_row(user)


def works_for(actor: User, carrier_id: int, office: Office) -> bool:
    """Whether somebody is a clerk of the carrier in the office's province; one without a carrier works for none. Communes say what a clerk
    sees, not what they may take when it is handed to them."""
    clerk = clerk_row(actor)
    return clerk is not None and clerk.carrier_id == carrier_id and office.province_id in actor.provinces_as(Role.CARRIER)


def waits_for_carrier(user: User) -> bool:
    """Whether somebody has the role carrier and nobody has said for which carrier they work."""
    return user.has_role(Role.CARRIER) and clerk_row(user) is None


def can_list(actor: User, carrier: Carrier, office: Office) -> bool:
    """Who writes a handover list, counts and signs: the carrier's clerk, or the office's desk."""
    return works_for(actor, carrier.pk, office) or office.pk in actor.office_ids_as(Role.DESK)


def can_manage_points(actor: User, carrier: Carrier) -> bool:
    """Administrators: of the carrier's province, or of any where the carrier serves all."""
    provinces = actor.provinces_as(Role.ADMINISTRATOR)
    return bool(provinces) and (carrier.province_id is None or carrier.province_id in provinces)


def can_appoint(actor: User, user: User) -> bool:
    """The administrator of a province in which somebody holds the role carrier."""
    return bool(set(actor.provinces_as(Role.ADMINISTRATOR)) & set(user.provinces_as(Role.CARRIER)))


# --- money --------------------------------------------------------------------------------------------------------

def can_set_fees(actor: User, carrier: Carrier) -> bool:
    """Administrators: of the carrier's province, or of any where the carrier serves all."""
    return can_manage_points(actor, carrier)


def can_confirm_claim(actor: User, dossier: Dossier) -> bool:
    """The people of the offices that received or handle the dossier: they see the paper."""
    own = actor.office_ids_as(Role.DESK, Role.SPECIALIST, Role.LEADER)
    return dossier.received_office_id in own or dossier.competent_office_id in own


def can_manage_waivers(actor: User, province_id: int) -> bool:
    """Waivers and settlement lists: the administrator of the province."""
    return province_id in actor.provinces_as(Role.ADMINISTRATOR)


def can_approve_settlement(actor: User, settlement: SettlementList, deciders: Collection[int]) -> bool:
    """Four eyes: an administrator of the province who neither made the list nor decided one of its lines."""
    others = actor.pk != settlement.made_by_id and actor.pk not in deciders
    return others and can_manage_waivers(actor, settlement.waiver.province_id)


# --- address campaigns ------------------------------------------------------------------------------------------------

def can_make_campaign(actor: User, province: Area, office: Office | None) -> bool:
    """The administrator for the province; an office's leader and desk for their own office."""
    if province.pk in actor.provinces_as(Role.ADMINISTRATOR) and (office is None or office.province_id == province.pk):
        return True
    return office is not None and office.province_id == province.pk and office.pk in actor.office_ids_as(Role.LEADER, Role.DESK)


def can_run_campaign(actor: User, campaign: AddressCampaign) -> bool:
    """Add to it, invite, close it: whoever may make one like it."""
    return can_make_campaign(actor, campaign.province, campaign.office)


def can_list_people(actor: User) -> bool:
    """Take the people of a campaign away as a file: those who call, and administrators; each gets those that they may see."""
    return actor.has_role(*LISTERS)


def can_call_item(actor: User, item: CampaignItem) -> bool:
    """Call somebody and register what they want: the office that returns the result."""
    return item.office_id in actor.office_ids_as(Role.DESK, Role.SPECIALIST, Role.LEADER)
