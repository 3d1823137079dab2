import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;

/** The lines that the client programs speak: ../lines.py tells what they are. */
final class Lines {
    record Planned(String codec, int partition, Long timestamp, byte[] key, byte[] value, List<Header> headers) {}

    static synchronized void say(Object... fields) {
        System.out.println(Arrays.stream(fields).map(String::valueOf).collect(Collectors.joining("\t")));
        System.out.flush();
    }

    static String write(byte[] data) {
        return data == null ? "-" : "x" + HexFormat.of().formatHex(data);
    }

    static byte[] parse(String text) {
        return text.equals("-") ? null : HexFormat.of().parseHex(text.substring(1));
    }

    static List<Planned> plan(String path) throws IOException {
        List<Planned> records = new ArrayList<>();
        for (String line : Files.readAllLines(Path.of(path))) {
            String[] fields = line.split("\t", -1);
            List<Header> headers = new ArrayList<>();
            for (String header : fields[5].split(",")) {
                if (header.isEmpty()) continue;
                String[] pair = header.split("=", 2);
                headers.add(new RecordHeader(pair[0], parse(pair[1])));
            }
            Long timestamp = fields[2].equals("-") ? null : Long.valueOf(fields[2]);
            records.add(new Planned(
                fields[0], Integer.parseInt(fields[1]), timestamp, parse(fields[3]), parse(fields[4]), headers));
        }
        return records;
    }

    static void sayRecord(ConsumerRecord<byte[], byte[]> record) {
        List<String> headers = new ArrayList<>();
        for (Header header : record.headers()) headers.add(header.key() + "=" + write(header.value()));
        say("record", record.topic(), record.partition(), record.offset(), record.timestamp(), write(record.key()),
            write(record.value()), String.join(",", headers));
    }

    static void sayPartitions(String word, Iterable<Integer> partitions) {
        List<String> texts = new ArrayList<>();
        for (Integer partition : partitions) texts.add(partition.toString());
        say(word, String.join(",", texts));
    }

    static void sayCommitted(Map<Integer, Long> offsets) {
        say("committed", new TreeMap<>(offsets).entrySet().stream()
            .map(entry -> entry.getKey() + "=" + entry.getValue()).collect(Collectors.joining(",")));
    }
}
