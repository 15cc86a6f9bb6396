"""The headline workshop: word vectors by BlazingText on two instances, then a network by MXNet and a script.

    python workshop.py STATE CORPUS SOURCE INSTANCES

Its cells as their author wrote them, with version 2 of the SDK and, for the script, MXNet's newest image; only the
session is the emulator's, and there are fewer headlines: a class is told by the words that only it has.
"""

import json
import os
import sys
import tarfile

import boto3
import numpy as np

os.environ["SAGEMAKER_SUPPRESS_V2_WARNING"] = "1"

import sagemaker
from sagemaker import get_execution_role, image_uris
from sagemaker.deserializers import JSONDeserializer
from sagemaker.inputs import TrainingInput
from sagemaker.mxnet import MXNet
from sagemaker.serializers import JSONSerializer

from driver.notebook import local_session

state, corpus, source, instances = sys.argv[1:]
sess = local_session(state)
role = get_execution_role(sess)
bucket = sess.default_bucket()

# 1. Word vectors.
prefix = "sagemaker/DEMO-blazingtext-text8"
sess.upload_data(path=corpus, bucket=bucket, key_prefix=prefix + "/train")
container = image_uris.retrieve("blazingtext", sess.boto_region_name)
bt_model = sagemaker.estimator.Estimator(
    container,
    role,
    instance_count=int(instances),
    instance_type="ml.c4.2xlarge",
    volume_size=5,
    max_run=360000,
    input_mode="File",
    output_path=f"s3://{bucket}/{prefix}/output",
    sagemaker_session=sess,
)
bt_model.set_hyperparameters(
    mode="batch_skipgram",
    epochs=5,
    min_count=5,
    sampling_threshold=0.0001,
    learning_rate=0.05,
    window_size=5,
    vector_dim=100,
    negative_samples=5,
    batch_size=11,
    evaluation=False,  # the pairs of words that are compared are not in so small a corpus
    subwords=False,
)
train_data = TrainingInput(
    f"s3://{bucket}/{prefix}/train", distribution="FullyReplicated", content_type="text/plain", s3_data_type="S3Prefix"
)
bt_model.fit(inputs={"train": train_data}, logs=True)

bt_endpoint = bt_model.deploy(
    initial_instance_count=1, instance_type="ml.t2.medium", serializer=JSONSerializer(), deserializer=JSONDeserializer()
)
vecs = bt_endpoint.predict({"instances": ["goal", "blazing"]})
assert [len(each["vector"]) for each in vecs] == [100, 100]
assert any(vecs[0]["vector"])
assert not any(vecs[1]["vector"])  # a word that is not in the corpus
sess.delete_endpoint(bt_endpoint.endpoint_name)

key = bt_model.model_data[bt_model.model_data.find("/", 5) + 1 :]
boto3.resource("s3").Bucket(bucket).download_file(key, "model.tar.gz")
with tarfile.open("model.tar.gz") as tar:
    tar.extract("vectors.txt", filter="data")

# 2. Arrays of headlines.
embeddings_index = {}
with open("vectors.txt") as f:
    for line in f:
        values = line.split()
        embeddings_index[values[0]] = np.asarray(values[1:], dtype="float32")
with open(corpus) as f:
    docs = [line.split()[:40] for line in f][:400]
word_index = {word: n for n, word in enumerate(sorted({word for doc in docs for word in doc}), start=1)}
vocab_size = len(word_index) + 1
padded_docs = np.array([[word_index[word] for word in doc] + [0] * (40 - len(doc)) for doc in docs])
dummy_y = np.eye(2)[[int("goal" in doc) for doc in docs]]
embedding_matrix = np.zeros((vocab_size, 100))
for word, i in word_index.items():
    embedding_vector = embeddings_index.get(word)
    if embedding_vector is not None:
        embedding_matrix[i] = embedding_vector
for folder in ("embeddings", "train", "test"):
    os.makedirs(f"data/{folder}")
np.save("data/embeddings/docs-embedding-matrix", embedding_matrix, allow_pickle=False)
np.save("data/train/train_X.npy", padded_docs[:300])
np.save("data/train/train_Y.npy", dummy_y[:300])
np.save("data/test/test_X.npy", padded_docs[300:])
np.save("data/test/test_Y.npy", dummy_y[300:])
inputs = {
    name: sess.upload_data(path=f"./data/{name}/", bucket=bucket, key_prefix=f"news/data/{name}")
    for name in ("train", "test", "embeddings")
}

# 3. The network, by a script of one's own.
hyperparameters = {"epochs": 5, "vocab_size": vocab_size, "num_classes": 2}
mxnet_estimator = MXNet(
    entry_point="network.py",
    source_dir=source,
    role=role,
    instance_type="ml.c5.xlarge",
    instance_count=1,
    framework_version="1.9.0",
    py_version="py38",
    hyperparameters=hyperparameters,
    metric_definitions=[{"Name": "accuracy", "Regex": r"accuracy = ([0-9\.]+)"}],
    sagemaker_session=sess,
)
mxnet_estimator.fit(inputs)
(metric,) = mxnet_estimator.latest_training_job.describe()["FinalMetricDataList"]

# 4. An endpoint, asked with a bare array.
predictor = mxnet_estimator.deploy(initial_instance_count=1, instance_type="ml.t2.medium")
answers = predictor.predict(padded_docs[300:304].tolist())["predictions"]
assert [int(answer["label"]) for answer in answers] == dummy_y[300:304].argmax(axis=1).tolist(), answers
sess.delete_endpoint(predictor.endpoint_name)
print("\n" + json.dumps({"accuracy": metric["Value"], "hyperparameters": hyperparameters}))
