import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;

import org.apache.kafka.clients.admin.AbortTransactionSpec;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.LogDirDescription;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;

/**
 * The rest of the admin API, asked of a broker with one topic of two partitions, ten records in its partition 0 with
 * rising timestamps, and one open transaction. A call that fails is a fact with the name of its error.
 */
final class Survey {
    private final Admin admin;
    private final String topic;
    private final TopicPartition place;

    private Survey(Admin admin, String topic) {
        this.admin = admin;
        this.topic = topic;
        this.place = new TopicPartition(topic, 0);
    }

    static void run(Map<String, String> words) throws Exception {
        String topic = words.get("topic");
        Properties transactional = JavaClient.common(words);
        transactional.put("transactional.id", "surveyed");
        transactional.put("transaction.timeout.ms", "60000");
        try (Admin admin = Admin.create(JavaClient.common(words))) {
            Survey survey = new Survey(admin, topic);
            admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get();
            try (KafkaProducer<byte[], byte[]> producer = Produce.producer(JavaClient.common(words))) {
                for (long number = 0; number < 10; number++) {
                    producer.send(new ProducerRecord<>(topic, 0, 1000 + number, null, new byte[] {1})).get();
                }
            }
            survey.cluster();
            survey.topics();
            survey.offsets();
            survey.groups(words);
            try (KafkaProducer<byte[], byte[]> producer = Produce.producer(transactional)) {
                producer.initTransactions();
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(topic, 1, null, new byte[] {2})).get();
                survey.transactions();
                fact("commit after the abort", () -> {
                    producer.commitTransaction();
                    return "done";
                });
            }
            survey.changes();
        }
    }

    private static void fact(String name, Callable<Object> call) {
        Object value;
        try {
            value = call.call();
        } catch (Throwable error) {
            Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
            value = cause.getClass().getSimpleName();
        }
        Lines.say("fact", name, value);
    }

    private void cluster() {
        fact("cluster id is there", () -> admin.describeCluster().clusterId().get() != null);
        fact("controller is the node", () -> admin.describeCluster().controller().get()
            .equals(admin.describeCluster().nodes().get().iterator().next()));
        for (String feature : List.of("group.version", "transaction.version")) {
            fact(feature, () -> admin.describeFeatures().featureMetadata().get().finalizedFeatures().get(feature)
                .maxVersionLevel());
        }
        fact("quorum voters", () -> admin.describeMetadataQuorum().quorumInfo().get().voters().size());
        fact("log of the partition", () -> {
            int node = admin.describeCluster().nodes().get().iterator().next().id();
            LogDirDescription description = admin.describeLogDirs(List.of(node)).allDescriptions().get().get(node)
                .values().iterator().next();
            return description.replicaInfos().get(place).size() > 0;
        });
        fact("acls", () -> admin.describeAcls(AclBindingFilter.ANY).values().get());
        fact("broker config", () -> {
            int node = admin.describeCluster().nodes().get().iterator().next().id();
            ConfigResource resource = new ConfigResource(ConfigResource.Type.BROKER, String.valueOf(node));
            return admin.describeConfigs(List.of(resource)).all().get().get(resource).get("num.partitions").value();
        });
        fact("config resources", () -> admin.listConfigResources(Set.of(ConfigResource.Type.TOPIC),
            new org.apache.kafka.clients.admin.ListConfigResourcesOptions()).all().get().stream()
            .anyMatch(resource -> resource.name().equals(topic)));
        fact("quotas", () -> admin.describeClientQuotas(
            org.apache.kafka.common.quota.ClientQuotaFilter.all()).entities().get().size());
        fact("reassignments", () -> admin.listPartitionReassignments().reassignments().get().size());
        fact("election", () -> admin.electLeaders(ElectionType.PREFERRED, Set.of(place)).partitions().get().get(place)
            .map(error -> error.getClass().getSimpleName()).orElse("done"));
    }

    private void topics() {
        fact("topic by id", () -> {
            var id = admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).topicId();
            return admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds().get().get(id).name()
                .equals(topic);
        });
        fact("unknown topic", () -> admin.describeTopics(List.of("nowhere")).allTopicNames().get());
        fact("bad name", () -> admin.createTopics(List.of(new NewTopic("a b", 1, (short) 1))).all().get());
        fact("bad config", () -> admin.createTopics(List.of(new NewTopic(topic + "-2", 1, (short) 1)
            .configs(Map.of("retention.ms", "soon")))).all().get());
        fact("unknown config", () -> admin.createTopics(List.of(new NewTopic(topic + "-2", 1, (short) 1)
            .configs(Map.of("no.such.config", "1")))).all().get());
        fact("no partitions", () -> admin.createTopics(List.of(new NewTopic(topic + "-2", 0, (short) 1))).all().get());
        fact("only validated", () -> {
            NewTopic wanted = new NewTopic(topic + "-2", Optional.of(4), Optional.empty());
            return admin.createTopics(List.of(wanted), new CreateTopicsOptions().validateOnly(true))
                .numPartitions(topic + "-2").get() + " " + admin.listTopics().names().get().contains(topic + "-2");
        });
        fact("fewer partitions", () -> admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(1))).all().get());
    }

    private void offsets() {
        fact("earliest", () -> offset(OffsetSpec.earliest()));
        fact("latest", () -> offset(OffsetSpec.latest()));
        fact("of time 1004", () -> offset(OffsetSpec.forTimestamp(1004)));
        fact("of a time to come", () -> offset(OffsetSpec.forTimestamp(5000)));
        fact("of the greatest time", () -> offset(OffsetSpec.maxTimestamp()));
        fact("earliest on this disk", () -> offset(OffsetSpec.earliestLocal()));
        fact("deleted too far", () -> admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(99))).all().get());
    }

    private long offset(OffsetSpec spec) throws Exception {
        return admin.listOffsets(Map.of(place, spec)).partitionResult(place).get().offset();
    }

    private void groups(Map<String, String> words) {
        fact("unknown group", () -> admin.describeConsumerGroups(List.of("nobody")).all().get());
        fact("offsets of an unknown group", () -> admin.listConsumerGroupOffsets("nobody")
            .partitionsToOffsetAndMetadata().get().size());
        fact("delete an unknown group", () -> admin.deleteConsumerGroups(List.of("nobody")).all().get());
        try (KafkaConsumer<byte[], byte[]> consumer = Members.inGroup(withGroup(words), 10)) {
            consumer.subscribe(List.of(topic));
            while (consumer.poll(java.time.Duration.ofMillis(200)).isEmpty()) continue;
            consumer.commitSync();
            fact("group with a member", () -> admin.describeConsumerGroups(List.of("surveyed")).all().get()
                .get("surveyed").groupState());
            fact("delete a group with a member", () ->
                admin.deleteConsumerGroups(List.of("surveyed")).all().get());
            fact("delete offsets that are subscribed", () ->
                admin.deleteConsumerGroupOffsets("surveyed", Set.of(place)).all().get());
            fact("alter offsets of members", () -> admin.alterConsumerGroupOffsets(
                "surveyed", Map.of(place, new OffsetAndMetadata(1))).all().get());
            fact("stable groups", () -> new TreeSet<>(admin.listGroups(
                org.apache.kafka.clients.admin.ListGroupsOptions.forConsumerGroups().inGroupStates(
                    Set.of(GroupState.STABLE))).all().get().stream().map(listing -> listing.groupId()).toList()));
        }
        fact("delete offsets", () -> admin.deleteConsumerGroupOffsets("surveyed", Set.of(place)).all().get());
        fact("offsets left", () -> admin.listConsumerGroupOffsets("surveyed").partitionsToOffsetAndMetadata().get()
            .keySet().stream().map(TopicPartition::partition).sorted().toList());
        fact("group config", () -> {
            ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, "surveyed");
            return admin.describeConfigs(List.of(resource)).all().get().get(resource)
                .get("consumer.session.timeout.ms") != null;
        });
    }

    private static Map<String, String> withGroup(Map<String, String> words) {
        Map<String, String> more = new java.util.HashMap<>(words);
        more.put("group", "surveyed");
        return more;
    }

    private void transactions() {
        TopicPartition written = new TopicPartition(topic, 1);
        fact("transactions", () -> admin.listTransactions().all().get().stream()
            .filter(listing -> listing.transactionalId().equals("surveyed"))
            .map(listing -> listing.state().toString()).collect(Collectors.joining()));
        fact("transaction", () -> admin.describeTransactions(List.of("surveyed")).all().get().get("surveyed")
            .topicPartitions().equals(Set.of(written)));
        fact("unknown transaction", () -> admin.describeTransactions(List.of("nobody")).all().get());
        fact("hanging", () -> {
            Collection<ProducerState> producers = admin.describeProducers(List.of(written)).all().get().get(written)
                .activeProducers();
            ProducerState open = new ArrayList<>(producers).get(0);
            admin.abortTransaction(new AbortTransactionSpec(
                written, open.producerId(), (short) open.producerEpoch(), open.coordinatorEpoch().orElse(0))).all()
                .get();
            return producers.size() + " " + open.currentTransactionStartOffset().getAsLong();
        });
    }

    private void changes() {
        fact("fenced", () -> {
            admin.fenceProducers(List.of("surveyed")).all().get();
            return "done";
        });
        ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        fact("policy appended", () -> {
            ConfigEntry entry = new ConfigEntry("cleanup.policy", "compact");
            admin.incrementalAlterConfigs(Map.of(
                resource, List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.APPEND)))).all().get();
            return admin.describeConfigs(List.of(resource)).all().get().get(resource).get("cleanup.policy").value();
        });
        fact("delete an unknown topic", () -> admin.deleteTopics(List.of("nowhere")).all().get());
        fact("delete records of a compacted topic", () -> {
            ConfigEntry entry = new ConfigEntry("cleanup.policy", "compact");
            admin.incrementalAlterConfigs(Map.of(
                resource, List.of(new AlterConfigOp(entry, AlterConfigOp.OpType.SET)))).all().get();
            return admin.deleteRecords(Map.of(place, RecordsToDelete.beforeOffset(5))).all().get();
        });
    }
}
