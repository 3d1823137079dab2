import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

final class Transact {
    private final Map<String, String> words;

    private Transact(Map<String, String> words) {
        this.words = words;
    }

    static void run(Map<String, String> words) throws Exception {
        new Transact(words).run();
    }

    private KafkaProducer<byte[], byte[]> producer() {
        Properties properties = JavaClient.common(words);
        properties.put("transactional.id", words.get("id"));
        properties.put("transaction.timeout.ms", "30000");
        KafkaProducer<byte[], byte[]> producer = Produce.producer(properties);
        producer.initTransactions();
        return producer;
    }

    private List<String> values(String kind) {
        return IntStream.range(0, 10).mapToObj(number -> words.get("id") + "-" + kind + "-" + number).toList();
    }

    private void send(KafkaProducer<byte[], byte[]> producer, List<String> values) throws Exception {
        List<Future<RecordMetadata>> waiting = new ArrayList<>();
        for (int number = 0; number < values.size(); number++) {
            waiting.add(producer.send(new ProducerRecord<>(
                words.get("topic"), number % 2, null, values.get(number).getBytes())));
        }
        producer.flush();
        for (Future<RecordMetadata> future : waiting) future.get();
    }

    private static void done(String outcome, List<String> values) {
        for (String value : values) Lines.say(outcome, value);
    }

    private void run() throws Exception {
        KafkaProducer<byte[], byte[]> producer = producer();
        producer.beginTransaction();
        send(producer, values("first"));
        producer.commitTransaction();
        done("committed", values("first"));
        producer.beginTransaction();
        send(producer, values("dropped"));
        producer.abortTransaction();
        done("aborted", values("dropped"));
        offsets(producer);
        // A zombie: its transaction is open when another takes its name.
        producer.beginTransaction();
        send(producer, values("zombie"));
        KafkaProducer<byte[], byte[]> successor = producer();
        try {
            producer.commitTransaction();
            Lines.say("fenced", "not at all");
        } catch (KafkaException error) {
            Lines.say("fenced", error.getClass().getSimpleName());
        }
        done("aborted", values("zombie"));
        successor.beginTransaction();
        send(successor, values("successor"));
        successor.commitTransaction();
        done("committed", values("successor"));
        successor.close();
        producer.close(Duration.ZERO);
    }

    /** Takes five records of the source and answers them, twice: committed, then aborted. */
    private void offsets(KafkaProducer<byte[], byte[]> producer) throws Exception {
        TopicPartition place = new TopicPartition(words.get("source"), 0);
        try (KafkaConsumer<byte[], byte[]> consumer = Members.inGroup(words, 1)) {
            consumer.subscribe(List.of(words.get("source")));
            for (String outcome : List.of("committed", "aborted")) {
                List<ConsumerRecord<byte[], byte[]>> taken = new ArrayList<>();
                while (taken.size() < 5) consumer.poll(Duration.ofSeconds(1)).forEach(taken::add);
                producer.beginTransaction();
                List<String> values = taken.stream()
                    .map(record -> words.get("id") + "-" + outcome + "-" + new String(record.value())).toList();
                send(producer, values);
                producer.sendOffsetsToTransaction(
                    Map.of(place, new OffsetAndMetadata(taken.get(4).offset() + 1)), consumer.groupMetadata());
                if (outcome.equals("committed")) producer.commitTransaction();
                else producer.abortTransaction();
                done(outcome, values);
            }
            Lines.say("fact", "offset in transactions", consumer.committed(Set.of(place)).get(place).offset());
        }
    }
}
