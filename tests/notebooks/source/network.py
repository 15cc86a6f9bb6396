"""The workshop's network as a script of the user's own: word vectors that stay, a convolution, one dense layer.

The workshop wrote it for Keras on MXNet, which needs Python 3.6; here it is in MXNet's own words. It reads the same
channels, takes the same hyperparameters, and saves what MXNet's model server loads.
"""

import argparse
import json
import os

import mxnet as mx
import numpy as np
from mxnet import autograd, gluon

parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int, default=1)
parser.add_argument("--vocab_size", type=int, default=300)
parser.add_argument("--num_classes", type=int, default=4)
parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
parser.add_argument("--test", default=os.environ["SM_CHANNEL_TEST"])
parser.add_argument("--embeddings", default=os.environ["SM_CHANNEL_EMBEDDINGS"])


def load(folder, name):
    return np.load(os.path.join(folder, name))


if __name__ == "__main__":
    args, _ = parser.parse_known_args()
    matrix = load(args.embeddings, "docs-embedding-matrix.npy").astype("float32")
    x, y = load(args.train, "train_X.npy"), load(args.train, "train_Y.npy").argmax(axis=1)
    net = gluon.nn.HybridSequential()
    net.add(
        gluon.nn.Embedding(args.vocab_size, matrix.shape[1]),
        gluon.nn.HybridLambda(lambda F, words: F.transpose(words, axes=(0, 2, 1))),
        gluon.nn.Conv1D(128, 3, activation="relu"),
        gluon.nn.MaxPool1D(5),
        gluon.nn.Flatten(),
        gluon.nn.Dropout(0.3),
        gluon.nn.Dense(128, activation="relu"),
        gluon.nn.Dense(args.num_classes),
    )
    net.initialize(mx.init.Xavier())
    net.hybridize()
    net(mx.nd.array(x[:1]))
    net[0].weight.set_data(mx.nd.array(matrix))
    net[0].collect_params().setattr("grad_req", "null")
    loss = gluon.loss.SoftmaxCrossEntropyLoss()
    trainer = gluon.Trainer(net.collect_params(), "adam")
    batches = gluon.data.DataLoader(gluon.data.ArrayDataset(x.astype("float32"), y.astype("float32")), 16, shuffle=True)
    for epoch in range(args.epochs):
        total = 0.0
        for words, labels in batches:
            with autograd.record():
                error = loss(net(words), labels)
            error.backward()
            trainer.step(len(words))
            total += error.sum().asscalar()
        print(f"epoch = {epoch} loss = {total / len(x):.4f}", flush=True)
    answers = net(mx.nd.array(load(args.test, "test_X.npy"))).asnumpy().argmax(axis=1)
    print(f"accuracy = {np.mean(answers == load(args.test, 'test_Y.npy').argmax(axis=1)):.4f}", flush=True)
    whole = gluon.nn.HybridSequential()
    whole.add(net, gluon.nn.HybridLambda("softmax"))
    whole.hybridize()
    whole(mx.nd.array(x[:1]))
    whole.export(os.path.join(args.model_dir, "model"))
    with open(os.path.join(args.model_dir, "model-shapes.json"), "w") as file:
        json.dump([{"name": "data", "shape": [1, x.shape[1]]}], file)
