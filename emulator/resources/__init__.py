"""What the operations of all resources share: records by kind and name, tags, FailureReasons."""
