"""Local mode of version 2 of the SageMaker SDK: it trains and hosts an image by docker compose, without any service.

    python localmode.py IMAGE CHANNEL HYPERPARAMETERS PORT

Works in the current folder. Prints what the endpoint answered, then what a script of the user's own has left.
"""

import json
import os
import sys
import tarfile
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
    print(json.dumps(predictor.predict({"instances": ["A wonderful film, superbly acted."]})))
finally:
    predictor.delete_endpoint()

Path("source").mkdir()
Path("source/train.py").write_text(SCRIPT)
own = Estimator(
    **common, output_path=f"file://{Path.cwd()}/own", entry_point="train.py", source_dir="source",
    hyperparameters={"depth": 3},
)  # fmt: skip
own.fit({"train": f"file://{channel}"})
with tarfile.open("own/model.tar.gz") as tar:
    print(tar.extractfile("seen.json").read().decode())
