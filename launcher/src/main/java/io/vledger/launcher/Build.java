package io.vledger.launcher;

import io.vledger.launcher.exit.LauncherException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Properties;

/** What was built: version and place of the jar. */
public final class Build {
    private Build() {}

    /** Version of the build. */
    public static String version() {
        Properties properties = new Properties();
        try (InputStream in = Build.class.getResourceAsStream("/vledger-build.properties")) {
            if (in != null) {
                properties.load(in);
            }
        } catch (IOException e) {
            return "unknown";
        }
        return properties.getProperty("version", "unknown");
    }

    /** The jar, or directory of classes, that this class was loaded from. */
    public static Path location() {
        CodeSource source = Build.class.getProtectionDomain().getCodeSource();
        if (source == null) {
            throw new LauncherException("cannot tell which jar this is; start it with java -jar launcher.jar");
        }
        try {
            return Path.of(source.getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new LauncherException("cannot tell which jar this is: " + source.getLocation(), e);
        }
    }
}
