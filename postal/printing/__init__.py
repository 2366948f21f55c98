"""What the post prints."""
