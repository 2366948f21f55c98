from django.urls.resolvers import URLPattern

app_name = "postal"
urlpatterns: list[URLPattern] = []
