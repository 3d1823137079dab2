import Millrace
import MillraceCore

// Processors that read and write headers (FORMAT.md, "Processors").

extension ScenarioProcessors {
    static func headers(_ function: FunctionName) throws -> ProcessorFactory? {
        switch function.name {
        case "addHeader":
            let header = FunctionName(try function.text())
            let value = header.argument ?? ""
            return changed { $0.headers.append(Header(header.name, value)) }
        case "removeHeader":
            let name = try function.text()
            return changed { $0.headers.removeAll(named: name) }
        case "headerToValue":
            let name = try function.text()
            return changed { record in
                record.value = record.headers.last(name).map { String(decoding: $0, as: UTF8.self) } ?? "none"
            }
        case "headersToValue":
            return changed { record in
                record.value = record.headers.map { header in
                    "\(header.name)=\(String(decoding: header.value ?? [], as: UTF8.self))"
                }.joined(separator: ";")
            }
        default: return nil
        }
    }

    private static func changed(_ change: @escaping @Sendable (inout TextRecord) -> Void) -> ProcessorFactory {
        { context in
            { record in
                var record = record
                change(&record)
                try context.forward(record)
            }
        }
    }
}
