// What a server and a client of Kafka's protocol both stand on: sockets, epoll, TLS, digests. Does I/O.
