// Readiness of many sockets: epoll, eventfd and accept4, whose names Swift's Glibc module does not bring.
#ifndef CMILLRACE_POLLER_H
#define CMILLRACE_POLLER_H

#include <stdint.h>

enum {
    MILLRACE_READABLE = 1,
    MILLRACE_WRITABLE = 2,
    /// The peer is gone, or the socket has failed.
    MILLRACE_BROKEN = 4,
};

/// What is ready: the token that the descriptor was added with, and the bits above.
struct millrace_ready {
    uint64_t token;
    uint32_t interest;
};

/// A new epoll instance; -1 with errno.
int millrace_poller_make(void);
/// Adds (`is_new`) or changes what is waited for on a descriptor, level-triggered; -1 with errno.
int millrace_poller_set(int poller, int descriptor, int is_new, uint32_t interest, uint64_t token);
int millrace_poller_remove(int poller, int descriptor);
/// Waits up to `timeout_milliseconds` (-1 for ever); returns how many of `ready` are filled, -1 with errno.
/// `capacity` is at most 256.
int millrace_poller_wait(int poller, struct millrace_ready *ready, int capacity, int timeout_milliseconds);

/// A descriptor that other threads make readable; -1 with errno.
int millrace_event_make(void);
void millrace_event_raise(int descriptor);
void millrace_event_clear(int descriptor);
/// Waits until it is raised, at most so long; returns whether it was. It stays raised.
int millrace_event_wait(int descriptor, int64_t nanoseconds);

/// accept4(2): the new descriptor is non-blocking and is not handed to other programs; -1 with errno.
int millrace_accept(int listener, void *address, uint32_t *length);

#endif
