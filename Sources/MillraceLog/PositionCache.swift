internal import MillraceCore

/// Where recent reads ended, so that those who read on need no index and no search. Pure; part of its log.
struct PositionCache {
    /// As many readers of one partition as are served without a search.
    private static let capacity = 8

    private var places: [(offset: Offset, segmentBase: Offset, position: Int)] = []
    private var oldest = 0

    func position(of offset: Offset, inSegment base: Offset) -> Int? {
        for place in places where place.offset == offset && place.segmentBase == base { return place.position }
        return nil
    }

    mutating func remember(_ offset: Offset, inSegment base: Offset, at position: Int) {
        if places.contains(where: { $0.offset == offset && $0.segmentBase == base }) { return }
        if places.count < PositionCache.capacity {
            places.append((offset: offset, segmentBase: base, position: position))
        } else {
            places[oldest] = (offset: offset, segmentBase: base, position: position)
            oldest = (oldest + 1) % PositionCache.capacity
        }
    }
}
