from django.urls import path

from postal.views import shipments

app_name = "postal"
urlpatterns = [
    path("", shipments.shipment_list, name="shipments"),
    path("<int:pk>/", shipments.shipment_detail, name="shipment"),
    path("<int:pk>/da-lay/", shipments.collected, name="collected"),
    path("<int:pk>/bao-lai/", shipments.retry, name="retry"),
]
