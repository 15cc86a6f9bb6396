"""Writes a model as ONNX, which runtimes other than MXNet read: token ids in, probabilities out.

MXNet's own exporter needs `onnx.mapping`, which onnx no longer has, and would leave hashing the word pairs to every
caller. Here that is part of the model: the graphs below, in ONNX's text syntax, compute what `wide`, `hidden`,
`features.inputs`, the network of `blocks` and a softmax do. Importing onnx takes half a second, so `train` imports this
module on demand.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any

from onnx import ModelProto, helper, numpy_helper, parser
from smcontract.manifest import Manifest

from headline_mxnet import onnxhash
from headline_mxnet.classifier import Classifier
from headline_mxnet.features import WORKSHOP_POOL
from headline_mxnet.hidden import Layer
from headline_mxnet.views import Array
from headline_mxnet.wide import Wide

# The versions are those of 2022, the first with BitwiseXor: the older they are, the more runtimes read the file.
MODEL = Template("""<ir_version: 8, opset_import: ["": 18]>
headlines (int32[records, $length] ids$others) => (float[records, $n_classes] probabilities) {$body
    probabilities = Softmax <axis = 1> (scores)
}""")

SHARE = Template("""
    share = Constant <value = float[1] {$share}> ()
    of_network = Mul (deep_scores, share)""")

LAYER = Template("""
    ${of}biased = Add (${of}sums, ${of}bias)
    ${of}units = Relu (${of}biased)
    ${of}scores = Gemm <transB = 1> (${of}units, ${of}top)""")

CNN = Template("""
    columns = Constant <value = int64[4] {0, 0, 0, $widest}> ()
    padded = Pad ($ids, columns)
    vectors = Gather (embedding0_weight, padded)
    channels = Transpose <perm = [0, 2, 1]> (vectors)
    last_axis = Constant <value = int64[1] {-1}> ()$parts
    features = Concat <axis = 1> ($features)
    $scores = Gemm <transB = 1> (features, dense0_weight, dense0_bias)""")

FILTERS = Template("""
    maps$n = Conv (channels, conv${n}_weight, conv${n}_bias)
    highest$n = ReduceMax <keepdims = 0> (maps$n, last_axis)
    feature$n = Relu (highest$n)""")

PAIRS = Template("""
    wide = Cast <to = 7> (padded)$pairs
    bucket_from_1 = Add (bucket, one)
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


def write(path: Path, classifier: Classifier, card: Manifest) -> None:
    """Write the classifier that the manifest is of. The model's metadata have the manifest's labels, as JSON.

    Example:
        model = Model.load(folder)
        onnxfile.write(path, model.classifier, model.manifest)
    """
    path.write_bytes(_model(classifier, card).SerializeToString())


def _model(classifier: Classifier, card: Manifest) -> ModelProto:
    settings = card.settings["hyperparameters"]
    wide, deep = classifier.wide, classifier.deep
    is_workshop = settings["architecture"] == "workshop"
    length = card.settings["max_length"] if is_workshop else "words"
    others = ", int32[others, letters] others" if wide and len(wide.grams) else ""
    body = _body(classifier, settings)
    model = parser.parse_model(MODEL.substitute(body=body, length=length, others=others, n_classes=len(card.labels)))
    arrays = _arrays("wide_", wide) if wide else {}
    for of, layer in _layers(classifier).items():
        arrays |= {**_arrays(of, layer.sums), f"{of}top": layer.top[:-1], f"{of}bias": layer.top[-1]}
    for name, array in {**arrays, **(deep.weights() if deep else {})}.items():
        # A convolution's four axes become three: MXNet's are two-dimensional, of height 1.
        array = array.squeeze(2) if array.ndim == 4 else array
        model.graph.initializer.append(numpy_helper.from_array(array, name))
    model.producer_name, model.producer_version = card.image, card.version
    helper.set_model_props(model, {"labels": json.dumps(card.labels)})
    return model


def _body(classifier: Classifier, settings: Mapping[str, Any]) -> str:
    wide = classifier.wide
    if settings["architecture"] == "workshop":
        return WORKSHOP.substitute(pool=WORKSHOP_POOL)
    if wide is None:
        return onnxhash.CONSTANTS + _cnn(settings, "ids", "scores")
    lines = onnxhash.CONSTANTS + onnxhash.known(classifier.n_ids, len(wide.grams) > 0) + onnxhash.sums("wide_", wide)
    terms = ["wide_sums"]
    for of, layer in _layers(classifier).items():
        lines += onnxhash.sums(of, layer.sums) + LAYER.substitute(of=of)
        terms.append(f"{of}scores")
    if classifier.deep is not None:
        lines += _cnn(settings, "known", "deep_scores") + SHARE.substitute(share=classifier.share)
        terms.append("of_network")
    return f"{lines}\n    scores = Sum ({', '.join(terms)})"


def _layers(classifier: Classifier) -> dict[str, Layer]:
    """The hidden layers, by what the names of theirs begin with."""
    layers = classifier.hidden.layers if classifier.hidden else ()
    return {f"hidden{number}_": layer for number, layer in enumerate(layers)}


def _arrays(of: str, rows: Wide) -> dict[str, Array]:
    return {f"{of}{name}": array for name, array in rows._asdict().items() if len(array)}


def _cnn(settings: Mapping[str, Any], ids: str, scores: str) -> str:
    widths, n_buckets = settings["filter_widths"], settings["pair_buckets"]
    parts = [FILTERS.substitute(n=n) for n in range(len(widths))]
    features = [f"feature{n}" for n in range(len(widths))]
    if n_buckets:
        parts.append(PAIRS.substitute(pairs=onnxhash.pairs("", "wide", n_buckets)))
        features.append("feature_of_pairs")
    joined = ", ".join(features)
    return CNN.substitute(ids=ids, scores=scores, widest=max(widths), parts="".join(parts), features=joined)
