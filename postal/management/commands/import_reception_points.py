"""Bring in a carrier's reception points from a CSV or XLSX file."""
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from onestop.sheets import Unreadable
from postal.models import Carrier
from postal.services import points


class Command(BaseCommand):
    """manage.py import_reception_points CARRIER FILE [--check]"""

    help = "Nhập điểm tiếp nhận của bưu chính từ tệp CSV hoặc XLSX; nhập lại không đổi gì."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("carrier", help="mã doanh nghiệp bưu chính")
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help="chỉ xem trước, không ghi")

    def handle(self, *args: Any, **options: Any) -> None:
        carrier = Carrier.objects.filter(code=options["carrier"]).first()
        if carrier is None:
            raise CommandError(f"Không có doanh nghiệp bưu chính nào có mã {options['carrier']}.")
        try:
            found = points.read(options["file"].read_bytes())
        except (Unreadable, OSError) as trouble:
            raise CommandError(str(trouble)) from trouble
        for line, sentence in found.left_out:
            self.stdout.write(f"dòng {line}: {sentence}")
        done = points.preview(carrier, found.points) if options["check"] else \
            points.bring_in(actor=None, carrier=carrier, points=found.points)
        self.stdout.write(f"thêm {done.created}, sửa {done.changed}, giữ nguyên {done.unchanged}, bỏ qua {len(found.left_out)}")
