// The broker as a server of Kafka's wire protocol: listeners, connections, request handlers. Does I/O.
