"""Runs a program in a terminal of its own and plays a person at it.

usage: terminal.py TIMEOUT_SECONDS STEPS PROGRAM [ARGUMENT...]

STEPS is a JSON list of objects: {"expect": pattern} waits until what was printed since the last match matches,
{"size": [columns, rows]} resizes, {"sleep": seconds} waits, {"type": text} types, {"kill": signal} ends the program
and its children; several in one object happen in this order. Prints JSON: the exit code (negative: the signal), the
output, and the problem, if something was not printed in time.
"""

import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
import time

deadline = time.monotonic() + float(sys.argv[1])
output = b""
position = 0
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])


def resize(columns, rows):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def finish(problem=None):
    if problem is not None or time.monotonic() > deadline:
        os.killpg(pid, 9)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(json.dumps({"code": code, "output": output.decode(errors="replace"), "problem": problem}))
    sys.exit(0)


def read(seconds):
    """False at the end of the program's output."""
    global output
    if not select.select([terminal], [], [], seconds)[0]:
        return True
    try:
        data = os.read(terminal, 65536)
    except OSError:
        return False
    output += data
    return data != b""


resize(80, 24)
for step in json.loads(sys.argv[2]):
    if "expect" in step:
        while not (found := re.search(step["expect"].encode(), output[position:])):
            if time.monotonic() > deadline or not read(0.2):
                finish("did not print " + step["expect"])
        position += found.end()
    if "size" in step:
        resize(*step["size"])
    if "sleep" in step:
        time.sleep(step["sleep"])
    if "type" in step:
        os.write(terminal, step["type"].encode())
    if "kill" in step:
        os.killpg(pid, step["kill"])
while time.monotonic() < deadline and read(0.2):
    pass
finish()
