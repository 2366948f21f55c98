"""Addresses of the API that dossiers answer (api.md)."""
from django.urls import path

from dossiers.api import extensions, payments, submissions, work

urlpatterns = [
    path("uploads/", submissions.Uploads.as_view(), name="uploads"),
    path("uploads/<str:token>/", submissions.UploadPieces.as_view(), name="upload"),
    path("submissions/", submissions.Submissions.as_view(), name="submissions"),
    path("submissions/check/", submissions.SubmissionCheck.as_view(), name="submission_check"),
    path("dossiers/", work.Dossiers.as_view(), name="dossiers"),
    path("dossiers/<str:number>/", work.DossierDetail.as_view(), name="dossier"),
    path("dossiers/<str:number>/accept/", work.Accept.as_view(), name="dossier_accept"),
    path("dossiers/<str:number>/refuse/", work.Refuse.as_view(), name="dossier_refuse"),
    path("dossiers/<str:number>/request-supplement/", work.RequestSupplement.as_view(), name="dossier_request_supplement"),
    path("dossiers/<str:number>/assign/", work.Assign.as_view(), name="dossier_assign"),
    path("dossiers/<str:number>/decide/", work.Decide.as_view(), name="dossier_decide"),
    path("dossiers/<str:number>/hand-over/", work.HandOver.as_view(), name="dossier_hand_over"),
    path("dossiers/<str:number>/withdraw/", work.Withdraw.as_view(), name="dossier_withdraw"),
    path("extensions/", extensions.Extensions.as_view(), name="extensions"),
    path("extensions/<int:pk>/", extensions.ExtensionDetail.as_view(), name="extension"),
    path("extensions/<int:pk>/approve/", extensions.Approve.as_view(), name="extension_approve"),
    path("extensions/<int:pk>/reject/", extensions.Reject.as_view(), name="extension_reject"),
    path("extensions/<int:pk>/preview/", extensions.Preview.as_view(), name="extension_preview"),
    path("extensions/<int:pk>/exclude/", extensions.Exclude.as_view(), name="extension_exclude"),
    path("extensions/<int:pk>/retry/", extensions.Retry.as_view(), name="extension_retry"),
    path("extensions/<int:pk>/lift/", extensions.Lift.as_view(), name="extension_lift"),
    path("payments/notice/", payments.Notice.as_view(), name="payment_notice"),
]
