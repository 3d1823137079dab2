// What Swift cannot say: CPU instructions for CRC-32C, variadic and GNU-only system calls.
#ifndef CMILLRACE_SHIMS_H
#define CMILLRACE_SHIMS_H

#include <stddef.h>
#include <stdint.h>

#include "poller.h"

/// CRC-32C (Castagnoli) of `length` bytes, continued from `crc` (0 to start).
/// Uses the CPU's CRC instructions where it has them, a table otherwise.
uint32_t millrace_crc32c(uint32_t crc, const void *bytes, size_t length);

/// The table version alone, so that a test can hold the two against each other.
uint32_t millrace_crc32c_portable(uint32_t crc, const void *bytes, size_t length);

/// Names the calling thread, for `perf`, `top -H` and backtraces. Cut after 15 bytes.
void millrace_name_current_thread(const char *name);

/// Asks the scheduler for turns of `nanoseconds` (100 microseconds to 100 milliseconds) for the calling thread, instead
/// of some 3 milliseconds. Linux since 6.12; older ones, and systems that forbid it, leave all as it is.
void millrace_shorten_turns_of_current_thread(uint64_t nanoseconds);

/// How many cores the calling thread may run on.
int millrace_core_count(void);

/// Keeps the calling thread, and those that it makes, on one of the cores it may run on: the one with this index,
/// counted round. Where the system forbids it all is left as it is.
void millrace_stay_on_core(uint32_t index);

/// Whether the calling thread has been kept on a core.
int millrace_stays_on_core(void);

/// Lets the calling thread run wherever the first thread of the process may, though its maker stays on a core.
void millrace_take_cores_of_process(void);

#endif
