"""The rows of the post, by activity."""
from postal.models.campaigns import AddressCampaign, AddressCampaignEvent, CampaignItem, CampaignItemEvent
from postal.models.carriers import (
    Carrier,
    CarrierChange,
    CarrierClerk,
    CarrierFile,
    CarrierQuerySet,
    CarrierWord,
    Manifest,
    ReceptionPoint,
)
from postal.models.handover import HandoverItem, HandoverList, HandoverListEvent
from postal.models.money import (
    FeeRule,
    SettlementEvent,
    SettlementLine,
    SettlementList,
    SocialClaim,
    WaiverCampaign,
    WaiverEvent,
)
from postal.models.shipments import CarrierEvent, Shipment, ShipmentEvent, ShipmentQuerySet

__all__ = [
    "AddressCampaign", "AddressCampaignEvent", "CampaignItem", "CampaignItemEvent", "Carrier", "CarrierChange", "CarrierClerk",
    "CarrierEvent", "CarrierFile", "CarrierQuerySet", "CarrierWord", "FeeRule", "HandoverItem", "HandoverList", "HandoverListEvent",
    "Manifest", "ReceptionPoint", "SettlementEvent", "SettlementLine", "SettlementList", "Shipment", "ShipmentEvent", "ShipmentQuerySet",
    "SocialClaim", "WaiverCampaign", "WaiverEvent",
]
