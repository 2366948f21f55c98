from django.urls import path

from postal.views import campaign_answer, campaign_calls, campaigns, shipments

app_name = "postal"
urlpatterns = [
    path("", shipments.shipment_list, name="shipments"),
    path("<int:pk>/", shipments.shipment_detail, name="shipment"),
    path("<int:pk>/da-lay/", shipments.collected, name="collected"),
    path("<int:pk>/bao-lai/", shipments.retry, name="retry"),
    path("lien-he/", campaigns.index, name="campaigns"),
    path("lien-he/moi/", campaigns.create, name="campaign_new"),
    path("lien-he/<int:pk>/", campaigns.show, name="campaign"),
    path("lien-he/<int:pk>/bo-sung/", campaigns.add, name="campaign_add"),
    path("lien-he/<int:pk>/nhan-tin/", campaigns.invite, name="campaign_invite"),
    path("lien-he/<int:pk>/dung-nhan-tin/", campaigns.stop, name="campaign_stop"),
    path("lien-he/<int:pk>/ket-thuc/", campaigns.close, name="campaign_close"),
    path("lien-he/<int:pk>/tai/<slug:kind>/", campaigns.download, name="campaign_file"),
    path("lien-he/<int:pk>/danh-sach/", campaign_calls.listing, name="campaign_people"),
    path("lien-he/<int:pk>/goi-tiep/", campaign_calls.call_next, name="campaign_next"),
    path("lien-he/nguoi/<int:pk>/", campaign_calls.show, name="campaign_item"),
    path("lien-he/nguoi/<int:pk>/giu/", campaign_calls.take, name="campaign_take"),
    path("lien-he/nguoi/<int:pk>/ghi/", campaign_calls.record, name="campaign_record"),
    path("lien-he/nguoi/<int:pk>/goi-lai/", campaign_calls.again, name="campaign_again"),
    path("xac-nhan/<str:token>/", campaign_answer.answer, name="campaign_answer"),
]
