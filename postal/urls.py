from django.urls import path

from postal import views

app_name = "postal"
urlpatterns = [
    path("", views.shipment_list, name="shipments"),
    path("<int:pk>/", views.shipment_detail, name="shipment"),
    path("<int:pk>/da-lay/", views.collected, name="collected"),
    path("<int:pk>/bao-lai/", views.retry, name="retry"),
]
