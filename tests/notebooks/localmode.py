"""Local mode of version 2 of the SageMaker SDK: it trains and hosts an image by docker compose, without any service.

    python localmode.py IMAGE CHANNEL HYPERPARAMETERS PORT

Works in the current folder. Leaves there what the endpoint answered (`answer.json`), and the artefact of a script of
the user's own (`own/model.tar.gz`). Standard output is the containers': the SDK writes their logs to it from a thread.
"""

import json
import os
import sys
from pathlib import Path

os.environ["SAGEMAKER_SUPPRESS_V2_WARNING"] = "1"

from sagemaker.deserializers import JSONDeserializer
from sagemaker.estimator import Estimator
from sagemaker.local import LocalSession
from sagemaker.serializers import JSONSerializer

SCRIPT = """
import json, os, sys
with open(os.path.join(os.environ["SM_MODEL_DIR"], "seen.json"), "w") as file:
    json.dump({"arguments": sys.argv[1:], "files": os.listdir(os.environ["SM_CHANNEL_TRAIN"])}, file)
"""

image, channel, hyperparameters, port = sys.argv[1:]
session = LocalSession()
session.config = {"local": {"local_code": True, "serving_port": int(port)}}
common = {
    "image_uri": image,
    "role": "arn:aws:iam::123456789012:role/emulator",
    "instance_count": 1,
    "instance_type": "local",
    "sagemaker_session": session,
}

estimator = Estimator(**common, output_path=f"file://{Path.cwd()}/trained", hyperparameters=json.loads(hyperparameters))
estimator.fit({"train": f"file://{channel}"})
predictor = estimator.deploy(1, "local", serializer=JSONSerializer(), deserializer=JSONDeserializer())
try:
    answer = predictor.predict({"instances": ["A wonderful film, superbly acted."]})
    Path("answer.json").write_text(json.dumps(answer))
finally:
    predictor.delete_endpoint()

Path("source").mkdir()
Path("source/train.py").write_text(SCRIPT)
own = Estimator(
    **common, output_path=f"file://{Path.cwd()}/own", entry_point="train.py", source_dir="source",
    hyperparameters={"depth": 3},
)  # fmt: skip
own.fit({"train": f"file://{channel}"})
