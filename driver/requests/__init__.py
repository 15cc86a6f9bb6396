"""The requests of the AWS API, made by pure functions: they send nothing, read no file and no clock."""
