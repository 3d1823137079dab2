/// The queues of a task that have a head, as Kafka Streams orders them: the lowest timestamp first, and equal ones as
/// they come out of a binary heap, which depends on the order in which queues got their records (its `PartitionGroup`
/// keeps them in `java.util.PriorityQueue`, whose moves these are). Pure; owned by its task's thread, and used under
/// `.kafkaStreams` only: otherwise equal timestamps go to tables first (SEMANTICS A7).
struct HeadHeap {
    private var queues: [PartitionQueue] = []

    /// Takes in a queue that has a head.
    mutating func offer(_ queue: PartitionQueue) {
        var place = queues.count
        queues.append(queue)
        while place > 0 {
            let parent = (place - 1) / 2
            if queue.headTimestamp >= queues[parent].headTimestamp { break }
            queues[place] = queues[parent]
            place = parent
        }
        queues[place] = queue
    }

    /// Takes out the queue whose turn it is.
    mutating func poll() -> PartitionQueue? {
        guard let first = queues.first, let last = queues.popLast() else { return nil }
        if !queues.isEmpty { sink(last) }
        return first
    }

    /// Puts a queue where the root was.
    private mutating func sink(_ queue: PartitionQueue) {
        var place = 0
        while place < queues.count / 2 {
            var child = 2 * place + 1
            if child + 1 < queues.count, queues[child].headTimestamp > queues[child + 1].headTimestamp { child += 1 }
            if queue.headTimestamp <= queues[child].headTimestamp { break }
            queues[place] = queues[child]
            place = child
        }
        queues[place] = queue
    }

    func contains(_ queue: PartitionQueue) -> Bool { queues.contains { $0 === queue } }

    mutating func removeAll() { queues.removeAll() }
}
