"""Handing in for programs: files first, whole or in pieces, then the submission that names their tokens."""
import hashlib
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.exceptions import NotFound
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from dossiers import flooding, prechecks
from dossiers.api import access, inputs, shapes
from dossiers.api.inputs import checked
from dossiers.models import Upload
from dossiers.services import files, intake, pieces, records
from onestop.catalogue.models import ChannelTerm
from onestop.catalogue.queries import by_code, published
from onestop.people.rest.authentication import Partner
from onestop.people.rest.idempotency import body_hash, caller_of, idempotent
from onestop.people.rest.problems import of_refusal, respond
from onestop.people.states import Scope
from onestop.transitions import Refused

UNKNOWN = _("Không có thủ tục nào có mã này.")
SUBMISSION = {"procedure": "1.001193", "office": "ninh-kieu", "applicant": {"full_name": "Người nộp mẫu 01", "phone": "0900000001"},
              "papers": ["q8Zb…"], "return_method": "counter", "collect_by_post": True, "collect_address": "Số 1, đường Mẫu"}
SUBMITTED = {"reference": "K7M2P9QX", "secret": "R4TW8YAB2C", "status": {"code": 1, "name": "Mới đăng ký"},
             "accept_due_at": "2026-11-26T09:30:00+07:00", "track_url": "http://localhost:8000/ho-so/tra-cuu/?ma=K7M2P9QX"}
UPLOADED = {"token": "q8Zb…", "expires_at": "2026-11-26T09:00:00+07:00", "sha256": "9f86d0…", "scan_state": "unchecked",
            "name": "to-khai.pdf", "mime": "application/pdf", "size": 48211, "offset": 48211, "complete": True}


class Uploads(APIView):
    """One file, whole or in pieces."""

    @extend_schema(
        operation_id="uploads_create", summary="Upload one file (PDF, image, DOCX, XLSX), or begin one that comes in pieces",
        description="As multipart with `file`: the file as a whole; its token lasts 24 hours. As JSON with `name`, `size` (bytes): "
                    "a token, then its pieces go to `uploads/{token}/`. 413, 415 `file_type` (by content), 422 `file_empty`.",
        request={"multipart/form-data": inputs.UploadIn, "application/json": inputs.BeginIn},
        responses={201: shapes.UploadShape, **shapes.problems(400, 413, 415, 422, 429)},
        examples=[OpenApiExample("Uploaded", response_only=True, status_codes=["201"], value=UPLOADED)])
    @idempotent
    def post(self, request: Request) -> Response:
        if isinstance(request.data, Mapping) and "name" in request.data and "file" not in request.data:
            stored = pieces.begin(**checked(inputs.BeginIn, request.data))
        else:
            stored = files.store_upload(checked(inputs.UploadIn, request.data)["file"])
        return Response({"token": stored.token, **upload_json(stored.upload)}, status=201)


def upload_json(upload: Upload) -> dict[str, Any]:
    """A file as its sender knows it: how much of it is here (bytes), and what is known once it is complete."""
    shown = {name: getattr(upload, name) for name in ("sha256", "scan_state", "name", "mime", "size")}
    complete = upload.received is None
    return {"expires_at": shapes.moment(upload.expires_at), **shown, "offset": upload.size if complete else upload.received,
            "complete": complete}


class Raw(BaseParser):
    """The bytes of a piece as they came."""

    media_type = "application/octet-stream"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, bytes]:
        return {"piece": stream.read(pieces.PIECE_BYTES + 1)}


class UploadPieces(APIView):
    """The pieces of one file, in order; whoever lost the connection asks where to go on."""

    parser_classes = [Raw]

    @extend_schema(
        operation_id="uploads_show", summary="How much of a file is here", request=None,
        responses={200: shapes.UploadStateShape, **shapes.problems(404, 429)})
    def get(self, request: Request, token: str) -> Response:
        upload = files.upload_of(token)
        if upload is None:
            raise NotFound
        return Response(upload_json(upload))

    @extend_schema(
        operation_id="uploads_append", summary="Add a piece (at most 1 MB) at the offset named by the header Upload-Offset",
        description="409 `wrong_offset` with the header `Upload-Offset`: where to go on. 404 `upload_unknown`, 413 `piece_too_large`; with "
                    "the last piece 415 `file_type` (by content).",
        parameters=[OpenApiParameter("Upload-Offset", int, OpenApiParameter.HEADER, required=True)],
        request={"application/octet-stream": bytes},
        responses={200: shapes.UploadStateShape, **shapes.problems(400, 404, 409, 413, 415, 429)})
    @idempotent
    def post(self, request: Request, token: str) -> Response:
        offset = checked(inputs.OffsetIn, {"offset": request.headers.get("Upload-Offset", "")})["offset"]
        try:
            upload = pieces.store_piece(token=token, offset=offset, piece=request.data.get("piece", b""))
        except pieces.WrongOffset as refusal:
            return respond(of_refusal(refusal), headers={"Upload-Offset": str(refusal.offset)})
        return Response(upload_json(upload))


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
        if caller is None:
            flooding.one_more(asked["applicant"]["phone"])
        made = submit(asked, office, procedure, caller, submission_key(request))
        return Response({
            "reference": made.dossier.reference, "secret": made.secret, "status": shapes.status_json(made.dossier),
            "accept_due_at": shapes.moment(made.dossier.accept_due_at), "track_url": records.track_url(made.dossier)}, status=201)


class SubmissionCheck(APIView):
    """What would happen, without handing in."""

    @extend_schema(
        operation_id="submissions_check", summary="Check a submission without handing it in: what is wrong or missing, dates, fee",
        description="`ready` false where a finding of kind `wrong` bars it; `missing` papers may follow later. Nothing is stored.",
        request=inputs.SubmissionIn, responses={200: shapes.OutlookShape, **shapes.problems(400, 401, 422, 429)})
    @idempotent
    def post(self, request: Request) -> Response:
        asked = checked(inputs.SubmissionIn, request.data)
        office, procedure = access.office_called(asked["office"]), by_code(asked["procedure"])
        if procedure is None:
            raise Refused("unknown_procedure", UNKNOWN, fields={"procedure": [UNKNOWN]})
        found = prechecks.look(prechecks.Asked(
            office=office, procedure=procedure, applicant=applicant_of(asked), request=wanted_of(asked), form_version=published(procedure),
            files=[(paper["position"], paper["token"]) for paper in asked["papers"]]))
        return Response({
            "ready": found.ready, "accept_by": shapes.moment(found.accept_by), "due_by": shapes.moment(found.due_by),
            "fee": fee_json(found.term), "findings": [
                {"kind": item.kind, "field": named(item.where) if item.where else "", "sentence": item.sentence,
                 "directive": item.directive} for item in found.findings]})


def fee_json(term: ChannelTerm | None) -> dict[str, Any] | None:
    """The fee as the catalogue has it; None where it does not state it."""
    if term is None or term.fee_amount is None:
        return None
    return {"amount": int(term.fee_amount), "currency": term.fee_currency}


def submission_key(request: Request) -> str:
    """The key of a dossier that this call makes: of the caller, its Idempotency-Key and the body, so that a call whose process died
    after the dossier was there finds it again. '' without the header."""
    key = request.headers.get("Idempotency-Key", "").strip()
    return hashlib.sha256(f"api:{caller_of(request)}:{key}:{body_hash(request)}".encode()).hexdigest() if key else ""


def applicant_of(asked: dict[str, Any]) -> intake.Applicant:
    """Who hands in, and for whom."""
    return intake.Applicant(**asked["applicant"])


def wanted_of(asked: dict[str, Any]) -> intake.Request:
    """What is asked for."""
    return intake.Request(answers=dict(asked["answers"]), note=asked["note"], return_method=asked["return_method"],
                          return_address=asked["address"], return_area=asked["address_area"],
                          collect_by_post=asked["collect_by_post"], collect_address=asked["collect_address"],
                          collect_area=asked["collect_area"])


def submit(asked: dict[str, Any], office: Any, procedure: Any, caller: Partner | None, key: str) -> intake.Submitted:
    """The checked body as the service takes it; errors of the applicant are told as 'applicant.<field>'."""
    try:
        return intake.submit_online(
            office=office, procedure=procedure, applicant=applicant_of(asked), request=wanted_of(asked),
            uploads=[files.Attached(**paper) for paper in asked["papers"]], actor=caller.user if caller else None, via="api",
            actor_label=caller.label if caller else "", submission_key=key, form_version=published(procedure))
    except Refused as refusal:
        before = intake.submitted_before(key)
        if before is not None:
            return before
        refusal.fields = {named(name): texts for name, texts in refusal.fields.items()}
        raise


def named(field: str) -> str:
    """The field of the body that a field of the dossier comes from."""
    if field == "return_address":
        return "address"
    return f"applicant.{field}" if field in inputs.ApplicantIn().fields else field
