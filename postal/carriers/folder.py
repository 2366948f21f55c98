"""The adapter of a carrier without an API: a folder with out/ for our manifests and in/ for its events.

Whoever looks into the folder sees a file whole or not at all: it is written under another name and then renamed.
"""
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from onestop.notify.channels import Temporary
from postal.carriers import Ordered, Outcome
from postal.models import Carrier, Manifest, Shipment

BIGGEST = 10 * 1024 * 1024  # bytes of a file that is read
PARTS = (".part", ".tmp", ".filepart", ".crdownload")  # how programs call what they are still writing


def order(shipment: Shipment) -> Outcome:
    """A shipment is ordered once the file of its manifest lies in the folder; its waybill comes with the carrier's own file."""
    if shipment.manifest is None:
        return Temporary(_("Chờ lập bảng kê."))
    return Ordered("") if path_of(shipment.manifest).exists() or shipment.manifest.written_at else Temporary(_("Chưa ghi được bảng kê."))


def home(carrier: Carrier) -> Path:
    """A carrier's folder."""
    return Path(settings.CARRIER_FOLDER) / (carrier.folder or carrier.code)


def path_of(manifest: Manifest) -> Path:
    """Where a manifest lies until the carrier takes it."""
    return home(manifest.carrier) / "out" / manifest.name


def lying(manifest: Manifest) -> bytes | None:
    """What lies in out/ under a manifest's name; None where nothing does. Raises OSError."""
    try:
        return path_of(manifest).read_bytes()
    except FileNotFoundError:
        return None


def put(manifest: Manifest, content: bytes) -> None:
    """Leave a manifest in out/; doing it again leaves the same file. Raises OSError."""
    path = path_of(manifest)
    path.parent.mkdir(parents=True, exist_ok=True)
    (home(manifest.carrier) / "in").mkdir(exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    os.replace(part, path)


def waiting(carrier: Carrier) -> Iterator[Path]:
    """Files in in/ that are whole, the oldest first; what still changes, hides or leads elsewhere is not looked at."""
    place = home(carrier) / "in"
    if not place.is_dir():
        return
    settled = _file_time(place) - settings.CARRIER_FILE_SETTLE_SECONDS
    found = [path for path in place.iterdir() if not path.name.startswith(".") and path.suffix.lower() not in PARTS
             and path.is_file() and not path.is_symlink()]
    for path in sorted(found, key=lambda path: (path.stat().st_mtime, path.name)):
        if path.stat().st_mtime <= settled:
            yield path


def _file_time(place: Path) -> float:
    """The present moment as the folder's own clock tells it: that of its files, which the portal's, set to a letter's day, is not."""
    with tempfile.TemporaryFile(dir=place) as probe:
        return os.fstat(probe.fileno()).st_mtime


def content_of(path: Path) -> bytes | None:
    """What a file holds; None where it is larger than BIGGEST. Raises OSError."""
    with path.open("rb") as handle:
        content = handle.read(BIGGEST + 1)
    return content if len(content) <= BIGGEST else None


def aside(path: Path, *, faulty: bool, digest: str) -> None:
    """Move a file that was read to in/done or in/faulty; one of the same name there stays. Raises OSError."""
    place = path.parent / ("faulty" if faulty else "done")
    place.mkdir(exist_ok=True)
    target = place / path.name
    if target.exists():
        target = place / f"{path.stem}-{digest[:12]}{path.suffix}"
    shutil.move(path, target)
