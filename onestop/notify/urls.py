from django.urls import path

from onestop.notify.views import broadcasts, messages, preferences, providers, spending, subscriptions, wording

app_name = "notify"
urlpatterns = [
    path("hang-loat/", broadcasts.listing, name="broadcasts"),
    path("hang-loat/moi/", broadcasts.create, name="new_broadcast"),
    path("hang-loat/xem-truoc/", broadcasts.preview, name="preview_broadcast"),
    path("hang-loat/tep-mau/", broadcasts.template, name="broadcast_template"),
    path("hang-loat/<int:pk>/", broadcasts.show, name="broadcast"),
    path("hang-loat/<int:pk>/sua/", broadcasts.edit, name="edit_broadcast"),
    path("hang-loat/<int:pk>/lap-danh-sach/", broadcasts.count, name="count_broadcast"),
    path("hang-loat/<int:pk>/gui/", broadcasts.start, name="start_broadcast"),
    path("hang-loat/<int:pk>/tien-do/", broadcasts.progress, name="broadcast_progress"),
    path("hang-loat/<int:pk>/tam-dung/", broadcasts.pause, name="pause_broadcast"),
    path("hang-loat/<int:pk>/gui-tiep/", broadcasts.resume, name="resume_broadcast"),
    path("hang-loat/<int:pk>/huy/", broadcasts.cancel, name="cancel_broadcast"),
    path("hang-loat/<int:pk>/chua-nhan/", broadcasts.not_reached, name="broadcast_not_reached"),
    path("dang-ky/", subscriptions.note, name="note_subscription"),
    path("cong/", providers.provider_list, name="providers"),
    path("cong/moi/", providers.new_provider, name="new_provider"),
    path("cong/<int:pk>/", providers.provider, name="provider"),
    path("cong/<int:pk>/dung-lai/", providers.wake_provider, name="wake_provider"),
    path("cong/<int:pk>/gui-thu/", providers.try_provider, name="try_provider"),
    path("trong-ngay/", spending.day_of_messages, name="day"),
    path("trong-ngay/muc-chi/", spending.raise_cap, name="raise_cap"),
    path("cach-nhan/", preferences.note_preference, name="preference"),
    path("mau/", wording.wording_list, name="wordings"),
    path("mau/<slug:key>/", wording.wording, name="wording"),
    path("mau/<slug:key>/<str:language>/sua/", wording.edit_wording, name="edit_wording"),
    path("mau/<slug:key>/<str:language>/mac-dinh/", wording.give_up_wording, name="give_up_wording"),
    path("mau/ban/<int:pk>/dung-lai/", wording.use_wording_again, name="use_wording_again"),
    path("", messages.message_list, name="messages"),
    path("<int:pk>/", messages.message_detail, name="message"),
    path("<int:pk>/gui-lai/", messages.retry, name="retry"),
    path("<int:pk>/bo/", messages.discard, name="discard"),
]
