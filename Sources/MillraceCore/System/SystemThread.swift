// zlib.h brings in the system's headers, so that the compiler sees `pthread_attr_t` as declared in CCodecs as well.
internal import CCodecs
internal import CMillraceShims
internal import Glibc

/// A thread of its own, named for `perf`, `top -H` and backtraces. Any thread may start and join one.
///
///     let thread = SystemThread.start(name: "stream-0") { loop.run() }
///     thread.join()
public final class SystemThread: Sendable {
    /// How long an urgent thread computes before others get their turn.
    private static let urgentTurnNanoseconds: UInt64 = 100_000

    private let state = Monitor(false)

    private init() {}

    /// - Parameters:
    ///   - name: cut after 15 bytes.
    ///   - stackBytes: user code runs on these threads, so the stack is a main thread's.
    ///   - isUrgent: it has little to do and others wait for it. Linux lets the thread whose turn would end first go
    ///     first; so it takes short turns, and need not wait for those of threads that compute.
    ///   - core: the index, counted round, of the core that it stays on, with the threads that libraries make on it.
    ///     Nil: it goes where it likes, also where its maker stays on one.
    ///   - body: what the thread does.
    public static func start(
        name: String, stackBytes: Int = 8 << 20, isUrgent: Bool = false, core: Int? = nil,
        _ body: @escaping @Sendable () -> Void
    ) -> SystemThread {
        let thread = SystemThread()
        let start = unsafe Unmanaged.passRetained(
            ThreadStart(
                name: name, turnNanoseconds: isUrgent ? urgentTurnNanoseconds : nil, core: core, thread: thread,
                body: body))
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        unsafe pthread_attr_setstacksize(&attributes, stackBytes)
        unsafe pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        var identifier = pthread_t()
        let result = unsafe pthread_create(
            &identifier, &attributes,
            { argument in
                if let argument = unsafe argument {
                    unsafe Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().run()
                }
                return nil
            }, start.toOpaque())
        unsafe pthread_attr_destroy(&attributes)
        precondition(result == 0, "no thread \(name): pthread_create answered \(result)")
        return thread
    }

    /// A number that no other running thread of the process has; never 0.
    public static var currentIdentifier: UInt { UInt(pthread_self()) }

    /// How many cores the calling thread may run on.
    package static var coreCount: Int { Int(millrace_core_count()) }

    /// Waits until the thread's body has returned.
    public func join() { state.wait { $0 } }

    /// Waits at most so long; returns whether the body has returned.
    public func join(timeout: Duration) -> Bool { state.wait(timeout: timeout) { $0 } }

    fileprivate func finish() { state.update { $0 = true } }
}

private final class ThreadStart {
    let name: String
    let turnNanoseconds: UInt64?
    let core: Int?
    let makerStaysOnCore = millrace_stays_on_core() != 0
    let thread: SystemThread
    let body: @Sendable () -> Void

    init(
        name: String, turnNanoseconds: UInt64?, core: Int?, thread: SystemThread,
        body: @escaping @Sendable () -> Void
    ) {
        self.name = name
        self.turnNanoseconds = turnNanoseconds
        self.core = core
        self.thread = thread
        self.body = body
    }

    func run() {
        unsafe millrace_name_current_thread(name)
        if makerStaysOnCore { millrace_take_cores_of_process() }
        if let core { millrace_stay_on_core(UInt32(truncatingIfNeeded: core)) }
        if let turnNanoseconds { millrace_shorten_turns_of_current_thread(turnNanoseconds) }
        body()
        thread.finish()
    }
}
