"""An embedded SageMaker: runs the images of this repository on this machine, as the service would run them.

Training, hosting and batch transform are functions over an engine; the server answers the AWS API with them, and with
moto for the services beside SageMaker. See docs/emulator.md.
"""
