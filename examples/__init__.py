"""The demo, and two programs by bare boto3; the notebooks are in notebooks/."""
