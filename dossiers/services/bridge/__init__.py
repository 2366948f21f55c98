"""The bridge to the National Portal: dossiers filed there come in, their status goes back; by file or over HTTP."""
from dossiers.services.bridge.collecting import collect
from dossiers.services.bridge.exporting import COLUMNS, export_file, file_of
from dossiers.services.bridge.importing import import_file, pull
from dossiers.services.bridge.sending import retry, retry_all, send_due
from dossiers.services.bridge.sweeping import sweep

__all__ = ["COLUMNS", "collect", "export_file", "file_of", "import_file", "pull", "retry", "retry_all", "send_due", "sweep"]
