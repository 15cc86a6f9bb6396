"""An embedded SageMaker: runs the images of this repository on this machine, as the service would run them.

Training, hosting and batch transform are functions over an engine. The AWS API itself is not here.
"""
