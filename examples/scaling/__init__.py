"""Texts that outgrow one machine: features of terabytes by textprep on Ray, here or in a SageMaker processing job."""
