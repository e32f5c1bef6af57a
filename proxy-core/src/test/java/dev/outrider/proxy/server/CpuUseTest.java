package dev.outrider.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuUseTest {
  private static final Offset<Double> NEAR = within(1e-9);
  private static final long SECOND = 1_000_000_000;

  @TempDir private Path root;
  private final AtomicLong nanos = new AtomicLong();

  private void file(String path, String text) throws IOException {
    var file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private CpuUse use(boolean container) {
    return new CpuUse(root, container, nanos::get);
  }

  @Test
  void takesATwentiethOfWhatTheMachineDidSince() throws IOException {
    var use = use(false);
    file("proc/stat", "cpu  100 0 100 800 50 0 0 0 0 0\ncpu0 1 1 1 1\n");
    assertThat(use.look()).isZero();

    file("proc/stat", "cpu  140 10 100 850 50 0 0 0 0 0\n"); // 50 of 100

    assertThat(use.look()).isCloseTo(0.025, NEAR);
    file("proc/stat", "cpu  240 10 100 850 50 0 0 0 0 0\n"); // all
    assertThat(use.look()).isCloseTo(0.05 + 0.95 * 0.025, NEAR);
  }

  @Test
  void measuresAgainstTheQuotaOfTheGroup() throws IOException {
    var use = use(true);
    file("sys/fs/cgroup/cpu.max", "50000 100000\n");
    file("sys/fs/cgroup/cpu.stat", "usage_usec 1000000\nuser_usec 1\n");
    assertThat(use.look()).isZero();

    nanos.set(SECOND); // in which it may use half a second
    file("sys/fs/cgroup/cpu.stat", "usage_usec 1250000\nuser_usec 1\n");

    assertThat(use.look()).isCloseTo(0.05 * 0.5, NEAR);
  }

  @Test
  void readsTheSharesOfTheFirstVersion() throws IOException {
    var use = use(true);
    file("sys/fs/cgroup/cpu/cpu.shares", "2048\n");
    file("sys/fs/cgroup/cpuacct/cpuacct.usage", "0\n");
    assertThat(use.look()).isZero();

    nanos.set(SECOND);
    file("sys/fs/cgroup/cpuacct/cpuacct.usage", SECOND + "\n");

    assertThat(use.look()).isCloseTo(0.05 * 0.5, NEAR);
  }

  @Test
  void saysWhatItCannotRead() throws IOException {
    assertThatThrownBy(() -> use(true).look()).isInstanceOf(IOException.class);
    file("proc/stat", "nonsense\n");
    assertThatThrownBy(() -> use(false).look()).hasMessage("/proc/stat begins with 'nonsense'");
  }
}
