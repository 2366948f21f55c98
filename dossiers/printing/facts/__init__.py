"""What stands on each form (rules.md 7), as plain data in Vietnamese: forms are official papers and have one language."""
from dossiers.printing.facts.common import (
           agency_of,
           hour_and_day,
           money,
           of_dossier,
           place_and_date,
           return_text,
           term_text,
           vietnamese,
)
from dossiers.printing.facts.control import control
from dossiers.printing.facts.intake import filing, receipt
from dossiers.printing.facts.more_time import extension
from dossiers.printing.facts.names import CIRCULARS, REGISTER, mark
from dossiers.printing.facts.requests import refusal, stop, supplement
from dossiers.printing.facts.results import handover, results

__all__ = ["CIRCULARS", "REGISTER", "agency_of", "control", "extension", "filing", "handover", "hour_and_day", "mark", "money",
           "of_dossier", "place_and_date", "receipt", "refusal", "results", "return_text", "stop", "supplement", "term_text", "vietnamese"]
