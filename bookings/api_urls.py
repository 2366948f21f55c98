"""Addresses of the API that booking answers (api.md)."""
from django.urls import path

from bookings.api import appointments, places, visits, waiting

urlpatterns = [
    path("offices/", places.Offices.as_view(), name="offices"),
    path("availability/", places.Availability.as_view(), name="availability"),
    path("holds/", places.Holds.as_view(), name="holds"),
    path("holds/<int:pk>/", places.HoldDetail.as_view(), name="hold"),
    path("holds/<int:pk>/extend/", places.HoldExtend.as_view(), name="hold_extend"),
    path("appointments/", appointments.Appointments.as_view(), name="appointments"),
    path("appointments/<slug:code>/", appointments.AppointmentDetail.as_view(), name="appointment"),
    path("appointments/<slug:code>/cancel/", appointments.Cancel.as_view(), name="appointment_cancel"),
    path("appointments/<slug:code>/reschedule/", appointments.Reschedule.as_view(), name="appointment_reschedule"),
    path("appointments/<slug:code>/check-in/", visits.CheckIn.as_view(), name="appointment_check_in"),
    path("appointments/<slug:code>/enter/", visits.Enter.as_view(), name="appointment_enter"),
    path("appointments/<slug:code>/leave/", visits.Leave.as_view(), name="appointment_leave"),
    path("appointments/<slug:code>/no-show/", visits.NoShow.as_view(), name="appointment_no_show"),
    path("waiting-list/", waiting.Waiting.as_view(), name="waiting_list"),
    path("rooms/<slug:code>/", visits.RoomNow.as_view(), name="room"),
]
