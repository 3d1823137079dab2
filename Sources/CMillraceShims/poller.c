#define _GNU_SOURCE
#include "poller.h"

#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int millrace_poller_make(void) { return epoll_create1(EPOLL_CLOEXEC); }

int millrace_poller_set(int poller, int descriptor, int is_new, uint32_t interest, uint64_t token) {
    struct epoll_event event = {.events = 0, .data = {.u64 = token}};
    if (interest & MILLRACE_READABLE) event.events |= EPOLLIN;
    if (interest & MILLRACE_WRITABLE) event.events |= EPOLLOUT;
    return epoll_ctl(poller, is_new ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, descriptor, &event);
}

int millrace_poller_remove(int poller, int descriptor) {
    return epoll_ctl(poller, EPOLL_CTL_DEL, descriptor, 0);
}

int millrace_poller_wait(int poller, struct millrace_ready *ready, int capacity, int timeout_milliseconds) {
    struct epoll_event events[256];
    if (capacity > 256) capacity = 256;
    int count = epoll_wait(poller, events, capacity, timeout_milliseconds);
    for (int index = 0; index < count; index++) {
        uint32_t interest = 0;
        if (events[index].events & EPOLLIN) interest |= MILLRACE_READABLE;
        if (events[index].events & EPOLLOUT) interest |= MILLRACE_WRITABLE;
        if (events[index].events & (EPOLLERR | EPOLLHUP)) interest |= MILLRACE_BROKEN;
        ready[index].token = events[index].data.u64;
        ready[index].interest = interest;
    }
    return count;
}

int millrace_event_make(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

void millrace_event_raise(int descriptor) {
    uint64_t one = 1;
    ssize_t written = write(descriptor, &one, sizeof one);
    (void)written;  // Full means raised.
}

void millrace_event_clear(int descriptor) {
    uint64_t count;
    ssize_t got = read(descriptor, &count, sizeof count);
    (void)got;  // Empty means cleared.
}

int millrace_event_wait(int descriptor, int64_t nanoseconds) {
    struct pollfd entry = {.fd = descriptor, .events = POLLIN, .revents = 0};
    if (nanoseconds < 0) nanoseconds = 0;
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    return ppoll(&entry, 1, &limit, NULL) > 0;
}

int millrace_accept(int listener, void *address, uint32_t *length) {
    return accept4(listener, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
