from django.urls.resolvers import URLPattern

app_name = "bookings"
urlpatterns: list[URLPattern] = []
