"""Pages of people: the entrance, the administrator's screens, the machinery's questions."""
