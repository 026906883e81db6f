package io.vledger.access.plain;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Addresses as a white list of ACL 1.0 writes them: {@code *}, an address, parts that are {@code *} or {@code 1-20}, a last part of
 * {@code {1,2,3}}, or addresses with commas between; IPv6 as well.
 */
public final class AddressRange {
    private static final int IPV4_PARTS = 4;
    private static final int IPV6_PARTS = 8;
    private static final int MAX_CHARACTERS = 4096;

    private final List<Parts> any;

    private AddressRange(List<Parts> any) {
        this.any = any;
    }

    /** Bounds of each part of an address, both included. */
    private record Parts(int[] from, int[] to) {
        boolean contains(int[] address) {
            if (address.length != from.length) {
                return false;
            }
            for (int i = 0; i < address.length; i++) {
                if (address[i] < from[i] || address[i] > to[i]) {
                    return false;
                }
            }
            return true;
        }
    }

    /**
     * Reads a text.
     *
     * @throws IllegalArgumentException if it names no addresses
     */
    public static AddressRange parse(String text) {
        String all = text.strip();
        if (all.length() > MAX_CHARACTERS) {
            throw new IllegalArgumentException("white addresses of " + all.length() + " characters");
        }
        List<Parts> found = new ArrayList<>();
        if (all.equals("*")) {
            found.add(parts("*.*.*.*"));
            found.add(parts("*:*:*:*:*:*:*:*"));
        } else if (all.endsWith("}") && all.indexOf('{') >= 0) {
            String head = all.substring(0, all.indexOf('{'));
            for (String last :
                    all.substring(all.indexOf('{') + 1, all.length() - 1).split(",", -1)) {
                found.add(parts(head + last.strip()));
            }
        } else if (!all.isEmpty()) {
            for (String one : all.split(",", -1)) {
                found.add(parts(one.strip()));
            }
        }
        return new AddressRange(List.copyOf(found));
    }

    private static Parts parts(String text) {
        boolean six = text.indexOf(':') >= 0;
        String[] written = six ? expanded(text) : text.split("\\.", -1);
        if (written.length != (six ? IPV6_PARTS : IPV4_PARTS)) {
            throw wrong(text);
        }
        int[] from = new int[written.length];
        int[] to = new int[written.length];
        for (int i = 0; i < written.length; i++) {
            String part = written[i].strip();
            int dash = part.indexOf('-');
            if (part.equals("*")) {
                to[i] = six ? 0xFFFF : 0xFF;
            } else if (dash > 0) {
                from[i] = number(part.substring(0, dash), six, text);
                to[i] = number(part.substring(dash + 1), six, text);
            } else {
                from[i] = number(part, six, text);
                to[i] = from[i];
            }
            if (from[i] > to[i]) {
                throw wrong(text);
            }
        }
        return new Parts(from, to);
    }

    /** Writes out what {@code ::} stands for. */
    private static String[] expanded(String text) {
        int gap = text.indexOf("::");
        if (gap < 0) {
            return text.split(":", -1);
        }
        List<String> all = new ArrayList<>(pieces(text.substring(0, gap)));
        List<String> tail = pieces(text.substring(gap + 2));
        while (all.size() + tail.size() < IPV6_PARTS) {
            all.add("0");
        }
        all.addAll(tail);
        return all.toArray(String[]::new);
    }

    private static List<String> pieces(String text) {
        return text.isEmpty() ? List.of() : Arrays.asList(text.split(":", -1));
    }

    private static int number(String text, boolean six, String whole) {
        if (!text.matches(six ? "[0-9a-fA-F]{1,4}" : "[0-9]{1,3}")) {
            throw wrong(whole);
        }
        int number = Integer.parseInt(text, six ? 16 : 10);
        if (!six && number > 0xFF) {
            throw wrong(whole);
        }
        return number;
    }

    private static IllegalArgumentException wrong(String text) {
        return new IllegalArgumentException(
                "\"" + text + "\" is no address such as 10.1.2.3, 10.1.2.*, 10.1.2.1-20 or 10.1.2.{1,2}");
    }

    /** Whether an address is among these. */
    public boolean contains(InetAddress address) {
        if (any.isEmpty()) {
            return false;
        }
        byte[] bytes = address.getAddress();
        int[] parts;
        if (address instanceof Inet6Address) {
            parts = new int[IPV6_PARTS];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = ((bytes[2 * i] & 0xFF) << 8) | (bytes[2 * i + 1] & 0xFF);
            }
        } else {
            parts = new int[IPV4_PARTS];
            for (int i = 0; i < parts.length; i++) {
                parts[i] = bytes[i] & 0xFF;
            }
        }
        return any.stream().anyMatch(range -> range.contains(parts));
    }
}
