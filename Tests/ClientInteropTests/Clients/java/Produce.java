import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;

import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

final class Produce {
    static KafkaProducer<byte[], byte[]> producer(Properties properties) {
        return new KafkaProducer<>(properties, new ByteArraySerializer(), new ByteArraySerializer());
    }

    static void run(Map<String, String> words) throws Exception {
        List<Lines.Planned> records = Lines.plan(words.get("plan"));
        for (int start = 0; start < records.size();) {
            String codec = records.get(start).codec();
            int end = start;
            while (end < records.size() && records.get(end).codec().equals(codec)) end++;
            send(words, codec, records.subList(start, end));
            start = end;
        }
    }

    private static void send(Map<String, String> words, String codec, List<Lines.Planned> records) throws Exception {
        Properties properties = JavaClient.common(words);
        properties.put("compression.type", codec);
        properties.put("linger.ms", "20");
        List<Future<RecordMetadata>> waiting = new ArrayList<>();
        try (KafkaProducer<byte[], byte[]> producer = producer(properties)) {
            for (Lines.Planned record : records) {
                waiting.add(producer.send(new ProducerRecord<>(
                    words.get("topic"), record.partition(), record.timestamp(), record.key(), record.value(),
                    record.headers())));
            }
            for (Future<RecordMetadata> future : waiting) {
                RecordMetadata sent = future.get();
                Lines.say("sent", sent.partition(), sent.offset());
            }
        }
    }
}
