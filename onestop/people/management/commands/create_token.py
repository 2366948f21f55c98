"""`manage.py create_token NAME --scope book [--scope …] [--office CODE …]`: a key of the API (api.md)."""
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError, CommandParser

from onestop.people.states import Scope
from onestop.people.tokens import create_token
from onestop.people.words import clean
from onestop.transitions import Refused


class Command(BaseCommand):
    """Prints the token alone on the last line; it is stored hashed and can't be shown again."""

    help = "Make a key of the API. Without --office it acts for all offices."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="the partner or officer it is for")
        parser.add_argument("--scope", action="append", required=True, choices=Scope.values, help="may be given several times")
        parser.add_argument("--office", action="append", default=[], metavar="CODE", help="may be given several times")

    def handle(self, *args: Any, **options: Any) -> None:
        name = clean(options["name"])
        if not 0 < len(name) <= 80:
            raise CommandError("The name must have 1 to 80 characters.")
        offices = dict(apps.get_model("offices", "Office").objects.filter(code__in=options["office"]).values_list("code", "pk"))
        missing = sorted(set(options["office"]) - set(offices))
        if missing:
            raise CommandError(f"There is no office with the code {missing[0]}.")
        try:
            token, text = create_token(name=name, scopes=dict.fromkeys(options["scope"]), office_ids=offices.values())
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stderr.write(f"Key {token.pk} for {name}: {', '.join(token.scopes)}; {', '.join(sorted(offices)) or 'all offices'}.")
        self.stdout.write(text)
