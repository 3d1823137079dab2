// Kafka through librdkafka. Does I/O.
