// A client of Kafka's wire protocol, for administration and group membership. Does I/O.
