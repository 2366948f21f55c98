"""The administrator's pages: the catalogue, and what needs review."""
