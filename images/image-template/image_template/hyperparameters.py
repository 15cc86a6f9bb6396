"""The hyperparameters: the table that checks them, documents them and tells tuners their ranges."""

from smcontract.hyperparameters import Hyperparameter, Table

TABLE = Table((
    Hyperparameter(name="epochs", type=int, minimum=1, default=200, help="Passes over the training data."),
    Hyperparameter(name="learning_rate", type=float, minimum=0, exclusive_minimum=True, default=1.0,
                   help="Size of a step.", scale="Logarithmic", search=(0.01, 10)),
))  # fmt: skip
