"""Addresses of booking. Short public list: everything a citizen without an account needs."""
from django.urls import path

from bookings.views import citizen, counter, door, hotline, manage

app_name = "bookings"
urlpatterns = [
    path("", citizen.start, name="start"),
    path("noi/<slug:office>/<str:procedure>/", citizen.choose, name="month"),
    path("noi/<slug:office>/<str:procedure>/giu-cho/", citizen.hold, name="hold"),
    path("thong-tin/", citizen.details, name="details"),
    path("thong-tin/giu-them/", citizen.extend, name="extend"),
    path("thong-tin/tra-cho/", citizen.leave, name="leave"),
    path("lich/<str:code>/", manage.manage, name="manage"),
    path("lich/<str:code>/phieu/", manage.slip, name="slip"),
    path("lich/<str:code>/lich-hen.ics", manage.ics, name="ics"),
    path("lich/<str:code>/huy/", manage.cancel, name="cancel"),
    path("lich/<str:code>/doi/", manage.move, name="move"),
    path("tong-dai/", hotline.console, name="hotline"),
    path("tong-dai/dat/", hotline.book, name="hotline_book"),
    path("tong-dai/<str:code>/", hotline.booked, name="hotline_booked"),
    path("cua/", door.my_door, name="my_door"),
    path("cua/<slug:office>/", door.door, name="door"),
    path("den/<str:code>/", door.arrive, name="arrive"),
    path("den/<str:code>/check-in/", door.check_in, name="check_in"),
    path("den/<str:code>/tu-choi/", door.refuse_entry, name="refuse_entry"),
    path("den/<str:code>/vao/", door.enter, name="enter"),
    path("den/<str:code>/ra/", door.leave, name="leave_room"),
    path("den/<str:code>/khong-den/", door.no_show, name="no_show"),
    path("quay/", counter.day, name="day"),
    path("quay/<str:code>/tiep-nhan/", counter.receive, name="receive"),
]
