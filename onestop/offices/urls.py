from django.urls.resolvers import URLPattern

app_name = "offices"
urlpatterns: list[URLPattern] = []
