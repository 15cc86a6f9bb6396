"""The operations of SageMaker's API, a module for each kind of thing. Each has `OPERATIONS` and `recover`."""
