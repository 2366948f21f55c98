"""manage.py import_procedures FILE [--report FILE.csv]."""
import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from onestop.catalogue.services.importing import Finding, Report, import_procedures
from onestop.catalogue.states import Channel, Problem

SHOWN = 20


class Command(BaseCommand):
    help = "Nhập danh mục thủ tục hành chính theo định dạng quốc gia (mỗi dòng một đối tượng JSON)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--report", type=Path, help="ghi mọi dòng cần xem lại vào tệp CSV này")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = import_procedures(options["file"], say=self.stdout.write)
            if options["report"]:
                write_csv(options["report"], report)
        except OSError as error:
            raise CommandError(f"Không mở được tệp: {error}") from error
        self.summary(report)
        if options["report"]:
            self.stdout.write(f"Danh sách đầy đủ: {options['report']}")

    def summary(self, report: Report) -> None:
        """Counts, then the first lines of what needs a person."""
        self.stdout.write(f"Đã nhận {report.taken} thủ tục: {report.created} mới, {report.updated} cập nhật, "
                          f"{report.unchanged} không đổi; {len(report.rejected)} dòng không nhận được.")
        self.stdout.write(f"Cần rà soát: {report.procedures_to_review} thủ tục, {len(report.to_review)} nội dung.")
        for problem, number in report.problems.most_common():
            self.stdout.write(f"  {number:>6}  {Problem(problem).label}")
        if report.fees_not_stated:
            self.stdout.write(f"Không nêu mức phí (vẫn dùng được, không hiện là miễn phí): {report.fees_not_stated} cách thức nộp.")
        listed = report.rejected + report.to_review
        for finding in listed[:SHOWN]:
            self.stdout.write(f"  dòng {finding.line} · {finding.code or '—'} · {sentence(finding)}")
        if len(listed) > SHOWN:
            self.stdout.write(f"  … và {len(listed) - SHOWN} nội dung khác (xem màn hình rà soát, hoặc dùng --report).")


def sentence(finding: Finding) -> str:
    """Field, channel and why, in words."""
    if finding.outcome == "rejected":
        return f"không nhận: {finding.field} {finding.raw}".replace("  ", " ")
    channel = f" ({Channel(finding.channel).label})" if finding.channel else ""
    raw = f" — “{finding.raw}”" if finding.raw else ""
    return f"{finding.field}{channel}: {Problem(finding.problem).label}{raw}"


def write_csv(path: Path, report: Report) -> None:
    """Every line that was refused or needs review, for a spreadsheet."""
    with path.open("w", encoding="utf-8-sig", newline="") as handle:
        table = csv.writer(handle)
        table.writerow(["dòng", "mã thủ tục", "kết quả", "trường", "vướng mắc", "cách thức", "nội dung"])
        for finding in sorted(report.rejected + report.to_review, key=lambda item: item.line):
            why = "" if finding.outcome == "rejected" else str(Problem(finding.problem).label)
            table.writerow([finding.line, finding.code, finding.outcome, finding.field, why, finding.channel, finding.raw])
