"""The sentiment notebook that courses use: reviews, a bag of words, SageMaker's own XGBoost, a batch transform.

    python sentiment.py STATE REVIEWS

Its cells as their author wrote them, with version 2 of the SDK; only the session is the emulator's, the reviews are
those of the demo, and fewer. Prints the accuracy.
"""

import os
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd

os.environ["SAGEMAKER_SUPPRESS_V2_WARNING"] = "1"

import sagemaker
from sagemaker import get_execution_role, image_uris
from sagemaker.inputs import TrainingInput
from sagemaker.s3 import S3Downloader

from driver.data import reviews
from driver.notebook import local_session

WORDS, TRAIN, VALIDATION, TEST = 400, 1000, 400, 300

# Bag of words.
some = reviews.split(reviews.read(Path(sys.argv[2])))[0][: TRAIN + VALIDATION + TEST]
texts = [review.text.lower().split() for review in some]
vocabulary = {word: n for n, (word, _) in enumerate(Counter(w for text in texts for w in text).most_common(WORDS))}
X = np.zeros((len(texts), WORDS), int)
for row, text in enumerate(texts):
    for word in text:
        if word in vocabulary:
            X[row, vocabulary[word]] += 1
y = np.array([int(review.label == "pos") for review in some])
val_X, train_X, test_X = map(pd.DataFrame, np.split(X, [VALIDATION, VALIDATION + TRAIN]))
val_y, train_y, test_y = map(pd.DataFrame, np.split(y, [VALIDATION, VALIDATION + TRAIN]))

# Writing the data: the label first, no header, no index.
data_dir = "data"
os.makedirs(data_dir)
test_X.to_csv(os.path.join(data_dir, "test.csv"), header=False, index=False)
pd.concat([val_y, val_X], axis=1).to_csv(os.path.join(data_dir, "validation.csv"), header=False, index=False)
pd.concat([train_y, train_X], axis=1).to_csv(os.path.join(data_dir, "train.csv"), header=False, index=False)

# Uploading it.
session = local_session(sys.argv[1])
prefix = "sentiment-xgboost"
test_location = session.upload_data(os.path.join(data_dir, "test.csv"), key_prefix=prefix)
val_location = session.upload_data(os.path.join(data_dir, "validation.csv"), key_prefix=prefix)
train_location = session.upload_data(os.path.join(data_dir, "train.csv"), key_prefix=prefix)

# Training.
role = get_execution_role(session)
container = image_uris.retrieve("xgboost", session.boto_region_name, "latest")
xgb = sagemaker.estimator.Estimator(
    container,
    role,
    instance_count=1,
    instance_type="ml.m4.xlarge",
    output_path=f"s3://{session.default_bucket()}/{prefix}/output",
    sagemaker_session=session,
)
xgb.set_hyperparameters(
    max_depth=5,
    eta=0.2,
    gamma=4,
    min_child_weight=6,
    subsample=0.8,
    silent=0,
    objective="binary:logistic",
    early_stopping_rounds=10,
    num_round=500,
)
s3_input_train = TrainingInput(s3_data=train_location, content_type="csv")
s3_input_validation = TrainingInput(s3_data=val_location, content_type="csv")
xgb.fit({"train": s3_input_train, "validation": s3_input_validation})

# Testing.
xgb_transformer = xgb.transformer(instance_count=1, instance_type="ml.m4.xlarge")
xgb_transformer.transform(test_location, content_type="text/csv", split_type="Line")
xgb_transformer.wait()
S3Downloader.download(xgb_transformer.output_path, data_dir, sagemaker_session=session)
predictions = pd.read_csv(os.path.join(data_dir, "test.csv.out"), header=None)
predictions = [round(num) for num in predictions.squeeze().values]
print("accuracy", np.mean(np.array(predictions) == test_y.squeeze().values))
