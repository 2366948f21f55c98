"""The typeface of pages, served from its own package: three weights out of eighteen, none of them copied into the repository."""
from collections.abc import Iterable
from typing import Any

import fontpkg_be_vietnam_pro  # type: ignore[import-untyped]
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage
from django.utils._os import safe_join

PREFIX = "fonts"
FILES = ("BeVietnamPro-Regular.ttf", "BeVietnamPro-SemiBold.ttf", "BeVietnamPro-Bold.ttf")


class TypefaceFinder(BaseFinder):
    """Finds fonts/<file> for the files above and nothing else."""

    def __init__(self) -> None:
        self.storage = FileSystemStorage(location=str(fontpkg_be_vietnam_pro.ROOT / "files"))
        self.storage.prefix = PREFIX  # type: ignore[attr-defined]

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        folder, _slash, name = path.partition("/")
        if folder != PREFIX or name not in FILES:
            return []
        found = safe_join(self.storage.location, name)
        return [found] if find_all or kwargs.get("all") else found

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[tuple[str, FileSystemStorage]]:
        return [(name, self.storage) for name in FILES]
