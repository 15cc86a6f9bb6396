"""What training and processing jobs have in common: hosts, the containers on them, what they leave in folders."""
