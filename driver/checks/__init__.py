"""What `launch.py doctor` looks at. Every check asks only, and changes nothing."""
