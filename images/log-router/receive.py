#!/usr/bin/env python3
"""A log router for tests. It takes the Fluent forward protocol as the configuration of FireLens says, and prints each
record as a line of JSON, with the output that it would go to. It knows what of Fluent Bit's configuration FireLens
writes, and ends with 1 for anything else.

Variables: DELAY, seconds before it listens; DROP, how many first messages are neither printed nor acknowledged."""
import fnmatch
import json
import os
import re
import signal
import socketserver
import sys
import threading
import time

import msgpack

CONFIG = "/fluent-bit/etc/fluent-bit.conf"
dropping = int(os.environ.get("DROP", "0"))
lock = threading.Lock()


def sections(path):
    """Kind and entries of each section; an entry may come several times."""
    found = []
    for line in open(path, encoding="utf-8"):
        text = re.sub(r"\$\{([^}]+)\}", lambda match: os.environ[match[1]], line.strip())
        if text.startswith("@INCLUDE "):
            found += sections(text.split()[1])
        elif text.startswith("["):
            found.append((text.strip("[]"), []))
        elif text and not text.startswith("#"):
            name, value = text.split(None, 1)
            found[-1][1].append((name, value))
    return found


def of(entries, name, default=None):
    return next((value for key, value in entries if key == name), default)


config = sections(CONFIG)
inputs = {of(entries, "Name"): entries for kind, entries in config if kind == "INPUT"}
filters = [entries for kind, entries in config if kind == "FILTER"]
outputs = [entries for kind, entries in config if kind == "OUTPUT"]


def filtered(tag, record):
    for entries in filters:
        if not fnmatch.fnmatchcase(tag, of(entries, "Match")):
            continue
        plugin = of(entries, "Name")
        if plugin == "record_modifier":
            record.update(value.split(None, 1) for key, value in entries if key == "Record")
        elif plugin == "grep":
            for kind, value in entries:
                if kind not in ("Regex", "Exclude"):
                    continue
                member, pattern = value.split(None, 1)
                if (re.search(pattern, str(record.get(member, ""))) is None) == (kind == "Regex"):
                    return None
        else:
            sys.exit(f"no filter plugin {plugin}")
    return record


def take(tag, events):
    for at, record in events:
        seconds, nanoseconds = int.from_bytes(at.data[:4], "big"), int.from_bytes(at.data[4:], "big")
        record = filtered(tag, record)
        for entries in outputs:
            if record is None or of(entries, "Name") == "null" or not fnmatch.fnmatchcase(tag, of(entries, "Match")):
                continue
            line = {"tag": tag, "time": seconds + nanoseconds / 1e9, "record": record, "output": dict(entries)}
            print(json.dumps(line), flush=True)


class Connection(socketserver.BaseRequestHandler):
    def handle(self):
        global dropping
        unpacker = msgpack.Unpacker()
        while data := self.request.recv(65536):
            unpacker.feed(data)
            for tag, events, option in unpacker:
                with lock:
                    if dropping > 0:
                        dropping -= 1
                        return
                    take(tag, events)
                self.request.sendall(msgpack.packb({"ack": option["chunk"]}))


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


# A container's first process gets no signal that it has not asked for.
signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
time.sleep(float(os.environ.get("DELAY", "0")))
Server((of(inputs["forward"], "Listen"), int(of(inputs["forward"], "Port"))), Connection).serve_forever()
