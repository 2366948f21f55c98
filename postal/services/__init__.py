"""The only writers of shipments: pulling, dispatching, the carrier's events, handling by hand."""
