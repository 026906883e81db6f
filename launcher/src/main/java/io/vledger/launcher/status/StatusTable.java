package io.vledger.launcher.status;

import java.util.ArrayList;
import java.util.List;

/** Lays a group out as plain text of at most 100 columns, except where one word alone is longer. */
public final class StatusTable {
    private static final int WIDTH = 100;
    private static final String[] TITLES = {"NODE", "ROLE", "TERM", "LEADER", "LAG", "STORE", "DISK", "HEALTH"};
    private static final int UNIT = 1024;

    private StatusTable() {}

    /** The lines. */
    public static List<String> lines(GroupState group) {
        List<String> lines = new ArrayList<>();
        wrap(lines, "group " + group.name() + ": " + group.summary(), "", "  ");
        List<String[]> cells = new ArrayList<>();
        cells.add(TITLES);
        for (MemberRow row : group.rows()) {
            cells.add(new String[] {
                row.node(),
                row.role(),
                row.term() < 0 ? "-" : String.valueOf(row.term()),
                row.leader().isEmpty() ? "-" : row.leader(),
                lag(row),
                row.store().isEmpty() ? "-" : row.store(),
                row.diskUsedPercent() < 0 ? "-" : row.diskUsedPercent() + " %",
                row.health()
            });
        }
        int[] widths = new int[TITLES.length];
        for (String[] row : cells) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        for (String[] row : cells) {
            StringBuilder line = new StringBuilder(" ");
            for (int i = 0; i < row.length; i++) {
                line.append(' ').append(row[i]).append(" ".repeat(widths[i] - row[i].length() + 1));
            }
            lines.add(line.toString().stripTrailing());
        }
        for (String note : group.notes()) {
            wrap(lines, note, "  ! ", "    ");
        }
        return lines;
    }

    private static String lag(MemberRow row) {
        if (row.lagBytes() >= 0) {
            return bytes(row.lagBytes());
        }
        return row.lagEntries() < 0 ? "-" : row.lagEntries() + (row.lagEntries() == 1 ? " entry" : " entries");
    }

    /** A number of bytes with three digits or so. */
    static String bytes(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
        long tenths = bytes * 10;
        int unit = 0;
        while (tenths >= UNIT * 10L && unit < units.length - 1) {
            tenths /= UNIT;
            unit++;
        }
        boolean whole = unit == 0 || tenths >= 1000;
        return tenths / 10 + (whole ? "" : "." + tenths % 10) + " " + units[unit];
    }

    private static void wrap(List<String> lines, String text, String first, String others) {
        StringBuilder line = new StringBuilder(first);
        boolean empty = true;
        for (String word : text.split(" ")) {
            if (!empty && line.length() + 1 + word.length() > WIDTH) {
                lines.add(line.toString());
                line = new StringBuilder(others);
                empty = true;
            }
            line.append(empty ? "" : " ").append(word);
            empty = false;
        }
        lines.add(line.toString());
    }
}
