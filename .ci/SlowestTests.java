import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * Prints the slowest ten tests of a build from the reports that Surefire and Failsafe wrote, the last step of {@code mvn verify}.
 *
 * <p>Arguments: the root of the source tree, and when the build began (ISO-8601); older reports are not of this build.
 */
final class SlowestTests {
    private static final int SHOWN = 10;

    private record Test(String name, double seconds) {}

    public static void main(String[] args) throws IOException, XMLStreamException {
        Instant began = Instant.parse(args[1]);
        List<Test> tests = new ArrayList<>();
        for (Path report : reports(Path.of(args[0]))) {
            if (!Files.getLastModifiedTime(report).toInstant().isBefore(began)) {
                read(report, tests);
            }
        }
        tests.sort(Comparator.comparingDouble(Test::seconds).reversed());
        System.out.printf("[INFO] The slowest of %d tests:%n", tests.size());
        tests.stream().limit(SHOWN).forEach(test -> System.out.printf("[INFO] %7.1f s  %s%n", test.seconds(), test.name()));
    }

    private static List<Path> reports(Path root) throws IOException {
        List<Path> reports = new ArrayList<>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                String name = directory.getFileName().toString();
                boolean inTarget = directory.getParent() != null && directory.getParent().endsWith("target");
                boolean skipped = name.equals("src") || name.equals(".git") || inTarget && !name.endsWith("-reports");
                return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                String name = file.getFileName().toString();
                if (name.startsWith("TEST-") && name.endsWith(".xml")) {
                    reports.add(file);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException gone) {
                // Another module of the same build may be at work there.
                return FileVisitResult.CONTINUE;
            }
        });
        return reports;
    }

    private static void read(Path report, List<Test> tests) throws IOException, XMLStreamException {
        XMLInputFactory factory = XMLInputFactory.newFactory();
        factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
        try (InputStream in = Files.newInputStream(report)) {
            XMLStreamReader xml = factory.createXMLStreamReader(in);
            while (xml.hasNext()) {
                if (xml.next() == XMLStreamConstants.START_ELEMENT && xml.getLocalName().equals("testcase")) {
                    String type = xml.getAttributeValue(null, "classname");
                    String simple = type.substring(type.lastIndexOf('.') + 1);
                    tests.add(new Test(
                            simple + "." + xml.getAttributeValue(null, "name"),
                            Double.parseDouble(xml.getAttributeValue(null, "time").replace(",", ""))));
                }
            }
        }
    }
}
