import Millrace

// Steps from stream to stream, and sinks.

extension TopologyCompiler {
    func addStateless(_ step: Step) throws {
        switch step.op {
        case "split": try addSplit(step)
        case "peek", "foreach": try addReport(step)
        case "toTable": try addToTable(step)
        default: try define(try step.id, .stream(try transformed(step)))
        }
    }

    private func transformed(_ step: Step) throws -> TextStream {
        let stream = try stream(of: step)
        let nullable = stream.nullable
        let name = try nodeName(of: step)
        switch step.op {
        case "filter":
            return nullable.filter(name: name, try Predicates.named(try step.string("fn")))
        case "filterNot":
            return nullable.filterNot(name: name, try Predicates.named(try step.string("fn")))
        case "mapValues":
            return nullable.mapValues(name: name, try StringFunctions.named(try step.string("fn")))
        case "map":
            let newKey = try StringFunctions.named(try step.string("keyFn"))
            let newValue = try StringFunctions.named(try step.string("valueFn"))
            return nullable.map(name: name) { key, value in (try newKey(key, value), try newValue(key, value)) }
        case "selectKey":
            return nullable.selectKey(name: name, try StringFunctions.named(try step.string("fn")))
        case "flatMapValues":
            return nullable.flatMapValues(name: name, try ListFunctions.named(try step.string("fn")))
        case "flatMap":
            let items = try ListFunctions.named(try step.string("fn"))
            let newKey = try StringFunctions.named(try step.string("keyFn"))
            return nullable.flatMap(name: name) { key, value -> [(String?, String?)] in
                try items(key, value).map { item in (try newKey(key, item), item) }
            }
        case "merge": return stream.merge(try self.stream(of: step, "with"), name: name)
        case "repartition": return try repartitioned(stream, step)
        default: throw NotYetSupported(step.op)
        }
    }

    private func repartitioned(_ stream: TextStream, _ step: Step) throws -> TextStream {
        guard try step.optionalInteger("partitions") ?? 1 == 1 else { throw NotYetSupported("several partitions") }
        return stream.repartition(
            Repartitioned(name: try step.optionalString("name"), partitions: 1, key: .string, value: .string))
    }

    private func addSplit(_ step: Step) throws {
        let name = try nodeName(of: step)
        var split = try stream(of: step).nullable.split(name: name)
        var ids: [String] = []
        for branch in try step.objects("branches") {
            let id = try branch.id
            ids.append(id)
            split = split.nullableBranch(name: id, try Predicates.named(try branch.string("fn")))
        }
        let branches: [String: TextStream]
        if let id = try step.optionalString("default") {
            ids.append(id)
            branches = split.defaultBranch(name: id)
        } else {
            branches = split.noDefaultBranch()
        }
        for id in ids {
            guard let branch = branches[(name ?? "") + id] else { throw NotYetSupported("a branch called \(id)") }
            try define(id, .stream(branch))
        }
    }

    private func addReport(_ step: Step) throws {
        let id = try step.id
        let reports = reports
        let report: @Sendable (String?, String?) -> Void = { key, value in
            reports.add(topic: "\(step.op):\(id)", key: key, value: value)
        }
        let stream = try stream(of: step).nullable
        if step.op == "peek" {
            try define(id, .stream(stream.peek(name: try nodeName(of: step), report)))
        } else {
            stream.forEach(name: try nodeName(of: step), report)
        }
    }

    private func addToTable(_ step: Step) throws {
        let table = try stream(of: step).toTable(try tableMaterialized(step))
        try define(try step.id, .table(table))
    }
}
