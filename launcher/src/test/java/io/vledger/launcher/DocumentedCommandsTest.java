package io.vledger.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The commands of the documents. Each is read out of its page and run by a test that is named here, except those of Maven, whose
 * running is the build: their modules, profiles, properties and tests must be there.
 */
class DocumentedCommandsTest {
    private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
    private static final Pattern SHELL = Pattern.compile("(?ms)^```(?:sh)?\\n(.*?)^```$");
    private static final Pattern OTHER_LANGUAGES = Pattern.compile("(?ms)^```(?!sh$)[a-z]+\\n.*?^```$");
    private static final Pattern MAVEN = Pattern.compile("`(mvn [^`]+)`");
    private static final Pattern TEST_NAME = Pattern.compile("\\w+(Test|IT|Matrix|Cost|Figures)");
    private static final List<Path> FILES = files();
    private static final List<String> POMS = FILES.stream()
            .filter(file -> file.endsWith("pom.xml"))
            .map(DocumentedCommandsTest::read)
            .toList();
    /** Those that are run by hand read properties of their own. */
    private static final List<String> FIGURES = FILES.stream()
            .filter(file -> file.toString().matches(".*(Cost|Figures)\\.java"))
            .map(DocumentedCommandsTest::read)
            .toList();

    private static final String ACCEPTANCE = "launcher/acceptance/src/test/java/io/vledger/acceptance/";

    private static final Set<String> GOALS = Set.of("verify", "test", "package", "test-compile", "spotless:apply");

    /**
     * Who runs the commands of a page.
     *
     * @param programs the first words of its commands
     */
    private record Runner(String page, Set<String> programs, String test) {}

    private static final List<Runner> RUNNERS = List.of(
            new Runner("README.md", Set.of("java", "mqadmin", "curl", "sh"), ACCEPTANCE + "DocumentedCommandsIT.java"),
            new Runner("launcher/OPERATING.md", Set.of("java", "curl"), ACCEPTANCE + "DocumentedCommandsIT.java"),
            new Runner("launcher/README.md", Set.of("java", "sh"), ACCEPTANCE + "DocumentedCommandsIT.java"),
            new Runner("plugins/http/README.md", Set.of("curl"), ACCEPTANCE + "DocumentedCommandsIT.java"),
            new Runner("store-rocksdb/README.md", Set.of("mkdir"), ACCEPTANCE + "DocumentedCommandsIT.java"),
            new Runner("conf/README.md", Set.of("umask"), ACCEPTANCE + "DocumentedCommandsIT.java"),
            new Runner("plugins/grpc/README.md", Set.of("mqadmin"), ACCEPTANCE + "GrpcIT.java"),
            new Runner("plugins/importer/README.md", Set.of("java"), ACCEPTANCE + "UpgradeCheckIT.java"),
            new Runner("plugins/importer/UPGRADING.md", Set.of("java"), ACCEPTANCE + "UpgradeCheckIT.java"),
            new Runner(
                    "raft-verticle/sim/README.md",
                    Set.of("java"),
                    "raft-verticle/sim/src/test/java/io/vledger/sim/MainTest.java"));

    /** A page all of whose steps are followed, whatever they are. */
    private static final Runner STEPS =
            new Runner("plugins/audit/WRITE-A-PLUGIN.md", Set.of(), ACCEPTANCE + "WriteAPluginIT.java");

    @Test
    void everyCommandIsRunByATest() throws IOException {
        List<String> notRun = new ArrayList<>();
        for (Path page : DocumentsTest.pages()) {
            String name = ROOT.relativize(page).toString();
            for (String command : commands(page)) {
                String program = command.split(" ")[0];
                boolean run = program.equals("mvn")
                        || name.equals(STEPS.page())
                        || RUNNERS.stream()
                                .anyMatch(runner -> runner.page().equals(name)
                                        && runner.programs().contains(program));
                if (!run) {
                    notRun.add(name + ": " + command);
                }
            }
        }
        assertThat(notRun).isEmpty();
    }

    @Test
    void theTestsThatAreNamedReadTheirPages() throws IOException {
        for (Runner runner : RUNNERS) {
            String test = Files.readString(ROOT.resolve(runner.test()));
            assertThat(test).as(runner.test()).contains(runner.page());
            assertThat(runner.programs()).allSatisfy(program -> assertThat(test)
                    .as("%s runs %s", runner.test(), program)
                    .contains("commands(\"" + program + "\")"));
        }
        assertThat(Files.readString(ROOT.resolve(STEPS.test()))).contains(STEPS.page());
    }

    @Test
    void everyMavenCommandNamesWhatThereIs() throws IOException {
        List<String> wrong = new ArrayList<>();
        int count = 0;
        for (Path page : DocumentsTest.pages()) {
            Set<String> all = new TreeSet<>(commands(page));
            Matcher inline = MAVEN.matcher(Files.readString(page));
            while (inline.find()) {
                all.add(inline.group(1));
            }
            for (String command : all) {
                if (command.startsWith("mvn ")) {
                    count++;
                    faults(command.split(" && ")[0])
                            .forEach(fault -> wrong.add(ROOT.relativize(page) + ": " + command + ": " + fault));
                }
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(count).isGreaterThan(20);
    }

    @Test
    void whatCiRunsIsTheCommandOfTheReadme() throws IOException {
        assertThat(commands(ROOT.resolve("README.md"))).contains("mvn -B verify");
        assertThat(Files.readAllLines(ROOT.resolve(".ci/run"))).contains("mvn -B verify");
    }

    @Test
    void aCommandThatNamesWhatIsNotThereIsNoticed() throws IOException {
        for (String wrong : List.of(
                "mvn -Pnone verify",
                "mvn -pl nowhere test",
                "mvn -Dtest=NoSuchTest test",
                "mvn -Dno.such.property=1 test",
                "mvn instal")) {
            assertThat(faults(wrong)).as(wrong).hasSize(1);
        }
    }

    /** The lines of a page's shell blocks without what they say of themselves; lines that end with a backslash are one. */
    private static List<String> commands(Path page) throws IOException {
        String text = OTHER_LANGUAGES.matcher(Files.readString(page)).replaceAll("");
        return SHELL.matcher(text)
                .results()
                .flatMap(block ->
                        block.group(1).replaceAll("\\s*\\\\\n\\s*", " ").lines())
                .map(line -> line.replaceFirst("(^|\\s{2,})#.*", "").strip())
                .filter(line -> !line.isEmpty())
                // A picture is no command.
                .filter(line -> line.matches("[a-z./!][\\w./!-]* .*") && !line.contains("  "))
                .toList();
    }

    private static List<String> faults(String command) throws IOException {
        List<String> faults = new ArrayList<>();
        String[] words = command.replace("'", "").split("\\s+");
        String modules = Files.readString(ROOT.resolve("pom.xml"));
        for (int i = 1; i < words.length; i++) {
            String word = words[i];
            if (word.equals("-pl")) {
                for (String module : words[++i].split(",")) {
                    if (!modules.contains("<module>" + module + "</module>")) {
                        faults.add("no module " + module);
                    }
                }
            } else if (word.startsWith("-P")) {
                if (!inSomePom("<id>" + word.substring(2) + "</id>")) {
                    faults.add("no profile " + word.substring(2));
                }
            } else if (word.startsWith("-Dtest=") || word.startsWith("-Dit.test=")) {
                for (String test : word.substring(word.indexOf('=') + 1).split(",")) {
                    if (!isThere(test)) {
                        faults.add("no test " + test);
                    }
                }
            } else if (word.startsWith("-D")) {
                String property = word.substring(2).replaceFirst("=.*", "");
                if (!isKnown(property)) {
                    faults.add("no property " + property);
                }
            } else if (!word.matches("-[a-zA-Z]|-am") && !GOALS.contains(word)) {
                faults.add("no goal " + word);
            }
        }
        return faults;
    }

    private static boolean isThere(String test) {
        if (test.equalsIgnoreCase("none")) {
            return true;
        }
        if (test.endsWith(".**")) {
            String folder = test.replace(".**", "").replace('.', '/');
            return anyFile("src/test/java/" + folder + "/*Test.java");
        }
        String[] classAndMethod = test.split("#", -1);
        return TEST_NAME.matcher(classAndMethod[0]).matches()
                && FILES.stream()
                        .filter(file -> file.endsWith(classAndMethod[0] + ".java"))
                        .anyMatch(file ->
                                classAndMethod.length == 1 || read(file).contains("void " + classAndMethod[1] + "("));
    }

    /** Maven's own properties, and those that a pom or a test reads. */
    private static boolean isKnown(String property) {
        return Set.of("skipTests", "surefire.failIfNoSpecifiedTests", "failsafe.failIfNoSpecifiedTests")
                        .contains(property)
                || inSomePom("<name>" + property + "</name>")
                || inSomePom("${" + property + "}")
                || inSomePom("<" + property + ">")
                || FIGURES.stream().anyMatch(test -> test.contains("(\"" + property + "\""));
    }

    private static boolean inSomePom(String text) {
        return POMS.stream().anyMatch(pom -> pom.contains(text));
    }

    private static boolean anyFile(String pattern) {
        PathMatcher matcher = FileSystems.getDefault().getPathMatcher("glob:" + ROOT + "/{**/,}" + pattern);
        return FILES.stream().anyMatch(matcher::matches);
    }

    /** All files of the source tree. */
    private static List<Path> files() {
        List<Path> files = new ArrayList<>();
        try {
            Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    String name = directory.getFileName().toString();
                    return name.equals("target") || name.equals(".git")
                            ? FileVisitResult.SKIP_SUBTREE
                            : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    files.add(file);
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return files;
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
