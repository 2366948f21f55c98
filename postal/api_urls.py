from django.urls import path

from postal.api import events, handover, handover_steps, points, shipments

urlpatterns = [
    path("shipments/", shipments.ShipmentList.as_view(), name="shipments"),
    path("shipments/<uuid:key>/", shipments.OneShipment.as_view(), name="shipment"),
    path("shipments/<uuid:key>/cancel/", shipments.Cancelled.as_view(), name="shipment-cancel"),
    path("shipments/<uuid:key>/collected/", shipments.Collected.as_view(), name="shipment-collected"),
    path("handover-lists/", handover.HandoverLists.as_view(), name="handover-lists"),
    path("handover-lists/<uuid:key>/", handover.HandoverDetail.as_view(), name="handover-list"),
    path("handover-lists/<uuid:key>/count/", handover_steps.HandoverCount.as_view(), name="handover-list-count"),
    path("handover-lists/<uuid:key>/take-out/", handover_steps.HandoverTakeOut.as_view(), name="handover-list-take-out"),
    path("handover-lists/<uuid:key>/drop/", handover_steps.HandoverDrop.as_view(), name="handover-list-drop"),
    path("handover-lists/<uuid:key>/close/", handover.HandoverClose.as_view(), name="handover-list-close"),
    path("reception-points/", points.ReceptionPoints.as_view(), name="reception-points"),
    path("carriers/<slug:carrier>/events/", events.CarrierEvents.as_view(), name="carrier-events"),
]
