/// Producing and consuming.
extension ToolCases {
    static let records: [String: ToolCase] = [
        "kafka-console-producer.sh --topic T": ToolCase(
            input: "one\ntwo words\n", effects: ["records": "-=one -=two words", "ends": "{0=2}"]),
        "kafka-console-producer.sh --topic T --property parse.key=true --property key.separator=:": ToolCase(
            input: "k1:v1\nk2:v2:v3\n", effects: ["records": "k1=v1 k2=v2:v3"]),
        "kafka-console-producer.sh --topic T --property parse.headers=true": ToolCase(
            input: "h1:a,h2:b\tvalue\n", effects: ["records": "-=value{h1:a,h2:b}"]),
        "kafka-console-producer.sh --topic T --property null.marker=NULL": ToolCase(
            input: "NULL\nnot NULL\n", effects: ["records": "-=- -=not NULL"]),
        "kafka-console-producer.sh --topic T --compression-codec zstd --producer-property acks=1": ToolCase(
            input: String(repeating: "the same words again ", count: 30) + "\n",
            effects: [
                "codecs": "zstd", "ends": "{0=1}",
                "records": "-=" + String(repeating: "the same words again ", count: 30),
            ]),
        "kafka-console-consumer.sh --topic T --from-beginning": ToolCase(
            arranged: ["records": "5"], moreForTheirs: untilQuiet, moreForOurs: "--until-end",
            told: ["lines": "v0 v1 v2 v3 v4"], reading: .lines),
        "kafka-console-consumer.sh --topic T --group G": ToolCase(
            arranged: ["records": "5", "committed": "3"], moreForTheirs: "--max-messages 2 --timeout-ms 30000",
            moreForOurs: "--max-messages 2 --timeout 30s",
            effects: ["group": "Empty", "committed": "{0=5}"], told: ["lines": "v3 v4"], reading: .lines),
        "kafka-console-consumer.sh --topic T --partition 0 --offset 42": ToolCase(
            arranged: ["records": "45"], moreForTheirs: "--max-messages 3 --timeout-ms 30000",
            moreForOurs: "--until-end",
            told: ["lines": "v42 v43 v44"], reading: .lines),
        "kafka-console-consumer.sh --topic T --property print.key=true": ToolCase(
            arranged: ["records": "2"], moreForTheirs: "--from-beginning --max-messages 2 --timeout-ms 30000",
            moreForOurs: "--from-beginning --until-end", told: ["lines": "k0:v0 k1:v1"], reading: .lines),
        "kafka-console-consumer.sh --topic T --isolation-level read_uncommitted": ToolCase(
            arranged: ["records": "2", "transaction": "open"],
            moreForTheirs: "--from-beginning --max-messages 4 --timeout-ms 30000",
            moreForOurs: "--from-beginning --max-messages 4 --timeout 30s", told: ["lines": "v0 v1 t0 t1"],
            reading: .lines),
        "kafka-console-consumer.sh --topic T --max-messages 10 --timeout-ms 5000": ToolCase(
            arranged: ["records": "12"], moreForTheirs: "--from-beginning", moreForOurs: "--from-beginning",
            told: ["lines": "v0 v1 v2 v3 v4 v5 v6 v7 v8 v9"], reading: .lines),
    ]

    private static let untilQuiet = "--timeout-ms 6000"
}
