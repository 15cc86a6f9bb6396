"""CloudWatch: the metrics of training jobs and endpoints, over AWS's JSON and Query protocols."""
