"""The driver: SageMaker's life of a model, from a command line. Requests are made by pure functions, sent with boto3.

Where they go is a question of one endpoint URL: to AWS, or to the emulator on this machine.
"""
