package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CgroupMemoryTest {
  @TempDir private Path root;

  private void file(String path, String text) throws IOException {
    var file = root.resolve("sys/fs/cgroup").resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text + "\n");
  }

  private double pressure(long mostBytes) throws IOException {
    return new CgroupMemory(root, mostBytes).look();
  }

  @Test
  void comparesWithTheLowerOfTwoLimits() throws IOException {
    file("memory.current", "250");
    file("memory.max", "1000");

    assertThat(pressure(0)).isEqualTo(0.25);
    assertThat(pressure(500)).isEqualTo(0.5);
    assertThat(pressure(5_000)).isEqualTo(0.25);
  }

  @Test
  void isNothingWithoutALimit() throws IOException {
    file("memory.current", "250");
    file("memory.max", "max");

    assertThat(pressure(0)).isZero();
    assertThat(pressure(500)).isEqualTo(0.5);
  }

  @Test
  void readsTheFirstVersion() throws IOException {
    file("memory/memory.usage_in_bytes", "100");
    file("memory/memory.limit_in_bytes", "400");

    assertThat(pressure(0)).isEqualTo(0.25);
  }

  @Test
  void saysWhatItCannotRead() throws IOException {
    assertThatThrownBy(() -> pressure(0)).isInstanceOf(IOException.class);
    file("memory.current", "much");
    file("memory.max", "max");
    assertThatThrownBy(() -> pressure(0)).hasMessage("/sys/fs/cgroup/memory.current holds 'much'");
  }
}
