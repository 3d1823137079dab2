// Joins of a stream with a stream.

extension KStream where Key: Hashable & Sendable, Value: Sendable {
    /// This stream and another, of which records of one key meet that are near in time. Either goes through a
    /// repartition topic if its key may have changed; both must have the same number of partitions.
    @inlinable
    public func paired<Other: Sendable>(
        with other: KStream<Key, Other>, within windows: JoinWindows,
        _ joined: StreamJoined<Key, Value, Other> = StreamJoined()
    ) -> StreamPair<Key, Value, Other> {
        StreamPair(self, other, windows, joined)
    }

    /// Each pair of records of one key that are near in time, with the later of both timestamps.
    ///
    ///     clicks.join(views, within: .symmetric(.seconds(30), grace: .seconds(5))) { click, view in
    ///         Visit(click, view)
    ///     }
    ///
    /// Records without key or value are dropped and counted, as are those that come too late. A stream can be joined
    /// with itself: every record then meets itself, too.
    @inlinable
    public func join<Other: Sendable, Result>(
        _ other: KStream<Key, Other>, within windows: JoinWindows,
        _ joined: StreamJoined<Key, Value, Other> = StreamJoined(),
        _ joiner: @escaping @Sendable (Value, Other) throws -> Result
    ) -> KStream<Key, Result> {
        paired(with: other, within: windows, joined).join(joiner)
    }

    /// The pairs of `join`, and each record of this stream that has met none: with its own timestamp and headers, as
    /// soon as stream time has passed its window and the grace. A record without a key comes out alone at once
    /// (KIP-962).
    @inlinable
    public func leftJoin<Other: Sendable, Result>(
        _ other: KStream<Key, Other>, within windows: JoinWindows,
        _ joined: StreamJoined<Key, Value, Other> = StreamJoined(),
        _ joiner: @escaping @Sendable (Value, Other?) throws -> Result
    ) -> KStream<Key, Result> {
        paired(with: other, within: windows, joined).leftJoin(joiner)
    }

    /// The pairs of `join`, and each record of either stream that has met none, as `leftJoin` gives them.
    @inlinable
    public func outerJoin<Other: Sendable, Result>(
        _ other: KStream<Key, Other>, within windows: JoinWindows,
        _ joined: StreamJoined<Key, Value, Other> = StreamJoined(),
        _ joiner: @escaping @Sendable (Value?, Other?) throws -> Result
    ) -> KStream<Key, Result> {
        paired(with: other, within: windows, joined).outerJoin(joiner)
    }
}

extension NullableKStream where Key: Hashable & Sendable, Value: Sendable {
    /// `KStream.join` with a look at the key, for a joiner that may give nil.
    @inlinable
    public func join<Other: Sendable, Result>(
        _ other: KStream<Key, Other>, within windows: JoinWindows,
        _ joined: StreamJoined<Key, Value, Other> = StreamJoined(),
        _ joiner: @escaping @Sendable (Key?, Value, Other) throws -> Result?
    ) -> KStream<Key, Result> {
        stream.paired(with: other, within: windows, joined).nullableJoin(joiner)
    }

    /// `KStream.leftJoin` with a look at the key, which may be nil, for a joiner that may give nil.
    @inlinable
    public func leftJoin<Other: Sendable, Result>(
        _ other: KStream<Key, Other>, within windows: JoinWindows,
        _ joined: StreamJoined<Key, Value, Other> = StreamJoined(),
        _ joiner: @escaping @Sendable (Key?, Value, Other?) throws -> Result?
    ) -> KStream<Key, Result> {
        stream.paired(with: other, within: windows, joined).nullableLeftJoin(joiner)
    }

    /// `KStream.outerJoin` with a look at the key, which may be nil, for a joiner that may give nil.
    @inlinable
    public func outerJoin<Other: Sendable, Result>(
        _ other: KStream<Key, Other>, within windows: JoinWindows,
        _ joined: StreamJoined<Key, Value, Other> = StreamJoined(),
        _ joiner: @escaping @Sendable (Key?, Value?, Other?) throws -> Result?
    ) -> KStream<Key, Result> {
        stream.paired(with: other, within: windows, joined).nullableOuterJoin(joiner)
    }
}
