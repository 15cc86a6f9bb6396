"""Every AWS service but SageMaker: moto's, with S3's objects kept on the disk."""
