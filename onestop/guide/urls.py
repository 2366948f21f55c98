from django.urls.resolvers import URLPattern

app_name = "guide"
urlpatterns: list[URLPattern] = []
