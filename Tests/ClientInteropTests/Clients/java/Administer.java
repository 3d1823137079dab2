import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ApiException;
import org.apache.kafka.common.protocol.Errors;

final class Administer {
    private static void fact(String name, Object value) {
        Lines.say("fact", name, value);
    }

    static void run(Map<String, String> words) throws Exception {
        String topic = words.get("prefix") + "-topic";
        try (Admin admin = Admin.create(JavaClient.common(words))) {
            NewTopic wanted = new NewTopic(topic, Optional.of(3), Optional.empty())
                .configs(Map.of("cleanup.policy", "compact,delete"));
            admin.createTopics(List.of(wanted)).all().get();
            try {
                admin.createTopics(List.of(wanted)).all().get();
            } catch (ExecutionException error) {
                fact("created again", Errors.forException((ApiException) error.getCause()).code());
            }
            fact("listed", admin.listTopics().names().get().contains(topic));
            fact("partitions", partitions(admin, topic));
            fact("cleanup.policy", config(admin, topic, "cleanup.policy"));
            ConfigEntry entry = new ConfigEntry("retention.ms", "123456");
            admin.incrementalAlterConfigs(Map.of(
                resource(topic), List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET)))).all().get();
            fact("retention.ms", config(admin, topic, "retention.ms"));
            fact("cleanup.policy kept", config(admin, topic, "cleanup.policy"));
            admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all().get();
            fact("partitions added", partitions(admin, topic));
            fact("nodes", admin.describeCluster().nodes().get().size());
            records(admin, words, topic);
            groups(admin, words, topic, words.get("prefix") + "-group");
            admin.deleteTopics(List.of(topic)).all().get();
            fact("listed after deletion", admin.listTopics().names().get().contains(topic));
        }
    }

    private static ConfigResource resource(String topic) {
        return new ConfigResource(ConfigResource.Type.TOPIC, topic);
    }

    private static int partitions(Admin admin, String topic) throws Exception {
        return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
    }

    private static String config(Admin admin, String topic, String name) throws Exception {
        Config config = admin.describeConfigs(List.of(resource(topic))).all().get().get(resource(topic));
        return config.get(name).value();
    }

    private static void records(Admin admin, Map<String, String> words, String topic) throws Exception {
        try (KafkaProducer<byte[], byte[]> producer = Produce.producer(JavaClient.common(words))) {
            for (int number = 0; number < 10; number++) {
                producer.send(new ProducerRecord<>(topic, 0, new byte[] {(byte) number}, new byte[] {1})).get();
            }
        }
        TopicPartition place = new TopicPartition(topic, 0);
        fact("low watermark", admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(4)))
            .lowWatermarks().get(place).get().lowWatermark());
        fact("earliest", admin.listOffsets(Map.of(place, OffsetSpec.earliest())).partitionResult(place).get().offset());
        fact("latest", admin.listOffsets(Map.of(place, OffsetSpec.latest())).partitionResult(place).get().offset());
    }

    private static void groups(Admin admin, Map<String, String> words, String topic, String group) throws Exception {
        TopicPartition place = new TopicPartition(topic, 0);
        try (KafkaConsumer<byte[], byte[]> consumer = Reads.consumer(words, Map.of("group.id", group))) {
            consumer.commitSync(Map.of(place, new OffsetAndMetadata(7)));
        }
        fact("group listed", isListed(admin, group));
        fact("group state", admin.describeConsumerGroups(List.of(group)).all().get().get(group).groupState().name()
            .toLowerCase());
        fact("group offset", offsets(admin, group).get(place).offset());
        admin.alterConsumerGroupOffsets(group, Map.of(place, new OffsetAndMetadata(5))).all().get();
        fact("group offset reset", offsets(admin, group).get(place).offset());
        admin.deleteConsumerGroups(List.of(group)).all().get();
        fact("group listed after deletion", isListed(admin, group));
    }

    private static boolean isListed(Admin admin, String group) throws Exception {
        return admin.listGroups().all().get().stream().anyMatch(listing -> listing.groupId().equals(group));
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(Admin admin, String group) throws Exception {
        return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    }

    /** What the broker says of a group: its members with their partitions, and its offsets. */
    static void group(Map<String, String> words) throws Exception {
        String group = words.get("group");
        try (Admin admin = Admin.create(JavaClient.common(words))) {
            ConsumerGroupDescription described = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
            Lines.say("state", described.groupState().name().toLowerCase(), described.type().name().toLowerCase());
            described.members().forEach(member -> Lines.sayPartitions("owner", member.assignment().topicPartitions()
                .stream().map(TopicPartition::partition).sorted().toList()));
            Map<Integer, Long> offsets = new TreeMap<>();
            offsets(admin, group).forEach((place, offset) -> offsets.put(place.partition(), offset.offset()));
            Lines.sayCommitted(offsets);
        }
    }
}
