"""The train contract: the job's configuration, its channels, the artefact, and why it failed."""
