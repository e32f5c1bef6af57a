package dev.outrider.proxy.server;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.outrider.proxy.extension.ConfigProblem;
import dev.outrider.proxy.extension.Parsed;
import dev.outrider.proxy.extension.text.ConfigReader;
import dev.outrider.proxy.extension.text.ConfigText;
import dev.outrider.proxy.server.ServerOptions.BootstrapSource;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Reads a bootstrap from where the command line says, as an encoded `bootstrap.v3.Bootstrap`.
final class BootstrapText {
  private static final String MESSAGE = "envoy.config.bootstrap.v3.Bootstrap";

  private final ConfigReader reader;
  private final List<ConfigProblem> problems = new ArrayList<>();
  private final ByteArrayOutputStream wire = new ByteArrayOutputStream();

  private BootstrapText(ConfigReader reader) {
    this.reader = reader;
  }

  /// Reads file and text and merges them; every problem of both comes back. Reads a file: blocks.
  static Parsed<byte[]> read(BootstrapSource source, ConfigReader reader) {
    return new BootstrapText(reader).read(source);
  }

  private Parsed<byte[]> read(BootstrapSource source) {
    if (source.path() != null) {
      file(source.path());
    }
    if (source.text() != null) {
      encode(ConfigText.yaml("--config-yaml", source.text()));
    }
    if (!problems.isEmpty()) {
      return new Parsed.Invalid<>(problems);
    }
    try {
      // Two encodings behind each other are their merge; parsing makes one of it.
      return new Parsed.Valid<>(Bootstrap.parseFrom(wire.toByteArray()).toByteArray());
    } catch (InvalidProtocolBufferException ours) {
      throw new IllegalStateException("the reader wrote a bootstrap that cannot be read", ours);
    }
  }

  private void file(Path path) {
    try {
      encode(ConfigText.ofFile(path.toString(), Files.readString(path)));
    } catch (NoSuchFileException _) {
      problem(path, "unable to read file: there is none of that name");
    } catch (IOException failed) {
      problem(path, "unable to read file: " + failed.getMessage());
    }
  }

  private void problem(Path path, String message) {
    problems.add(new ConfigProblem(path.toString(), "", message));
  }

  private void encode(ConfigText text) {
    switch (reader.read(text, MESSAGE)) {
      case Parsed.Valid<byte[]>(var bytes) -> wire.writeBytes(bytes);
      case Parsed.Invalid<byte[]>(var found) -> problems.addAll(found);
    }
  }
}
