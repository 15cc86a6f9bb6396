"""Writes a network as an ONNX model, which runtimes other than MXNet read: token ids in, probabilities out.

MXNet's own exporter needs `onnx.mapping`, which onnx no longer has, and would leave hashing the word pairs to every
caller. Here that is part of the model: the graphs below, in ONNX's text syntax, compute what `features.inputs`, the
network of `blocks` and a softmax do. Importing onnx takes half a second, so `train` imports this module on demand.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from onnx import ModelProto, helper, numpy_helper, parser
from smcontract.manifest import Manifest

from headline_mxnet.features import WORKSHOP_POOL
from headline_mxnet.forward import Forward
from headline_mxnet.network import Network

# The versions are those of 2022, the first with BitwiseXor: the older they are, the more runtimes read the file.
MODEL = Template("""<ir_version: 8, opset_import: ["": 18]>
headlines (int32[records, $length] ids) => (float[records, $n_classes] probabilities) {$body
    probabilities = Softmax <axis = 1> (scores)
}""")

CNN = Template("""
    columns = Constant <value = int64[4] {0, 0, 0, $widest}> ()
    padded = Pad (ids, columns)
    vectors = Gather (embedding0_weight, padded)
    channels = Transpose <perm = [0, 2, 1]> (vectors)
    last_axis = Constant <value = int64[1] {-1}> ()$parts
    features = Concat <axis = 1> ($features)
    scores = Gemm <transB = 1> (features, dense0_weight, dense0_bias)""")

FILTERS = Template("""
    maps$n = Conv (channels, conv${n}_weight, conv${n}_bias)
    highest$n = ReduceMax <keepdims = 0> (maps$n, last_axis)
    feature$n = Relu (highest$n)""")

# As `features.hashed_pairs`. Casts, because older runtimes multiply no uint64 (type 13) and shift no int64 (type 7).
PAIRS = Template("""
    zero = Constant <value = int64[1] {0}> ()
    one = Constant <value = int64[1] {1}> ()
    minus_one = Constant <value = int64[1] {-1}> ()
    maximum = Constant <value = int64[1] {2147483647}> ()
    wide = Cast <to = 7> (padded)
    first = Slice (wide, zero, minus_one, one)
    second = Slice (wide, one, maximum, one)
    two_to_32 = Constant <value = int64[1] {4294967296}> ()
    high = Mul (first, two_to_32)
    pair = Add (high, second)
    golden_ratio = Constant <value = int64[1] {-7046029254386353131}> ()
    mixed0 = Add (pair, golden_ratio)
    multiplier0 = Constant <value = int64[1] {-4658895280553007687}> ()
    multiplier1 = Constant <value = int64[1] {-7723592293110705685}> ()$rounds
    n_buckets = Constant <value = uint64[1] {$n_buckets}> ()
    bucket = Mod (hash2, n_buckets)
    bucket_from_0 = Cast <to = 7> (bucket)
    bucket_from_1 = Add (bucket_from_0, one)
    has_first = Greater (first, zero)
    has_second = Greater (second, zero)
    is_pair = And (has_first, has_second)
    rows = Where (is_pair, bucket_from_1, zero)
    pair_vectors = Gather (embedding1_weight, rows)
    counted = Cast <to = 1> (is_pair)
    n_pairs = ReduceSum (counted, last_axis)
    one_pair = Constant <value = float[1] {1}> ()
    n_pairs_or_one = Max (n_pairs, one_pair)
    divisor = Sqrt (n_pairs_or_one)
    weights = Div (counted, divisor)
    row_of_weights = Unsqueeze (weights, one)
    row_of_sums = MatMul (row_of_weights, pair_vectors)
    feature_of_pairs = Squeeze (row_of_sums, one)""")

SHIFT = Template("""
    bits$n = Cast <to = 13> (mixed$n)
    distance$n = Constant <value = uint64[1] {$distance}> ()
    shifted$n = BitShift <direction = "RIGHT"> (bits$n, distance$n)
    hash$n = BitwiseXor (bits$n, shifted$n)""")

MULTIPLY = Template("""
    signed$n = Cast <to = 7> (hash$n)
    mixed$next = Mul (signed$n, multiplier$n)""")

WORKSHOP = Template("""
    vectors = Gather (embedding0_weight, ids)
    channels = Transpose <perm = [0, 2, 1]> (vectors)
    maps = Conv (channels, conv0_weight, conv0_bias)
    positive = Relu (maps)
    pooled = MaxPool <kernel_shape = [$pool], strides = [$pool]> (positive)
    flat = Flatten (pooled)
    hidden = Gemm <transB = 1> (flat, dense0_weight, dense0_bias)
    features = Relu (hidden)
    scores = Gemm <transB = 1> (features, dense1_weight, dense1_bias)""")


def write(path: Path, network: Network | Forward, card: Manifest) -> None:
    """Write the network that the manifest is of. The model's metadata have the manifest's labels, as JSON.

    Example:
        model = Model.load(folder)
        onnxfile.write(path, model.network, model.manifest)
    """
    path.write_bytes(_model(network, card).SerializeToString())


def _model(network: Network | Forward, card: Manifest) -> ModelProto:
    settings = card.settings["hyperparameters"]
    if settings["architecture"] == "workshop":
        body, length = WORKSHOP.substitute(pool=WORKSHOP_POOL), card.settings["max_length"]
    else:
        body, length = _cnn(settings), "words"
    model = parser.parse_model(MODEL.substitute(body=body, length=length, n_classes=len(card.labels)))
    for name, array in network.weights().items():
        # A convolution's four axes become three: MXNet's are two-dimensional, of height 1.
        array = array.squeeze(2) if array.ndim == 4 else array
        model.graph.initializer.append(numpy_helper.from_array(array, name))
    model.producer_name, model.producer_version = card.image, card.version
    helper.set_model_props(model, {"labels": json.dumps(card.labels)})
    return model


def _cnn(settings: Mapping[str, Any]) -> str:
    widths, n_buckets = settings["filter_widths"], settings["pair_buckets"]
    parts = [FILTERS.substitute(n=n) for n in range(len(widths))]
    features = [f"feature{n}" for n in range(len(widths))]
    if n_buckets:
        shifts = [SHIFT.substitute(n=n, distance=distance) for n, distance in enumerate((30, 27, 31))]
        multiplications = [MULTIPLY.substitute(n=n, next=n + 1) for n in range(2)]
        rounds = "".join([shifts[0], multiplications[0], shifts[1], multiplications[1], shifts[2]])
        parts.append(PAIRS.substitute(rounds=rounds, n_buckets=n_buckets))
        features.append("feature_of_pairs")
    return CNN.substitute(widest=max(widths), parts="".join(parts), features=", ".join(features))
