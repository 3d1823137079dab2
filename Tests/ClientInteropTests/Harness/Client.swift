import Foundation
import Testing

/// The clients of other people, as programs of the folder Clients. No state; starts nothing by itself.
enum Client: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case confluent = "confluent-kafka"
    case aiokafka
    case kafkaPython = "kafka-python"
    case java
    case kcat

    static let transactional: [Client] = [.confluent, .aiokafka, .kafkaPython, .java]

    var testDescription: String { rawValue }

    /// The words of a shell that run one verb of this client. What verbs there are: Clients/lines.py.
    func command(_ verb: String, _ words: [String: String]) -> [String] {
        let arguments = [verb] + words.map { "\($0.key)=\($0.value)" }.sorted()
        let java = [
            // Small and quick to start: many of them run at once.
            "java", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx160m", "-cp",
            "\(Installation.folder)/jars/*:\(Installation.folder)/classes", "JavaClient",
        ]
        switch self {
        case .confluent: return python("confluent_client.py") + arguments
        case .aiokafka: return python("aiokafka_client.py") + arguments
        case .kafkaPython: return python("kafka_python_client.py") + arguments
        case .kcat: return python("kcat_client.py") + arguments
        case .java: return java + arguments
        }
    }

    private func python(_ program: String) -> [String] {
        // -B: no bytecode among our sources. -u: a line is there once it is printed.
        ["\(Installation.folder)/python/bin/python", "-B", "-u", "\(Installation.programs)/\(program)"]
    }
}
