"""Drives kcat. What it does and prints: lines.py. kcat sends the time of sending, and one set of headers per call."""

import ctypes
import signal
import subprocess
import sys
import threading

import lines

# Lengths first, then the bytes themselves, so that any byte may be in them.
FORMAT = "%t %p %o %T %K %S %h\n%k%s\n"


def common(words):
    options = ["-b", words["bootstrap"]]
    if "security" in words:
        options += ["-X", f"security.protocol={words['security']}"]
        if "ca" in words:
            options += ["-X", f"ssl.ca.location={words['ca']}"]
    if "mechanism" in words:
        options += [
            "-X", f"sasl.mechanism={words['mechanism']}", "-X", f"sasl.username={words['username']}",
            "-X", f"sasl.password={words['password']}"]
    return options


def run(words, *options, **more):
    return subprocess.run(
        ["kcat", *common(words), *options], check=True, capture_output=True, timeout=60, **more).stdout


def produce(words):
    """Keys and values as text, a key before a bar, an empty one for null (-Z)."""
    for codec, records in lines.by_codec(lines.plan(words["plan"])):
        for record in records:
            headers = [option for name, data in record.headers for option in ("-H", f"{name}={data.decode()}")]
            text = (record.key or b"") + b"|" + (record.value or b"")
            run(words, "-P", "-t", words["topic"], "-p", str(record.partition), "-z", codec, "-K", "|", "-Z", "-D",
                "\x01", *headers, input=text)


def show(stream):
    """Prints the records of FORMAT as they come."""
    while head := stream.readline():
        topic, partition, offset, timestamp, key_length, value_length, *rest = head.decode().rstrip("\n").split(" ")
        take = lambda length: None if int(length) < 0 else stream.read(int(length))
        key, value = take(key_length), take(value_length)
        stream.read(1)
        headers = [pair.split("=", 1) for pair in " ".join(rest).split(",") if pair]
        lines.say_record(
            topic, partition, offset, timestamp, key, value,
            [(name, None if data == "NULL" else data.encode()) for name, data in headers])


def die_with_parent():
    """The system kills kcat when this program is killed."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def follow(words, *options, stderr=None):
    """kcat with these options until it ends or this program is told to."""
    process = subprocess.Popen(
        ["kcat", *common(words), "-u", "-f", FORMAT, "-X", "fetch.wait.max.ms=100", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE if stderr else None, preexec_fn=die_with_parent)
    signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
    if stderr:
        threading.Thread(target=stderr, args=[process.stderr], daemon=True).start()
    show(process.stdout)
    if process.wait() != 0:
        sys.exit(process.returncode)


def read(words):
    follow(words, "-C", "-q", "-e", "-t", words["topic"], "-o", "beginning", "-X",
           f"isolation.level={words.get('isolation', 'read_uncommitted')}")


def seek(words):
    topic, time = words["topic"], words["time"]
    count = int(words["partitions"])
    places = [option for p in range(count) for option in ("-t", f"{topic}:{p}:{time}")]
    for line in run(words, "-Q", *places).decode().splitlines():
        # topic [partition] offset n
        _, partition, _, offset = line.replace("[", "").replace("]", "").split()
        lines.say("found", partition, offset)
    follow(words, "-C", "-q", "-e", "-t", topic, "-o", f"s@{time}")


def consume(words):
    group = ["-q", "-c", words["count"], "-X", "auto.offset.reset=earliest", "-X", "session.timeout.ms=6000", "-G",
             words["group"], words["topic"]]
    follow(words, *group)


def say_assignments(stream):
    """% Group g rebalanced (memberid m): assigned: topic [0], topic [1]"""
    owned = set()
    for line in stream:
        text = line.decode()
        if " rebalanced " not in text:
            lines.say("trouble", text.strip())
            continue
        named = {int(part.split("[")[1]) for part in text.split("): ", 1)[1].split("]") if "[" in part}
        owned = owned - named if "revoked" in text else named
        lines.say_partitions("assigned", owned)


def member(words):
    """It commits in the background, and when it ends."""
    follow(words, "-X", f"session.timeout.ms={words['session']}", "-X", "heartbeat.interval.ms=500", "-X",
           "auto.commit.interval.ms=200", "-X", "auto.offset.reset=earliest", "-G", words["group"], words["topic"],
           stderr=say_assignments)


def administer(words):
    """kcat only lists."""
    listed = run(words, "-L").decode()
    lines.say("fact", "listed", f'topic "{words["prefix"]}-topic" with' in listed)
    lines.say("fact", "nodes", listed.count("\n  broker "))


if __name__ == "__main__":
    verb, words = lines.arguments()
    {function.__name__: function for function in [produce, read, seek, consume, member, administer]}[verb](words)
    sys.exit(0)
