"""What the hosts of a job left in a folder of /opt/ml, as SageMaker takes it: all hosts' files as one."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager

from emulator.engines.log import OnLine
from emulator.files.untrusted import Entry, Folder, FolderError
from emulator.jobs.hosts import Host


@contextmanager
def collect(hosts: Sequence[Host], part: str, on_line: OnLine) -> Iterator[list[Entry]]:
    """Yield the files and folders below the folder `part` of /opt/ml, by name; they can be opened until the end.

    SageMaker asks hosts not to write the same name: of those that do, the first host's file is kept. What is left out,
    devices, FIFOs and sockets too, is named with `on_line`. Raises FolderError for a link and as Folder.walk does.
    """
    kept: dict[str, Entry] = {}
    with ExitStack() as stack:
        for host in hosts:
            try:
                folder = stack.enter_context(Folder(host.opt_ml, part))
            except FileNotFoundError:  # the container may have removed it
                continue
            for entry in folder.walk():
                if entry.is_link:
                    raise FolderError(f"{entry.shown} is a link, and links are not followed: write a copy")
                if why := _obstacle(entry, kept):
                    on_line(f"/opt/ml/{part}/{entry.shown} of {host.name} is left out: {why}")
                else:
                    kept.setdefault(entry.name, entry)
        yield sorted(kept.values(), key=lambda entry: entry.name.split("/"))


def _obstacle(entry: Entry, kept: Mapping[str, Entry]) -> str | None:
    """Why an entry cannot be taken beside those that are."""
    if not (entry.is_file or entry.is_folder):
        return f"it is {entry.kind}"
    same, above = kept.get(entry.name), entry.name.rpartition("/")[0]
    clash = same is not None and not (same.is_folder and entry.is_folder)
    outer = kept.get(above)
    return "another host wrote the same file" if clash or (above and not (outer and outer.is_folder)) else None
