import Millrace
import MillraceCore
import MillraceStores

// Steps with processors of their own.

extension TopologyCompiler {
    func addProcessor(_ step: Step) throws {
        let stream = try stream(of: step)
        let name = try nodeName(of: step)
        let processor = try step.string("processor")
        let store = try step.optionalString("store")
        let usesStore = ScenarioProcessors.usingStore.contains(FunctionName(processor).name)
        let usesWindows = FunctionName(processor).name == "windowOps"
        if step.has("retentionMs") != usesWindows { throw NotYetSupported("\(processor) with or without retentionMs") }
        if (usesStore || usesWindows) && store == nil { throw NotYetSupported("\(processor) without a store") }
        if let store, processorStores.insert(store).inserted {
            builder.addStateStore(
                usesWindows
                    ? Stores.window(
                        store, retention: .milliseconds(try step.integer("retentionMs")), keySerde: StringSerde(),
                        valueSerde: StringSerde())
                    : Stores.keyValue(store, keySerde: StringSerde(), valueSerde: StringSerde()))
        }
        let result: TextStream
        if step.op == "process" {
            let children = step.has("children") ? try step.strings("children") : []
            let factory = try ScenarioProcessors.named(processor, children: children)
            result = stream.process(name: name, stores: store.map { [$0] } ?? []) {
                try ScenarioProcessor($0, store: store, factory)
            }
        } else {
            let factory = try ScenarioProcessors.valuesNamed(processor)
            result = stream.processValues(name: name, stores: store.map { [$0] } ?? []) {
                try ScenarioValueProcessor($0, store: store, factory)
            }
        }
        try define(try step.id, .stream(result))
    }
}
