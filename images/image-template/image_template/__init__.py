"""Labels of short texts by logistic regression: trains and serves under SageMaker's container contracts."""

IMAGE = "image-template"
