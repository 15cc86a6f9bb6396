"""What the operations of every resource have in common: records by kind and name, jobs, tags."""
