"""Dossiers for programs (api.md): hand in, accept and work on, follow, ask for more time."""
