import java.util.HashMap;
import java.util.Map;
import java.util.Properties;

/** Apache Kafka's Java client, driven by the tests. What it does and prints: ../lines.py. */
public final class JavaClient {
    private interface Verb {
        void run(Map<String, String> words) throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, String> words = new HashMap<>();
        for (int index = 1; index < arguments.length; index++) {
            String[] pair = arguments[index].split("=", 2);
            words.put(pair[0], pair[1]);
        }
        // This one reads its orders there, and ends with them.
        if (!arguments[0].equals("workbench")) endWithInput();
        endAfter(Integer.parseInt(words.getOrDefault("seconds", "60")));
        Map<String, Verb> verbs = new HashMap<>(Map.of(
            "produce", Produce::run, "read", Reads::read, "seek", Reads::seek, "consume", Members::consume,
            "member", Members::member, "administer", Administer::run, "group", Administer::group,
            "transact", Transact::run, "logs", LogFiles::run, "survey", Survey::run));
        verbs.put("workbench", Workbench::run);
        verbs.get(arguments[0]).run(words);
        System.exit(0);
    }

    /** No program outlives its test: that one holds the other end of a pipe, which the system closes. */
    private static void endWithInput() {
        Thread watch = new Thread(() -> {
            try {
                while (System.in.read() >= 0) continue;
            } catch (java.io.IOException broken) {
                System.err.println(broken);
            }
            Runtime.getRuntime().halt(3);
        });
        watch.setDaemon(true);
        watch.start();
    }

    private static void endAfter(int seconds) {
        Thread watch = new Thread(() -> {
            try {
                Thread.sleep(seconds * 1000L);
            } catch (InterruptedException interrupted) {
                return;
            }
            System.err.println("ends after " + seconds + " seconds");
            Runtime.getRuntime().halt(3);
        });
        watch.setDaemon(true);
        watch.start();
    }

    static Properties common(Map<String, String> words) {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", words.get("bootstrap"));
        properties.put("enable.metrics.push", "false");
        if (words.containsKey("security")) {
            properties.put("security.protocol", words.get("security"));
            if (words.containsKey("ca")) {
                properties.put("ssl.truststore.type", "PEM");
                properties.put("ssl.truststore.location", words.get("ca"));
            }
        }
        if (words.containsKey("mechanism")) {
            boolean isPlain = words.get("mechanism").equals("PLAIN");
            String module = isPlain ? "plain.PlainLoginModule" : "scram.ScramLoginModule";
            properties.put("sasl.mechanism", words.get("mechanism"));
            properties.put("sasl.jaas.config", "org.apache.kafka.common.security." + module + " required username=\""
                + words.get("username") + "\" password=\"" + words.get("password") + "\";");
        }
        return properties;
    }
}
