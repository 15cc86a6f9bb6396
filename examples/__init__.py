"""The demo, and two notebooks by bare boto3."""
