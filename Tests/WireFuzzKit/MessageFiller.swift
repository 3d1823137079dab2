internal import MillraceCore
public import MillraceProtocol
public import MillraceSimulation

/// A third direction of the wire: it fills the fields that a version has with random values, so that every message can
/// be made without knowing it. Pure; repeated by its generator.
public struct MessageFiller: WireTransfer {
    public let version: Int16
    public let isFlexible: Bool
    public var random: SeededGenerator

    /// A message of this version with random fields.
    public static func message<Message: WireMessage>(
        _ type: Message.Type = Message.self, version: Int16, using random: inout SeededGenerator
    ) throws(WireError) -> Message {
        var filler = MessageFiller(version: version, isFlexible: Message.isFlexible(version), random: random)
        var message = Message()
        try filler.field("", &message)
        random = filler.random
        return message
    }

    private mutating func number<Integer: FixedWidthInteger>(_ type: Integer.Type = Integer.self) -> Integer {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: 0
        case 1: Integer(truncatingIfNeeded: -1)
        case 2: [Integer.min, .max][Int.random(in: 0...1, using: &random)]
        case 3: Integer.random(in: .min ... .max, using: &random)
        default: Integer(truncatingIfNeeded: Int.random(in: 0...120, using: &random))
        }
    }

    private mutating func text() -> String {
        let texts = [
            "", "a", "events", "naïve ✓", "a text of more than fifteen bytes", String(repeating: "long", count: 40),
        ]
        return texts[Int.random(in: 0..<texts.count, using: &random)]
    }

    private mutating func bytes() -> [UInt8] {
        let count = random.once(in: 8) ? 200 : Int.random(in: 0...12, using: &random)
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    private mutating func isNull(_ nullableSince: Int16) -> Bool { version >= nullableSince && random.once(in: 4) }

    private mutating func count() -> Int { Int.random(in: 0...2, using: &random) }

    public mutating func field(_ name: StaticString, _ value: inout Bool) { value = Bool.random(using: &random) }
    public mutating func field(_ name: StaticString, _ value: inout Int8) { value = number() }
    public mutating func field(_ name: StaticString, _ value: inout Int16) { value = number() }
    public mutating func field(_ name: StaticString, _ value: inout UInt16) { value = number() }
    public mutating func field(_ name: StaticString, _ value: inout Int32) { value = number() }
    public mutating func field(_ name: StaticString, _ value: inout UInt32) { value = number() }
    public mutating func field(_ name: StaticString, _ value: inout Int64) { value = number() }
    public mutating func field(_ name: StaticString, _ value: inout String) { value = text() }
    public mutating func field(_ name: StaticString, _ value: inout [UInt8]) { value = bytes() }

    public mutating func field(_ name: StaticString, _ value: inout Double) {
        value = Double.random(in: -1e9...1e9, using: &random)
    }

    public mutating func field(_ name: StaticString, _ value: inout WireUUID) {
        value = random.once(in: 4) ? .zero : WireUUID(high: random.next(), low: random.next())
    }

    public mutating func field(_ name: StaticString, _ value: inout String?, nullableSince: Int16) {
        value = isNull(nullableSince) ? nil : text()
    }

    public mutating func field(_ name: StaticString, _ value: inout [UInt8]?, nullableSince: Int16) {
        value = isNull(nullableSince) ? nil : bytes()
    }

    public mutating func field(_ name: StaticString, _ value: inout WireRecords) {
        value = isNull(0) ? .null : .bytes(SampleRecords.batches(using: &random))
    }

    public mutating func classicNullableString(_ name: StaticString, _ value: inout String?) {
        value = isNull(0) ? nil : text()
    }

    public mutating func field<Value: WireStruct>(_ name: StaticString, _ value: inout Value) throws(WireError) {
        try value.transfer(&self)
        guard isFlexible else { return }
        for tag in 0..<UInt32(8) where Bool.random(using: &random) { _ = try value.transferTag(tag, &self) }
    }

    public mutating func field<Value: WireStruct>(_ name: StaticString, _ value: inout Value?) throws(WireError) {
        value = nil
        guard !isNull(0) else { return }
        var present = Value()
        try field(name, &present)
        value = present
    }

    public mutating func array<Element: WireStruct>(
        _ name: StaticString, _ value: inout [Element]
    ) throws(WireError) {
        value = []
        for _ in 0..<count() {
            var element = Element()
            try field(name, &element)
            value.append(element)
        }
    }

    public mutating func array<Element: WireStruct>(
        _ name: StaticString, _ value: inout [Element]?, nullableSince: Int16
    ) throws(WireError) {
        value = nil
        guard !isNull(nullableSince) else { return }
        var present: [Element] = []
        try array(name, &present)
        value = present
    }

    public mutating func array<Element: WireScalar>(
        _ name: StaticString, _ value: inout [Element]
    ) throws(WireError) {
        value = []
        for _ in 0..<count() {
            var element = Element.blank
            try element.transfer(name, &self)
            value.append(element)
        }
    }

    public mutating func array<Element: WireScalar>(
        _ name: StaticString, _ value: inout [Element]?, nullableSince: Int16
    ) throws(WireError) {
        value = nil
        guard !isNull(nullableSince) else { return }
        var present: [Element] = []
        try array(name, &present)
        value = present
    }
}
