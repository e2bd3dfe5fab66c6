"""What a program did to its folder, as the storage shim recorded it, and what the disk has of it
when the power goes.

The rules are those of POSIX and no kinder: until a file is synced, any of its writes may have
reached the disk or not, in any order, the last one in parts of 512 bytes; until a folder is
synced, the names made or removed in it last may be missing or back, and a file without a name is
gone; a sync that failed has made nothing durable, and later ones do not make up for it.
"""

import dataclasses
import os
import random
import struct

HEAD = struct.Struct("<BBHIQI")
OPEN, CREATE, WRITE, TRUNCATE, SYNC, SYNC_FOLDER, RENAME, UNLINK, MKDIR, MARK, FAULT = range(1, 12)
NAMES = {OPEN: "open", CREATE: "create", WRITE: "write", TRUNCATE: "truncate", SYNC: "sync",
         SYNC_FOLDER: "sync folder", RENAME: "rename", UNLINK: "unlink", MKDIR: "mkdir", MARK: "mark", FAULT: "fault"}
SECTOR = 512
FOLDER = "folder"


@dataclasses.dataclass
class Operation:
    kind: int
    failed: bool
    file: int
    offset: int
    path: str
    data: bytes

    def __str__(self):
        text = NAMES[self.kind] + (" (failed)" if self.failed else "")
        if self.kind in (MARK, FAULT):
            return f"{text} {self.data[:60]!r}"
        if self.kind == WRITE:
            return f"{text} file {self.file} [{self.offset}, {self.offset + len(self.data)})"
        return f"{text} file {self.file} {self.path} {self.offset or ''}".rstrip()


def read_record(path):
    raw = open(path, "rb").read()
    operations, place = [], 0
    while place + HEAD.size <= len(raw):
        kind, failed, path_bytes, file, offset, data_bytes = HEAD.unpack_from(raw, place)
        place += HEAD.size
        if place + path_bytes + data_bytes > len(raw):
            break  # the program was killed in the middle of this one
        name = raw[place:place + path_bytes].decode()
        place += path_bytes
        operations.append(Operation(kind, bool(failed), file, offset, name, raw[place:place + data_bytes]))
        place += data_bytes
    return operations


class File:
    """Bytes that are durable, and changes that are not."""

    def __init__(self, content=b""):
        self.durable = bytearray(content)
        self.pending = []  # (offset, bytes), or (size, None) for a truncation
        self.doubtful = []  # writes before a failed sync: there or not, for good

    def sync(self):
        for change in self.pending:
            _apply(self.durable, *change)
            self.doubtful = [piece for doubt in self.doubtful for piece in _without(doubt, change)]
        self.pending = []

    def fail_to_sync(self):
        truncations = [change for change in self.pending if change[1] is None]
        self.doubtful += [change for change in self.pending if change[1] is not None]
        self.pending = truncations

    def content(self, keep):
        """keep(change) gives the parts of a change that reached the disk."""
        if not self.pending and not self.doubtful:
            return bytes(self.durable)
        result = bytearray(self.durable)
        for change in self.doubtful + self.pending:
            for part in keep(change):
                _apply(result, *part)
        return bytes(result)


def _apply(content, offset, data):
    if data is None:
        if len(content) > offset:
            del content[offset:]
        else:
            content.extend(bytes(offset - len(content)))
        return
    if len(content) < offset:
        content.extend(bytes(offset - len(content)))
    content[offset:offset + len(data)] = data


def _without(doubt, change):
    """What a later change leaves of a doubtful one."""
    (start, data), (offset, new) = doubt, change
    end = start + len(data)
    if new is None:
        return [(start, data[:max(0, offset - start)])] if offset > start else []
    pieces = []
    if start < offset:
        pieces.append((start, data[:offset - start]))
    if end > offset + len(new):
        first = max(start, offset + len(new))
        pieces.append((first, data[first - start:]))
    return [piece for piece in pieces if piece[1]]


class Disk:
    """The folder `root` while a record is replayed."""

    def __init__(self, root):
        self.root = root
        self.files = {}
        self.names = {}  # as the program sees them: path -> file number or FOLDER
        self.durable_names = {}
        self.pending_names = {}  # folder -> [[(path, file number, FOLDER or None), …], …]
        self.existing = {}
        if os.path.isdir(root):
            self._take_existing()

    def _take_existing(self):
        """What is there before the record begins is on disk."""
        for folder, folders, files in os.walk(self.root):
            for name in folders:
                self.names[os.path.join(folder, name)] = FOLDER
            for name in files:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    self.existing[path] = file.read()
                self.names[path] = path
                self.files[path] = File(self.existing[path])
        self.durable_names = dict(self.names)

    def _rename(self, *changes):
        folder = os.path.dirname(changes[0][0])
        self.pending_names.setdefault(folder, []).append(changes)
        for path, what in changes:
            if what is None:
                self.names.pop(path, None)
            else:
                self.names[path] = what

    def apply(self, operation):
        kind, file = operation.kind, operation.file
        if kind == OPEN:
            old = self.names.get(operation.path)
            if old is not None and old != file and old in self.files:
                # The first time that a file from before the record is opened: it has a number now.
                self.files[file] = self.files.pop(old)
                for names in (self.names, self.durable_names):
                    for path in [path for path, what in names.items() if what == old]:
                        names[path] = file
                for changes in self.pending_names.values():
                    changes[:] = [[(path, file if what == old else what) for path, what in change] for change in changes]
            self.files.setdefault(file, File())
        elif kind == CREATE:
            self.files[file] = File()
            self._rename((operation.path, file))
        elif kind == MKDIR:
            self._rename((operation.path, FOLDER))
        elif kind == UNLINK:
            self._rename((operation.path, None))
        elif kind == RENAME:
            target = operation.data.decode()
            self._rename((operation.path, None), (target, self.names.get(operation.path)))
        elif kind == WRITE:
            self.files[file].pending.append((operation.offset, operation.data))
        elif kind == TRUNCATE:
            self.files[file].pending.append((operation.offset, None))
        elif kind == SYNC:
            if operation.failed:
                self.files[file].fail_to_sync()
            else:
                self.files[file].sync()
        elif kind == SYNC_FOLDER and not operation.failed:
            for change in self.pending_names.pop(operation.path, []):
                _name(self.durable_names, change)

    def image(self, variant):
        """{path: bytes, or None for a folder} after the power went, relative to the root."""
        names = dict(self.durable_names)
        for changes in self.pending_names.values():
            for change in changes[:variant.names(len(changes))]:
                _name(names, change)
        image, folders = {}, {self.root}
        for path in sorted(names):
            if os.path.dirname(path) not in folders:
                continue
            if names[path] == FOLDER:
                folders.add(path)
            if path.endswith("-shm"):
                continue  # made anew by whoever opens the database first
            relative = os.path.relpath(path, self.root)
            image[relative] = None if names[path] == FOLDER else self.files[names[path]].content(variant.keep)
        return image


def _name(names, change):
    for path, what in change:
        if what is None:
            names.pop(path, None)
        else:
            names[path] = what


class Nothing:
    """The strictest disk: only what was synced."""
    name = "nothing unsynced"

    def names(self, count):
        return 0

    def keep(self, change):
        return []


class Everything(Nothing):
    """What a killed process leaves, too."""
    name = "everything"

    def names(self, count):
        return count

    def keep(self, change):
        return [change]


class NamesOnly(Everything):
    name = "names without bytes"

    def keep(self, change):
        return []


class BytesOnly(Nothing):
    name = "bytes without names"

    def keep(self, change):
        return [change]


class Chance:
    """A subset of the writes, some of them torn."""
    name = "a subset, torn"

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.share = self.random.choice([0.1, 0.5, 0.9])
        self.torn = self.random.choice([0.0, 0.2, 1.0])

    def names(self, count):
        return self.random.randint(0, count)

    def keep(self, change):
        if self.random.random() >= self.share:
            return []
        offset, data = change
        if data is None or len(data) <= 1 or self.random.random() >= self.torn:
            return [change]
        # The sectors of the disk, not of the write.
        parts, place = [], offset
        while place < offset + len(data):
            end = min(offset + len(data), (place // SECTOR + 1) * SECTOR)
            if self.random.random() < 0.5:
                parts.append((place, data[place - offset:end - offset]))
            place = end
        return parts


def variants(seed, chances):
    return [Nothing(), Everything(), NamesOnly(), BytesOnly(), *(Chance(f"{seed}-{number}") for number in range(chances))]
