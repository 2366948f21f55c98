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
    ReceptionPointQuerySet,
    clerk_row,
)
from postal.models.handover import CollectionSlip, HandoverCounter, HandoverItem, HandoverList, HandoverListEvent, HandoverListQuerySet
from postal.models.money import (
    FeeRule,
    SettlementEvent,
    SettlementFile,
    SettlementLine,
    SettlementList,
    SocialClaim,
    WaiverCampaign,
    WaiverEvent,
)
from postal.models.shipments import CarrierEvent, Shipment, ShipmentEvent, ShipmentQuerySet

__all__ = [
    "AddressCampaign", "AddressCampaignEvent", "CampaignItem", "CampaignItemEvent", "Carrier", "CarrierChange", "CarrierClerk",
    "CarrierEvent", "CarrierFile", "CarrierQuerySet", "CarrierWord", "clerk_row", "CollectionSlip", "FeeRule", "HandoverCounter",
    "HandoverItem", "HandoverList", "HandoverListEvent", "HandoverListQuerySet", "Manifest", "ReceptionPoint", "ReceptionPointQuerySet",
    "SettlementEvent", "SettlementFile", "SettlementLine", "SettlementList", "Shipment", "ShipmentEvent", "ShipmentQuerySet",
    "SocialClaim", "WaiverCampaign", "WaiverEvent",
]
