"""Interruptions of spot training: a tag on a running job takes its hosts away, as AWS does when it needs them back.

AWS has no call for that, so a tag stands for one: `emulator:interrupt`, with `SIGTERM` (then 120 s) or `SIGKILL`, and
the name of a host when only that one goes. All hosts of the job end, and it starts again on what its checkpoints hold.
"""

import math
from contextlib import suppress

from emulator.engines.log import OnLine
from emulator.jobs.containers import Interruption
from emulator.jobs.hosts import Host
from emulator.resources import tags
from emulator.state.records import Record, Store, UnknownError

TAG = "emulator:interrupt"
SIGNALS = ("SIGTERM", "SIGKILL")
PRICE = 0.3
"""What a spot instance costs here, as a part of the price on demand: AWS's prices change, and save up to 90%."""


def interruption(store: Store, arn: str, hosts: tuple[Host, ...], on_line: OnLine) -> Interruption | None:
    """Return what the job's tag asks for, and remove the tag; None without one, or for one that asks for nothing."""
    asked: list[str] = []

    def take(record: Record) -> None:
        asked.append(record["Tags"].pop(TAG, ""))

    with suppress(UnknownError):
        if TAG in store.get(tags.KIND, arn)["Tags"]:
            store.change(tags.KIND, arn, take)
    if not asked:
        return None
    signal, *named = asked[0].split()
    known = [host.name for host in hosts]
    if signal not in SIGNALS or not set(named) <= set(known):
        on_line(f"the tag {TAG} is {asked[0]!r}: expected one of {', '.join(SIGNALS)}, and perhaps {', '.join(known)}")
        return None
    return Interruption(frozenset(named or known), kills=signal == "SIGKILL")


def seconds(record: Record) -> tuple[int, int]:
    """Return the TrainingTimeInSeconds and the BillableTimeInSeconds of a job that has ended.

    Between an interruption and the next attempt nothing trains. What is billed are seconds on demand that cost as much.
    """
    passed = record["SecondaryStatusTransitions"]
    waited, since = 0.0, None
    for each in passed:
        if each["Status"] == "Interrupted":
            since = each["StartTime"]
        elif since is not None and each["Status"] != "Starting":
            waited, since = waited + each["StartTime"] - since, None
    trained = max(1, round(record["TrainingEndTime"] - record["TrainingStartTime"] - waited))
    return trained, math.ceil(trained * PRICE) if record.get("EnableManagedSpotTraining") else trained
