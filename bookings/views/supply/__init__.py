"""The pages that set how many may come: declared numbers, rooms, hours, the roster and its teams."""
