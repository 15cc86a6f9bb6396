"""Movie-review sentiment with XGBoost: trains and serves under SageMaker's container contracts.

Reads raw reviews, or numeric features as SageMaker's own XGBoost takes them. Knows nothing of HTTP or of /opt/ml paths.
"""

IMAGE = "xgboost-sentiment"
