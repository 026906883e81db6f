import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.topic.ITopic;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * A member of the discovery cluster that belongs to nobody and announces false addresses: run as a source file with the plugin's jar on the
 * class path. Arguments: cluster name, own port, addresses of members by commas, the lie as JSON. It ends with its standard
 * input.
 */
public final class Rogue {
    private Rogue() {}

    public static void main(String[] arguments) throws Exception {
        Config config = new Config();
        config.setClusterName(arguments[0]);
        config.setProperty("hazelcast.phone.home.enabled", "false");
        config.setProperty("hazelcast.partition.count", "11");
        config.setProperty("hazelcast.socket.bind.any", "false");
        config.getMetricsConfig().setEnabled(false);
        config.getNetworkConfig().setPort(Integer.parseInt(arguments[1])).setPortAutoIncrement(false);
        config.getNetworkConfig().setPublicAddress("127.0.0.1:" + arguments[1]);
        config.getNetworkConfig().getInterfaces().setEnabled(true).addInterface("127.0.0.1");
        JoinConfig join = config.getNetworkConfig().getJoin();
        join.getAutoDetectionConfig().setEnabled(false);
        join.getMulticastConfig().setEnabled(false);
        join.getTcpIpConfig().setEnabled(true);
        for (String member : arguments[2].split(",")) {
            join.getTcpIpConfig().addMember(member);
        }
        HazelcastInstance member = Hazelcast.newHazelcastInstance(config);
        ITopic<Object> topic = member.getTopic("vledger-members-1");
        Thread lies = new Thread(() -> {
            for (int turn = 0; member.getLifecycleService().isRunning(); turn++) {
                switch (turn % 4) {
                    case 0 -> topic.publish(arguments[3].getBytes(StandardCharsets.UTF_8));
                    case 1 -> topic.publish(new byte[] {(byte) 0xAC, (byte) 0xED, 0, 5, 's', 'r'});
                    case 2 -> topic.publish("{\"version\":1,\"members\":" + "[".repeat(100_000));
                    default -> topic.publish(new java.util.ArrayList<>(java.util.List.of("an object")));
                }
                try {
                    TimeUnit.MILLISECONDS.sleep(50); // the pace of the lies, not a wait for anything
                } catch (InterruptedException end) {
                    return;
                }
            }
        });
        lies.setDaemon(true);
        lies.start();
        while (System.in.read() >= 0) {
            // Until the process that started this is gone.
        }
        member.getLifecycleService().terminate();
    }
}
