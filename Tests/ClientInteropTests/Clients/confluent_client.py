"""confluent-kafka, that is librdkafka, as a client. What it does and prints: lines.py."""

import sys

from confluent_kafka import (
    Consumer, ConsumerGroupTopicPartitions, KafkaError, KafkaException, OFFSET_BEGINNING, Producer, TopicPartition)
from confluent_kafka.admin import (
    AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions, NewTopic, OffsetSpec, ResourceType)

import lines


def common(words):
    config = {"bootstrap.servers": words["bootstrap"], "log_level": 3}
    if "security" in words:
        config["security.protocol"] = words["security"]
        if "ca" in words:
            config["ssl.ca.location"] = words["ca"]
    if "mechanism" in words:
        config.update({
            "sasl.mechanism": words["mechanism"], "sasl.username": words["username"],
            "sasl.password": words["password"]})
    return config


def partitions_of(words, topic):
    metadata = AdminClient(common(words)).list_topics(topic, timeout=20)
    return sorted(metadata.topics[topic].partitions)


def create(words):
    config = {name.removeprefix("config."): value for name, value in words.items() if name.startswith("config.")}
    admin = AdminClient(common(words))
    only(admin.create_topics([NewTopic(words["topic"], num_partitions=int(words["partitions"]), config=config)]))


def produce(words):
    for codec, run in lines.by_codec(lines.plan(words["plan"])):
        producer = Producer(common(words) | {
            "compression.type": codec, "linger.ms": 20, "enable.idempotence": words.get("idempotent", "yes") == "yes"})
        sent = [None] * len(run)

        def delivered(index):
            def note(error, message):
                if error is not None:
                    raise KafkaException(error)
                sent[index] = (message.partition(), message.offset())
            return note

        for index, record in enumerate(run):
            # A timestamp of 0 means "now" to this client.
            producer.produce(
                words["topic"], value=record.value, key=record.key, partition=record.partition,
                timestamp=record.timestamp or 0, headers=record.headers or None, on_delivery=delivered(index))
        if producer.flush(30) > 0:
            raise RuntimeError("not everything was sent")
        for partition, offset in sent:
            lines.say("sent", partition, offset)


def flow(words):
    """Sends count records at rate per second, round and round the partitions; prints each that was acknowledged."""
    import time
    producer = Producer(common(words) | {"linger.ms": 5})
    partitions = len(partitions_of(words, words["topic"]))

    def delivered(error, message):
        if error is not None:
            raise KafkaException(error)
        lines.say("sent", message.partition(), message.offset())

    started = time.monotonic()
    for number in range(int(words["count"])):
        due = started + number / float(words["rate"])
        while (left := due - time.monotonic()) > 0:
            producer.poll(left)
        producer.produce(
            words["topic"], value=f"flow-{number}".encode(), partition=number % partitions, on_delivery=delivered)
        producer.poll(0)
    if producer.flush(30) > 0:
        raise RuntimeError("not everything was sent")


def show(message):
    lines.say_record(
        message.topic(), message.partition(), message.offset(), message.timestamp()[1], message.key(),
        message.value(), message.headers())


def reader(words, group="reads-without-a-group", **more):
    return Consumer(common(words) | {
        "group.id": group, "enable.auto.commit": False, "auto.offset.reset": "earliest",
        "isolation.level": words.get("isolation", "read_uncommitted"), "enable.partition.eof": True,
        "fetch.wait.max.ms": 100} | more)


def read_to_ends(consumer, starts):
    consumer.assign(starts)
    left = {start.partition for start in starts}
    while left:
        message = consumer.poll(20)
        if message is None:
            raise RuntimeError(f"nothing came for partitions {left}")
        if message.error() is None:
            show(message)
        elif message.error().code() == KafkaError._PARTITION_EOF:
            left.discard(message.partition())
        else:
            raise KafkaException(message.error())


def read(words):
    topic = words["topic"]
    consumer = reader(words)
    read_to_ends(consumer, [TopicPartition(topic, p, OFFSET_BEGINNING) for p in partitions_of(words, topic)])
    consumer.close()


def seek(words):
    topic, time = words["topic"], int(words["time"])
    consumer = reader(words)
    found = consumer.offsets_for_times([TopicPartition(topic, p, time) for p in partitions_of(words, topic)], 20)
    for place in found:
        # The end of the partition where no record is as late: this client says so with -1.
        lines.say("found", place.partition, max(place.offset, -1))
    read_to_ends(consumer, [place for place in found if place.offset >= 0])
    consumer.close()


def in_group(words, **more):
    config = {"group.protocol": words.get("protocol", "classic")}
    if config["group.protocol"] == "classic":
        config["session.timeout.ms"] = int(words.get("session", "6000"))
        config["heartbeat.interval.ms"] = 500
        if "assignor" in words:
            config["partition.assignment.strategy"] = words["assignor"]
    return reader(words, words["group"], **(config | {"enable.partition.eof": False} | more))


def consume(words):
    consumer = in_group(words)
    consumer.subscribe([words["topic"]])
    offsets = {}
    for _ in range(int(words["count"])):
        message = consumer.poll(30)
        if message is None:
            raise RuntimeError("no record came")
        if message.error() is not None:
            raise KafkaException(message.error())
        show(message)
        offsets[message.partition()] = message.offset() + 1
    if not words["topic"].startswith("^"):
        consumer.commit(offsets=[TopicPartition(words["topic"], p, o) for p, o in offsets.items()], asynchronous=False)
        lines.say_committed(offsets)
    consumer.close()


def member(words):
    ending = lines.Ending()
    consumer = in_group(words)
    owned = set()
    # Processed and not yet committed: a commit that fails in a rebalance is tried again while the partition is ours.
    offsets = {}

    def assigned(_, partitions):
        owned.update(p.partition for p in partitions)
        lines.say_partitions("assigned", owned)

    def revoked(_, partitions):
        owned.difference_update(p.partition for p in partitions)
        for place in partitions:
            offsets.pop(place.partition, None)
        lines.say_partitions("assigned", owned)

    consumer.subscribe([words["topic"]], on_assign=assigned, on_revoke=revoked, on_lost=revoked)
    while not ending.has_come:
        batch = consumer.consume(num_messages=20, timeout=0.1)
        for message in batch:
            if message.error() is not None:
                lines.say("trouble", message.error())
                continue
            show(message)
            offsets[message.partition()] = message.offset() + 1
        if not offsets:
            continue
        try:
            consumer.commit(
                offsets=[TopicPartition(words["topic"], p, o) for p, o in offsets.items()], asynchronous=False)
            lines.say_committed(offsets)
            offsets.clear()
        except KafkaException as error:
            lines.say("trouble", error.args[0].name())
    consumer.close()


def only(futures):
    """The result of the only future of a map."""
    (future,) = futures.values()
    return future.result(20)


def administer(words):
    admin = AdminClient(common(words))
    topic, group = words["prefix"] + "-topic", words["prefix"] + "-group"
    fact = lambda name, value: lines.say("fact", name, value)
    only(admin.create_topics([NewTopic(topic, num_partitions=3, config={"cleanup.policy": "compact,delete"})]))
    try:
        only(admin.create_topics([NewTopic(topic, num_partitions=3)]))
    except KafkaException as error:
        fact("created again", error.args[0].code())
    fact("listed", topic in admin.list_topics(timeout=20).topics)
    described = only(admin.describe_topics(_names([topic])))
    fact("partitions", len(described.partitions))
    configs = lambda: only(admin.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]))
    fact("cleanup.policy", configs()["cleanup.policy"].value)
    entry = ConfigEntry("retention.ms", "123456", incremental_operation=AlterConfigOpType.SET)
    only(admin.incremental_alter_configs([ConfigResource(
        ResourceType.TOPIC, topic, incremental_configs=[entry])]))
    fact("retention.ms", configs()["retention.ms"].value)
    fact("cleanup.policy kept", configs()["cleanup.policy"].value)
    only(admin.create_partitions([NewPartitions(topic, 5)]))
    fact("partitions added", len(only(admin.describe_topics(_names([topic]))).partitions))
    nodes = admin.describe_cluster().result(20).nodes
    fact("nodes", len(nodes))
    _administer_records(admin, words, topic, fact)
    _administer_group(admin, words, topic, group, fact)
    only(admin.delete_topics([topic]))
    fact("listed after deletion", topic in admin.list_topics(timeout=20).topics)


def _names(names):
    from confluent_kafka import TopicCollection
    return TopicCollection(names)


def _administer_records(admin, words, topic, fact):
    producer = Producer(common(words))
    for number in range(10):
        producer.produce(topic, key=str(number), value="v", partition=0)
    producer.flush(20)
    place = TopicPartition(topic, 0, 4)
    fact("low watermark", only(admin.delete_records([place])).low_watermark)
    fact("earliest", only(admin.list_offsets({TopicPartition(topic, 0): OffsetSpec.earliest()})).offset)
    fact("latest", only(admin.list_offsets({TopicPartition(topic, 0): OffsetSpec.latest()})).offset)


def _administer_group(admin, words, topic, group, fact):
    consumer = reader(words, group)
    consumer.commit(offsets=[TopicPartition(topic, 0, 7)], asynchronous=False)
    consumer.close()
    listed = lambda: group in [g.group_id for g in admin.list_consumer_groups().result(20).valid]
    offset = lambda: only(
        admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])).topic_partitions[0].offset
    fact("group listed", listed())
    fact("group state", only(admin.describe_consumer_groups([group])).state.name.lower())
    fact("group offset", offset())
    only(admin.alter_consumer_group_offsets(
        [ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0, 5)])]))
    fact("group offset reset", offset())
    only(admin.delete_consumer_groups([group]))
    fact("group listed after deletion", listed())


def group(words):
    """What the broker says of a group: its members with their partitions, and its offsets."""
    admin = AdminClient(common(words))
    described = only(admin.describe_consumer_groups([words["group"]]))
    lines.say("state", described.state.name.lower(), described.type.name.lower())
    for one in described.members:
        lines.say_partitions("owner", [p.partition for p in one.assignment.topic_partitions])
    offsets = only(admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(words["group"])]))
    lines.say_committed({p.partition: p.offset for p in offsets.topic_partitions})


def transact(words):
    topic, name = words["topic"], words["id"]
    new = lambda: Producer(common(words) | {"transactional.id": name, "transaction.timeout.ms": 30000})
    producer = new()
    producer.init_transactions(30)

    def send(by, values):
        for number, value in enumerate(values):
            by.produce(topic, value=value.encode(), partition=number % 2)
        by.flush(20)

    def done(word, values):
        for value in values:
            lines.say(word, value)

    values = lambda kind: [f"{name}-{kind}-{number}" for number in range(10)]
    producer.begin_transaction()
    send(producer, values("first"))
    producer.commit_transaction(30)
    done("committed", values("first"))
    producer.begin_transaction()
    send(producer, values("dropped"))
    producer.abort_transaction(30)
    done("aborted", values("dropped"))
    _transact_offsets(words, producer, send, done)
    # A zombie: its transaction is open when another takes its name.
    producer.begin_transaction()
    send(producer, values("zombie"))
    successor = new()
    successor.init_transactions(30)
    try:
        producer.commit_transaction(30)
        lines.say("fenced", "not at all")
    except KafkaException as error:
        lines.say("fenced", error.args[0].name())
    done("aborted", values("zombie"))
    successor.begin_transaction()
    send(successor, values("successor"))
    successor.commit_transaction(30)
    done("committed", values("successor"))


def _transact_offsets(words, producer, send, done):
    """Takes five records of the source and answers them, twice: committed, then aborted."""
    consumer = in_group(words)
    consumer.subscribe([words["source"]])
    for outcome in ["committed", "aborted"]:
        taken = []
        while len(taken) < 5:
            message = consumer.poll(30)
            if message is None:
                raise RuntimeError("no record came")
            taken.append(message)
        producer.begin_transaction()
        values = [f"{words['id']}-{outcome}-{message.value().decode()}" for message in taken]
        send(producer, values)
        offsets = [TopicPartition(m.topic(), m.partition(), m.offset() + 1) for m in taken[-1:]]
        producer.send_offsets_to_transaction(offsets, consumer.consumer_group_metadata(), 30)
        if outcome == "committed":
            producer.commit_transaction(30)
        else:
            producer.abort_transaction(30)
        done(outcome, values)
    position = consumer.committed([TopicPartition(words["source"], 0)], timeout=20)[0].offset
    lines.say("fact", "offset in transactions", position)
    consumer.close()


if __name__ == "__main__":
    verb, words = lines.arguments()
    {function.__name__: function for function in [
        create, produce, flow, read, seek, consume, member, administer, group, transact]}[verb](words)
    sys.exit(0)
