"""Every address of the portal; the apps above are named by string."""
from django.urls import include, path

api = [
    path("", include("onestop.people.api_urls")),
    path("", include("onestop.offices.api_urls")),
    path("", include("onestop.catalogue.api_urls")),
    path("", include("onestop.guide.api_urls")),
    path("", include("onestop.notify.api_urls")),
    path("", include("bookings.api_urls")),
    path("", include("dossiers.api_urls")),
    path("", include("postal.api_urls")),
]

urlpatterns = [
    path("", include("onestop.guide.urls")),
    path("", include("onestop.people.urls")),
    path("quan-ly/don-vi/", include("onestop.offices.urls")),
    path("quan-ly/thu-tuc/", include("onestop.catalogue.urls")),
    path("quan-ly/van-ban/", include("onestop.directives.urls")),
    path("quan-ly/tin-nhan/", include("onestop.notify.urls")),
    path("nhan-tin/", include("onestop.notify.public_urls")),
    path("dat-lich/", include("bookings.urls")),
    path("ho-so/", include("dossiers.urls")),
    path("buu-chinh/", include("postal.urls")),
    path("api/v1/", include((api, "api"))),
]

handler400 = "onestop.access.bad_request"
handler403 = "onestop.access.forbidden"
handler404 = "onestop.access.not_found"
handler500 = "onestop.access.server_error"
