import MillraceProtocol
import MillraceSimulation
import Testing
import WireFuzzKit

/// Our messages against Apache Kafka's own schemas, which come out of the Java client's jar. Where there is no jar
/// (`KafkaSchemas.jar`), these tests are skipped and say so.
@Suite("Kafka's schemas", .enabled(if: KafkaSchemas.jar != nil, "no kafka-clients-4.*.jar; set MILLRACE_KAFKA_JAR"))
struct SchemaTests {
    let schemas: KafkaSchemas

    init() throws { schemas = try #require(KafkaSchemas.shared).get() }

    @Test("each version of each message has the schema's fields, types, nullability, tags and defaults")
    func fields() throws {
        var compared = 0
        for kind in MessageKind.all {
            let schema = try #require(schemas.message(kind.api.rawValue, isRequest: kind.isRequest))
            let expected = FieldSchema.recorded(schema.fields, version: kind.version)
            let found = try recordedFields(kind.request, kind)
            #expect(found == expected, "\(kind)")
            compared += 1
        }
        #expect(compared > 400)
    }

    @Test("versions and the first flexible one are the schema's", arguments: SupportedVersions.rows.map(\.api))
    func versions(api: APIKey) throws {
        let row = try #require(SupportedVersions.row(api.rawValue))
        for isRequest in [true, false] {
            let schema = try #require(schemas.message(api.rawValue, isRequest: isRequest))
            let type: any WireMessage.Type = isRequest ? row.request : row.response
            var range = try #require(schema.versions.range)
            // InitProducerId 6 is not stable in Kafka 4.3, the requests say so.
            if api == .initProducerID { range = range.lowerBound...5 }
            #expect(range == Int(type.versions.lowerBound)...Int(type.versions.upperBound))
            #expect(schema.flexible.range?.lowerBound == type.flexibleSince.map { Int($0) })
        }
        #expect(row.advertised.upperBound == row.readable.upperBound)
        #expect(row.advertised.lowerBound == (api == .produce ? 0 : row.readable.lowerBound))
    }

    @Test("every API of Kafka's clients is spoken, or left out for a reason")
    func apis() {
        let keys = Set(schemas.messages.values.compactMap(\.apiKey))
        for key in keys {
            let isSpoken = SupportedVersions.row(key) != nil
            #expect(isSpoken != (LeftOut.reason(key) != nil), "API \(key)")
        }
        #expect(Set(LeftOut.apiKeys).isSubset(of: keys))
    }

    @Test("random messages written by the schema are read, and written again byte for byte", arguments: 0..<20)
    func bytes(seed: UInt64) throws {
        for kind in MessageKind.all {
            var random = SeededGenerator(seed: seed << 32 | UInt64(kind.api.rawValue) << 8 | UInt64(kind.version))
            let schema = try #require(schemas.message(kind.api.rawValue, isRequest: kind.isRequest))
            var encoder = SchemaEncoder(
                version: kind.version, isFlexible: schema.flexible.contains(kind.version), random: random)
            encoder.message(schema.fields)
            let again = try rewritten(kind.request, kind, encoder.bytes)
            #expect(again == encoder.bytes, "\(kind), seed \(seed)")
            _ = random.next()
        }
    }

    private func recordedFields<Request: WireRequest>(
        _ type: Request.Type, _ kind: MessageKind
    ) throws -> [RecordedField] {
        kind.isRequest
            ? try FieldRecorder.fields(of: Request.self, version: kind.version)
            : try FieldRecorder.fields(of: Request.Response.self, version: kind.version)
    }

    private func rewritten<Request: WireRequest>(
        _ type: Request.Type, _ kind: MessageKind, _ bytes: [UInt8]
    ) throws -> [UInt8] {
        kind.isRequest
            ? try Rewriting.rewritten(Request.self, version: kind.version, bytes)
            : try Rewriting.rewritten(Request.Response.self, version: kind.version, bytes)
    }
}
