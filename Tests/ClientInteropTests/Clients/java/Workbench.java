import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Makes what the tests of the shell tools work on, and looks at what has become of it. An order a line on standard
 * input, fields between tabs: "arrange" or "look", then words. After the answer's lines comes "done".
 */
final class Workbench {
    /** Of the first record. Not long ago, or what comes later begins another segment. */
    private static final long START = System.currentTimeMillis() - 60_000;
    private final Map<String, String> common;
    private final Admin admin;
    /** Open until the program ends: transactions that nobody ends, members of groups. */
    private final List<AutoCloseable> open = new ArrayList<>();

    private Workbench(Map<String, String> common) {
        this.common = common;
        admin = Admin.create(JavaClient.common(common));
    }

    static void run(Map<String, String> words) throws Exception {
        Workbench bench = new Workbench(words);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            Map<String, String> order = new HashMap<>(words);
            String[] fields = line.split("\t");
            for (int index = 1; index < fields.length; index++) {
                String[] pair = fields[index].split("=", 2);
                order.put(pair[0], pair[1]);
            }
            try {
                if (fields[0].equals("arrange")) bench.arrange(order);
                else bench.look(order);
            } catch (Exception error) {
                Lines.say("trouble", error.toString());
            }
            Lines.say("done");
        }
        Runtime.getRuntime().halt(0);
    }

    // Arranging: topic, partitions, config.NAME, records, group with committed= or member=, id with transaction=.

    private void arrange(Map<String, String> order) throws Exception {
        String topic = order.get("topic");
        int partitions = Integer.parseInt(order.getOrDefault("partitions", "1"));
        NewTopic wanted = new NewTopic(topic, Optional.of(partitions), Optional.empty());
        Map<String, String> configs = new HashMap<>();
        order.forEach((name, value) -> {
            if (name.startsWith("config.")) configs.put(name.substring("config.".length()), value);
        });
        admin.createTopics(List.of(wanted.configs(configs))).all().get();
        try (KafkaProducer<byte[], byte[]> producer = Produce.producer(JavaClient.common(common))) {
            for (int number = 0; number < Integer.parseInt(order.getOrDefault("records", "0")); number++) {
                producer.send(new ProducerRecord<>(
                    topic, number % partitions, START + number, ("k" + number).getBytes(), ("v" + number).getBytes()));
            }
        }
        if (order.containsKey("committed")) {
            TopicPartition place = new TopicPartition(topic, 0);
            OffsetAndMetadata offset = new OffsetAndMetadata(Long.parseLong(order.get("committed")));
            admin.alterConsumerGroupOffsets(order.get("group"), Map.of(place, offset)).all().get();
        }
        if (order.containsKey("member")) join(order);
        if (order.containsKey("transaction")) transact(order);
    }

    private void join(Map<String, String> order) {
        KafkaConsumer<byte[], byte[]> consumer = Members.inGroup(order, 1);
        consumer.subscribe(List.of(order.get("topic")));
        while (consumer.assignment().isEmpty()) consumer.poll(Duration.ofMillis(100));
        Thread thread = new Thread(() -> {
            while (true) consumer.poll(Duration.ofMillis(200));
        });
        thread.setDaemon(true);
        thread.start();
    }

    /** Two records in a transaction that is committed, or left open. */
    private void transact(Map<String, String> order) throws Exception {
        java.util.Properties properties = JavaClient.common(common);
        properties.put("transactional.id", order.get("id"));
        properties.put("transaction.timeout.ms", "600000");
        KafkaProducer<byte[], byte[]> producer = Produce.producer(properties);
        open.add(producer);
        producer.initTransactions();
        producer.beginTransaction();
        for (int number = 0; number < 2; number++) {
            producer.send(new ProducerRecord<>(order.get("topic"), 0, null, ("t" + number).getBytes())).get();
        }
        if (order.get("transaction").equals("committed")) producer.commitTransaction();
    }

    // Looking: topic, group, id, and directory= of the partition's log.

    private static void fact(String name, Object value) {
        Lines.say("fact", name, value);
    }

    private void look(Map<String, String> order) throws Exception {
        TopicDescription topic = describe(order.get("topic"));
        fact("partitions", topic == null ? "absent" : topic.partitions().size());
        if (topic != null) lookAtTopic(order, topic);
        Optional<GroupListing> group = admin.listGroups().all().get().stream()
            .filter(listing -> listing.groupId().equals(order.get("group"))).findAny();
        fact("group", group.isEmpty() ? "absent" : group.get().groupState().get());
        fact("committed", group.isEmpty() ? "{}" : new TreeMap<>(
            admin.listConsumerGroupOffsets(order.get("group")).partitionsToOffsetAndMetadata().get().entrySet().stream()
                .collect(Collectors.toMap(entry -> entry.getKey().partition(), entry -> entry.getValue().offset()))));
        fact("transaction", admin.listTransactions().all().get().stream()
            .filter(listing -> listing.transactionalId().equals(order.get("id")))
            .map(listing -> listing.state().toString()).collect(Collectors.joining()));
    }

    private TopicDescription describe(String topic) throws Exception {
        try {
            return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
        } catch (ExecutionException error) {
            if (error.getCause() instanceof UnknownTopicOrPartitionException) return null;
            throw error;
        }
    }

    private void lookAtTopic(Map<String, String> order, TopicDescription topic) throws Exception {
        fact("replicas", topic.partitions().get(0).replicas().size());
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
        fact("configs", admin.describeConfigs(List.of(resource)).all().get().get(resource).entries().stream()
            .filter(entry -> entry.source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG)
            .map(entry -> entry.name() + "=" + entry.value()).sorted().collect(Collectors.joining(" ")));
        TreeMap<Integer, Long> ends = new TreeMap<>();
        for (int number = 0; number < topic.partitions().size(); number++) {
            TopicPartition place = new TopicPartition(topic.name(), number);
            ends.put(number, admin.listOffsets(Map.of(place, OffsetSpec.latest())).partitionResult(place).get().offset());
        }
        fact("ends", ends);
        TopicPartition zero = new TopicPartition(topic.name(), 0);
        fact("start", admin.listOffsets(Map.of(zero, OffsetSpec.earliest())).partitionResult(zero).get().offset());
        TopicPartition first = new TopicPartition(topic.name(), 0);
        Collection<ProducerState> producers = admin.describeProducers(List.of(first)).all().get().get(first)
            .activeProducers();
        fact("open transactions", producers.stream().filter(state -> state.currentTransactionStartOffset().isPresent())
            .map(state -> state.currentTransactionStartOffset().getAsLong()).toList());
        Reads.read(order);
        if (order.containsKey("directory")) LogFiles.run(order);
    }
}
