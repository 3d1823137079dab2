package import MillraceCore
package import MillraceProtocol

/// Which APIs are served, in which versions, and by whom. Filled once, before the server starts; then read by all
/// loops. A handler is a function; there are three shapes, by how long it takes:
///
///     table.on(MetadataRequest.self) { request, context in … }            // answers at once, on the loop's thread
///     table.onWorker(CreateTopicsRequest.self) { request, context in … }  // may wait for the disk, on a worker
///     table.onLater(JoinGroupRequest.self) { request, context, reply in … } // reply.complete(…), from any thread
///
/// The first and the third run on the thread of an event loop: they must not wait for a disk or for another client.
/// What a connection has sent behind a request for a worker begins when that has been answered; what is behind the
/// others begins at once.
package struct HandlerTable: Sendable {
    /// One API. `start` reads the request out of the frame and begins with it.
    struct Entry: Sendable {
        let api: APIKey
        let versions: ClosedRange<Int16>
        let flexibleSince: Int16?
        let start: @Sendable (RequestFrame, RequestContext, AnswerTicket, inout WireWriter) throws(WireError) -> Begun
    }

    /// How far a request has come when `start` returns.
    enum Begun {
        /// The answer is in the writer.
        case answered
        /// The answer comes by the ticket.
        case later
        /// This has to run on a worker; the answer then comes by the ticket.
        case work(@Sendable () -> AnswerEncoder)
        /// A fetch: the loop's own business, since it may have to wait there.
        case fetch(FetchRequest)
    }

    private var entries: [Entry?] = []

    package init() {}

    /// Nil where the API is not served.
    func entry(_ apiKey: Int16) -> Entry? {
        apiKey >= 0 && Int(apiKey) < entries.count ? entries[Int(apiKey)] : nil
    }

    /// What is served, by number.
    var served: [Entry] { entries.compactMap { $0 } }

    mutating func add<Request: WireRequest>(
        _ type: Request.Type, versions: ClosedRange<Int16>?,
        start:
            @escaping @Sendable (RequestFrame, RequestContext, AnswerTicket, inout WireWriter) throws(WireError) ->
            Begun
    ) {
        let index = Int(Request.api.rawValue)
        while entries.count <= index { entries.append(nil) }
        precondition(entries[index] == nil, "\(Request.api) has two handlers")
        let versions = versions ?? Request.versions
        precondition(
            Request.versions.contains(versions.lowerBound) && Request.versions.contains(versions.upperBound),
            "\(Request.api) cannot be read in all of \(versions)")
        entries[index] = Entry(
            api: Request.api, versions: versions, flexibleSince: Request.flexibleSince, start: start)
    }
}

extension HandlerTable {
    /// Fetch is handled by the loop that the connection lives on (`FetchService`).
    mutating func addFetch() {
        add(FetchRequest.self, versions: nil) { (frame, context, _, _) throws(WireError) in
            .fetch(try frame.body(FetchRequest.self, version: context.apiVersion))
        }
    }

    /// A handler that answers at once, without waiting for anything.
    ///
    /// - Parameter versions: those that are served; nil for all that can be read.
    package mutating func on<Request: WireRequest>(
        _ type: Request.Type, versions: ClosedRange<Int16>? = nil,
        _ handle: @escaping @Sendable (Request, RequestContext) -> Request.Response
    ) {
        add(type, versions: versions) { (frame, context, _, writer: inout WireWriter) throws(WireError) in
            let request = try frame.body(Request.self, version: context.apiVersion)
            try Frame.append(
                handle(request, context), version: context.apiVersion, correlationID: context.correlationID,
                to: &writer)
            return .answered
        }
    }

    /// A handler that may wait for the disk: it runs on a worker thread, and nothing that the connection has sent
    /// behind it begins before it has answered.
    package mutating func onWorker<Request: WireRequest>(
        _ type: Request.Type, versions: ClosedRange<Int16>? = nil,
        _ handle: @escaping @Sendable (Request, RequestContext) -> Request.Response
    ) {
        add(type, versions: versions) { (frame, context, _, _) throws(WireError) in
            let request = try frame.body(Request.self, version: context.apiVersion)
            return .work {
                AnswerEncoder(
                    handle(request, context), version: context.apiVersion, correlationID: context.correlationID)
            }
        }
    }

    /// A handler that begins on the loop's thread, without waiting, and answers whenever it can.
    package mutating func onLater<Request: WireRequest>(
        _ type: Request.Type, versions: ClosedRange<Int16>? = nil,
        _ handle: @escaping @Sendable (Request, RequestContext, Reply<Request.Response>) -> Void
    ) {
        add(type, versions: versions) { (frame, context, ticket, _) throws(WireError) in
            let request = try frame.body(Request.self, version: context.apiVersion)
            let reply = Reply<Request.Response>(
                ticket, version: context.apiVersion, correlationID: context.correlationID)
            handle(request, context, reply)
            return .later
        }
    }

    /// As `onLater`, for requests with records, which lie in the frame: it is valid until the handler returns.
    package mutating func onFrame<Request: WireRequest>(
        _ type: Request.Type, versions: ClosedRange<Int16>? = nil,
        _ handle: @escaping @Sendable (Request, SharedBuffer, RequestContext, Reply<Request.Response>) -> Void
    ) {
        add(type, versions: versions) { (frame, context, ticket, _) throws(WireError) in
            let request = try frame.body(Request.self, version: context.apiVersion)
            let reply = Reply<Request.Response>(
                ticket, version: context.apiVersion, correlationID: context.correlationID)
            handle(request, frame.buffer, context, reply)
            return .later
        }
    }
}

/// A request in the bytes it came in; valid while its handler begins.
struct RequestFrame {
    let buffer: SharedBuffer
    /// Where the body lies.
    let bodyRange: Range<Int>

    func body<Request: WireRequest>(_ type: Request.Type, version: Int16) throws(WireError) -> Request {
        try Frame.readBody(type, buffer, bodyRange, version: version, mayBeLonger: true)
    }
}
