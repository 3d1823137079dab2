"""What the client programs of this folder have in common: how they are called, and the lines they speak.

A program is called with a verb and with words of the form name=value. It prints lines of fields between tabs, the
first of which says what the line is. Bytes are written as "x" and hexadecimal digits, null as "-". A record is

    record  topic  partition  offset  timestamp  key  value  headers

where headers are name=bytes with commas between. Records to be sent come from a file (plan=) with lines of

    compression  partition  timestamp  key  value  headers

where timestamp may be "-" for now. Verbs that all programs know (a client without a part of an API leaves it out):

    create      topic, partitions, config.NAME     makes a topic (confluent-kafka only)
    flow        topic, count, rate                 sends steadily (confluent-kafka only); "sent …" as acknowledged
    group       group                              "state", "owner  partitions" of each member, "committed …"
    produce     plan, topic                        sends each record; prints "sent  partition  offset" in their order
    read        topic, isolation                   prints all records of all partitions up to their ends
    seek        topic, time                        asks for offsets by time: "found  partition  offset"; reads on
    consume     topic, group, count, protocol      reads count records as the only member, commits just those, leaves
                                                   (^ before a topic: a pattern, nothing is committed; not all clients)
    member      topic, group, protocol, session,   is a member until SIGTERM: "assigned  partitions", records,
                assignor                           and "committed  partition=offset,…"
    administer  prefix                             "fact  name  value" for each thing that it did and saw
    transact    id, topic, source, group           "committed  value" and "aborted  value", "fenced  by what"

Every program ends by itself after seconds= (60), and where standard input ends: the tests hold the other end of a
pipe there, which the system closes however they end.
"""

import collections
import os
import signal
import sys
import threading

Planned = collections.namedtuple("Planned", "codec partition timestamp key value headers")


def arguments():
    """The verb, and the words after it."""
    words = dict(word.split("=", 1) for word in sys.argv[2:])
    signal.alarm(int(words.get("seconds", "60")))
    threading.Thread(target=end_with_input, daemon=True).start()
    return sys.argv[1], words


def end_with_input():
    while os.read(0, 512):
        pass
    os._exit(3)


def say(*fields):
    sys.stdout.write("\t".join(str(field) for field in fields) + "\n")
    sys.stdout.flush()


def write(data):
    return "-" if data is None else "x" + bytes(data).hex()


def parse(text):
    return None if text == "-" else bytes.fromhex(text[1:])


def plan(path):
    """The records of a plan, in their order."""
    with open(path, encoding="utf-8") as file:
        for line in file:
            codec, partition, timestamp, key, value, headers = line.rstrip("\n").split("\t")
            pairs = [header.split("=", 1) for header in headers.split(",") if header]
            yield Planned(
                codec, int(partition), None if timestamp == "-" else int(timestamp), parse(key), parse(value),
                [(name, parse(data)) for name, data in pairs])


def by_codec(records):
    """Runs of records with one compression, so that one producer sends each run."""
    run = []
    for record in records:
        if run and run[-1].codec != record.codec:
            yield run[0].codec, run
            run = []
        run.append(record)
    if run:
        yield run[0].codec, run


def say_record(topic, partition, offset, timestamp, key, value, headers):
    text = ",".join(f"{name}={write(data)}" for name, data in headers or [])
    say("record", topic, partition, offset, timestamp, write(key), write(value), text)


def say_partitions(word, partitions):
    say(word, ",".join(str(partition) for partition in sorted(partitions)))


def say_committed(offsets):
    """offsets: from partition to the next offset to read."""
    say("committed", ",".join(f"{partition}={offset}" for partition, offset in sorted(offsets.items())))


class Ending:
    """Whether SIGTERM has come."""

    def __init__(self):
        self.has_come = False
        signal.signal(signal.SIGTERM, self._come)

    def _come(self, *_):
        self.has_come = True
