"""aiokafka as a client. What it does and prints: lines.py."""

import asyncio
import ssl
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata

import lines


def common(words):
    config = {"bootstrap_servers": words["bootstrap"]}
    if "security" in words:
        config["security_protocol"] = words["security"]
        if "ca" in words:
            config["ssl_context"] = ssl.create_default_context(cafile=words["ca"])
    if "mechanism" in words:
        config.update(
            sasl_mechanism=words["mechanism"], sasl_plain_username=words["username"],
            sasl_plain_password=words["password"])
    return config


async def produce(words):
    for codec, run in lines.by_codec(lines.plan(words["plan"])):
        async with AIOKafkaProducer(
                **common(words), compression_type=None if codec == "none" else codec, linger_ms=20,
                enable_idempotence=True) as producer:
            waiting = [await producer.send(
                words["topic"], value=record.value, key=record.key, partition=record.partition,
                timestamp_ms=record.timestamp, headers=record.headers) for record in run]
            for future in waiting:
                sent = await future
                lines.say("sent", sent.partition, sent.offset)


def show(record):
    lines.say_record(
        record.topic, record.partition, record.offset, record.timestamp, record.key, record.value, record.headers)


def new_consumer(words, *topics, **more):
    return AIOKafkaConsumer(*topics, **(common(words) | {
        "enable_auto_commit": False, "auto_offset_reset": "earliest", "fetch_max_wait_ms": 100,
        "isolation_level": words.get("isolation", "read_uncommitted")} | more))


async def places_of(consumer, topic):
    """All partitions of a topic. This client learns them with its next look at the metadata."""
    await consumer._client._wait_on_metadata(topic)
    return [TopicPartition(topic, p) for p in sorted(consumer.partitions_for_topic(topic))]


async def read_to_ends(consumer, starts):
    """starts: from partition to the offset to begin at."""
    if not starts:
        return
    consumer.assign(list(starts))
    ends = await consumer.end_offsets(list(starts))
    for place, offset in starts.items():
        consumer.seek(place, offset)
    left = {place for place in starts if starts[place] < ends[place]}
    while left:
        for records in (await consumer.getmany(timeout_ms=200)).values():
            for record in records:
                show(record)
        for place in list(left):
            if await consumer.position(place) >= ends[place]:
                left.discard(place)


async def read(words):
    async with new_consumer(words) as consumer:
        places = await places_of(consumer, words["topic"])
        await read_to_ends(consumer, await consumer.beginning_offsets(places))


async def seek(words):
    async with new_consumer(words) as consumer:
        places = await places_of(consumer, words["topic"])
        found = await consumer.offsets_for_times({place: int(words["time"]) for place in places})
        for place, result in sorted(found.items()):
            lines.say("found", place.partition, -1 if result is None else result.offset)
        await read_to_ends(consumer, {place: result.offset for place, result in found.items() if result is not None})


def in_group(words, *topics):
    return new_consumer(
        words, *topics, group_id=words["group"], session_timeout_ms=int(words.get("session", "6000")),
        heartbeat_interval_ms=500, max_poll_records=20)


async def consume(words):
    async with in_group(words, words["topic"]) as consumer:
        offsets = {}
        for _ in range(int(words["count"])):
            record = await asyncio.wait_for(consumer.getone(), 30)
            show(record)
            offsets[record.partition] = record.offset + 1
        await consumer.commit({TopicPartition(words["topic"], p): o for p, o in offsets.items()})
        lines.say_committed(offsets)


class Listener(ConsumerRebalanceListener):
    def __init__(self):
        # Processed and not yet committed: a commit that fails is tried again while the partition is ours.
        self.offsets = {}

    def on_partitions_revoked(self, revoked):
        self.offsets.clear()
        lines.say_partitions("assigned", [])

    def on_partitions_assigned(self, assigned):
        lines.say_partitions("assigned", [place.partition for place in assigned])


async def member(words):
    ending = lines.Ending()
    consumer = in_group(words)
    listener = Listener()
    consumer.subscribe([words["topic"]], listener=listener)
    await consumer.start()
    while not ending.has_come:
        offsets = listener.offsets
        for place, records in (await consumer.getmany(timeout_ms=100)).items():
            for record in records:
                show(record)
            offsets[place] = records[-1].offset + 1
        if not offsets:
            continue
        try:
            committed = dict(offsets)
            await consumer.commit(committed)
            lines.say_committed({place.partition: offset for place, offset in committed.items()})
            offsets.clear()
        except KafkaError as error:
            lines.say("trouble", type(error).__name__)
    await consumer.stop()


async def administer(words):
    topic, group = words["prefix"] + "-topic", words["prefix"] + "-group"
    fact = lambda name, value: lines.say("fact", name, value)
    admin = AIOKafkaAdminClient(**common(words))
    await admin.start()
    new = lambda: admin.create_topics([NewTopic(topic, 3, 1, topic_configs={"cleanup.policy": "compact,delete"})])
    await new()
    fact("created again", (await new()).topic_errors[0][1])
    fact("listed", topic in await admin.list_topics())
    count = lambda described: len(described[0]["partitions"])
    fact("partitions", count(await admin.describe_topics([topic])))

    async def config(name):
        (response,) = await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
        return {entry[0]: entry[1] for entry in response.resources[0][4]}[name]

    fact("cleanup.policy", await config("cleanup.policy"))
    # AlterConfigs replaces all that is set.
    changed = {"retention.ms": "123456", "cleanup.policy": "compact,delete"}
    await admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, changed)])
    fact("retention.ms", await config("retention.ms"))
    fact("cleanup.policy kept", await config("cleanup.policy"))
    await admin.create_partitions({topic: NewPartitions(5)})
    fact("partitions added", count(await admin.describe_topics([topic])))
    fact("nodes", len((await admin.describe_cluster())["brokers"]))
    place = TopicPartition(topic, 0)
    async with AIOKafkaProducer(**common(words)) as producer:
        for number in range(10):
            await producer.send_and_wait(topic, key=b"%d" % number, value=b"v", partition=0)
    fact("low watermark", (await admin.delete_records({place: RecordsToDelete(4)}))[place])
    async with new_consumer(words, group_id=group) as consumer:
        consumer.assign([place])
        fact("earliest", (await consumer.beginning_offsets([place]))[place])
        fact("latest", (await consumer.end_offsets([place]))[place])
        await consumer.commit({place: OffsetAndMetadata(7, "")})
    fact("group listed", group in [entry[0] for entry in await admin.list_consumer_groups()])
    (described,) = await admin.describe_consumer_groups([group])
    fact("group state", described.groups[0][2].lower())
    fact("group offset", (await admin.list_consumer_group_offsets(group))[place].offset)
    await admin.delete_topics([topic])
    fact("listed after deletion", topic in await admin.list_topics())
    await admin.close()


async def transact(words):
    topic, name = words["topic"], words["id"]

    async def new():
        producer = AIOKafkaProducer(**common(words), transactional_id=name, transaction_timeout_ms=30000)
        await producer.start()
        return producer

    async def send(by, values):
        for future in [await by.send(topic, value=value.encode(), partition=number % 2)
                       for number, value in enumerate(values)]:
            await future

    def done(word, values):
        for value in values:
            lines.say(word, value)

    values = lambda kind: [f"{name}-{kind}-{number}" for number in range(10)]
    producer = await new()
    await producer.begin_transaction()
    await send(producer, values("first"))
    await producer.commit_transaction()
    done("committed", values("first"))
    await producer.begin_transaction()
    await send(producer, values("dropped"))
    await producer.abort_transaction()
    done("aborted", values("dropped"))
    await _transact_offsets(words, producer, send, done)
    # A zombie: its transaction is open when another takes its name.
    await producer.begin_transaction()
    await send(producer, values("zombie"))
    successor = await new()
    try:
        await producer.commit_transaction()
        lines.say("fenced", "not at all")
    except KafkaError as error:
        lines.say("fenced", type(error).__name__)
    done("aborted", values("zombie"))
    await successor.begin_transaction()
    await send(successor, values("successor"))
    await successor.commit_transaction()
    done("committed", values("successor"))
    await successor.stop()
    await producer.stop()


async def _transact_offsets(words, producer, send, done):
    """Takes five records of the source and answers them, twice: committed, then aborted."""
    place = TopicPartition(words["source"], 0)
    async with in_group(words, words["source"]) as consumer:
        for outcome in ["committed", "aborted"]:
            taken = [await asyncio.wait_for(consumer.getone(), 30) for _ in range(5)]
            await producer.begin_transaction()
            values = [f"{words['id']}-{outcome}-{record.value.decode()}" for record in taken]
            await send(producer, values)
            await producer.send_offsets_to_transaction({place: taken[-1].offset + 1}, words["group"])
            if outcome == "committed":
                await producer.commit_transaction()
            else:
                await producer.abort_transaction()
            done(outcome, values)
        lines.say("fact", "offset in transactions", await consumer.committed(place))


if __name__ == "__main__":
    verb, words = lines.arguments()
    asyncio.run({function.__name__: function for function in [
        produce, read, seek, consume, member, administer, transact]}[verb](words))
    sys.exit(0)
