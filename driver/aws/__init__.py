"""AWS as the driver sees it: where requests go, how they are sent, and what is found there."""
