import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;

import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

final class Reads {
    static KafkaConsumer<byte[], byte[]> consumer(Map<String, String> words, Map<String, String> more) {
        Properties properties = JavaClient.common(words);
        properties.put("enable.auto.commit", "false");
        properties.put("auto.offset.reset", "earliest");
        properties.put("fetch.max.wait.ms", "100");
        properties.put("isolation.level", words.getOrDefault("isolation", "read_uncommitted"));
        properties.putAll(more);
        return new KafkaConsumer<>(properties, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private static List<TopicPartition> places(KafkaConsumer<byte[], byte[]> consumer, String topic) {
        return consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .sorted((left, right) -> Integer.compare(left.partition(), right.partition())).toList();
    }

    static void read(Map<String, String> words) {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(words, Map.of())) {
            readToEnds(consumer, consumer.beginningOffsets(places(consumer, words.get("topic"))));
        }
    }

    static void seek(Map<String, String> words) {
        long time = Long.parseLong(words.get("time"));
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(words, Map.of())) {
            Map<TopicPartition, Long> times = new HashMap<>();
            List<TopicPartition> places = places(consumer, words.get("topic"));
            for (TopicPartition place : places) times.put(place, time);
            Map<TopicPartition, OffsetAndTimestamp> found = consumer.offsetsForTimes(times);
            Map<TopicPartition, Long> starts = new HashMap<>();
            for (TopicPartition place : places) {
                OffsetAndTimestamp result = found.get(place);
                Lines.say("found", place.partition(), result == null ? -1 : result.offset());
                if (result != null) starts.put(place, result.offset());
            }
            readToEnds(consumer, starts);
        }
    }

    private static void readToEnds(KafkaConsumer<byte[], byte[]> consumer, Map<TopicPartition, Long> starts) {
        consumer.assign(starts.keySet());
        Map<TopicPartition, Long> ends = consumer.endOffsets(starts.keySet());
        starts.forEach(consumer::seek);
        Set<TopicPartition> left = new HashSet<>(starts.keySet());
        while (true) {
            left.removeIf(place -> consumer.position(place) >= ends.get(place));
            if (left.isEmpty()) return;
            consumer.poll(Duration.ofMillis(200)).forEach(Lines::sayRecord);
        }
    }
}
