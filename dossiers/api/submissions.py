"""Handing in for programs: files first, then the submission that names their tokens."""
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dossiers.api import access, inputs, shapes
from dossiers.api.inputs import checked
from dossiers.services import files, intake, records
from onestop.catalogue.queries import by_code
from onestop.people.rest.authentication import Partner
from onestop.people.rest.idempotency import idempotent
from onestop.people.states import Scope
from onestop.transitions import Refused

UNKNOWN = _("Không có thủ tục nào có mã này.")
SUBMISSION = {"procedure": "1.001193", "office": "ninh-kieu", "applicant": {"full_name": "Người nộp mẫu 01", "phone": "0900000001"},
              "papers": ["q8Zb…"], "return_method": "counter"}
SUBMITTED = {"reference": "K7M2P9QX", "secret": "R4TW8YAB2C", "status": {"code": 1, "name": "Mới đăng ký"},
             "accept_due_at": "2026-11-26T09:30:00+07:00", "track_url": "http://localhost:8000/ho-so/tra-cuu/?ma=K7M2P9QX"}
UPLOADED = {"token": "q8Zb…", "expires_at": "2026-11-26T09:00:00+07:00", "sha256": "9f86d0…", "scan_state": "unchecked",
            "name": "to-khai.pdf", "mime": "application/pdf", "size": 48211}


class Uploads(APIView):
    """One file."""

    @extend_schema(
        operation_id="uploads_create", summary="Upload one file (PDF, image, DOCX, XLSX); its token lasts 24 hours",
        description="413 `file_too_large`, 415 `file_type` (by content), 422 `file_empty`.",
        request={"multipart/form-data": inputs.UploadIn}, responses={201: shapes.UploadShape, **shapes.problems(400, 413, 415, 422, 429)},
        examples=[OpenApiExample("Uploaded", response_only=True, status_codes=["201"], value=UPLOADED)])
    @idempotent
    def post(self, request: Request) -> Response:
        stored = files.store_upload(checked(inputs.UploadIn, request.data)["file"])
        upload = stored.upload
        shown = {name: getattr(upload, name) for name in ("sha256", "scan_state", "name", "mime", "size")}
        return Response({"token": stored.token, "expires_at": shapes.moment(upload.expires_at), **shown}, status=201)


class Submissions(APIView):
    """One online submission."""

    @extend_schema(
        operation_id="submissions_create", summary="Hand a dossier in online; the secret is shown only now",
        description="422 with `directive` where a letter closes the channel; 422 `upload_unknown` for a token that is used or expired.",
        request=inputs.SubmissionIn, responses={201: shapes.SubmittedShape, **shapes.problems(400, 401, 403, 404, 409, 422, 429, 503)},
        examples=[OpenApiExample("Submission", request_only=True, value=SUBMISSION),
                  OpenApiExample("Submitted", response_only=True, status_codes=["201"], value=SUBMITTED)])
    @idempotent
    def post(self, request: Request) -> Response:
        asked = checked(inputs.SubmissionIn, request.data)
        office, procedure = access.office_called(asked["office"]), by_code(asked["procedure"])
        if procedure is None:
            raise Refused("unknown_procedure", UNKNOWN, fields={"procedure": [UNKNOWN]})
        caller = request.user if isinstance(request.user, Partner) else None
        if caller is not None and not (caller.has_scope(Scope.INTAKE) and caller.may_act_for(office.pk)):
            raise Refused("forbidden", _("Khóa truy cập không có quyền nộp hồ sơ tại đơn vị này."), status=403)
        made = submit(asked, office, procedure, caller)
        return Response({
            "reference": made.dossier.reference, "secret": made.secret, "status": shapes.status_json(made.dossier),
            "accept_due_at": shapes.moment(made.dossier.accept_due_at), "track_url": records.track_url(made.dossier)}, status=201)


def submit(asked: dict[str, Any], office: Any, procedure: Any, caller: Partner | None) -> intake.Submitted:
    """The checked body as the service takes it; errors of the applicant are told as 'applicant.<field>'."""
    wanted = intake.Request(answers=dict(asked["answers"]), note=asked["note"], return_method=asked["return_method"],
                            return_address=asked["address"])
    try:
        return intake.submit_online(
            office=office, procedure=procedure, applicant=intake.Applicant(**asked["applicant"]), request=wanted,
            uploads=[files.Attached(**paper) for paper in asked["papers"]], actor=caller.user if caller else None, via="api",
            actor_label=caller.label if caller else "")
    except Refused as refusal:
        refusal.fields = {named(name): texts for name, texts in refusal.fields.items()}
        raise


def named(field: str) -> str:
    """The field of the body that a field of the dossier comes from."""
    if field == "return_address":
        return "address"
    return f"applicant.{field}" if field in inputs.ApplicantIn().fields else field
