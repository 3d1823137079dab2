import Foundation

/// The message schemas of Apache Kafka, out of the Java client's jar: nothing of them is kept here. The jar is at
/// `MILLRACE_KAFKA_JAR`, or where the interop tests' virtual environment has put it. Reads files and runs `python3`.
struct KafkaSchemas: Sendable {
    /// By name: `FetchRequest`, `FetchResponse` and so on.
    let messages: [String: MessageSchema]

    /// Where the jar is; nil where there is none.
    static let jar: URL? = {
        if let path = ProcessInfo.processInfo.environment["MILLRACE_KAFKA_JAR"], !path.isEmpty {
            return URL(fileURLWithPath: path)
        }
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let interop = repository.appendingPathComponent(".build/interop")
        let files = FileManager.default.enumerator(at: interop, includingPropertiesForKeys: nil)
        while let file = files?.nextObject() as? URL {
            let name = file.lastPathComponent
            if name.hasPrefix("kafka-clients-4."), name.hasSuffix(".jar") { return file }
        }
        return nil
    }()

    /// Read once for all tests; nil where there is no jar.
    static let shared: Result<KafkaSchemas, any Error>? = jar.map { jar in Result { try KafkaSchemas(jar: jar) } }

    private init(jar: URL) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("millrace-schemas-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let script = """
            import sys, zipfile
            jar = zipfile.ZipFile(sys.argv[1])
            jar.extractall(sys.argv[2], [n for n in jar.namelist() if n.startswith("common/message/")])
            """
        let python = Process()
        python.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        python.arguments = ["python3", "-c", script, jar.path, folder.path]
        try python.run()
        python.waitUntilExit()
        guard python.terminationStatus == 0 else { throw SchemaError("\(jar.path) cannot be read") }
        let found = folder.appendingPathComponent("common/message")
        var messages: [String: MessageSchema] = [:]
        for file in try FileManager.default.contentsOfDirectory(at: found, includingPropertiesForKeys: nil)
        where file.pathExtension == "json" {
            // The schemas have comments, on lines of their own.
            let text = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
                .filter { !$0.drop { $0 == " " }.hasPrefix("//") }.joined(separator: "\n")
            guard let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else { continue }
            let message = try MessageSchema(json)
            messages[message.name] = message
        }
        self.messages = messages
    }
}

struct SchemaError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A range of versions as the schemas write it: `3`, `2-7`, `4+`, `none`.
struct VersionSpan: Sendable {
    let range: ClosedRange<Int>?

    init(_ text: String?) throws {
        guard let text, text != "none", !text.isEmpty else {
            range = nil
            return
        }
        let parts = text.split(separator: "-").map(String.init)
        if text.hasSuffix("+"), let first = Int(text.dropLast()) {
            range = first...Int(Int16.max)
        } else if let first = Int(parts[0]), let last = Int(parts[parts.count - 1]) {
            range = first...last
        } else {
            throw SchemaError("versions \(text)")
        }
    }

    func contains(_ version: Int16) -> Bool { range?.contains(Int(version)) ?? false }
}

/// One field of a schema.
struct FieldSchema: Sendable {
    indirect enum Kind: Sendable {
        /// `int32`, `string`, `records` and the like.
        case plain(String)
        case structure([FieldSchema])
        case array(Kind)
    }

    let name: String
    let kind: Kind
    let versions: VersionSpan
    let nullable: VersionSpan
    let tagged: VersionSpan
    let tag: UInt32?
    /// As the schema writes it; nil where it leaves it to the type.
    let defaultText: String?

    static let plainTypes: Set<String> = [
        "bool", "int8", "int16", "uint16", "int32", "uint32", "int64", "float64", "uuid", "string", "bytes", "records",
    ]

    init(_ json: [String: Any], common: [String: [[String: Any]]]) throws {
        guard let name = json["name"] as? String, let type = json["type"] as? String else {
            throw SchemaError("a field without name or type: \(json)")
        }
        self.name = name
        let element = type.hasPrefix("[]") ? String(type.dropFirst(2)) : type
        let one: Kind
        if Self.plainTypes.contains(element) {
            one = .plain(element)
        } else if let fields = json["fields"] as? [[String: Any]] ?? common[element] {
            one = .structure(try fields.map { try FieldSchema($0, common: common) })
        } else {
            throw SchemaError("\(name) is of an unknown type \(type)")
        }
        kind = type.hasPrefix("[]") ? .array(one) : one
        versions = try VersionSpan(json["versions"] as? String)
        nullable = try VersionSpan(json["nullableVersions"] as? String)
        tagged = try VersionSpan(json["taggedVersions"] as? String)
        tag = (json["tag"] as? Int).map(UInt32.init)
        defaultText = json["default"].map { "\($0)" }
    }
}

/// One request or response.
struct MessageSchema: Sendable {
    let name: String
    let apiKey: Int16?
    let isRequest: Bool
    let versions: VersionSpan
    let flexible: VersionSpan
    let isLastUnstable: Bool
    let fields: [FieldSchema]

    init(_ json: [String: Any]) throws {
        guard let name = json["name"] as? String else { throw SchemaError("a schema without a name") }
        self.name = name
        apiKey = (json["apiKey"] as? Int).map(Int16.init)
        isRequest = json["type"] as? String == "request"
        versions = try VersionSpan(json["validVersions"] as? String)
        flexible = try VersionSpan(json["flexibleVersions"] as? String)
        isLastUnstable = json["latestVersionUnstable"] as? Bool ?? false
        var common: [String: [[String: Any]]] = [:]
        for structure in json["commonStructs"] as? [[String: Any]] ?? [] {
            if let name = structure["name"] as? String { common[name] = structure["fields"] as? [[String: Any]] }
        }
        // APIs that are gone have no fields.
        fields = try (json["fields"] as? [[String: Any]] ?? []).map { try FieldSchema($0, common: common) }
    }
}

extension KafkaSchemas {
    /// Of the request or the response with this number.
    func message(_ apiKey: Int16, isRequest: Bool) -> MessageSchema? {
        messages.values.first { $0.apiKey == apiKey && $0.isRequest == isRequest }
    }
}
