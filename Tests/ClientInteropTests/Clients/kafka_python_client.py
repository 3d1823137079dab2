"""kafka-python 3 as a client. What it does and prints: lines.py."""

import sys

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.errors import KafkaError
from kafka.structs import OffsetAndMetadata

import lines


def common(words):
    config = {"bootstrap_servers": words["bootstrap"]}
    if "security" in words:
        config["security_protocol"] = words["security"]
        if "ca" in words:
            config["ssl_cafile"] = words["ca"]
    if "mechanism" in words:
        config.update(
            sasl_mechanism=words["mechanism"], sasl_plain_username=words["username"],
            sasl_plain_password=words["password"])
    return config


def produce(words):
    for codec, run in lines.by_codec(lines.plan(words["plan"])):
        producer = KafkaProducer(
            **common(words), compression_type=None if codec == "none" else codec, linger_ms=20)
        waiting = [producer.send(
            words["topic"], value=record.value, key=record.key, partition=record.partition,
            timestamp_ms=record.timestamp, headers=record.headers) for record in run]
        for future in waiting:
            sent = future.get(timeout=30)
            lines.say("sent", sent.partition, sent.offset)
        producer.close()


def show(record):
    lines.say_record(
        record.topic, record.partition, record.offset, record.timestamp, record.key, record.value, record.headers)


def new_consumer(words, **more):
    return KafkaConsumer(**(common(words) | {
        "enable_auto_commit": False, "auto_offset_reset": "earliest", "fetch_max_wait_ms": 100,
        "isolation_level": words.get("isolation", "read_uncommitted")} | more))


def places_of(consumer, topic):
    return [TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic))]


def read_to_ends(consumer, starts):
    """starts: from partition to the offset to begin at."""
    if not starts:
        return
    consumer.assign(list(starts))
    ends = consumer.end_offsets(list(starts))
    for place, offset in starts.items():
        consumer.seek(place, offset)
    left = {place for place in starts if starts[place] < ends[place]}
    while left:
        for records in consumer.poll(timeout_ms=200).values():
            for record in records:
                show(record)
        left = {place for place in left if consumer.position(place) < ends[place]}


def read(words):
    consumer = new_consumer(words)
    read_to_ends(consumer, consumer.beginning_offsets(places_of(consumer, words["topic"])))
    consumer.close()


def seek(words):
    consumer = new_consumer(words)
    places = places_of(consumer, words["topic"])
    found = consumer.offsets_for_times({place: int(words["time"]) for place in places})
    offsets = {place: -1 if found[place] is None else found[place].offset for place in places}
    for place, offset in sorted(offsets.items()):
        lines.say("found", place.partition, offset)
    read_to_ends(consumer, {place: offset for place, offset in offsets.items() if offset >= 0})
    consumer.close()


def in_group(words):
    return new_consumer(
        words, group_id=words["group"], session_timeout_ms=int(words.get("session", "6000")),
        heartbeat_interval_ms=500, max_poll_records=20)


def committing(offsets):
    return {place: OffsetAndMetadata(offset, "", -1) for place, offset in offsets.items()}


def take(consumer, count):
    """The next records, that many and no more."""
    taken = []
    while len(taken) < count:
        for records in consumer.poll(timeout_ms=1000, max_records=count - len(taken)).values():
            taken += records
    return taken


def consume(words):
    consumer = in_group(words)
    consumer.subscribe([words["topic"]])
    offsets = {}
    for record in take(consumer, int(words["count"])):
        show(record)
        offsets[record.partition] = record.offset + 1
    consumer.commit(committing({TopicPartition(words["topic"], p): o for p, o in offsets.items()}))
    lines.say_committed(offsets)
    consumer.close(autocommit=False)


class Listener(ConsumerRebalanceListener):
    def __init__(self):
        # Processed and not yet committed: a commit that fails is tried again while the partition is ours.
        self.offsets = {}

    def on_partitions_revoked(self, revoked):
        self.offsets.clear()
        lines.say_partitions("assigned", [])

    def on_partitions_assigned(self, assigned):
        lines.say_partitions("assigned", [place.partition for place in assigned])


def member(words):
    ending = lines.Ending()
    consumer = in_group(words)
    listener = Listener()
    consumer.subscribe([words["topic"]], listener=listener)
    while not ending.has_come:
        offsets = listener.offsets
        for place, records in consumer.poll(timeout_ms=100).items():
            for record in records:
                show(record)
            offsets[place] = records[-1].offset + 1
        if not offsets:
            continue
        try:
            consumer.commit(committing(offsets))
            lines.say_committed({place.partition: offset for place, offset in offsets.items()})
            offsets.clear()
        except KafkaError as error:
            lines.say("trouble", type(error).__name__)
    consumer.close(autocommit=False)


def administer(words):
    topic, group = words["prefix"] + "-topic", words["prefix"] + "-group"
    fact = lambda name, value: lines.say("fact", name, value)
    admin = KafkaAdminClient(**common(words))
    admin.create_topics({topic: {"num_partitions": 3, "configs": {"cleanup.policy": "compact,delete"}}})
    try:
        admin.create_topics({topic: {"num_partitions": 3}})
    except KafkaError as error:
        fact("created again", error.errno)
    fact("listed", topic in admin.list_topics())
    count = lambda: len(admin.describe_topics([topic])[0]["partitions"])
    fact("partitions", count())
    config = lambda name: admin.describe_configs(
        [ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")["topic"][topic][name]["value"]
    fact("cleanup.policy", config("cleanup.policy"))
    admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "123456"})])
    fact("retention.ms", config("retention.ms"))
    fact("cleanup.policy kept", config("cleanup.policy"))
    admin.create_partitions({topic: 5})
    fact("partitions added", count())
    fact("nodes", len(admin.describe_cluster()["brokers"]))
    place = TopicPartition(topic, 0)
    producer = KafkaProducer(**common(words))
    for number in range(10):
        producer.send(topic, key=b"%d" % number, value=b"v", partition=0)
    producer.close()
    deleted = admin.delete_records({place: 4})[place]
    fact("low watermark", deleted["low_watermark"] if isinstance(deleted, dict) else deleted)
    consumer = new_consumer(words, group_id=group)
    consumer.assign([place])
    fact("earliest", consumer.beginning_offsets([place])[place])
    fact("latest", consumer.end_offsets([place])[place])
    consumer.commit(committing({place: 7}))
    consumer.close(autocommit=False)
    listed = lambda: group in [entry["group_id"] for entry in admin.list_groups()]
    offset = lambda: admin.list_group_offsets(group)[group][place].offset
    fact("group listed", listed())
    fact("group state", admin.describe_groups([group])[group]["group_state"].lower())
    fact("group offset", offset())
    admin.alter_group_offsets(group, committing({place: 5}))
    fact("group offset reset", offset())
    admin.delete_groups([group])
    fact("group listed after deletion", listed())
    admin.delete_topics([topic])
    fact("listed after deletion", topic in admin.list_topics())
    admin.close()


def transact(words):
    topic, name = words["topic"], words["id"]

    def new():
        producer = KafkaProducer(**common(words), transactional_id=name, transaction_timeout_ms=30000)
        producer.init_transactions()
        return producer

    def send(by, values):
        for future in [by.send(topic, value=value.encode(), partition=number % 2)
                       for number, value in enumerate(values)]:
            future.get(timeout=30)

    def done(word, values):
        for value in values:
            lines.say(word, value)

    values = lambda kind: [f"{name}-{kind}-{number}" for number in range(10)]
    producer = new()
    producer.begin_transaction()
    send(producer, values("first"))
    producer.commit_transaction()
    done("committed", values("first"))
    producer.begin_transaction()
    send(producer, values("dropped"))
    producer.abort_transaction()
    done("aborted", values("dropped"))
    _transact_offsets(words, producer, send, done)
    # A zombie: its transaction is open when another takes its name.
    producer.begin_transaction()
    send(producer, values("zombie"))
    successor = new()
    try:
        producer.commit_transaction()
        lines.say("fenced", "not at all")
    except KafkaError as error:
        lines.say("fenced", type(error).__name__)
    done("aborted", values("zombie"))
    successor.begin_transaction()
    send(successor, values("successor"))
    successor.commit_transaction()
    done("committed", values("successor"))
    successor.close()


def _transact_offsets(words, producer, send, done):
    """Takes five records of the source and answers them, twice: committed, then aborted."""
    place = TopicPartition(words["source"], 0)
    consumer = in_group(words)
    consumer.subscribe([words["source"]])
    for outcome in ["committed", "aborted"]:
        taken = take(consumer, 5)
        producer.begin_transaction()
        values = [f"{words['id']}-{outcome}-{record.value.decode()}" for record in taken]
        send(producer, values)
        producer.send_offsets_to_transaction(committing({place: taken[-1].offset + 1}), consumer.group_metadata())
        if outcome == "committed":
            producer.commit_transaction()
        else:
            producer.abort_transaction()
        done(outcome, values)
    lines.say("fact", "offset in transactions", consumer.committed(place))
    consumer.close(autocommit=False)


if __name__ == "__main__":
    verb, words = lines.arguments()
    {function.__name__: function for function in [
        produce, read, seek, consume, member, administer, transact]}[verb](words)
    sys.exit(0)
