package io.vledger.kernel.config;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/** This machine's addresses and environment. */
final class LocalHost implements BrokerConf.HostAddresses {
    private static final String LOOPBACK = "127.0.0.1";

    @Override
    public String external() {
        try {
            for (NetworkInterface face : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                if (!face.isUp() || face.isLoopback()) {
                    continue;
                }
                for (InetAddress address : Collections.list(face.getInetAddresses())) {
                    if (address instanceof Inet4Address && !address.isLinkLocalAddress()) {
                        return address.getHostAddress();
                    }
                }
            }
        } catch (SocketException e) {
            return LOOPBACK;
        }
        return LOOPBACK;
    }

    @Override
    public String name() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    @Override
    public @Nullable String nameServers() {
        String property = System.getProperty("rocketmq.namesrv.addr");
        return property == null ? System.getenv("NAMESRV_ADDR") : property;
    }
}
