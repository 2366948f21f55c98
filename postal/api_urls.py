from django.urls import path

from postal.api import events, shipments

urlpatterns = [
    path("shipments/", shipments.ShipmentList.as_view(), name="shipments"),
    path("shipments/<uuid:key>/collected/", shipments.Collected.as_view(), name="shipment-collected"),
    path("carriers/<slug:carrier>/events/", events.CarrierEvents.as_view(), name="carrier-events"),
]
