package dev.outrider.proxywasm.guest;

import static org.assertj.core.api.Assertions.assertThat;

import com.dylibso.chicory.wabt.Wat2Wasm;
import dev.outrider.proxywasm.engine.CompileOptions;
import dev.outrider.proxywasm.engine.CompiledModule;
import dev.outrider.proxywasm.engine.InstanceLimits;
import dev.outrider.proxywasm.engine.WasmInstance;
import dev.outrider.proxywasm.host.MemoryPool;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class GuestMemoryTest {
  private static final int SIZE = 65_536;

  // The allocator grows the memory each time and answers the first byte of the new page.
  private static final String GUEST =
      """
      (module
        (memory 1)
        (func (export "malloc") (param i32) (result i32)
          (i32.shl (memory.grow (i32.const 1)) (i32.const 16))))
      """;

  private final WasmInstance instance =
      CompiledModule.compile("guest", Wat2Wasm.parse(GUEST), CompileOptions.DEFAULT)
          .instantiate(List.of(), new InstanceLimits(3, new MemoryPool(1 << 24, 0, Runnable::run)));
  private final int malloc = instance.module().exportIndex("malloc");
  private final GuestMemory memory =
      new GuestMemory(instance.memory(), size -> (int) instance.call(malloc, size));

  @Test
  void knowsWhatIsInRange() {
    assertThat(memory.inRange(0, SIZE)).as("all").isTrue();
    assertThat(memory.inRange(SIZE, 0)).as("nothing at the end").isTrue();
    assertThat(memory.inRange(SIZE + 1, 0)).as("nothing beyond the end").isFalse();
    assertThat(memory.inRange(1, SIZE)).as("one too many").isFalse();
    assertThat(memory.inRange(-1, 1)).as("last byte of 4 GiB").isFalse();
    assertThat(memory.inRange(-1, 2)).as("wraps at 4 GiB").isFalse();
    assertThat(memory.inRange(4, -4)).as("a size that wraps").isFalse();
  }

  @Test
  void writesAndReadsLittleEndianNumbers() {
    assertThat(memory.writeU32(8, 0xFEDCBA98)).isTrue();
    assertThat(memory.readU32(8)).as("unsigned").isEqualTo(0xFEDCBA98L);
    assertThat(memory.array()[8]).as("lowest byte first").isEqualTo((byte) 0x98);
    assertThat(memory.writeU64(16, 1)).isTrue();
    assertThat(memory.array()[16]).as("lowest byte first").isEqualTo((byte) 1);
  }

  @Test
  void answersFalseForABadPointer() {
    assertThat(memory.writeU32(SIZE - 3, 1)).as("u32 across the end").isFalse();
    assertThat(memory.writeU64(SIZE - 7, 1)).as("u64 across the end").isFalse();
    assertThat(memory.writeU8(SIZE, 1)).as("u8 at the end").isFalse();
    assertThat(memory.readU32(-4)).as("read at a huge address").isEqualTo(-1);
    assertThat(memory.copyIn(SIZE - 1, new byte[2], 0, 2)).as("copy in").isFalse();
    assertThat(memory.copyOut(SIZE - 1, new byte[2], 0, 2)).as("copy out").isFalse();
  }

  @Test
  void handsAValueToTheGuestAfterItsAllocatorMovedTheMemory() {
    var value = "xvaluex".getBytes(StandardCharsets.UTF_8);

    assertThat(memory.writePair(100, 104, value, 1, 5)).isTrue();

    int block = (int) memory.readU32(100);
    assertThat(block).as("block in the page that the allocator grew").isEqualTo(SIZE);
    assertThat(memory.readU32(104)).as("size").isEqualTo(5);
    assertThat(new String(memory.array(), block, 5, StandardCharsets.UTF_8)).isEqualTo("value");
  }

  @Test
  void allocatesNothingForAnEmptyValue() {
    memory.writeU32(100, 7);

    assertThat(memory.writePair(100, 104, new byte[0], 0, 0)).isTrue();

    assertThat(memory.readU32(100)).as("address").isZero();
    assertThat(memory.readU32(104)).as("size").isZero();
    assertThat(instance.memory().sizeBytes()).as("no allocation").isEqualTo(SIZE);
  }

  @Test
  void writesNothingIfTheAllocatorFailsOrThePointersAreBad() {
    memory.writeU32(100, 7);
    byte[] value = {1};

    assertThat(memory.writePair(100, SIZE, value, 0, 1)).as("bad pointer").isFalse();
    assertThat(instance.memory().sizeBytes()).as("no allocation").isEqualTo(SIZE);
    memory.allocate(1);
    memory.allocate(1);
    assertThat(memory.writePair(100, 104, value, 0, 1)).as("out of memory").isFalse();
    assertThat(memory.readU32(100)).as("untouched").isEqualTo(7);
  }
}
