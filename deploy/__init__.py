"""What starts, tests and checks the portal. Standard library only, except translations.py (Babel) and plugin.py (pytest)."""
