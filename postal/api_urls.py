from django.urls import path

from postal.api import CarrierEvents, Collected, ShipmentList

urlpatterns = [
    path("shipments/", ShipmentList.as_view(), name="shipments"),
    path("shipments/<uuid:key>/collected/", Collected.as_view(), name="shipment-collected"),
    path("carriers/<slug:carrier>/events/", CarrierEvents.as_view(), name="carrier-events"),
]
