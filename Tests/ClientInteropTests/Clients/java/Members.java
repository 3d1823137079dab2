import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;

import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

final class Members {
    static KafkaConsumer<byte[], byte[]> inGroup(Map<String, String> words, int recordsMax) {
        Map<String, String> more = new HashMap<>();
        more.put("group.id", words.get("group"));
        more.put("group.protocol", words.getOrDefault("protocol", "classic"));
        more.put("max.poll.records", String.valueOf(recordsMax));
        if (more.get("group.protocol").equals("classic")) {
            more.put("session.timeout.ms", words.getOrDefault("session", "6000"));
            more.put("heartbeat.interval.ms", "500");
            if (words.getOrDefault("assignor", "").equals("cooperative-sticky")) {
                more.put("partition.assignment.strategy", CooperativeStickyAssignor.class.getName());
            }
        }
        return Reads.consumer(words, more);
    }

    static void consume(Map<String, String> words) {
        String topic = words.get("topic");
        int count = Integer.parseInt(words.get("count"));
        Map<Integer, Long> offsets = new TreeMap<>();
        try (KafkaConsumer<byte[], byte[]> consumer = inGroup(words, 1)) {
            if (topic.startsWith("^")) consumer.subscribe(new SubscriptionPattern(topic));
            else consumer.subscribe(List.of(topic));
            for (int taken = 0; taken < count;) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
                    Lines.sayRecord(record);
                    offsets.put(record.partition(), record.offset() + 1);
                    taken++;
                }
            }
            if (!topic.startsWith("^")) commit(consumer, topic, offsets);
        }
    }

    private static void commit(KafkaConsumer<byte[], byte[]> consumer, String topic, Map<Integer, Long> offsets) {
        Map<TopicPartition, OffsetAndMetadata> places = new HashMap<>();
        offsets.forEach((partition, offset) ->
            places.put(new TopicPartition(topic, partition), new OffsetAndMetadata(offset)));
        consumer.commitSync(places);
        Lines.sayCommitted(offsets);
    }

    static void member(Map<String, String> words) {
        AtomicBoolean hasEnded = new AtomicBoolean();
        Thread main = Thread.currentThread();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            hasEnded.set(true);
            try {
                main.join(10_000);
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }));
        String topic = words.get("topic");
        try (KafkaConsumer<byte[], byte[]> consumer = inGroup(words, 20)) {
            // Processed and not yet committed: a commit that fails is tried again while the partition is ours.
            Map<Integer, Long> offsets = new TreeMap<>();
            consumer.subscribe(List.of(topic), new Owned(offsets));
            while (!hasEnded.get()) {
                ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(100));
                for (ConsumerRecord<byte[], byte[]> record : records) {
                    Lines.sayRecord(record);
                    offsets.put(record.partition(), record.offset() + 1);
                }
                if (offsets.isEmpty()) continue;
                try {
                    commit(consumer, topic, offsets);
                    offsets.clear();
                } catch (KafkaException error) {
                    Lines.say("trouble", error.getClass().getSimpleName());
                }
            }
        }
        // The exit code is that of the signal; what was said is what counts.
        Runtime.getRuntime().halt(0);
    }

    /** Says which partitions this member has, whenever that changes. */
    private static final class Owned implements ConsumerRebalanceListener {
        private final TreeSet<Integer> partitions = new TreeSet<>();
        private final Map<Integer, Long> offsets;

        Owned(Map<Integer, Long> offsets) {
            this.offsets = offsets;
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> assigned) {
            assigned.forEach(place -> partitions.add(place.partition()));
            Lines.sayPartitions("assigned", partitions);
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> revoked) {
            revoked.forEach(place -> {
                partitions.remove(place.partition());
                offsets.remove(place.partition());
            });
            Lines.sayPartitions("assigned", partitions);
        }
    }
}
