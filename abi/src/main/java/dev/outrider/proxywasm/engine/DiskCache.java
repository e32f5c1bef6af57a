package dev.outrider.proxywasm.engine;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Compiled modules between runs of the process.
///
/// What it returns is executed, so a directory that others may write to is not used, each entry is
/// authenticated (HMAC-SHA-256 with a key kept beside the entries), and an entry appears by rename,
/// whole. An entry that does not verify counts as absent. Blocks on files: background threads only.
final class DiskCache {
  private static final String KEY_FILE = "key";
  private static final String SUFFIX = ".module";
  private static final int KEY_BYTES = 32;
  private static final int MAC_BYTES = 32;
  private static final long MAX_TOTAL_BYTES = 512L << 20;
  private static final Set<PosixFilePermission> PRIVATE_DIRECTORY =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> PRIVATE_FILE =
      PosixFilePermissions.fromString("rw-------");

  private final Path directory;
  private final SecretKeySpec key;

  private DiskCache(Path directory, SecretKeySpec key) {
    this.directory = directory;
    this.key = key;
  }

  /// Creates the directory if there is none.
  ///
  /// @throws IOException if it cannot be used, or should not: others may write to it
  static DiskCache open(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      Files.createDirectories(directory, PosixFilePermissions.asFileAttribute(PRIVATE_DIRECTORY));
    }
    var permissions = Files.getPosixFilePermissions(directory);
    if (permissions.contains(PosixFilePermission.GROUP_WRITE)
        || permissions.contains(PosixFilePermission.OTHERS_WRITE)) {
      throw new IOException(
          "others may write to %s, whose contents are executed: chmod 700 it".formatted(directory));
    }
    return new DiskCache(directory, new SecretKeySpec(readOrCreateKey(directory), "HmacSHA256"));
  }

  private static byte[] readOrCreateKey(Path directory) throws IOException {
    var file = directory.resolve(KEY_FILE);
    if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      var fresh = new byte[KEY_BYTES];
      new SecureRandom().nextBytes(fresh);
      publish(directory, file, fresh, false);
    }
    var key = Files.readAllBytes(file);
    if (key.length != KEY_BYTES) {
      throw new IOException("%s is not a cache key: delete it".formatted(file));
    }
    return key;
  }

  /// The entry, or null.
  byte @Nullable [] get(String name) throws IOException {
    var file = directory.resolve(name + SUFFIX);
    byte[] all;
    try {
      all = Files.readAllBytes(file);
    } catch (NoSuchFileException _) {
      return null;
    }
    if (all.length < MAC_BYTES) {
      return null;
    }
    var content = Arrays.copyOfRange(all, MAC_BYTES, all.length);
    if (!MessageDigest.isEqual(mac(name, content), Arrays.copyOf(all, MAC_BYTES))) {
      return null;
    }
    Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
    return content;
  }

  /// Replaces the entry, then deletes the longest unused ones above 512 MiB.
  void put(String name, byte[] content) throws IOException {
    var mac = mac(name, content);
    var all = Arrays.copyOf(mac, MAC_BYTES + content.length);
    System.arraycopy(content, 0, all, MAC_BYTES, content.length);
    publish(directory, directory.resolve(name + SUFFIX), all, true);
    trim();
  }

  private byte[] mac(String name, byte[] content) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      mac.update(name.getBytes(StandardCharsets.UTF_8));
      return mac.doFinal(content);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has HmacSHA256", e);
    }
  }

  private static void publish(Path directory, Path file, byte[] content, boolean replace)
      throws IOException {
    var temporary =
        Files.createTempFile(
            directory, "new", ".tmp", PosixFilePermissions.asFileAttribute(PRIVATE_FILE));
    try {
      Files.write(temporary, content);
      if (replace) {
        Files.move(
            temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } else {
        createFrom(temporary, file);
      }
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  // A link appears whole and never replaces: of two processes the second takes the first one's key.
  private static void createFrom(Path temporary, Path file) throws IOException {
    try {
      Files.createLink(file, temporary);
    } catch (FileAlreadyExistsException _) {
      return;
    }
  }

  private record Entry(Path file, long bytes, FileTime used) {}

  private void trim() throws IOException {
    var entries = new ArrayList<Entry>();
    long total = 0;
    try (var files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
      for (var file : files) {
        var entry = new Entry(file, Files.size(file), Files.getLastModifiedTime(file));
        entries.add(entry);
        total += entry.bytes;
      }
    }
    entries.sort(Comparator.comparing(Entry::used));
    for (int i = 0; i < entries.size() && total > MAX_TOTAL_BYTES; i++) {
      Files.deleteIfExists(entries.get(i).file);
      total -= entries.get(i).bytes;
    }
  }
}
