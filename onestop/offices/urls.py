"""Working pages of offices, below quan-ly/don-vi/."""
from django.urls import path

from onestop.offices.views import calendars, closures, offices

app_name = "offices"
urlpatterns = [
    path("", offices.office_list, name="list"),
    path("lich/", calendars.this_year, name="calendar_now"),
    path("lich/<int:year>/", calendars.calendar_year, name="calendar"),
    path("lich/<int:year>/de-xuat/", calendars.propose, name="calendar_propose"),
    path("ban-lich/<int:pk>/sua-doi/", calendars.redraft, name="calendar_redraft"),
    path("ban-lich/<int:pk>/ngay/", calendars.edit_day, name="calendar_day"),
    path("ban-lich/<int:pk>/phe-duyet/", calendars.approve, name="calendar_approve"),
    path("dong-cua/", closures.closure_list, name="closures"),
    path("dong-cua/<int:pk>/mo-lai/", closures.reopen, name="reopen"),
    path("<slug:code>/", offices.office_detail, name="detail"),
    path("<slug:code>/gio/", offices.moved, {"page": "bookings:hours"}, name="hours"),
    path("<slug:code>/phan-cong/", offices.moved, {"page": "bookings:duty"}, name="duty"),
    path("<slug:code>/dong-cua/", closures.close, name="close"),
]
