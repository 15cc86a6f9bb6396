"""One HTML file about jobs: what they were given, what they learned, how good they are."""
