import java.io.File;
import java.util.Arrays;
import java.util.Map;

import org.apache.kafka.common.record.internal.ControlRecordType;
import org.apache.kafka.common.record.internal.FileLogInputStream.FileChannelRecordBatch;
import org.apache.kafka.common.record.internal.FileRecords;
import org.apache.kafka.common.record.internal.Record;

/** Reads the .log files of a partition's directory with the record classes of Kafka's own client. */
final class LogFiles {
    static void run(Map<String, String> words) throws Exception {
        File[] files = new File(words.get("directory")).listFiles((folder, name) -> name.endsWith(".log"));
        Arrays.sort(files);
        for (File file : files) read(file);
    }

    private static void read(File file) throws Exception {
        long next = Long.parseLong(file.getName().replace(".log", ""));
        int bytes = 0;
        try (FileRecords records = FileRecords.open(file, false)) {
            for (FileChannelRecordBatch batch : records.batches()) {
                batch.ensureValid();
                if (batch.baseOffset() < next) throw new IllegalStateException("offsets go back in " + file);
                next = batch.nextOffset();
                bytes += batch.sizeInBytes();
                Lines.say("batch", batch.baseOffset(), batch.lastOffset(), batch.compressionType().name,
                    batch.producerId(), batch.isTransactional());
                for (Record record : batch) read(batch, record);
            }
            if (bytes != records.sizeInBytes()) throw new IllegalStateException("bytes are left in " + file);
        }
    }

    private static void read(FileChannelRecordBatch batch, Record record) {
        record.ensureValid();
        if (batch.isControlBatch()) {
            Lines.say("marker", record.offset(), ControlRecordType.parse(record.key()));
            return;
        }
        Lines.say("stored", record.offset(), record.timestamp(), bytes(record.key()), bytes(record.value()));
    }

    private static String bytes(java.nio.ByteBuffer buffer) {
        if (buffer == null) return "-";
        byte[] data = new byte[buffer.remaining()];
        buffer.duplicate().get(data);
        return Lines.write(data);
    }
}
